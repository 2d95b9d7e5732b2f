//! Processes that die, and servers that die, are slow, or are not there.

use crate::kinds::{Place, open, postgres_at, redis_at};
use crate::proxy::Proxy;
use crate::suite::asking::{Asking, lease};
use crate::suite::waiting::eventually;
use crate::worker::{LIMIT, Worker, call, crowd, guard};
use callguard::engine::session::Ending;
use callguard::{Before, Effect};
use std::time::{Duration, Instant};

/// A process that is killed while its calls run: what it reserved is given back, or spent if it cannot be undone.
async fn a_killed_process_leaves_limits_true(place: Place) {
    let address = format!("{}?lease=1s&timeout=30s", place.address());
    let mut worker = Worker::start(&address);
    assert_eq!(worker.hear(), "ready");
    for tool in ["read", "read", "launch"] {
        worker.tell(&format!("start {tool} killed"));
        assert_eq!(worker.hear(), "started");
    }
    let guard = guard(open(&address));
    let held = Instant::now();
    let ran = crowd(&guard, "killed", LIMIT - 3, 1).await;
    assert_eq!(ran, LIMIT - 3);
    worker.kill();
    if held.elapsed() < Duration::from_millis(700) {
        assert_eq!(guard.check(call("read", "killed")).await.effect, Effect::Deny, "what is in flight counts");
    }
    eventually(async || guard.check(call("read", "killed")).await.effect == Effect::Allow).await;
    assert_eq!(crowd(&guard, "killed", 10, 2).await, 2, "two are given back, and one is spent");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_killed_on_a_file_leaves_limits_true() {
    a_killed_process_leaves_limits_true(Place::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_killed_on_redis_leaves_limits_true() {
    a_killed_process_leaves_limits_true(Place::redis()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_killed_on_postgresql_leaves_limits_true() {
    a_killed_process_leaves_limits_true(Place::postgres()).await;
}

/// A server that is killed and started again while a crowd is at it: never more than the limit runs, and what ran counts.
async fn a_restarted_server_has_lost_nothing(mut place: Place) {
    let guard = guard(open(&format!("{}?timeout=60s", place.address())));
    let mut ran = crowd(&guard, "restart", 30, 1).await;
    assert_eq!(ran, 30);
    let during = tokio::spawn({
        let guard = guard.clone();
        async move { crowd(&guard, "restart", 300, 2).await }
    });
    tokio::time::sleep(Duration::from_millis(60)).await;
    let server = place.server().unwrap();
    server.kill_and_restart();
    ran += during.await.unwrap();
    assert!(ran <= LIMIT, "{ran} ran while it restarted");
    // Whatever was on its way when it went is ended by whoever sent it.
    let limit = Instant::now() + Duration::from_secs(60);
    while ran < LIMIT {
        assert!(Instant::now() < limit, "{ran} ran, and the rest is held by nobody");
        ran += crowd(&guard, "restart", 100, 3).await;
    }
    assert_eq!(ran + crowd(&guard, "restart", 100, 4).await, LIMIT);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_restarted_has_lost_nothing() {
    a_restarted_server_has_lost_nothing(Place::redis()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgresql_restarted_has_lost_nothing() {
    a_restarted_server_has_lost_nothing(Place::postgres()).await;
}

/// A server that answers too late: calls with limits do not run, nobody waits longer than was said, and nothing of it stays.
async fn a_slow_server_restricts(mut place: Place, address: impl Fn(u16) -> String) {
    let proxy = Proxy::to(place.server().unwrap().port).await;
    let store = open(&format!("{}?timeout=2s", address(proxy.port)));
    let guard = guard(std::sync::Arc::clone(&store));
    eventually(async || store.health().await.is_ok()).await;
    assert_eq!(crowd(&guard, "slow", 10, 1).await, 10);
    proxy.delay(Duration::from_secs(4));
    let asked = Instant::now();
    let Before::Denied(denied) = guard.before(call("read", "slow")).await else { panic!("the limit is not known") };
    assert!(asked.elapsed() < Duration::from_secs(6), "{:?}", asked.elapsed());
    assert!(denied.decision().policy_error);
    // A reservation that is granted too late is known to nobody.
    let asking = Asking::new(&*store);
    store.reserve(asking.request("read", vec![asking.calls("late", 1)])).await.unwrap_err();
    proxy.delay(Duration::ZERO);
    eventually(async || store.health().await.is_ok()).await;
    eventually(async || {
        let answer = store.reserve(asking.request("read", vec![asking.calls("late", 1)])).await;
        match answer {
            Ok(answer @ callguard::engine::session::ReserveAnswer::Granted { .. }) => {
                store.commit(asking.commit(lease(answer), Ending::Succeeded)).await.is_ok()
            }
            _ => false,
        }
    })
    .await;
    eventually(async || guard.check(call("read", "slow")).await.effect == Effect::Allow).await;
    assert_eq!(crowd(&guard, "slow", 200, 2).await, LIMIT - 10);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_redis_restricts() {
    a_slow_server_restricts(Place::redis(), redis_at).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_postgresql_restricts() {
    a_slow_server_restricts(Place::postgres(), postgres_at).await;
}

/// A run that ends while the store is away is counted when it is back.
async fn a_run_that_ends_while_the_store_is_away_counts(mut place: Place) {
    let store = open(&format!("{}?timeout=2s", place.address()));
    eventually(async || store.health().await.is_ok()).await;
    let asking = Asking::new(&*store);
    let held = asking.hold(vec![asking.calls("calls", 1)]).await;
    place.server().unwrap().kill();
    store.commit(asking.commit(held, Ending::Succeeded)).await.unwrap_err();
    store.health().await.unwrap_err();
    place.server().unwrap().start_again();
    eventually(async || store.health().await.is_ok()).await;
    eventually(async || {
        let look = store.attempt(asking.attempt(false, Vec::new())).await;
        look.is_ok_and(|answer| answer.view.calls == 1)
    })
    .await;
    assert!(asking.is_refused(vec![asking.calls("calls", 1)]).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_ends_while_redis_is_away_counts() {
    a_run_that_ends_while_the_store_is_away_counts(Place::redis()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_ends_while_postgresql_is_away_counts() {
    a_run_that_ends_while_the_store_is_away_counts(Place::postgres()).await;
}
