//! The order in which findings are told.

use super::Diagnostic;

/// Sorts by place (file, then position; what has no place first) and drops what is said twice.
pub fn sort_and_dedupe(diagnostics: &mut Vec<Diagnostic>) {
    let place = |found: &Diagnostic| found.span.map(|span| (span.file, span.start, span.end));
    diagnostics.sort_by(|a, b| {
        let key = place(a).cmp(&place(b)).then_with(|| b.severity.cmp(&a.severity));
        key.then_with(|| a.code.cmp(&b.code)).then_with(|| a.message.cmp(&b.message))
    });
    diagnostics.dedup_by(|a, b| a.code == b.code && place(a) == place(b) && a.message == b.message);
}
