//! One engine and what it says of a call, in one go.

use callguard_engine::call::ToolEnvelope;
use callguard_engine::decide::{Decision, Effect, Engine, FactAnswers, HostPaths, Inquiry, Outcome, Scratch, Step};
use callguard_engine::policy::{LoadInput, NoBases, PolicyFile, load};
use callguard_engine::session::{AttemptAnswer, ReserveAnswer, SessionView};
use std::sync::Arc;

/// Decides calls under one policy, in a session in which nothing has happened.
#[derive(Clone)]
pub struct Judge {
    engine: Engine,
}

impl Judge {
    /// Under this policy, on this machine.
    ///
    /// # Errors
    /// The policy does not load: the first thing that is wrong with it.
    pub fn of(file: PolicyFile, paths: HostPaths) -> Result<Judge, String> {
        let input = LoadInput { files: vec![file], bases: &NoBases, operators: Arc::default() };
        let set = load(input).map_err(|failed| {
            failed.diagnostics.first().map_or_else(|| failed.to_string(), |first| first.message.clone())
        })?;
        Ok(Judge { engine: Engine::new(set.set).with_paths(paths) })
    }

    /// What is decided of a call.
    pub fn decide(&self, call: Arc<ToolEnvelope>) -> Effect {
        match self.outcome(call) {
            Outcome::Allow(_) => Effect::Allow,
            Outcome::Ask(_) => Effect::Ask,
            Outcome::Deny(decision) | Outcome::Dry(decision) => decision.effect,
        }
    }

    /// The same with its explanation, in a dry run.
    pub fn explain(&self, call: Arc<ToolEnvelope>) -> Decision {
        match self.run(call, Inquiry { dry: true, explain: true, refused_by_hook: None }) {
            Outcome::Allow(permit) => permit.decision().clone(),
            Outcome::Ask(asked) => asked.decision().clone(),
            Outcome::Deny(decision) | Outcome::Dry(decision) => decision,
        }
    }

    /// Drives a call to its outcome.
    pub fn outcome(&self, call: Arc<ToolEnvelope>) -> Outcome {
        self.run(call, Inquiry::default())
    }

    fn run(&self, call: Arc<ToolEnvelope>, inquiry: Inquiry) -> Outcome {
        let mut scratch = Scratch::default();
        let mut step = self.engine.begin(&mut scratch, call, inquiry);
        loop {
            step = match step {
                Step::Facts(step, _) => step.resume(FactAnswers::new()),
                Step::Attempt(step, asked) => step.resume(Ok(AttemptAnswer {
                    view: Arc::new(SessionView::default()),
                    attempts: vec![1; asked.counters.len()],
                })),
                Step::Reserve(step, asked) => {
                    step.resume(Ok(ReserveAnswer::Granted { lease: None, exceeded: vec![false; asked.wants.len()] }))
                }
                Step::Done(outcome) => return outcome,
            };
        }
    }
}
