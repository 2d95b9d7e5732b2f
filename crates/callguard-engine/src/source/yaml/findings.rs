//! The findings of one file, bounded.

use std::collections::BTreeMap;

use crate::diagnostic::{Code, Diagnostic};

/// Findings of one code that one file may have; what comes after is counted. A flood of one kind hides no other.
const LIMIT: usize = 50;

/// Collects findings, so that a hostile file cannot make a hundred thousand of them.
#[derive(Debug, Default)]
pub(super) struct Findings {
    list: Vec<Diagnostic>,
    /// How many of a code there are, and the first of those that are not listed.
    counts: BTreeMap<Code, (usize, Option<Diagnostic>)>,
}

impl Findings {
    /// Adds a finding of `code`, which is only made if it is listed: making one looks at the text around it.
    pub(super) fn tell(&mut self, code: Code, make: impl FnOnce() -> Diagnostic) {
        let (count, beyond) = self.counts.entry(code).or_default();
        *count = count.saturating_add(1);
        if *count <= LIMIT {
            self.list.push(make());
        } else {
            beyond.get_or_insert_with(make);
        }
    }

    pub(super) fn push(&mut self, found: Diagnostic) {
        self.tell(found.code, || found);
    }

    /// Everything that was found, in no order.
    pub(super) fn finish(mut self) -> Vec<Diagnostic> {
        for (count, beyond) in self.counts.into_values() {
            let Some(first) = beyond else { continue };
            let message = match count.saturating_sub(LIMIT).saturating_sub(1) {
                0 => first.message,
                more => format!("{} ({more} more like this are not listed)", first.message),
            };
            self.list.push(Diagnostic { message, ..first });
        }
        self.list
    }
}
