//! Counters and labels as values: what deciding asks of a store, and what the store answers.
//!
//! A store does three things, each in one atomic operation: it counts an attempt and shows the session, it reserves
//! what a run would use, and it settles or gives back what was reserved. Time is the store's own.

mod key;
mod view;

pub use key::{CounterKey, SessionKey};
pub use view::{Label, SessionView};

use crate::call::ToolEnvelope;
use crate::value::Decimal;
use std::borrow::Cow;
use std::sync::Arc;

/// Counts an attempt and reads the session. Answered by [`AttemptAnswer`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptRequest {
    /// Whose session it is.
    pub session: SessionKey,
    /// `false` for a dry run, and when a call is judged anew after an approval: nothing is counted.
    pub count: bool,
    /// The counters of the attempt limits that the call comes under. A key that stands twice (documents with one base)
    /// is counted once.
    pub counters: Vec<AttemptCounter>,
}

/// A counter of attempts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptCounter {
    /// Which.
    pub key: CounterKey,
    /// Sliding window in milliseconds; without one, the life of the key.
    pub window_millis: Option<u64>,
}

/// What an attempt answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptAnswer {
    /// The session, this attempt counted.
    pub view: Arc<SessionView>,
    /// What each asked counter stands at, this attempt included.
    pub attempts: Vec<u64>,
}

/// Reserves what a run would use, all of it or nothing. Answered by [`ReserveAnswer`].
#[derive(Clone, Debug)]
pub struct ReserveRequest {
    /// The call: its `call_id` is the idempotency key, for which the answer is always the same; its tool would run.
    pub call: Arc<ToolEnvelope>,
    /// The session's version that the decision rests on: if it has moved on, nothing is reserved and the answer is
    /// [`ReserveAnswer::Stale`]. `None`: no contract looked at the session.
    pub expected_version: Option<u64>,
    /// Only look: whether it would be granted.
    pub peek: bool,
    /// What the limits want. Wants of one key (documents with one base) are one run: each is held against its own bound,
    /// and the first is what is held and spent.
    pub wants: Vec<Want>,
    /// Labels that the session gains with the grant.
    pub labels: Vec<Label>,
    /// Whether an expired lease counts as spent (irreversible tools) or is given back.
    pub spent_if_lost: bool,
}

impl ReserveRequest {
    /// Whose session it is.
    pub fn session(&self) -> SessionKey {
        SessionKey::of(&self.call)
    }
}

/// What one limit wants of its counter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Want {
    /// Which counter.
    pub key: CounterKey,
    /// What is wanted.
    pub amount: Amount,
    /// Sliding window in milliseconds; without one, the life of the key.
    pub window_millis: Option<u64>,
    /// Whether going beyond refuses the whole reservation; else it is only reported.
    pub binding: bool,
}

/// What a run would add to a counter, and where the counter must stop.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Amount {
    /// One run of at most `max`.
    Call {
        /// So many run.
        max: u64,
    },
    /// No run once `max` have failed in a row.
    Failures {
        /// So many may fail.
        max: u64,
    },
    /// An amount, of which at most `at_most` in all.
    Sum {
        /// What this run adds (or holds until its cost is known).
        amount: Decimal,
        /// Where it stops.
        at_most: Decimal,
    },
}

/// What a reservation answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReserveAnswer {
    /// Reserved (or, of a peek, it would be).
    Granted {
        /// What to settle or give back; `None` of a peek.
        lease: Option<Lease>,
        /// For each want, whether it goes beyond its limit (only wants that do not bind can).
        exceeded: Vec<bool>,
    },
    /// Nothing was reserved.
    Refused {
        /// For each want, whether it would go beyond its limit.
        exceeded: Vec<bool>,
    },
    /// The session has moved on; nothing was reserved.
    Stale {
        /// As it is now.
        view: Arc<SessionView>,
    },
}

/// A store's name for a reservation.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Lease(pub String);

/// Ends a reservation after the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitRequest {
    /// Whose session it is.
    pub session: SessionKey,
    /// What was reserved.
    pub lease: Lease,
    /// How the run ended.
    pub ending: Ending,
    /// For each want, what it really came to; `None` keeps what was reserved.
    pub actual: Vec<Option<Decimal>>,
    /// Labels that the session gains from the result.
    pub labels: Vec<Label>,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ending {
    /// With a result.
    Succeeded,
    /// With an error.
    Failed,
    /// Nobody knows: it was started and never reported back. What was reserved is spent.
    Unknown,
}

/// Gives a reservation back: the tool never ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseRequest {
    /// Whose session it is.
    pub session: SessionKey,
    /// What was reserved.
    pub lease: Lease,
}

/// A store that could not answer. Limits become unknown, and what is unknown restricts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the session store could not answer: {reason}")]
pub struct StoreError {
    reason: Cow<'static, str>,
}

impl StoreError {
    /// With the reason, in words without secrets.
    pub fn new(reason: impl Into<Cow<'static, str>>) -> StoreError {
        StoreError { reason: reason.into() }
    }

    /// Why.
    pub fn reason(&self) -> &str {
        &self.reason
    }
}
