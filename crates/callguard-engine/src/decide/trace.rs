//! What evaluating a condition saw: the raw material of explanations and of failed examples.

use super::Truth;
use super::element::Answer;
use crate::policy::model::Selector;
use crate::source::Span;

/// A condition with the truth of every part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trace {
    /// All of them.
    All {
        /// Of the whole.
        truth: Truth,
        /// The parts.
        parts: Vec<Trace>,
    },
    /// Any of them.
    Any {
        /// Of the whole.
        truth: Truth,
        /// The parts.
        parts: Vec<Trace>,
    },
    /// Not this.
    Not {
        /// Of the whole.
        truth: Truth,
        /// What is negated.
        inner: Box<Trace>,
    },
    /// A leaf.
    Leaf(LeafTrace),
}

/// A leaf with what it found.
#[derive(Clone, PartialEq, Eq)]
pub struct LeafTrace {
    /// Where it stands.
    pub span: Span,
    /// Where it looked.
    pub selector: Selector,
    /// What it found there, not yet redacted.
    pub found: String,
    /// Whether it holds.
    pub answer: Answer,
}

impl std::fmt::Debug for LeafTrace {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}: {:?}", self.selector, self.answer)
    }
}

impl Trace {
    /// Of the whole.
    pub fn truth(&self) -> Truth {
        match self {
            Trace::All { truth, .. } | Trace::Any { truth, .. } | Trace::Not { truth, .. } => *truth,
            Trace::Leaf(leaf) => leaf.answer.truth,
        }
    }

    /// Every leaf, in the order written.
    pub fn leaves(&self) -> Vec<&LeafTrace> {
        match self {
            Trace::All { parts, .. } | Trace::Any { parts, .. } => parts.iter().flat_map(Trace::leaves).collect(),
            Trace::Not { inner, .. } => inner.leaves(),
            Trace::Leaf(leaf) => vec![leaf],
        }
    }

    /// Why the whole is unknown: the first leaf that is, in words that name its selector and no value.
    pub fn doubt(&self) -> Option<String> {
        if self.truth() != Truth::Unknown {
            return None;
        }
        let leaf = self.leaves().into_iter().find(|leaf| leaf.answer.truth == Truth::Unknown)?;
        Some(doubt(&leaf.selector, &leaf.answer))
    }
}

/// Why a leaf is unknown, in words that name its selector and no value.
pub(super) fn doubt(selector: &Selector, answer: &Answer) -> String {
    let why = answer.why.as_deref().unwrap_or("it cannot be decided");
    format!("`{selector}`: {why}")
}
