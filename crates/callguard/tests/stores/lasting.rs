//! What a store does that outlives the process.

use super::Stores;
use super::asking::{Asking, label, lease};
use super::waiting::eventually;
use callguard::engine::session::{Amount, Ending, ReserveRequest, SessionView};
use callguard::store::StoreTerms;
use std::time::Duration;

/// Leases that run out soon.
fn short() -> StoreTerms {
    StoreTerms { lease: Duration::from_millis(400), ..StoreTerms::default() }
}

async fn run_out() {
    tokio::time::sleep(Duration::from_millis(450)).await;
}

fn irreversible(request: ReserveRequest) -> ReserveRequest {
    ReserveRequest { spent_if_lost: true, ..request }
}

pub(crate) async fn what_was_written_is_there_when_the_store_is_opened_again(stores: &impl Stores) {
    let store = stores.open(StoreTerms::default()).await;
    let asking = Asking::new(&*store);
    let wants = |asking: &Asking<'_>| vec![asking.want("calls", Amount::Call { max: 2 }, Some(600_000))];
    let mut request = asking.request("tool", wants(&asking));
    request.labels = vec![label("seen", false, false)];
    let held = lease(store.reserve(request).await.unwrap());
    asking.run(wants(&asking), Ending::Failed).await;
    let before = asking.view().await;
    let asked = (asking.session.clone(), asking.of_session("x"));
    let again = stores.open(StoreTerms::default()).await;
    let asking = asked.1.of_session(&asked.0).on(&*again);
    drop(store);
    assert_eq!(asking.view().await, before);
    assert!(asking.is_refused(wants(&asking)).await);
    again.commit(asking.commit(held, Ending::Succeeded)).await.unwrap();
    assert_eq!(asking.view().await.calls, 2);
}

pub(crate) async fn a_lease_that_runs_out_is_given_back(stores: &impl Stores) {
    let store = stores.open(short()).await;
    let asking = Asking::new(&*store);
    let wants = || vec![asking.want("calls", Amount::Call { max: 1 }, Some(600_000)), asking.sum("sum", "2", "3")];
    let held = asking.hold(wants()).await;
    run_out().await;
    eventually(async || !asking.is_refused(wants()).await).await;
    assert_eq!(asking.view().await, SessionView::default());
    store.release(asking.release(held)).await.unwrap_err();
}

pub(crate) async fn a_lease_of_an_irreversible_tool_that_runs_out_is_spent(stores: &impl Stores) {
    let store = stores.open(short()).await;
    let asking = Asking::new(&*store);
    let failures = || asking.want("failures", Amount::Failures { max: 1 }, None);
    let wants =
        || vec![asking.want("calls", Amount::Call { max: 1 }, Some(600_000)), asking.sum("sum", "2", "3"), failures()];
    lease(store.reserve(irreversible(asking.request("launch", wants()))).await.unwrap());
    run_out().await;
    eventually(async || asking.view().await.calls == 1).await;
    let calls_of = [("launch".to_owned(), 1)].into();
    let expected = SessionView { version: 1, calls: 1, calls_of, consecutive_failures: 1, ..SessionView::default() };
    assert_eq!(asking.view().await, expected);
    assert!(asking.is_refused(vec![asking.want("calls", Amount::Call { max: 1 }, Some(600_000))]).await);
    assert!(asking.is_refused(vec![asking.sum("sum", "2", "3")]).await);
    assert!(!asking.is_refused(vec![asking.sum("sum", "1", "3")]).await);
    assert!(asking.is_refused(vec![failures()]).await);
}

pub(crate) async fn a_run_that_ends_late_still_counts(stores: &impl Stores) {
    let store = stores.open(short()).await;
    let asking = Asking::new(&*store);
    let wants = || vec![asking.calls("calls", 1)];
    let held = asking.hold(wants()).await;
    run_out().await;
    eventually(async || !asking.is_refused(wants()).await).await;
    store.commit(asking.commit(held, Ending::Succeeded)).await.unwrap();
    assert!(asking.is_refused(wants()).await);
    assert_eq!(asking.view().await.calls, 1);
}

pub(crate) async fn a_run_that_was_counted_as_lost_is_not_counted_twice(stores: &impl Stores) {
    let store = stores.open(short()).await;
    let asking = Asking::new(&*store);
    let failures = || asking.want("failures", Amount::Failures { max: 1 }, None);
    let wants = || vec![asking.calls("calls", 2), asking.sum("sum", "2", "9"), failures()];
    let held = lease(store.reserve(irreversible(asking.request("launch", wants()))).await.unwrap());
    run_out().await;
    eventually(async || asking.view().await.calls == 1).await;
    assert!(asking.is_refused(wants()).await, "it counts as failed");
    let mut commit = asking.commit(held.clone(), Ending::Succeeded);
    commit.actual = vec![None, Some(super::asking::decimal("5")), None];
    commit.labels = vec![label("launched", false, false)];
    store.commit(commit).await.unwrap();
    let view = asking.view().await;
    assert_eq!((view.calls, view.consecutive_failures, view.labels.len()), (1, 0, 1));
    assert!(!asking.is_refused(vec![asking.calls("calls", 2), failures()]).await);
    assert!(!asking.is_refused(vec![asking.sum("sum", "4", "9")]).await, "it came to five");
    assert!(asking.is_refused(vec![asking.sum("sum", "4.5", "9")]).await, "it came to five");
    store.commit(asking.commit(held, Ending::Succeeded)).await.unwrap_err();
}

pub(crate) async fn sessions_that_nobody_comes_to_begin_anew(stores: &impl Stores) {
    let soon = Duration::from_millis(300);
    let store = stores.open(StoreTerms { lease: soon, idle: soon, ..StoreTerms::default() }).await;
    let asking = Asking::new(&*store);
    let mut request = asking.request("tool", vec![asking.calls("calls", 1)]);
    request.labels = vec![label("seen", false, false)];
    let held = lease(store.reserve(request).await.unwrap());
    store.commit(asking.commit(held, Ending::Succeeded)).await.unwrap();
    tokio::time::sleep(Duration::from_millis(900)).await;
    assert_eq!(asking.view().await, SessionView::default());
    assert!(!asking.is_refused(vec![asking.calls("calls", 1)]).await);
}
