//! A share of each limit while the store is down.

use crate::suite::asking::{Asking, decimal, label, lease};
use callguard::engine::session::{
    AttemptAnswer, AttemptRequest, CommitRequest, Ending, ReleaseRequest, ReserveAnswer, ReserveRequest, StoreError,
};
use callguard::store::{Abandoned, Answer, LocalShare, MemoryStore, Store};
use std::num::NonZeroU16;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A store that can be switched off.
#[derive(Default)]
struct Switched {
    store: MemoryStore,
    down: AtomicBool,
}

impl Switched {
    fn answer<'a, T>(&'a self, answer: Answer<'a, T>) -> Answer<'a, T> {
        match self.down.load(Ordering::Relaxed) {
            true => Answer::now(Err(StoreError::new("it is down"))),
            false => answer,
        }
    }
}

impl Store for Switched {
    fn attempt(&self, request: AttemptRequest) -> Answer<'_, AttemptAnswer> {
        self.answer(self.store.attempt(request))
    }
    fn reserve(&self, request: ReserveRequest) -> Answer<'_, ReserveAnswer> {
        match self.down.load(Ordering::Relaxed) {
            true => Answer::now(Err(StoreError::new("it is down"))),
            false => self.store.reserve(request),
        }
    }
    fn commit(&self, request: CommitRequest) -> Answer<'_, ()> {
        self.answer(self.store.commit(request))
    }
    fn release(&self, request: ReleaseRequest) -> Answer<'_, ()> {
        self.answer(self.store.release(request))
    }
    fn end_detached(&self, end: Abandoned) {
        self.store.end_detached(end);
    }
    fn health(&self) -> Answer<'_, ()> {
        self.answer(self.store.health())
    }
}

fn shared() -> (Arc<Switched>, LocalShare<Arc<Switched>>) {
    let store = Arc::new(Switched::default());
    (Arc::clone(&store), LocalShare::new(store, NonZeroU16::new(4).unwrap()))
}

#[tokio::test]
async fn while_the_store_is_up_nothing_changes() {
    let (_, store) = shared();
    let asking = Asking::new(&store);
    for _ in 0..8 {
        asking.run(vec![asking.calls("calls", 8)], Ending::Succeeded).await;
    }
    assert!(asking.is_refused(vec![asking.calls("calls", 8)]).await);
    assert_eq!((asking.view().await.calls, store.used(), store.health().await), (8, 0, Ok(())));
}

#[tokio::test]
async fn while_it_is_down_each_limit_has_its_share() {
    let (switch, store) = shared();
    let asking = Asking::new(&store);
    asking.run(vec![asking.calls("calls", 8)], Ending::Succeeded).await;
    let before = asking.hold(vec![asking.calls("calls", 8)]).await;
    switch.down.store(true, Ordering::Relaxed);
    let wants = || vec![asking.calls("calls", 8), asking.sum("sum", "2.5", "20")];
    let first = asking.hold(wants()).await;
    let mut commit = asking.commit(first, Ending::Succeeded);
    commit.actual = vec![None, Some(decimal("2"))];
    store.commit(commit).await.unwrap();
    assert!(asking.is_refused(vec![asking.sum("sum", "3.1", "20")]).await, "a fourth of twenty, and two are spent");
    let second = asking.hold(vec![asking.calls("calls", 8), asking.sum("sum", "3", "20")]).await;
    assert!(asking.is_refused(wants()).await, "a fourth of eight");
    store.release(asking.release(second)).await.unwrap();
    let lost = asking.hold(wants()).await;
    store.end_detached(Abandoned::Lost(asking.commit(lost, Ending::Unknown)));
    assert!(asking.is_refused(wants()).await);
    assert!(store.used() >= 4);
    switch.down.store(false, Ordering::Relaxed);
    store.release(asking.release(before)).await.unwrap();
    assert!(!asking.is_refused(vec![asking.calls("calls", 2)]).await, "the store knows of one run");
}

#[tokio::test]
async fn what_rests_on_the_session_stays_unknown() {
    let (switch, store) = shared();
    let asking = Asking::new(&store);
    switch.down.store(true, Ordering::Relaxed);
    store.attempt(asking.attempt(true, Vec::new())).await.unwrap_err();
    let request = asking.request("tool", vec![asking.calls("calls", 8)]);
    let resting = ReserveRequest { expected_version: Some(0), ..request.clone() };
    let labelling = ReserveRequest { labels: vec![label("seen", false, false)], ..request.clone() };
    let unlimited = ReserveRequest { wants: Vec::new(), ..request.clone() };
    for request in [resting, labelling, unlimited] {
        store.reserve(request).await.unwrap_err();
    }
    let held = lease(store.reserve(request).await.unwrap());
    store.end_detached(Abandoned::GivenBack(asking.release(held.clone())));
    store.release(asking.release(held)).await.unwrap_err();
    store.health().await.unwrap_err();
}
