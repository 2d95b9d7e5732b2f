//! What a store knows of a session.

use super::Stores;
use super::asking::{Asking, label, lease};
use callguard::engine::session::{AttemptCounter, Ending, ReserveAnswer, SessionView};
use callguard::store::StoreTerms;

pub(crate) async fn attempts_are_counted_and_dry_ones_are_not(stores: &impl Stores) {
    let store = stores.open(StoreTerms::default()).await;
    let asking = Asking::new(&*store);
    for (count, attempts) in [(false, 1), (true, 1), (true, 2), (false, 3), (true, 3)] {
        let answer = store.attempt(asking.attempt(count, Vec::new())).await.unwrap();
        assert_eq!(*answer.view, SessionView { attempts, ..SessionView::default() });
    }
}

pub(crate) async fn attempts_have_counters_of_their_own(stores: &impl Stores) {
    let store = stores.open(StoreTerms::default()).await;
    let asking = Asking::new(&*store);
    let counter = |name, window_millis| AttemptCounter { key: asking.counter(name), window_millis };
    let counters = || vec![counter("ever", None), counter("lately", Some(600_000)), counter("ever", None)];
    for (count, attempts) in [(true, 1), (false, 2), (true, 2), (true, 3)] {
        let answer = store.attempt(asking.attempt(count, counters())).await.unwrap();
        assert_eq!(answer.attempts, [attempts; 3]);
    }
}

pub(crate) async fn runs_move_a_session_on(stores: &impl Stores) {
    let store = stores.open(StoreTerms::default()).await;
    let asking = Asking::new(&*store);
    for (tool, ending) in [("read", Ending::Succeeded), ("mail \"send\" ü", Ending::Failed), ("read", Ending::Unknown)]
    {
        let held = lease(store.reserve(asking.request(tool, Vec::new())).await.unwrap());
        store.commit(asking.commit(held, ending)).await.unwrap();
    }
    let view = asking.view().await;
    let calls_of = [("read".to_owned(), 2), ("mail \"send\" ü".to_owned(), 1)].into();
    let expected = SessionView { version: 3, calls: 3, calls_of, consecutive_failures: 2, ..SessionView::default() };
    assert_eq!(view, expected);
    let held = asking.hold(Vec::new()).await;
    assert_eq!(asking.view().await, expected, "what is reserved has not run");
    store.commit(asking.commit(held, Ending::Succeeded)).await.unwrap();
    assert_eq!(asking.view().await.consecutive_failures, 0);
}

pub(crate) async fn labels_are_kept_with_their_marks(stores: &impl Stores) {
    let store = stores.open(StoreTerms::default()).await;
    let asking = Asking::new(&*store);
    let [sure, doubted, seen] = [("a b\"|:", false, false), ("a b\"|:", true, false), ("a b\"|:", false, true)]
        .map(|(name, doubtful, observed)| label(name, doubtful, observed));
    let mut request = asking.request("tool", Vec::new());
    request.labels = vec![sure.clone(), doubted.clone(), sure.clone()];
    let held = lease(store.reserve(request).await.unwrap());
    let view = asking.view().await;
    assert_eq!((view.version, view.labels), (2, [sure.clone(), doubted.clone()].into()));
    let mut commit = asking.commit(held, Ending::Succeeded);
    commit.labels = vec![doubted.clone(), seen.clone()];
    store.commit(commit).await.unwrap();
    let view = asking.view().await;
    assert_eq!((view.version, view.labels), (4, [sure, doubted, seen].into()));
}

pub(crate) async fn what_rests_on_an_older_session_is_stale(stores: &impl Stores) {
    let store = stores.open(StoreTerms::default()).await;
    let asking = Asking::new(&*store);
    let expecting = |version| {
        let mut request = asking.request("tool", vec![asking.calls("calls", 2)]);
        request.expected_version = Some(version);
        request
    };
    asking.run(Vec::new(), Ending::Succeeded).await;
    let answer = store.reserve(expecting(0)).await.unwrap();
    let ReserveAnswer::Stale { view } = answer else { panic!("not stale: {answer:?}") };
    assert_eq!((view.version, view.calls), (1, 1));
    let held = lease(store.reserve(expecting(1)).await.unwrap());
    store.attempt(asking.attempt(true, Vec::new())).await.unwrap();
    let other = lease(store.reserve(expecting(1)).await.unwrap());
    assert!(asking.is_refused(vec![asking.calls("calls", 2)]).await, "neither attempts nor reservations move it on");
    for held in [held, other] {
        store.release(asking.release(held)).await.unwrap();
    }
}

pub(crate) async fn sessions_are_apart_whatever_their_names_are(stores: &impl Stores) {
    let store = stores.open(StoreTerms::default()).await;
    let here = Asking::new(&*store);
    let long = "long ".repeat(2_000);
    for name in ["{brace}", "quote'\"", "line\nbreak", "Ünïcode 🦀", "a:b|c", "*?[", &long, &format!("{long}.")] {
        let asking = here.of_session(&format!("{} {name}", here.session));
        let calls_of = [(format!("tool of {name}"), 1)].into();
        let request = asking.request(&format!("tool of {name}"), vec![asking.calls(name, 1)]);
        let held = lease(store.reserve(request).await.unwrap());
        store.commit(asking.commit(held, Ending::Succeeded)).await.unwrap();
        assert_eq!(asking.view().await, SessionView { version: 1, calls: 1, calls_of, ..SessionView::default() });
        assert!(asking.is_refused(vec![asking.calls(name, 1)]).await);
    }
    assert_eq!(here.view().await, SessionView::default());
}
