//! Counters.

use super::Stores;
use super::asking::{Asking, decimal, lease};
use callguard::engine::session::{Amount, Ending, ReserveAnswer};
use callguard::store::StoreTerms;
use std::time::{Duration, Instant};

pub(crate) async fn runs_and_calls_in_flight_count_against_a_limit(stores: &impl Stores) {
    let store = stores.open(StoreTerms::default()).await;
    let asking = Asking::new(&*store);
    let wants = || vec![asking.calls("calls", 3)];
    asking.run(wants(), Ending::Succeeded).await;
    asking.run(wants(), Ending::Failed).await;
    let held = asking.hold(wants()).await;
    assert_eq!(asking.reserve(wants()).await, ReserveAnswer::Refused { exceeded: vec![true] });
    store.release(asking.release(held)).await.unwrap();
    let again = asking.hold(wants()).await;
    store.commit(asking.commit(again, Ending::Unknown)).await.unwrap();
    assert!(asking.is_refused(wants()).await);
}

pub(crate) async fn everything_is_reserved_or_nothing(stores: &impl Stores) {
    let store = stores.open(StoreTerms::default()).await;
    let asking = Asking::new(&*store);
    let answer = asking.reserve(vec![asking.calls("one", 1), asking.calls("none", 0)]).await;
    assert_eq!(answer, ReserveAnswer::Refused { exceeded: vec![false, true] });
    assert!(!asking.is_refused(vec![asking.calls("one", 1)]).await);
}

pub(crate) async fn what_does_not_bind_is_only_reported(stores: &impl Stores) {
    let store = stores.open(StoreTerms::default()).await;
    let asking = Asking::new(&*store);
    let wants = || {
        let mut loose = asking.calls("loose", 1);
        loose.binding = false;
        vec![loose, asking.calls("bound", 9)]
    };
    for beyond in [false, true, true] {
        let answer = asking.reserve(wants()).await;
        assert!(matches!(&answer, ReserveAnswer::Granted { exceeded, .. } if exceeded == &[beyond, false]));
        store.commit(asking.commit(lease(answer), Ending::Succeeded)).await.unwrap();
    }
}

pub(crate) async fn failures_in_a_row_stop_and_a_success_clears_them(stores: &impl Stores) {
    let store = stores.open(StoreTerms::default()).await;
    let asking = Asking::new(&*store);
    for window in [None, Some(600_000)] {
        let name = format!("{window:?}");
        let wants = || vec![asking.want(&name, Amount::Failures { max: 2 }, window)];
        asking.run(wants(), Ending::Failed).await;
        asking.run(wants(), Ending::Succeeded).await;
        asking.run(wants(), Ending::Failed).await;
        // What is in flight has not failed yet.
        let held = asking.hold(wants()).await;
        let other = asking.hold(wants()).await;
        store.commit(asking.commit(held, Ending::Unknown)).await.unwrap();
        assert!(asking.is_refused(wants()).await);
        store.commit(asking.commit(other, Ending::Succeeded)).await.unwrap();
        assert!(!asking.is_refused(wants()).await);
    }
}

pub(crate) async fn sums_are_exact(stores: &impl Stores) {
    let store = stores.open(StoreTerms::default()).await;
    let asking = Asking::new(&*store);
    asking.run(vec![asking.sum("tenths", "0.1", "0.3")], Ending::Succeeded).await;
    let held = asking.hold(vec![asking.sum("tenths", "0.2", "0.3")]).await;
    assert!(asking.is_refused(vec![asking.sum("tenths", "0.000000000000000001", "0.3")]).await);
    store.release(asking.release(held)).await.unwrap();
    asking.run(vec![asking.sum("tenths", "0.199999999999999999", "0.3")], Ending::Succeeded).await;
    asking.run(vec![asking.sum("tenths", "0.000000000000000001", "0.3")], Ending::Succeeded).await;
    assert!(asking.is_refused(vec![asking.sum("tenths", "0.000000000000000001", "0.3")]).await);
    assert!(!asking.is_refused(vec![asking.sum("tenths", "0", "0.3")]).await);

    let most = "9007199254740993.5";
    asking.run(vec![asking.sum("large", "9007199254740992.5", most)], Ending::Succeeded).await;
    assert!(asking.is_refused(vec![asking.sum("large", "1.01", most)]).await);
    asking.run(vec![asking.sum("large", "1", most)], Ending::Succeeded).await;
    assert!(asking.is_refused(vec![asking.sum("large", "0.000000000000000001", most)]).await);
}

