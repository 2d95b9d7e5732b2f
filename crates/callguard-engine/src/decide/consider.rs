//! From what is known to a decision: every policy finds, and the strictest answer wins.

use super::decision::{Applied, AskTerms, Decider, Decision, Effect};
use super::engine::Engine;
use super::explain::ContractExplanation;
use super::findings::{Findings, find};
use super::gates::malformed;
use super::known::Known;
use super::limits::LimitWant;
use super::ruling::{Ruling, Spoken, rule};
use super::scene::Scene;
use super::subject::{Subject, Under};
use crate::call::SideEffect;
use crate::policy::model::{Ask, ContractId, Mode};
use crate::session::Label;

/// A decision, and what it would take from the session.
#[derive(Debug)]
pub(super) struct Considered {
    pub(super) decision: Decision,
    pub(super) wants: Vec<LimitWant>,
    /// Each once, in order.
    pub(super) labels: Vec<Label>,
    pub(super) spent_if_lost: bool,
}

impl Subject<'_> {
    /// The decision as far as things are known.
    pub(super) fn consider(&self, known: &Known) -> Considered {
        let mut all = Strictest::default();
        self.each(&known.around(), |under| all.hear(self.engine, &under, known));
        all.considered(self.engine, known)
    }
}

/// The strictest policy so far, and what all of them found.
#[derive(Default)]
struct Strictest {
    effect: Option<Effect>,
    reason: Option<Spoken>,
    asks: Vec<(ContractId, Ask)>,
    /// Whether something is observed, and what it would be if nothing were only that.
    observes: bool,
    would: Option<Effect>,
    applied: Vec<Applied>,
    wants: Vec<LimitWant>,
    labels: Vec<Label>,
    in_force: usize,
    spent_if_lost: bool,
    explanation: Vec<ContractExplanation>,
}

impl Strictest {
    /// Hears what one policy says.
    fn hear(&mut self, engine: &Engine, under: &Under<'_, '_>, known: &Known) {
        let (policy, scene) = (under.policy, under.scene);
        self.spent_if_lost |= scene.tool.side_effect == SideEffect::Irreversible;
        let in_question = under.before_the_run();
        if in_question.is_empty() && under.quiet && !known.explain && known.refused_by_hook.is_none() {
            return self.hear_nothing(under);
        }
        let flaw = malformed(scene.tool, scene.call);
        let findings = if flaw.is_some() { Findings::none(policy) } else { find(under, in_question, known) };
        let observes = policy.mode == Mode::Observe || findings.observed;
        let enforced = rule(scene, &findings, flaw.as_deref(), known, true);
        let would = match observes {
            true => rule(scene, &findings, flaw.as_deref(), known, false).effect,
            false => enforced.effect,
        };
        self.observes |= observes;
        self.would = self.would.max(Some(would));
        self.in_force = self.in_force.saturating_add(findings.in_force);
        if known.explain && flaw.is_none() {
            self.explanation.extend(engine.explain(policy, scene, known));
        }
        for finding in &findings.found {
            self.applied.push(finding.applied());
            self.labels.extend(finding.labels());
        }
        self.weigh(enforced, scene);
        self.wants.extend(findings.wants);
    }

    /// Hears that a policy has nothing to say of the call: it may run.
    fn hear_nothing(&mut self, under: &Under<'_, '_>) {
        let (in_force, observed) = under.in_force();
        self.observes |= observed || under.policy.mode == Mode::Observe;
        self.would = self.would.max(Some(Effect::Allow));
        self.in_force = self.in_force.saturating_add(in_force);
        self.effect = self.effect.max(Some(Effect::Allow));
    }

    fn weigh(&mut self, ruling: Ruling<'_>, scene: &Scene<'_>) {
        let effect = Some(ruling.effect);
        if effect < self.effect {
            return;
        }
        if effect > self.effect {
            (self.effect, self.reason) = (effect, None);
            self.asks.clear();
        }
        self.asks.extend(ruling.asks);
        let spoken = ruling.reason.spoken(scene);
        if self.reason.as_ref().is_none_or(|known| spoken.order() < known.order()) {
            self.reason = Some(spoken);
        }
    }

    fn considered(mut self, engine: &Engine, known: &Known) -> Considered {
        let set = &engine.parts.set;
        let enforces = set.policies.iter().any(|policy| policy.mode == Mode::Enforce);
        let reason = self.reason.map(|reason| (reason.decider, reason.message));
        let (decider, message) = reason.unwrap_or((Decider::Default, None));
        self.applied.sort_by(|left, right| left.id.cmp(&right.id));
        self.labels.sort_unstable();
        self.labels.dedup();
        let decision = Decision {
            // Without a policy nothing permits.
            effect: self.effect.unwrap_or(Effect::Deny),
            mode: if enforces { Mode::Enforce } else { Mode::Observe },
            decider,
            message,
            policy_error: self.applied.iter().any(|applied| applied.doubt.is_some()),
            applied: self.applied,
            would: self.would.filter(|_| self.observes),
            policy_version: set.version.clone(),
            ask: AskTerms::combine(self.asks.iter().map(|(id, ask)| (id, ask))).map(Box::new),
            contracts_evaluated: self.in_force,
            explanation: known.explain.then_some(super::Explanation { contracts: self.explanation }),
        };
        Considered { decision, wants: self.wants, labels: self.labels, spent_if_lost: self.spent_if_lost }
    }
}
