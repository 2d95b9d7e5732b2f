//! What there is to know of a delivery while it runs.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Counts what becomes of events. Clones count together.
#[derive(Clone, Debug)]
pub struct SinkMeter {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    name: String,
    delivered: AtomicU64,
    dropped: AtomicU64,
    retried: AtomicU64,
    dead: AtomicU64,
    queued: AtomicU64,
    queued_bytes: AtomicU64,
    state: Mutex<(SinkState, Option<String>)>,
}

/// How a receiver does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SinkState {
    /// It accepts.
    #[default]
    Healthy,
    /// It failed, and is tried again.
    Retrying,
    /// It failed often in a row: one event at a time is tried.
    Open,
    /// It wants something changed (a token, an index); it is asked every 5 minutes.
    Halted,
    /// It wants nothing any more.
    Gone,
}

impl SinkState {
    /// The word in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            SinkState::Healthy => "healthy",
            SinkState::Retrying => "retrying",
            SinkState::Open => "open",
            SinkState::Halted => "halted",
            SinkState::Gone => "gone",
        }
    }
}

/// What a meter shows at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SinkStatus {
    /// The sink's name.
    pub name: String,
    /// How the receiver does.
    pub state: SinkState,
    /// What it said last, where that was no.
    pub error: Option<String>,
    /// Events that it has.
    pub delivered: u64,
    /// Events that did not fit into the buffer, or could not be written or read there.
    pub dropped: u64,
    /// Attempts that failed and were made again.
    pub retried: u64,
    /// Events that it will not take; they lie in the file of dead letters.
    pub dead: u64,
    /// Events that wait.
    pub queued: u64,
    /// Bytes of them.
    pub queued_bytes: u64,
}

impl SinkMeter {
    pub(super) fn new(name: &str) -> SinkMeter {
        SinkMeter {
            shared: Arc::new(Shared {
                name: name.to_owned(),
                delivered: AtomicU64::default(),
                dropped: AtomicU64::default(),
                retried: AtomicU64::default(),
                dead: AtomicU64::default(),
                queued: AtomicU64::default(),
                queued_bytes: AtomicU64::default(),
                state: Mutex::default(),
            }),
        }
    }

    /// What it shows now.
    pub fn status(&self) -> SinkStatus {
        let shared = &self.shared;
        let (state, error) = shared.state.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        SinkStatus {
            name: shared.name.clone(),
            state,
            error,
            delivered: read(&shared.delivered),
            dropped: read(&shared.dropped),
            retried: read(&shared.retried),
            dead: read(&shared.dead),
            queued: read(&shared.queued),
            queued_bytes: read(&shared.queued_bytes),
        }
    }

    pub(super) fn delivered(&self, count: u64) {
        self.shared.delivered.fetch_add(count, Ordering::Relaxed);
    }

    pub(super) fn dropped(&self, count: u64) {
        self.shared.dropped.fetch_add(count, Ordering::Relaxed);
    }

    pub(super) fn retried(&self) {
        self.shared.retried.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn dead(&self, count: u64) {
        self.shared.dead.fetch_add(count, Ordering::Relaxed);
    }

    pub(super) fn queue(&self, events: u64, bytes: u64) {
        self.shared.queued.store(events, Ordering::Relaxed);
        self.shared.queued_bytes.store(bytes, Ordering::Relaxed);
    }

    pub(super) fn state(&self, state: SinkState, error: Option<String>) {
        *self.shared.state.lock().unwrap_or_else(PoisonError::into_inner) = (state, error);
    }
}
