//! Redaction: what every document of a policy adds.

use super::Specs;
use super::reach::Reach;
use crate::audit::redact::RedactionRules;
use crate::call::facets::OperandError;
use crate::diagnostic::{Code, Diagnostic};
use crate::policy::read::refusal;
use crate::source::{Span, Spanned};

/// The rules of a policy: all that it and its bases hide. Only the policy itself can switch off what is built in, and
/// the shortest `max_value` holds.
pub(super) fn merge(reach: &Reach, specs: &Specs, diagnostics: &mut Vec<Diagnostic>) -> RedactionRules {
    let mut parts = reach.order.iter().filter_map(|id| specs.get(id)).map(|spec| &spec.redaction).peekable();
    let builtin = parts.peek().is_none_or(|own| own.builtin_off.is_none());
    let mut rules = if builtin { RedactionRules::default() } else { RedactionRules::without_builtin() };
    let mut shortest: Option<&Spanned<u64>> = None;
    let mut refuse = |code: Code, span: Span, result: Result<(), OperandError>| {
        diagnostics.extend(result.err().map(|error| refusal(code, span, error)));
    };
    for part in parts {
        for key in &part.keys {
            refuse(Code::BadRedaction, key.span, rules.hide_key(&key.value));
        }
        for key in &part.keep_keys {
            refuse(Code::BadRedaction, key.span, rules.keep_key(&key.value));
        }
        for pattern in &part.patterns {
            refuse(Code::BadRegex, pattern.span, rules.hide_pattern(&pattern.value));
        }
        part.detect.iter().for_each(|kind| rules.hide_kind(*kind));
        let said = shortest.into_iter().chain(&part.max_value);
        shortest = said.min_by_key(|most| most.value);
    }
    if let Some(most) = shortest {
        refuse(Code::BadRedaction, most.span, rules.cut_after(most.value));
    }
    rules
}
