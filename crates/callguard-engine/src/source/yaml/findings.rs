//! The findings of one file, bounded.

use crate::diagnostic::Diagnostic;

/// Findings that one file may have; what comes after is counted.
const LIMIT: usize = 200;

/// Collects findings, so that a hostile file cannot make a hundred thousand of them.
#[derive(Debug, Default)]
pub(super) struct Findings {
    list: Vec<Diagnostic>,
    beyond: Option<(Diagnostic, usize)>,
}

impl Findings {
    pub(super) fn push(&mut self, found: Diagnostic) {
        if self.list.len() < LIMIT {
            self.list.push(found);
            return;
        }
        let (_, count) = self.beyond.get_or_insert((found, 0));
        *count = count.saturating_add(1);
    }

    pub(super) fn finish(mut self) -> Vec<Diagnostic> {
        if let Some((first, count)) = self.beyond {
            let message = format!("{}; this and {count} more findings of the file are not listed", first.message);
            let message = if count > 1 { message } else { first.message.clone() };
            self.list.push(Diagnostic { message, ..first });
        }
        self.list
    }
}
