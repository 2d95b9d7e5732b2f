//! From what is known to a decision: every policy finds, and the strictest answer wins.

use super::decision::{AskTerms, Decision, Effect};
use super::engine::{Around, Engine};
use super::explain::ContractExplanation;
use super::findings::{Findings, find};
use super::gates::malformed;
use super::known::Known;
use super::limits::LimitWant;
use super::ruling::{Reason, Ruling, rule};
use super::scene::Scene;
use crate::call::{SideEffect, ToolEnvelope};
use crate::policy::model::{Mode, Policy};
use crate::session::Label;
use std::collections::BTreeSet;

/// A decision, and what it would take from the session.
pub(super) struct Considered {
    pub(super) decision: Decision,
    pub(super) wants: Vec<LimitWant>,
    pub(super) labels: BTreeSet<Label>,
    pub(super) spent_if_lost: bool,
}

/// What one policy says.
struct Opinion {
    enforced: Ruling,
    would: Ruling,
    observes: bool,
    applied: Vec<super::decision::Applied>,
    wants: Vec<LimitWant>,
    labels: Vec<Label>,
    side_effect: SideEffect,
    judged: usize,
    explanation: Vec<ContractExplanation>,
}

impl Engine {
    /// The decision as far as things are known.
    pub(super) fn consider(&self, call: &ToolEnvelope, known: &Known) -> Considered {
        let around = Around { facts: &known.facts, session: known.session_state(), output: None };
        let policies = self.set.policies.iter();
        let opinions =
            policies.map(|policy| self.with_scene(policy, call, &around, |scene| self.opinion(policy, scene, known)));
        self.strictest(opinions.collect(), known)
    }

    fn opinion(&self, policy: &Policy, scene: &Scene<'_>, known: &Known) -> Opinion {
        let findings = match malformed(scene.tool, scene.call) {
            Some(_) => Findings::none(policy),
            None => find(policy, scene, known),
        };
        let explanation = if known.explain { self.explain(scene, &findings) } else { Vec::new() };
        Opinion {
            enforced: rule(scene, &findings, known, true),
            would: rule(scene, &findings, known, false),
            observes: policy.mode == Mode::Observe
                || findings.judged.iter().any(|judged| judged.terms.mode == Mode::Observe),
            applied: findings.found.iter().map(|finding| finding.applied()).collect(),
            labels: findings.found.iter().flat_map(|finding| finding.labels()).collect(),
            judged: findings.judged.len(),
            wants: findings.wants,
            side_effect: scene.tool.side_effect,
            explanation,
        }
    }

    fn strictest(&self, opinions: Vec<Opinion>, known: &Known) -> Considered {
        let effect = opinions.iter().map(|opinion| opinion.enforced.effect).max().unwrap_or(Effect::Deny);
        let would = opinions.iter().map(|opinion| opinion.would.effect).max();
        let observes = opinions.iter().any(|opinion| opinion.observes);
        let rulings = opinions.iter().map(|opinion| &opinion.enforced).filter(|ruling| ruling.effect == effect);
        let reason = rulings.clone().flat_map(|ruling| &ruling.reasons).min_by(|left, right| left.cmp_order(right));
        let asks = rulings.flat_map(|ruling| ruling.asks.iter().map(|(id, ask)| (id, ask)));
        let ask = AskTerms::combine(asks);
        let mut applied: Vec<_> = opinions.iter().flat_map(|opinion| opinion.applied.clone()).collect();
        applied.sort_by(|left, right| left.id.cmp(&right.id));
        let enforces = self.set.policies.iter().any(|policy| policy.mode == Mode::Enforce);
        let decision = Decision {
            effect,
            mode: if enforces { Mode::Enforce } else { Mode::Observe },
            decider: reason.map_or(super::Decider::Default, |reason| reason.decider.clone()),
            message: reason.and_then(|reason| reason.message.clone()),
            policy_error: applied.iter().any(|applied| applied.doubt.is_some()),
            applied,
            would: would.filter(|_| observes),
            policy_version: self.set.version.clone(),
            ask,
            contracts_evaluated: opinions.iter().map(|opinion| opinion.judged).sum(),
            explanation: known.explain.then(|| super::Explanation {
                contracts: opinions.iter().flat_map(|opinion| opinion.explanation.clone()).collect(),
            }),
        };
        Considered {
            decision,
            labels: opinions.iter().flat_map(|opinion| opinion.labels.iter().cloned()).collect(),
            spent_if_lost: opinions.iter().any(|opinion| opinion.side_effect == SideEffect::Irreversible),
            wants: opinions.into_iter().flat_map(|opinion| opinion.wants).collect(),
        }
    }
}

impl Reason {
    fn cmp_order(&self, other: &Reason) -> std::cmp::Ordering {
        self.order().cmp(&other.order())
    }
}
