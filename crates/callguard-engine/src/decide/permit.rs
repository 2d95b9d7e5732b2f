//! Permits: nothing is forwarded without one, and only deciding makes them.

use super::engine::Engine;
use super::limits::LimitWant;
use super::scratch::Scratch;
use super::step::{Inquiry, Step};
use super::{Decision, FactAnswers};
use crate::call::ToolEnvelope;
use crate::policy::model::ContractId;
use crate::session::{CommitRequest, Ending, Lease, ReleaseRequest, SessionKey};
use std::sync::Arc;

/// The right to run one call once. Cannot be built or copied outside the engine; ends in exactly one of
/// [`settle`](Permit::settle), [`give_back`](Permit::give_back) and [`lose`](Permit::lose).
#[must_use = "a permit that is not settled keeps its reservation"]
pub struct Permit {
    pub(super) engine: Engine,
    pub(super) call: Arc<ToolEnvelope>,
    pub(super) facts: FactAnswers,
    pub(super) decision: Decision,
    pub(super) reservation: Option<Reservation>,
}

/// What a permit holds of the session.
#[derive(Debug)]
pub(super) struct Reservation {
    pub(super) lease: Lease,
    pub(super) wants: Vec<LimitWant>,
}

impl Permit {
    pub(super) fn new(
        engine: Engine,
        call: Arc<ToolEnvelope>,
        facts: FactAnswers,
        decision: Decision,
        reservation: Option<Reservation>,
    ) -> Permit {
        Permit { engine, call, facts, decision, reservation }
    }

    /// The call that may run, exactly as it was judged.
    pub fn call(&self) -> &Arc<ToolEnvelope> {
        &self.call
    }

    /// Why it may.
    pub fn decision(&self) -> &Decision {
        &self.decision
    }

    /// Ends it before the tool was started: what was reserved goes back.
    pub fn give_back(self) -> Option<ReleaseRequest> {
        let Reservation { lease, .. } = self.reservation?;
        Some(ReleaseRequest { session: SessionKey::of(&self.call), lease })
    }

    /// Ends it after the tool was started and never reported back: what was reserved is spent.
    pub fn lose(self) -> Option<CommitRequest> {
        let Reservation { lease, wants } = self.reservation?;
        Some(CommitRequest {
            session: SessionKey::of(&self.call),
            lease,
            ending: Ending::Unknown,
            actual: wants.iter().map(|_| None).collect(),
            labels: Vec::new(),
        })
    }
}

impl std::fmt::Debug for Permit {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Permit").field("call", &self.call).finish_non_exhaustive()
    }
}

/// A call that a person must grant. The grant is for the named contracts and this very call, once.
#[derive(Debug)]
pub struct Asked {
    engine: Engine,
    call: Arc<ToolEnvelope>,
    inquiry: Inquiry,
    satisfied: Vec<ContractId>,
    decision: Decision,
}

impl Asked {
    pub(super) fn new(
        engine: Engine,
        call: Arc<ToolEnvelope>,
        inquiry: Inquiry,
        satisfied: Vec<ContractId>,
        decision: Decision,
    ) -> Asked {
        Asked { engine, call, inquiry, satisfied, decision }
    }

    /// The call.
    pub fn call(&self) -> &Arc<ToolEnvelope> {
        &self.call
    }

    /// What asks, and how.
    pub fn decision(&self) -> &Decision {
        &self.decision
    }

    /// The person granted it: the call is judged anew with those asks satisfied. A deny still denies, limits are taken
    /// now, and the attempt is not counted again. `Asked` is used up: a grant is good once.
    pub fn grant(self, scratch: &mut Scratch) -> Step<'_> {
        let granted = self.decision.ask.into_iter().flat_map(|ask| ask.contracts);
        let satisfied = self.satisfied.into_iter().chain(granted).collect();
        self.engine.begin_again(scratch, self.call, self.inquiry, satisfied)
    }

    /// The person refused, or did not answer: what the agent reads.
    pub fn refuse(self, why: &str) -> Decision {
        let said = self.decision.message.as_deref().unwrap_or("This call needs a person's approval.");
        let message = Some(format!("{said} ({why})"));
        Decision { effect: super::Effect::Deny, message, ..self.decision }
    }
}
