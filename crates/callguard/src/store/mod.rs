//! Where sessions live: counters, labels, reservations.

mod answer;
#[cfg(any(feature = "sqlite", feature = "redis", feature = "postgres"))]
mod ask;
#[cfg(any(feature = "redis", feature = "postgres"))]
mod background;
mod config;
mod local_share;
mod memory;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "redis")]
mod redis;
#[cfg(any(feature = "redis", feature = "postgres"))]
mod remote;
#[cfg(feature = "sqlite")]
mod sqlite;
mod terms;
#[cfg(any(feature = "redis", feature = "postgres"))]
mod tls;
#[cfg(any(feature = "sqlite", feature = "redis", feature = "postgres"))]
mod waiting;
mod window;

pub use answer::Answer;
pub use config::{Secret, StoreConfig, StoreConfigError, StoreOpenError, TlsFiles};
pub use local_share::LocalShare;
pub use memory::MemoryStore;
#[cfg(feature = "postgres")]
pub use postgres::{PostgresOptions, PostgresStore};
#[cfg(feature = "redis")]
pub use redis::{RedisAddress, RedisOptions, RedisStore};
#[cfg(feature = "sqlite")]
pub use sqlite::{Durability, SqliteOptions, SqliteStore};
pub use terms::StoreTerms;

use callguard_engine::session::{
    AttemptAnswer, AttemptRequest, CommitRequest, ReleaseRequest, ReserveAnswer, ReserveRequest, StoreError,
};
use std::sync::Arc;

/// Keeps sessions. Every operation is atomic: it happens as a whole or not at all, and no other falls between its parts.
///
/// Windows slide, and time is the store's own. Calls in flight count: what is reserved counts until it is settled or
/// given back.
pub trait Store: Send + Sync {
    /// Counts an attempt (unless the request says only to look) and shows the session.
    fn attempt(&self, request: AttemptRequest) -> Answer<'_, AttemptAnswer>;

    /// Reserves everything that is wanted, or nothing. The same `call_id` gets the same answer.
    fn reserve(&self, request: ReserveRequest) -> Answer<'_, ReserveAnswer>;

    /// Ends a reservation after the run. A lease that is not there any more is an error.
    fn commit(&self, request: CommitRequest) -> Answer<'_, ()>;

    /// Gives a reservation back. A lease that is not there any more is an error.
    fn release(&self, request: ReleaseRequest) -> Answer<'_, ()>;

    /// Ends a reservation from a place that cannot wait (a dropped permit): done at once, or queued.
    fn end_detached(&self, end: Abandoned);

    /// Whether the store can answer.
    fn health(&self) -> Answer<'_, ()>;
}

/// A store that several guards share, or that its owner keeps a hand on.
impl<S: Store + ?Sized> Store for Arc<S> {
    fn attempt(&self, request: AttemptRequest) -> Answer<'_, AttemptAnswer> {
        (**self).attempt(request)
    }

    fn reserve(&self, request: ReserveRequest) -> Answer<'_, ReserveAnswer> {
        (**self).reserve(request)
    }

    fn commit(&self, request: CommitRequest) -> Answer<'_, ()> {
        (**self).commit(request)
    }

    fn release(&self, request: ReleaseRequest) -> Answer<'_, ()> {
        (**self).release(request)
    }

    fn end_detached(&self, end: Abandoned) {
        (**self).end_detached(end);
    }

    fn health(&self) -> Answer<'_, ()> {
        (**self).health()
    }
}

/// A reservation whose permit was dropped.
#[derive(Clone, Debug)]
pub enum Abandoned {
    /// Before the tool was started.
    GivenBack(ReleaseRequest),
    /// After it was started.
    Lost(CommitRequest),
}

/// What a store says of a lease that is not there any more.
fn ended() -> StoreError {
    StoreError::new("the reservation has already ended")
}

/// What a store says, or why it cannot.
pub type StoreResult<T> = Result<T, StoreError>;
