//! A store for one case after the other.

use super::TestClock;
use crate::store::{Abandoned, Answer, MemoryStore, Store};
use callguard_engine::session::{
    AttemptAnswer, AttemptRequest, CommitRequest, ReleaseRequest, ReserveAnswer, ReserveRequest,
};
use std::sync::Arc;

/// A store in memory that can be emptied from outside. Clones share it.
#[derive(Clone)]
pub(super) struct SetStore(Arc<MemoryStore>);

impl SetStore {
    /// Empty, on that clock.
    pub(super) fn on(clock: &TestClock) -> SetStore {
        SetStore(Arc::new(MemoryStore::with_clock(Arc::new(clock.clone()))))
    }

    /// Forgets everything.
    pub(super) fn clear(&self) {
        self.0.clear();
    }
}

impl Store for SetStore {
    fn attempt(&self, request: AttemptRequest) -> Answer<'_, AttemptAnswer> {
        self.0.attempt(request)
    }

    fn reserve(&self, request: ReserveRequest) -> Answer<'_, ReserveAnswer> {
        self.0.reserve(request)
    }

    fn commit(&self, request: CommitRequest) -> Answer<'_, ()> {
        self.0.commit(request)
    }

    fn release(&self, request: ReleaseRequest) -> Answer<'_, ()> {
        self.0.release(request)
    }

    fn end_detached(&self, end: Abandoned) {
        self.0.end_detached(end);
    }

    fn health(&self) -> Answer<'_, ()> {
        self.0.health()
    }
}
