//! The step machine. Deciding never waits: it says what it needs, the shell fetches it and resumes.
//!
//! `begin` → [`Step::Facts`] (where a contract looks at facts) → [`Step::Attempt`] → [`Step::Reserve`] (as often as
//! the session has moved on) → [`Step::Done`]. A failed fetch is passed *into* `resume`: failure restricts here, once,
//! and not in each caller. What is worked on stays in a [`Scratch`]; a step is little more than a pointer to it.

use super::consider::Considered;
use super::decision::{Decider, Effect};
use super::engine::Engine;
use super::known::{HookRefusal, Known, LimitsKnown};
use super::limits::LimitOf;
use super::permit::{Asked, Permit, Reservation};
use super::scratch::Scratch;
use super::subject::{Subject, Under};
use super::{Decision, FactAnswers, Truth};
use crate::call::ToolEnvelope;
use crate::plan::ToolContracts;
use crate::policy::model::{ContractId, Policy};
use crate::session::{
    AttemptAnswer, AttemptCounter, AttemptRequest, Lease, ReserveAnswer, ReserveRequest, SessionKey, SessionView,
    StoreError,
};
use std::collections::BTreeSet;
use std::sync::Arc;

/// How often a decision is made anew because the session moved on under it, before that counts as a failed store.
const MOST_RETRIES: u32 = 16;

/// What a decision is asked for with, beside the call.
#[derive(Clone, Debug, Default)]
pub struct Inquiry {
    /// Only look: nothing is counted, nothing is reserved, nothing is permitted.
    pub dry: bool,
    /// Whether the decision carries an explanation.
    pub explain: bool,
    /// The first before-hook that refused.
    pub refused_by_hook: Option<HookRefusal>,
}

/// Where a decision stands.
#[derive(Debug)]
#[must_use = "a decision that is not resumed decides nothing"]
pub enum Step<'s> {
    /// The host answers these facts.
    Facts(FactsStep<'s>, Vec<String>),
    /// The store counts the attempt and shows the session.
    Attempt(AttemptStep<'s>, AttemptRequest),
    /// The store reserves.
    Reserve(ReserveStep<'s>, ReserveRequest),
    /// Decided.
    Done(Outcome),
}

/// The end of deciding.
#[derive(Debug)]
pub enum Outcome {
    /// It may run, with this permit.
    Allow(Permit),
    /// It does not run.
    Deny(Decision),
    /// A person decides.
    Ask(Asked),
    /// A dry run: what would be decided.
    Dry(Decision),
}

impl Engine {
    /// Begins to decide a call. What `scratch` held before is forgotten.
    pub fn begin<'s>(&self, scratch: &'s mut Scratch, call: Arc<ToolEnvelope>, inquiry: Inquiry) -> Step<'s> {
        self.begin_again(scratch, call, inquiry, Vec::new())
    }

    pub(super) fn begin_again<'s>(
        &self,
        scratch: &'s mut Scratch,
        call: Arc<ToolEnvelope>,
        inquiry: Inquiry,
        satisfied: Vec<ContractId>,
    ) -> Step<'s> {
        scratch.begin(self, &call, inquiry, satisfied);
        let case = Case { engine: self.clone(), call, scratch };
        let wanted = case.wanted_facts();
        let step = FactsStep { case };
        if wanted.is_empty() { step.resume(FactAnswers::new()) } else { Step::Facts(step, wanted) }
    }
}

/// A call, and all that is known of it: what every step carries.
#[derive(Debug)]
struct Case<'s> {
    engine: Engine,
    call: Arc<ToolEnvelope>,
    scratch: &'s mut Scratch,
}

/// Waits for facts.
#[derive(Debug)]
pub struct FactsStep<'s> {
    case: Case<'s>,
}

impl<'s> FactsStep<'s> {
    /// Goes on with the host's answers. A fact without one is unknown.
    pub fn resume(self, facts: FactAnswers) -> Step<'s> {
        let FactsStep { mut case } = self;
        case.scratch.known.facts = case.engine.typed_facts(facts);
        let counters = case.attempt_counters();
        let count = !case.scratch.dry && case.scratch.known.satisfied.is_empty();
        let request = AttemptRequest { session: SessionKey::of(&case.call), count, counters };
        Step::Attempt(AttemptStep { case }, request)
    }
}

/// Waits for the attempt to be counted.
#[derive(Debug)]
pub struct AttemptStep<'s> {
    case: Case<'s>,
}

impl<'s> AttemptStep<'s> {
    /// Goes on with the store's answer.
    pub fn resume(self, answer: Result<AttemptAnswer, StoreError>) -> Step<'s> {
        let AttemptStep { case } = self;
        let Scratch { known, limits, .. } = &mut *case.scratch;
        known.session = match answer {
            Ok(answer) => {
                known.attempts.extend(limits.drain(..).zip(answer.attempts));
                Ok(answer.view)
            }
            Err(error) => Err(error),
        };
        decide(case)
    }
}

/// Waits for the reservation.
#[derive(Debug)]
pub struct ReserveStep<'s> {
    case: Case<'s>,
    /// What is decided if no limit is exceeded.
    considered: Considered,
}

