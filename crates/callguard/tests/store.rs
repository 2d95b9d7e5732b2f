//! Stores: how they answer, and what one that is down means for decisions and results.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use callguard::engine::session::{
    AttemptAnswer, AttemptRequest, CommitRequest, ReleaseRequest, ReserveAnswer, ReserveRequest, StoreError,
};
use callguard::store::{Abandoned, Answer, MemoryStore, Store};
use callguard::{Before, Effect, Guard, Object, ResultEffect, RunError, ToolEnvelope, Value};
use jiff::Timestamp;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

fn policy(body: &str) -> String {
    format!("apiVersion: callguard/v1\nkind: Policy\nmetadata: {{ name: p }}\nspec:\n{body}")
}

fn call(tool: &str) -> ToolEnvelope {
    ToolEnvelope::new(tool, Object::default(), Timestamp::UNIX_EPOCH)
}

/// The future's value; one that waits for a commit that never comes is a bug of the test.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("nothing here waits"),
    }
}

#[test]
fn a_store_answers_once_and_says_how_it_is() {
    let store = MemoryStore::default();
    assert_eq!(now(store.health()), Ok(()));
    let mut answer: Answer<'_, u8> = Answer::now(Ok(1));
    let mut poll = || Pin::new(&mut answer).poll(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(poll(), Poll::Ready(Ok(1))));
    assert!(matches!(poll(), Poll::Ready(Err(_))));
}

/// A store across a network that is down.
struct Down;

impl Store for Down {
    fn attempt(&self, _: AttemptRequest) -> Answer<'_, AttemptAnswer> {
        Answer::now(Err(StoreError::new("the network is down")))
    }
    fn reserve(&self, _: ReserveRequest) -> Answer<'_, ReserveAnswer> {
        Answer::now(Err(StoreError::new("the network is down")))
    }
    fn commit(&self, _: CommitRequest) -> Answer<'_, ()> {
        Answer::later(std::future::pending())
    }
    fn release(&self, _: ReleaseRequest) -> Answer<'_, ()> {
        Answer::now(Ok(()))
    }
    fn end_detached(&self, _: Abandoned) {}
    fn health(&self) -> Answer<'_, ()> {
        Answer::now(Err(StoreError::new("the network is down")))
    }
}

#[test]
fn guards_that_share_a_store_share_its_sessions() {
    let text = policy("  session:\n    - { id: once, limit: { calls: 1 } }\n");
    let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
    let [first, second] =
        [(); 2].map(|()| Guard::builder().yaml("p", text.clone()).store(Arc::clone(&store)).build().unwrap());
    assert!(now(first.run(call("deploy"), async |_| Ok::<_, String>(Value::Null))).is_ok());
    let again = now(second.run(call("deploy"), async |_| Ok::<_, String>(Value::Null)));
    assert!(matches!(again, Err(RunError::Denied(_))));
}

#[test]
fn a_store_that_is_down_makes_limits_and_sessions_unknown() {
    let decide = |body: &str| {
        let guard = Guard::builder().yaml("p", policy(body)).store(Down).build().unwrap();
        let Before::Denied(denied) = guard.before_now(call("x")).unwrap() else {
            return (Effect::Allow, String::new());
        };
        (denied.decision().effect, denied.decision().decider.to_string())
    };
    let denied_by = |id: &str| (Effect::Deny, id.to_owned());
    assert_eq!(decide("  session:\n    - { id: l, limit: { calls: 5 } }\n"), denied_by("p/l"));
    assert_eq!(decide("  session:\n    - { id: a, limit: { attempts: 5 } }\n"), denied_by("p/a"));
    assert_eq!(
        decide("  session:\n    - { id: s, when: { session.calls: { greater_than: 3 } }, action: deny }\n"),
        denied_by("p/s")
    );
    assert_eq!(decide("  preconditions:\n    - { id: m, add_labels: [seen] }\n"), denied_by("(store)"));
    assert_eq!(decide("  default: allow\n"), (Effect::Allow, String::new()));
}

#[test]
fn labels_of_a_result_that_cannot_be_written_withhold_it() {
    let body =
        "  postconditions:\n    - { id: m, when: { output.text: { contains: private } }, add_labels: [private] }\n";
    let guard = Guard::builder().yaml("p", policy(body)).store(Down).build().unwrap();
    let run = |text: &'static str| now(guard.run(call("x"), async |_| Ok::<_, String>(Value::from(text)))).unwrap();
    assert_eq!(run("public").effect, ResultEffect::Pass);
    assert_eq!(run("private").effect, ResultEffect::Withhold);
}
