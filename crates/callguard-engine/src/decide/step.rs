//! The step machine. Deciding never waits: it says what it needs, the shell fetches it and resumes.
//!
//! `begin` → [`Step::Facts`] (where a contract looks at facts) → [`Step::Attempt`] → [`Step::Reserve`] (as often as
//! the session has moved on) → [`Step::Done`]. A failed fetch is passed *into* `resume`: failure restricts here, once,
//! and not in each caller.

use super::consider::Considered;
use super::decision::{Decider, Effect};
use super::engine::{Around, Engine};
use super::known::{HookRefusal, Known, LimitsKnown};
use super::limits::LimitOf;
use super::permit::{Asked, Permit, Reservation};
use super::scene::SessionState;
use super::subject::{Prepared, Subject, Under};
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
#[expect(clippy::large_enum_variant, reason = "a step moves a few times; a box would cost every call an allocation")]
pub enum Step {
    /// The host answers these facts.
    Facts(FactsStep, Vec<String>),
    /// The store counts the attempt and shows the session.
    Attempt(AttemptStep, AttemptRequest),
    /// The store reserves.
    Reserve(ReserveStep, ReserveRequest),
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
    /// Begins to decide a call.
    pub fn begin(&self, call: Arc<ToolEnvelope>, inquiry: Inquiry) -> Step {
        self.begin_again(call, inquiry, BTreeSet::new())
    }

    pub(super) fn begin_again(
        &self,
        call: Arc<ToolEnvelope>,
        inquiry: Inquiry,
        satisfied: BTreeSet<ContractId>,
    ) -> Step {
        let prepared = Prepared::new(self, &call);
        let case = Case { engine: self.clone(), call, prepared, inquiry, satisfied };
        let wanted = case.wanted_facts();
        let step = FactsStep { case };
        if wanted.is_empty() {
            step.resume(FactAnswers::new())
        } else {
            Step::Facts(step, wanted.into_iter().collect())
        }
    }
}

/// A call and how it is asked about: what every step carries.
#[derive(Debug)]
struct Case {
    engine: Engine,
    call: Arc<ToolEnvelope>,
    prepared: Prepared,
    inquiry: Inquiry,
    satisfied: BTreeSet<ContractId>,
}

/// Waits for facts.
#[derive(Debug)]
pub struct FactsStep {
    case: Case,
}

impl FactsStep {
    /// Goes on with the host's answers. A fact without one is unknown.
    pub fn resume(self, facts: FactAnswers) -> Step {
        let facts = self.case.engine.typed_facts(facts);
        let (limits, counters) = self.case.attempt_counters(&facts).into_iter().unzip();
        let count = !self.case.inquiry.dry && self.case.satisfied.is_empty();
        let request = AttemptRequest { session: SessionKey::of(&self.case.call), count, counters };
        Step::Attempt(AttemptStep { case: self.case, facts, limits }, request)
    }
}

/// Waits for the attempt to be counted.
#[derive(Debug)]
pub struct AttemptStep {
    case: Case,
    facts: FactAnswers,
    limits: Vec<LimitOf>,
}

impl AttemptStep {
    /// Goes on with the store's answer.
    pub fn resume(self, answer: Result<AttemptAnswer, StoreError>) -> Step {
        let (session, attempts) = match answer {
            Ok(answer) => (Ok(answer.view), self.limits.into_iter().zip(answer.attempts).collect()),
            Err(error) => (Err(error), Vec::new()),
        };
        let known = Known {
            facts: self.facts,
            refused_by_hook: self.case.inquiry.refused_by_hook.clone(),
            satisfied: self.case.satisfied.clone(),
            session,
            attempts,
            limits: LimitsKnown::NotYet,
            explain: self.case.inquiry.explain,
        };
        decide(self.case, known, 0)
    }
}

/// Waits for the reservation.
#[derive(Debug)]
pub struct ReserveStep {
    case: Case,
    known: Known,
    /// What is decided if no limit is exceeded.
    considered: Considered,
    retries: u32,
}

fn decide(case: Case, known: Known, retries: u32) -> Step {
    let considered = case.subject().consider(&known);
    let step = ReserveStep { case, known, considered, retries };
    match step.considered.decision.effect {
        Effect::Deny => step.done(None),
        Effect::Ask if step.considered.wants.is_empty() => step.done(None),
        Effect::Ask => step.reserve(true),
        Effect::Allow => {
            let peek = step.case.inquiry.dry;
            step.reserve(peek)
        }
    }
}