fn decide(case: Case<'_>) -> Step<'_> {
    let considered = case.consider();
    let step = ReserveStep { case, considered };
    match step.considered.decision.effect {
        Effect::Deny => step.done(None),
        Effect::Ask if step.considered.wants.is_empty() => step.done(None),
        Effect::Ask => step.reserve(true),
        Effect::Allow => {
            let peek = step.case.scratch.dry;
            step.reserve(peek)
        }
    }
}

impl<'s> ReserveStep<'s> {
    fn reserve(self, peek: bool) -> Step<'s> {
        let version = self.case.scratch.known.session.as_ref().ok().map(|view| view.version);
        let request = ReserveRequest {
            call: Arc::clone(&self.case.call),
            expected_version: version.filter(|_| self.case.looks_at_session()),
            peek,
            wants: self.considered.wants.iter().map(|want| want.want.clone()).collect(),
            labels: self.considered.labels.clone(),
            spent_if_lost: self.considered.spent_if_lost,
        };
        Step::Reserve(self, request)
    }

    /// Goes on with the store's answer.
    pub fn resume(mut self, answer: Result<ReserveAnswer, StoreError>) -> Step<'s> {
        let (exceeded, lease) = match answer {
            Ok(ReserveAnswer::Stale { view }) => return self.anew(view),
            Ok(ReserveAnswer::Granted { exceeded, lease }) => (Ok(exceeded), lease),
            Ok(ReserveAnswer::Refused { exceeded }) => (Ok(exceeded), None),
            Err(error) => (Err(error), None),
        };
        self.case.scratch.known.limits = match exceeded {
            // What was considered stands: no limit counted as exceeded, and none is.
            Ok(flags) if !flags.contains(&true) => return self.done(lease),
            Ok(flags) => {
                let beyond = self.considered.wants.iter().zip(flags).filter(|(_, beyond)| *beyond);
                LimitsKnown::Exceeded(beyond.map(|(want, _)| want.limit.clone()).collect())
            }
            Err(error) => LimitsKnown::Failed(error),
        };
        self.considered = self.case.consider();
        self.done(lease)
    }

    fn anew(self, view: Arc<SessionView>) -> Step<'s> {
        let scratch = &mut *self.case.scratch;
        scratch.retries = scratch.retries.saturating_add(1);
        if scratch.retries > MOST_RETRIES {
            return self.resume(Err(StoreError::new("the session changes faster than it can be read")));
        }
        scratch.known.session = Ok(view);
        decide(self.case)
    }

    fn done(self, lease: Option<Lease>) -> Step<'s> {
        let ReserveStep { case: Case { engine, call, scratch }, mut considered } = self;
        // A view that nobody looks at any more is one that its store need not copy to change.
        scratch.known.session = Err(StoreError::new(super::known::NOT_READ));
        if scratch.dry {
            return Step::Done(Outcome::Dry(considered.decision));
        }
        let unreserved = considered.decision.effect == Effect::Allow && lease.is_none();
        if unreserved && considered.labels.iter().any(|label| !label.observed) {
            refuse_without_store(&mut considered.decision, &scratch.known);
        }
        Step::Done(match considered.decision.effect {
            Effect::Deny => Outcome::Deny(considered.decision),
            Effect::Ask => {
                let (inquiry, satisfied) = scratch.asked_with();
                Outcome::Ask(Asked::new(engine, call, inquiry, satisfied, considered.decision))
            }
            Effect::Allow => {
                let reservation = lease.map(|lease| Reservation { lease, wants: considered.wants });
                let facts = std::mem::take(&mut scratch.known.facts);
                Outcome::Allow(Permit::new(engine, call, facts, considered.decision, reservation))
            }
        })
    }
}

impl Case<'_> {
    fn subject(&self) -> Subject<'_> {
        Subject { engine: &self.engine, call: &self.call, prepared: &self.scratch.prepared }
    }

    fn consider(&self) -> Considered {
        self.subject().consider(&self.scratch.known)
    }

    fn attempt_counters(&mut self) -> Vec<AttemptCounter> {
        if !self.subject().may(ToolContracts::counts_attempts) {
            return Vec::new();
        }
        let (mut limits, mut counters) = (Vec::new(), Vec::new());
        self.subject().each(&self.scratch.known.around(), |under| {
            for (contract, terms) in under.attempts() {
                let counter = terms.limit.as_ref().and_then(|limit| under.scene.attempt_counter(contract, limit));
                // What `when` does not match is not counted; in doubt it is.
                if let Some(counter) = counter.filter(|_| under.verdict(contract, terms).0 != Truth::False) {
                    limits.push(LimitOf::new(under.policy, contract));
                    counters.push(counter);
                }
            }
        });
        self.scratch.limits = limits;
        counters
    }

    /// The facts that a contract about this tool looks at, before the run or after it.
    fn wanted_facts(&self) -> Vec<String> {
        let declared = |policy: &Policy| !policy.facts.is_empty();
        if !self.engine.parts.set.policies.iter().any(declared) {
            return Vec::new();
        }
        let mut wanted = BTreeSet::new();
        self.subject().each(&self.scratch.known.around(), |under| {
            if declared(under.policy) {
                wanted.extend(under.facts());
            }
        });
        wanted.into_iter().collect()
    }

    fn looks_at_session(&self) -> bool {
        let mut looks = false;
        if self.subject().may(ToolContracts::may_look_at_session) {
            let look = |under: Under<'_, '_>| looks |= under.looks_at_session();
            self.subject().each(&self.scratch.known.around(), look);
        }
        looks
    }
}

/// Labels that cannot be written would be missed by every later call: the call does not run.
fn refuse_without_store(decision: &mut Decision, known: &Known) {
    let why = match &known.limits {
        LimitsKnown::Failed(error) => error.to_string(),
        _ => "the session store granted nothing".to_owned(),
    };
    decision.effect = Effect::Deny;
    decision.decider = Decider::Store;
    decision.message = Some(format!("The session could not be written, which a contract needs: {why}."));
    decision.policy_error = true;
}
