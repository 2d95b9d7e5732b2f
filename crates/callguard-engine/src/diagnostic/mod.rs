//! What a load says to the person who wrote the policy: a code, a place, a sentence, and what to do.

mod code;
mod excerpt;
mod json;
mod render;
mod sarif;
mod sort;
mod suggest;

pub use code::{Code, CodePage, PageExample};
pub use json::{DiagnosticJson, to_json};
pub use render::{Render, render};
pub use sarif::to_sarif;
pub use sort::sort_and_dedupe;
pub use suggest::did_you_mean;

use crate::source::Span;

/// Whether the policy still loads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It loads, and could be better.
    Note,
    /// It loads, and something in it deserves a look.
    Warning,
    /// It does not load.
    Error,
}

/// One finding about policy text.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// The stable code, with a page of its own (`callguard explain CODE`).
    pub code: Code,
    /// Whether the policy still loads.
    pub severity: Severity,
    /// One plain sentence, lower case, no final period, user input in backticks.
    pub message: String,
    /// Where; `None` only where there is no text (a file that cannot be read).
    pub span: Option<Span>,
    /// What stands under the underline.
    pub label: Option<String>,
    /// What to do.
    pub help: Vec<String>,
    /// Other places that belong to it ("first defined here").
    pub related: Vec<(Span, String)>,
}

impl Severity {
    /// The word in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

impl Diagnostic {
    /// An error at a place.
    pub fn error(code: Code, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(Severity::Error, code, Some(span), message.into())
    }

    /// A warning at a place.
    pub fn warning(code: Code, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(Severity::Warning, code, Some(span), message.into())
    }

    /// A note at a place.
    pub fn note(code: Code, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(Severity::Note, code, Some(span), message.into())
    }

    /// An error about something that has no text of its own.
    pub fn unplaced(code: Code, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(Severity::Error, code, None, message.into())
    }

    fn new(severity: Severity, code: Code, span: Option<Span>, message: String) -> Diagnostic {
        Diagnostic { code, severity, message, span, label: None, help: Vec::new(), related: Vec::new() }
    }

    /// With words under the underline.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Diagnostic {
        self.label = Some(label.into());
        self
    }

    /// With one more line of help.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Diagnostic {
        self.help.push(help.into());
        self
    }

    /// With another place that belongs to it.
    #[must_use]
    pub fn related(mut self, span: Span, label: impl Into<String>) -> Diagnostic {
        self.related.push((span, label.into()));
        self
    }
}
