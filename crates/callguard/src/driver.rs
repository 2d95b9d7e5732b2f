//! Runs the engine's steps against the host: facts, store.

use crate::facts::{Facts, answer_all};
use crate::store::Store;
use callguard_engine::call::ToolEnvelope;
use callguard_engine::decide::{FactAnswers, Outcome, Step};
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// What a decision saw of its session.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seen {
    pub(crate) attempts: Option<u64>,
    pub(crate) calls: Option<u64>,
    /// Questions to the store that were not answered.
    pub(crate) store_errors: u64,
}

/// Fetches what each step asks for until the call is decided.
pub(crate) async fn drive(
    mut step: Step<'_>,
    call: &ToolEnvelope,
    facts: &dyn Facts,
    known: &FactAnswers,
    store: &dyn Store,
) -> (Outcome, Seen) {
    let mut seen = Seen::default();
    loop {
        step = match step {
            Step::Facts(step, names) => step.resume(answer_all(facts, known, names, call)),
            Step::Attempt(step, request) => {
                let answer = store.attempt(request).await;
                match &answer {
                    Ok(answer) => {
                        (seen.attempts, seen.calls) = (Some(answer.view.attempts), Some(answer.view.calls));
                    }
                    Err(_) => seen.store_errors += 1,
                }
                step.resume(answer)
            }
            Step::Reserve(step, request) => {
                let answer = store.reserve(request).await;
                seen.store_errors += u64::from(answer.is_err());
                step.resume(answer)
            }
            Step::Done(outcome) => return (outcome, seen),
        };
    }
}

/// The future's value, if it needs to wait for nothing: what a guard with a memory store gives.
pub fn at_once<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}
