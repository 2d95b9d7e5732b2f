//! Permits: reserved, given back, spent; whatever becomes of the future that held them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use callguard::engine::session::{
    AttemptAnswer, AttemptRequest, CommitRequest, ReleaseRequest, ReserveAnswer, ReserveRequest, SessionKey,
    SessionView,
};
use callguard::store::{Abandoned, Answer, MemoryStore, Store};
use callguard::{Before, Effect, Guard, Object, Output, RunError, ToolEnvelope, Value};
use jiff::Timestamp;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};

const LIMIT_OF_TWO: &str = "
apiVersion: callguard/v1
kind: Policy
metadata: { name: two }
spec:
  session:
    - { id: calls, tools: deploy, limit: { calls: 2 } }
";

fn call() -> ToolEnvelope {
    ToolEnvelope::new("deploy", Object::default(), Timestamp::UNIX_EPOCH)
}

fn effect(guard: &Guard) -> Effect {
    guard.check_now(call()).unwrap().effect
}

fn permit(guard: &Guard) -> callguard::Permit {
    match guard.before_now(call()).unwrap() {
        Before::Allowed(permit) => permit,
        _ => panic!("the call is allowed"),
    }
}

#[test]
fn a_permit_dropped_before_its_start_gives_back_what_it_reserved() {
    let guard = Guard::from_yaml(LIMIT_OF_TWO).unwrap();
    for _ in 0..10 {
        drop(permit(&guard));
    }
    assert_eq!(effect(&guard), Effect::Allow);
}

#[test]
fn a_run_dropped_before_it_is_settled_is_spent() {
    let guard = Guard::from_yaml(LIMIT_OF_TWO).unwrap();
    drop(permit(&guard).start());
    drop(permit(&guard).start());
    assert_eq!(effect(&guard), Effect::Deny);
}

#[test]
fn calls_in_flight_count() {
    let guard = Guard::from_yaml(LIMIT_OF_TWO).unwrap();
    let (first, second) = (permit(&guard), permit(&guard));
    assert_eq!(effect(&guard), Effect::Deny);
    drop(first);
    assert_eq!(effect(&guard), Effect::Allow);
    drop(second);
}

#[test]
fn a_tool_that_panics_leaves_a_spent_reservation() {
    let guard = Guard::from_yaml(LIMIT_OF_TWO).unwrap();
    for _ in 0..2 {
        let running = permit(&guard).start();
        let unwound = std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || {
            let _running = running;
            panic!("the tool failed");
        }));
        assert!(unwound.is_err());
    }
    assert_eq!(effect(&guard), Effect::Deny);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_tasks_against_a_limit_of_a_hundred_run_exactly_a_hundred() {
    let guard = Guard::from_yaml(LIMIT_OF_TWO.replace("calls: 2", "calls: 100")).unwrap();
    let ran = Arc::new(AtomicUsize::new(0));
    let tasks: Vec<_> = (0..1_000)
        .map(|_| {
            let (guard, ran) = (guard.clone(), Arc::clone(&ran));
            tokio::spawn(async move {
                let result = guard
                    .run(call(), async |_args| {
                        ran.fetch_add(1, Ordering::SeqCst);
                        tokio::task::yield_now().await;
                        Ok::<_, String>(Value::from("done"))
                    })
                    .await;
                assert!(matches!(result, Ok(_) | Err(RunError::Denied(_))));
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(ran.load(Ordering::SeqCst), 100);
    assert_eq!(effect(&guard), Effect::Deny);
}

/// A store that answers every question one poll later, as one across a network would.
struct Slow(Arc<MemoryStore>);

struct OneLater(bool);

impl Future for OneLater {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl Store for Slow {
    fn attempt(&self, request: AttemptRequest) -> Answer<'_, AttemptAnswer> {
        Answer::later(async {
            OneLater(false).await;
            self.0.attempt(request).await
        })
    }
    fn reserve(&self, request: ReserveRequest) -> Answer<'_, ReserveAnswer> {
        Answer::later(async {
            OneLater(false).await;
            self.0.reserve(request).await
        })
    }
    fn commit(&self, request: CommitRequest) -> Answer<'_, ()> {
        Answer::later(async {
            OneLater(false).await;
            self.0.commit(request).await
        })
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

/// Polls a whole guarded run `polls` times and then drops it. Says whether the tool was started, and whether it ended.
fn cancelled_after(polls: usize) -> (bool, bool, SessionView) {
    let memory = Arc::new(MemoryStore::new());
    let guard = Guard::builder().yaml("two.yaml", LIMIT_OF_TWO).store(Slow(Arc::clone(&memory))).build().unwrap();
    let started = AtomicUsize::new(0);
    let ended = {
        let run = async {
            let before = guard.before(call()).await;
            let Before::Allowed(permit) = before else { panic!("the call is allowed") };
            let running = permit.start();
            started.fetch_add(1, Ordering::SeqCst);
            OneLater(false).await;
            running.settle(Output::success("done")).await
        };
        let mut run = pin!(run);
        let mut cx = Context::from_waker(Waker::noop());
        (0..polls).any(|_| run.as_mut().poll(&mut cx).is_ready())
    };
    let request = AttemptRequest { session: SessionKey::of(&Arc::new(call())), count: false, counters: Vec::new() };
    let view = match pin!(memory.attempt(request)).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer.unwrap().view,
        Poll::Pending => panic!("memory answers at once"),
    };
    (started.load(Ordering::SeqCst) == 1, ended, Arc::unwrap_or_clone(view))
}

#[test]
fn a_run_cancelled_at_any_await_point_counts_exactly_if_the_tool_was_started() {
    let mut seen_ended = false;
    for polls in 0..12 {
        let (started, ended, view) = cancelled_after(polls);
        assert_eq!(view.calls, u64::from(started), "cancelled after {polls} polls");
        seen_ended = seen_ended || ended;
    }
    assert!(seen_ended, "the last run came to its end");
}