impl ReserveStep {
    fn reserve(self, peek: bool) -> Step {
        let version = self.known.session.as_ref().ok().map(|view| view.version);
        let request = ReserveRequest {
            session: SessionKey::of(&self.case.call),
            call: Arc::clone(&self.case.call),
            expected_version: version.filter(|_| self.case.looks_at_session()),
            peek,
            wants: self.considered.wants.iter().map(|want| want.want.clone()).collect(),
            labels: self.considered.labels.iter().cloned().collect(),
            spent_if_lost: self.considered.spent_if_lost,
        };
        Step::Reserve(self, request)
    }

    /// Goes on with the store's answer.
    pub fn resume(mut self, answer: Result<ReserveAnswer, StoreError>) -> Step {
        let (exceeded, lease) = match answer {
            Ok(ReserveAnswer::Stale { view }) => return self.anew(view),
            Ok(ReserveAnswer::Granted { exceeded, lease }) => (Ok(exceeded), lease),
            Ok(ReserveAnswer::Refused { exceeded }) => (Ok(exceeded), None),
            Err(error) => (Err(error), None),
        };
        self.known.limits = match exceeded {
            // What was considered stands: no limit counted as exceeded, and none is.
            Ok(flags) if !flags.contains(&true) => return self.done(lease),
            Ok(flags) => {
                let beyond = self.considered.wants.iter().zip(flags).filter(|(_, beyond)| *beyond);
                LimitsKnown::Exceeded(beyond.map(|(want, _)| want.limit.clone()).collect())
            }
            Err(error) => LimitsKnown::Failed(error),
        };
        self.considered = self.case.subject().consider(&self.known);
        self.done(lease)
    }

    fn anew(mut self, view: Arc<SessionView>) -> Step {
        self.retries = self.retries.saturating_add(1);
        if self.retries > MOST_RETRIES {
            return self.resume(Err(StoreError::new("the session changes faster than it can be read")));
        }
        self.known.session = Ok(view);
        decide(self.case, self.known, self.retries)
    }

    fn done(self, lease: Option<Lease>) -> Step {
        let ReserveStep { case, known, mut considered, .. } = self;
        if case.inquiry.dry {
            return Step::Done(Outcome::Dry(considered.decision));
        }
        let unreserved = considered.decision.effect == Effect::Allow && lease.is_none();
        if unreserved && considered.labels.iter().any(|label| !label.observed) {
            refuse_without_store(&mut considered.decision, &known);
        }
        let Case { engine, call, inquiry, satisfied, .. } = case;
        Step::Done(match considered.decision.effect {
            Effect::Deny => Outcome::Deny(considered.decision),
            Effect::Ask => Outcome::Ask(Asked::new(engine, call, inquiry, satisfied, considered.decision)),
            Effect::Allow => {
                let reservation = lease.map(|lease| Reservation { lease, wants: considered.wants });
                Outcome::Allow(Permit::new(engine, call, known.facts, considered.decision, reservation))
            }
        })
    }
}

impl Case {
    fn subject(&self) -> Subject<'_> {
        Subject { engine: &self.engine, call: &self.call, prepared: &self.prepared }
    }

    fn attempt_counters(&self, facts: &FactAnswers) -> Vec<(LimitOf, AttemptCounter)> {
        let mut counters = Vec::new();
        if !self.subject().may(ToolContracts::counts_attempts) {
            return counters;
        }
        self.subject().each(&before_reading(facts), |under| {
            for (contract, terms) in under.attempts() {
                let counter = terms.limit.as_ref().and_then(|limit| under.scene.attempt_counter(contract, limit));
                // What `when` does not match is not counted; in doubt it is.
                if let Some(counter) = counter.filter(|_| under.verdict(contract, terms).0 != Truth::False) {
                    counters.push((LimitOf::new(under.policy, contract), counter));
                }
            }
        });
        counters
    }

    /// The facts that a contract about this tool looks at, before the run or after it.
    fn wanted_facts(&self) -> BTreeSet<String> {
        let declared = |policy: &Policy| !policy.facts.is_empty();
        if !self.engine.parts.set.policies.iter().any(declared) {
            return BTreeSet::new();
        }
        let mut wanted = BTreeSet::new();
        self.subject().each(&before_reading(&FactAnswers::new()), |under| {
            if declared(under.policy) {
                wanted.extend(under.facts());
            }
        });
        wanted
    }

    fn looks_at_session(&self) -> bool {
        let mut looks = false;
        if self.subject().may(ToolContracts::may_look_at_session) {
            let look = |under: Under<'_, '_>| looks |= under.looks_at_session();
            self.subject().each(&before_reading(&FactAnswers::new()), look);
        }
        looks
    }
}

/// What is known before the session is read.
fn before_reading(facts: &FactAnswers) -> Around<'_> {
    Around { facts, session: SessionState::Failed("it is not read yet"), output: None }
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
