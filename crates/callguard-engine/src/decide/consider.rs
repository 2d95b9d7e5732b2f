//! From what is known to a decision: every policy finds, and the strictest answer wins.

use super::decision::{Applied, AskTerms, Decider, Decision, Effect};
use super::engine::{Around, Engine};
use super::explain::ContractExplanation;
use super::findings::{Findings, find};
use super::gates::malformed;
use super::known::Known;
use super::limits::LimitWant;
use super::ruling::{Spoken, rule};
use super::subject::{ByPolicy, Subject, Under};
use crate::call::SideEffect;
use crate::policy::model::{Ask, ContractId, Mode};
use crate::session::Label;
use std::collections::BTreeSet;

/// A decision, and what it would take from the session.
#[derive(Debug)]
pub(super) struct Considered {
    pub(super) decision: Decision,
    pub(super) wants: Vec<LimitWant>,
    pub(super) labels: BTreeSet<Label>,
    pub(super) spent_if_lost: bool,
}

/// What one policy says.
struct Opinion {
    effect: Effect,
    reason: Spoken,
    asks: Vec<(ContractId, Ask)>,
    /// What it would be if nothing were only observed; none where nothing is observed.
    would: Option<Effect>,
    applied: Vec<Applied>,
    wants: Vec<LimitWant>,
    labels: Vec<Label>,
    side_effect: SideEffect,
    in_force: usize,
    explanation: Vec<ContractExplanation>,
}

impl Subject<'_> {
    /// The decision as far as things are known.
    pub(super) fn consider(&self, known: &Known) -> Considered {
        let around = Around { facts: &known.facts, session: known.session_state(), output: None };
        let opinions = self.each(&around, |under| opinion(self.engine, &under, known));
        strictest(self.engine, opinions, known)
    }
}

fn opinion(engine: &Engine, under: &Under<'_, '_>, known: &Known) -> Opinion {
    let (policy, scene) = (under.policy, under.scene);
    let flaw = malformed(scene.tool, scene.call);
    let findings = if flaw.is_some() { Findings::none(policy) } else { find(under, known) };
    let explained = known.explain && flaw.is_none();
    let enforced = rule(scene, &findings, flaw.as_deref(), known, true);
    let observes = policy.mode == Mode::Observe || findings.observed;
    Opinion {
        effect: enforced.effect,
        reason: enforced.reason.spoken(scene),
        asks: enforced.asks,
        would: observes.then(|| rule(scene, &findings, flaw.as_deref(), known, false).effect),
        applied: findings.found.iter().map(|finding| finding.applied()).collect(),
        labels: findings.found.iter().flat_map(|finding| finding.labels()).collect(),
        in_force: findings.in_force,
        explanation: if explained { engine.explain(policy, scene, known) } else { Vec::new() },
        wants: findings.wants,
        side_effect: scene.tool.side_effect,
    }
}

/// The strictest opinion wins; what all of them found is kept.
fn strictest(engine: &Engine, opinions: ByPolicy<Opinion>, known: &Known) -> Considered {
    let set = &engine.parts.set;
    let effect = opinions.iter().map(|opinion| opinion.effect).max().unwrap_or(Effect::Deny);
    let observes = opinions.iter().any(|opinion| opinion.would.is_some());
    let would = opinions.iter().map(|opinion| opinion.would.unwrap_or(opinion.effect)).max();
    let enforces = set.policies.iter().any(|policy| policy.mode == Mode::Enforce);
    let mut reason: Option<Spoken> = None;
    let (mut asks, mut applied, mut wants) = (Vec::new(), Vec::new(), Vec::new());
    let (mut labels, mut explanation) = (BTreeSet::new(), Vec::new());
    let (mut in_force, mut spent_if_lost) = (0_usize, false);
    for opinion in opinions {
        if opinion.effect == effect {
            asks.extend(opinion.asks);
            let better = reason.as_ref().is_none_or(|known| opinion.reason.order() < known.order());
            reason = if better { Some(opinion.reason) } else { reason };
        }
        applied.extend(opinion.applied);
        wants.extend(opinion.wants);
        labels.extend(opinion.labels);
        explanation.extend(opinion.explanation);
        in_force = in_force.saturating_add(opinion.in_force);
        spent_if_lost |= opinion.side_effect == SideEffect::Irreversible;
    }
    applied.sort_by(|left: &Applied, right| left.id.cmp(&right.id));
    let (decider, message) = reason.map_or((Decider::Default, None), |reason| (reason.decider, reason.message));
    let decision = Decision {
        effect,
        mode: if enforces { Mode::Enforce } else { Mode::Observe },
        decider,
        message,
        policy_error: applied.iter().any(|applied| applied.doubt.is_some()),
        applied,
        would: would.filter(|_| observes),
        policy_version: set.version.clone(),
        ask: AskTerms::combine(asks.iter().map(|(id, ask)| (id, ask))),
        contracts_evaluated: in_force,
        explanation: known.explain.then_some(super::Explanation { contracts: explanation }),
    };
    Considered { decision, wants, labels, spent_if_lost }
}
