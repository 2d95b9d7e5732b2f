//! Limits: what a session contract counts.

use super::Selector;
use crate::value::Decimal;

/// A limit on a counter.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    /// What is counted, and how much is allowed.
    pub counted: Counted,
    /// Sliding window; without one, the life of the key.
    pub window: Option<Window>,
    /// Whose counter it is; `[Session]` by default.
    pub per: Vec<PerPart>,
}

/// What a limit counts.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Counted {
    /// Runs.
    Calls {
        /// So many run; the next is stopped.
        max: u64,
    },
    /// Tries, denied ones too.
    Attempts {
        /// So many may be tried.
        max: u64,
    },
    /// Runs that erred since the last success.
    ConsecutiveFailures {
        /// At so many the next run is stopped.
        max: u64,
    },
    /// A sum over runs.
    Sum {
        /// `args.*`, or `output.*` where the cost is known only afterwards.
        of: Selector,
        /// The most it may reach.
        at_most: Decimal,
        /// What is held until an `output.*` is known.
        reserve: Option<Decimal>,
    },
}

/// A sliding window, in milliseconds; at least one second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Window {
    /// Its length.
    pub millis: u64,
}

/// A part of a counter's key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PerPart {
    /// The session.
    Session,
    /// The tool's name.
    Tool,
    /// A selector: `tool.server`, `environment`, `principal.*`, `metadata.*`. Missing is the bucket `(none)`.
    Field(Selector),
}