pub(crate) async fn what_a_run_really_cost_takes_the_place_of_what_was_reserved(stores: &impl Stores) {
    let store = stores.open(StoreTerms::default()).await;
    let asking = Asking::new(&*store);
    let wants = |amount| vec![asking.calls("calls", 9), asking.sum("cost", amount, "10")];
    let held = asking.hold(wants("6")).await;
    assert!(asking.is_refused(wants("5")).await);
    let mut commit = asking.commit(held, Ending::Succeeded);
    commit.actual = vec![None, Some(decimal("2.5"))];
    store.commit(commit).await.unwrap();
    assert!(asking.is_refused(wants("7.6")).await);
    assert!(!asking.is_refused(wants("7.5")).await);
}

/// A window that what is looked at quickly surely lies in.
const WINDOW: Duration = Duration::from_millis(1_500);

pub(crate) async fn a_window_slides(stores: &impl Stores) {
    let store = stores.open(StoreTerms::default()).await;
    // On a machine that is busy elsewhere the look may come too late to say anything: then again.
    for _ in 0..10 {
        let asking = Asking::new(&*store);
        let wants = || vec![asking.want("window", Amount::Call { max: 2 }, Some(1_500))];
        let started = Instant::now();
        asking.run(wants(), Ending::Succeeded).await;
        let first_written = Instant::now();
        tokio::time::sleep(WINDOW / 2).await;
        asking.run(wants(), Ending::Succeeded).await;
        let second_written = Instant::now();
        let full = asking.is_refused(wants()).await;
        if started.elapsed() >= WINDOW {
            continue;
        }
        assert!(full, "both lie in the window");
        tokio::time::sleep((first_written + WINDOW).saturating_duration_since(Instant::now())).await;
        let (held, beyond) = (asking.hold(wants()).await, asking.is_refused(wants()).await);
        if first_written.elapsed() >= WINDOW + WINDOW / 3 {
            continue;
        }
        assert!(beyond, "only one of them has left it, and a call in flight counts");
        store.release(asking.release(held)).await.unwrap();
        tokio::time::sleep((second_written + WINDOW).saturating_duration_since(Instant::now())).await;
        let [one, two] = [asking.hold(wants()).await, asking.hold(wants()).await];
        assert!(asking.is_refused(wants()).await);
        store.release(asking.release(one)).await.unwrap();
        store.release(asking.release(two)).await.unwrap();
        return;
    }
    panic!("the machine is too busy to look at a window in time");
}

pub(crate) async fn wants_of_one_key_are_one_run(stores: &impl Stores) {
    let store = stores.open(StoreTerms::default()).await;
    let asking = Asking::new(&*store);
    let wants = |observed| {
        vec![asking.calls("base", 2), {
            let mut other = asking.calls("base", 1);
            other.binding = observed;
            other
        }]
    };
    asking.run(wants(true), Ending::Succeeded).await;
    assert_eq!(asking.reserve(wants(true)).await, ReserveAnswer::Refused { exceeded: vec![false, true] });
    let answer = asking.reserve(wants(false)).await;
    assert!(matches!(&answer, ReserveAnswer::Granted { exceeded, .. } if exceeded == &[false, true]));
    assert_eq!(asking.reserve(wants(false)).await, ReserveAnswer::Refused { exceeded: vec![true, true] });
}

pub(crate) async fn a_counter_may_be_shared_by_sessions(stores: &impl Stores) {
    let store = stores.open(StoreTerms::default()).await;
    let asking = Asking::new(&*store);
    let other = asking.of_session("another session");
    asking.run(vec![asking.calls("shared", 2)], Ending::Succeeded).await;
    let held = other.hold(vec![other.calls("shared", 2)]).await;
    assert!(asking.is_refused(vec![asking.calls("shared", 2)]).await);
    store.release(other.release(held)).await.unwrap();
    assert!(!asking.is_refused(vec![asking.calls("shared", 2)]).await);
}

pub(crate) async fn of_many_calls_at_once_exactly_the_limit_is_granted(stores: &impl Stores) {
    let patient = StoreTerms { timeout: Duration::from_secs(60), ..StoreTerms::default() };
    let store = stores.open(patient).await;
    let asking = Asking::new(&*store);
    let answers: Vec<_> = (0..200)
        .map(|_| {
            let request = asking.request("tool", vec![asking.calls("calls", 20), asking.sum("sum", "0.5", "50")]);
            let store = std::sync::Arc::clone(&store);
            tokio::spawn(async move { store.reserve(request).await })
        })
        .collect();
    let mut granted = 0;
    for answer in answers {
        granted += usize::from(matches!(answer.await.unwrap().unwrap(), ReserveAnswer::Granted { .. }));
    }
    assert_eq!(granted, 20);
}
