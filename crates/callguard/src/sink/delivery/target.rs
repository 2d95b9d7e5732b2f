//! What differs from receiver to receiver.

use super::Entry;
use jiff::Timestamp;
use std::time::Duration;

/// A receiver: how much it takes at once, how it is asked, what its answers mean.
pub(crate) trait Target: Send {
    /// How much it takes at once.
    fn limits(&self) -> Limits;

    /// Sends a batch, once.
    fn send(&mut self, batch: &[Entry], attempt: &Attempt) -> Verdict;

    /// Asks what became of a batch for which [`Verdict::Pending`] was said.
    fn confirm(&mut self, _attempt: &Attempt) -> Verdict {
        Verdict::Delivered
    }
}

/// How much a receiver takes at once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) events: usize,
    pub(crate) bytes: usize,
    /// A single event beyond that cannot be delivered.
    pub(crate) event_bytes: usize,
    /// Older events are refused or lost there.
    pub(crate) age: Option<Duration>,
}

/// One attempt.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attempt {
    pub(crate) now: Timestamp,
    pub(crate) timeout: Duration,
}

/// What an answer means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The receiver has it.
    Delivered,
    /// The receiver has some and says that it wants not to see the others again.
    Partly { refused: u64, why: String },
    /// It has been taken and is not safe yet; ask again after that time.
    Pending(Duration),
    /// Later, and not before `after`.
    Retry { after: Option<Duration>, why: String },
    /// Something in the batch, or its size, is not accepted: halves may be.
    Refused(String),
    /// Nothing will be accepted before somebody changes something.
    Halt(String),
    /// Nothing will ever be accepted again.
    Gone(String),
}

impl Verdict {
    pub(crate) fn retry(why: impl Into<String>) -> Verdict {
        Verdict::Retry { after: None, why: why.into() }
    }
}
