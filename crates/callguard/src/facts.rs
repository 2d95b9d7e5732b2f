//! Facts that the host supplies at run time.

use callguard_engine::call::ToolEnvelope;
use callguard_engine::decide::FactAnswers;
use callguard_engine::value::Value;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Answers to the facts that policies declare. A failed answer makes conditions on it unknown, and so restricts.
pub trait Facts: Send + Sync {
    /// The value of one fact for one call; an `Err` says why there is none, in words without secrets.
    fn fact(&self, name: &str, call: &ToolEnvelope) -> Result<Value, String>;
}

/// A host without facts.
pub(crate) struct NoFacts;

impl Facts for NoFacts {
    fn fact(&self, _name: &str, _call: &ToolEnvelope) -> Result<Value, String> {
        Err("the host supplies no facts".to_owned())
    }
}

/// Answers to all of `names`, those that are known already among them; one that panics has failed.
pub(crate) fn answer_all(
    facts: &dyn Facts,
    known: &FactAnswers,
    names: Vec<String>,
    call: &ToolEnvelope,
) -> FactAnswers {
    let answer = |name: String| {
        if let Some(answer) = known.get(&name) {
            return (name, answer.clone());
        }
        let answer = catch_unwind(AssertUnwindSafe(|| facts.fact(&name, call)));
        let answer = answer.unwrap_or_else(|_| Err("the host's answer failed".to_owned()));
        (name, answer)
    };
    names.into_iter().map(answer).collect()
}
