//! Leases, and who waits for what.

use super::Stores;
use super::asking::{Asking, lease};
use callguard::engine::session::{Ending, Lease, ReserveAnswer};
use callguard::store::{Abandoned, Store, StoreTerms};
use std::time::{Duration, Instant};

pub(crate) async fn the_same_call_gets_the_same_answer(stores: &impl Stores) {
    let store = stores.open(StoreTerms::default()).await;
    let asking = Asking::new(&*store);
    let mut loose = asking.calls("loose", 0);
    loose.binding = false;
    let request = asking.request("tool", vec![asking.calls("calls", 2), loose]);
    let first = store.reserve(request.clone()).await.unwrap();
    assert!(matches!(&first, ReserveAnswer::Granted { exceeded, .. } if exceeded == &[false, true]));
    assert_eq!(store.reserve(request.clone()).await.unwrap(), first);
    assert!(!asking.is_refused(vec![asking.calls("calls", 2)]).await, "it holds one");
    store.commit(asking.commit(lease(first.clone()), Ending::Succeeded)).await.unwrap();
    let second = store.reserve(request).await.unwrap();
    assert_ne!(second, first, "that one has ended");
    assert!(asking.is_refused(vec![asking.calls("calls", 2)]).await);
    store.release(asking.release(lease(second))).await.unwrap();
}

pub(crate) async fn a_peek_reserves_nothing(stores: &impl Stores) {
    let store = stores.open(StoreTerms::default()).await;
    let asking = Asking::new(&*store);
    let mut request = asking.request("tool", vec![asking.calls("calls", 1)]);
    request.peek = true;
    for _ in 0..2 {
        let answer = store.reserve(request.clone()).await.unwrap();
        assert_eq!(answer, ReserveAnswer::Granted { lease: None, exceeded: vec![false] });
    }
    let held = asking.hold(vec![asking.calls("calls", 1)]).await;
    let answer = store.reserve(request).await.unwrap();
    assert_eq!(answer, ReserveAnswer::Refused { exceeded: vec![true] });
    store.release(asking.release(held)).await.unwrap();
}

pub(crate) async fn a_lease_ends_once(stores: &impl Stores) {
    let store = stores.open(StoreTerms::default()).await;
    let asking = Asking::new(&*store);
    let wants = || vec![asking.calls("calls", 2)];
    let (kept, committed, released) =
        (asking.hold(Vec::new()).await, asking.hold(wants()).await, asking.hold(wants()).await);
    store.commit(asking.commit(committed.clone(), Ending::Succeeded)).await.unwrap();
    store.release(asking.release(released.clone())).await.unwrap();
    for lease in [committed, released, Lease("nobody's".to_owned())] {
        store.commit(asking.commit(lease.clone(), Ending::Succeeded)).await.unwrap_err();
        store.release(asking.release(lease)).await.unwrap_err();
    }
    assert_eq!(asking.view().await.calls, 1);
    store.commit(asking.commit(kept, Ending::Succeeded)).await.unwrap();
}

pub(crate) async fn a_reservation_that_nobody_waits_for_goes_back(stores: &impl Stores) {
    let store = stores.open(StoreTerms::default()).await;
    let asking = Asking::new(&*store);
    for round in 0..40 {
        let mut answer = store.reserve(asking.request("tool", vec![asking.calls("calls", 1)]));
        // Looked at early, late, or never.
        let patience = Duration::from_micros(50 * (round % 20));
        // Refused, where one that nobody waits for has only now come to its turn.
        if let Ok(answered) = tokio::time::timeout(patience, &mut answer).await
            && let ReserveAnswer::Granted { lease: Some(lease), .. } = answered.unwrap()
        {
            store.release(asking.release(lease)).await.unwrap();
        }
        drop(answer);
        eventually(async || !asking.is_refused(vec![asking.calls("calls", 1)]).await).await;
    }
}

pub(crate) async fn ends_that_nobody_waits_for_happen(stores: &impl Stores) {
    let store = stores.open(StoreTerms::default()).await;
    let asking = Asking::new(&*store);
    let (back, lost) =
        (asking.hold(vec![asking.calls("calls", 2)]).await, asking.hold(vec![asking.calls("calls", 2)]).await);
    store.end_detached(Abandoned::GivenBack(asking.release(back.clone())));
    store.end_detached(Abandoned::Lost(asking.commit(lost.clone(), Ending::Unknown)));
    eventually(async || asking.view().await.calls == 1).await;
    eventually(async || !asking.is_refused(vec![asking.calls("calls", 2)]).await).await;
    assert!(asking.is_refused(vec![asking.calls("calls", 1)]).await);
    // Ended again, nothing more happens.
    store.end_detached(Abandoned::Lost(asking.commit(lost, Ending::Unknown)));
    store.end_detached(Abandoned::GivenBack(asking.release(back)));
    assert_eq!(asking.view().await.calls, 1);
}

pub(crate) async fn a_store_says_that_it_is_well(stores: &impl Stores) {
    let store = stores.open(StoreTerms::default()).await;
    assert_eq!(store.health().await, Ok(()));
}

/// Waits until it is so.
pub(crate) async fn eventually(holds: impl AsyncFn() -> bool) {
    let limit = Instant::now() + Duration::from_secs(20);
    while !holds().await {
        assert!(Instant::now() < limit, "it never came to be");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
