//! The step machine. Deciding never waits: it says what it needs, the shell fetches it and resumes.
//!
//! `begin` → [`Step::Facts`] (where a contract looks at facts) → [`Step::Attempt`] → [`Step::Reserve`] (as often as
//! the session has moved on) → [`Step::Done`]. A failed fetch is passed *into* `resume`: failure restricts here, once,
//! and not in each caller.

use super::consider::Considered;
use super::decision::{Decider, Effect};
use super::engine::{Around, Engine};
use super::findings::before_the_run;
use super::known::{HookRefusal, Known, LimitsKnown};
use super::permit::{Asked, Permit, Reservation};
use super::scene::SessionState;
use super::{Decision, FactAnswers, Truth};
use crate::call::ToolEnvelope;
use crate::policy::model::{ContractId, Selector, Terms};
use crate::session::{
    AttemptAnswer, AttemptCounter, AttemptRequest, ReserveAnswer, ReserveRequest, SessionKey, SessionView, StoreError,
};
use std::collections::{BTreeMap, BTreeSet};
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
        let case = Case { engine: self.clone(), call, inquiry, satisfied };
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
        let (contracts, counters) = self.case.attempt_counters(&facts).into_iter().unzip();
        let count = !self.case.inquiry.dry && self.case.satisfied.is_empty();
        let request = AttemptRequest { session: SessionKey::of(&self.case.call), count, counters };
        Step::Attempt(AttemptStep { case: self.case, facts, contracts }, request)
    }
}

/// Waits for the attempt to be counted.
#[derive(Debug)]
pub struct AttemptStep {
    case: Case,
    facts: FactAnswers,
    contracts: Vec<ContractId>,
}

impl AttemptStep {
    /// Goes on with the store's answer.
    pub fn resume(self, answer: Result<AttemptAnswer, StoreError>) -> Step {
        let (session, attempts) = match answer {
            Ok(answer) => (Ok(answer.view), self.contracts.into_iter().zip(answer.attempts).collect()),
            Err(error) => (Err(error), BTreeMap::new()),
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
        ReserveStep { case: self.case, known, retries: 0 }.consider()
    }
}

/// Waits for the reservation.
#[derive(Debug)]
pub struct ReserveStep {
    case: Case,
    known: Known,
    retries: u32,
}

impl ReserveStep {
    fn consider(self) -> Step {
        let considered = self.case.engine.consider(&self.case.call, &self.known);
        match considered.decision.effect {
            Effect::Deny => self.case.done(self.known, considered, None),
            Effect::Ask if considered.wants.is_empty() => self.case.done(self.known, considered, None),
            Effect::Ask => self.reserve(considered, true),
            Effect::Allow => {
                let peek = self.case.inquiry.dry;
                self.reserve(considered, peek)
            }
        }
    }

    fn reserve(self, considered: Considered, peek: bool) -> Step {
        let version = self.known.session.as_ref().ok().map(|view| view.version);
        let request = ReserveRequest {
            session: SessionKey::of(&self.case.call),
            call_id: self.case.call.call_id.clone(),
            tool: self.case.call.tool.clone(),
            expected_version: version.filter(|_| self.case.looks_at_session()),
            peek,
            wants: considered.wants.into_iter().map(|want| want.want).collect(),
            labels: considered.labels.into_iter().collect(),
            spent_if_lost: considered.spent_if_lost,
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
        let wanted = self.case.engine.consider(&self.case.call, &self.known).wants;
        self.known.limits = match exceeded {
            Ok(flags) => {
                let beyond = wanted.into_iter().zip(flags).filter(|(_, beyond)| *beyond);
                LimitsKnown::Exceeded(beyond.map(|(want, _)| want.contract).collect())
            }
            Err(error) => LimitsKnown::Failed(error),
        };
        let considered = self.case.engine.consider(&self.case.call, &self.known);
        self.case.done(self.known, considered, lease)
    }

    fn anew(mut self, view: SessionView) -> Step {
        self.retries = self.retries.saturating_add(1);
        if self.retries > MOST_RETRIES {
            return self.resume(Err(StoreError::new("the session changes faster than it can be read")));
        }
        self.known.session = Ok(view);
        self.consider()
    }
}

impl Case {
    fn done(self, known: Known, mut considered: Considered, lease: Option<crate::session::Lease>) -> Step {
        if self.inquiry.dry {
            return Step::Done(Outcome::Dry(considered.decision));
        }
        let unreserved = considered.decision.effect == Effect::Allow && lease.is_none();
        if unreserved && considered.labels.iter().any(|label| !label.observed) {
            refuse_without_store(&mut considered.decision, &known);
        }
        Step::Done(match considered.decision.effect {
            Effect::Deny => Outcome::Deny(considered.decision),
            Effect::Ask => {
                Outcome::Ask(Asked::new(self.engine, self.call, self.inquiry, self.satisfied, considered.decision))
            }
            Effect::Allow => {
                let reservation = lease.map(|lease| Reservation { lease, wants: considered.wants });
                Outcome::Allow(Permit::new(self.engine, self.call, known.facts, considered.decision, reservation))
            }
        })
    }

    /// Every contract that is judged before the run, under the policy's scene with what is known of facts alone.
    fn for_each_contract(
        &self,
        facts: &FactAnswers,
        mut look: impl FnMut(&super::Scene<'_>, &crate::policy::model::Contract, &Terms),
    ) {
        let around = Around { facts, session: SessionState::Failed("it is not read yet"), output: None };
        for policy in &self.engine.set.policies {
            self.engine.with_scene(policy, &self.call, &around, |scene| {
                for (contract, terms) in before_the_run(policy, scene) {
                    look(scene, contract, terms);
                }
            });
        }
    }

    fn attempt_counters(&self, facts: &FactAnswers) -> Vec<(ContractId, AttemptCounter)> {
        let mut counters = Vec::new();
        self.for_each_contract(facts, |scene, contract, terms| {
            let counter = terms.limit.as_ref().and_then(|limit| scene.attempt_counter(contract, limit));
            // What `when` does not match is not counted; in doubt it is.
            if let Some(counter) = counter.filter(|_| scene.judge(contract, terms).truth != Truth::False) {
                counters.push((contract.id.clone(), counter));
            }
        });
        counters
    }

    /// The facts that a contract about this tool looks at, before the run or after it.
    fn wanted_facts(&self) -> BTreeSet<String> {
        let facts = FactAnswers::new();
        let around = Around { facts: &facts, session: SessionState::Failed("it is not read yet"), output: None };
        let mut wanted = BTreeSet::new();
        for policy in self.engine.set.policies.iter().filter(|policy| !policy.facts.is_empty()) {
            self.engine.with_scene(policy, &self.call, &around, |scene| {
                let all = super::findings::contracts_of(policy, scene, |_| true);
                wanted
                    .extend(all.into_iter().flat_map(|(contract, terms)| super::reads::facts(policy, contract, terms)));
            });
        }
        wanted
    }

    fn looks_at_session(&self) -> bool {
        let mut looks = false;
        self.for_each_contract(&FactAnswers::new(), |_, contract, terms| {
            let is_session = |selector: &Selector| super::reads::depends_on_session(selector);
            looks = looks || super::reads::selectors(contract, terms).into_iter().any(is_session);
        });
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
