//! Which action wins within one policy.

use super::decision::{Decider, Effect};
use super::findings::{Consequence, Finding, Findings};
use super::gates::malformed;
use super::known::Known;
use super::scene::Scene;
use crate::policy::model::{Ask, ContractId, Default as ByDefault, Mode, Policy, Rank};
use std::cmp::Reverse;

/// An effect and everything that speaks for it.
pub(super) struct Ruling {
    pub(super) effect: Effect,
    pub(super) reasons: Vec<Reason>,
    pub(super) asks: Vec<(ContractId, Ask)>,
}

/// Something that speaks for an effect.
pub(super) struct Reason {
    pub(super) decider: Decider,
    pub(super) message: Option<String>,
    severity: Option<Rank>,
    doubtful: bool,
}

impl Reason {
    fn of(scene: &Scene<'_>, finding: &Finding<'_>) -> Reason {
        let message = scene.message(finding.contract, &finding.terms.message, finding.doubt.as_deref());
        Reason {
            decider: Decider::Contract(finding.contract.id.clone()),
            message: (finding.consequence != Consequence::Allow).then_some(message),
            severity: Some(finding.terms.severity),
            doubtful: finding.doubt.is_some(),
        }
    }

    fn unnamed(decider: Decider, message: Option<String>) -> Reason {
        Reason { decider, message, severity: None, doubtful: false }
    }

    /// Contracts before what has no name; then the highest severity, true before unknown, the smallest id.
    pub(super) fn order(&self) -> impl Ord + '_ {
        (Reverse(self.severity), self.doubtful, &self.decider)
    }
}

/// The policy's ruling: of what is enforced alone, or of all that would be if nothing were only observed.
pub(super) fn rule(scene: &Scene<'_>, findings: &Findings<'_>, known: &Known, enforced_only: bool) -> Ruling {
    if let Some(why) = malformed(scene.tool, scene.call) {
        return denied(vec![Reason::unnamed(Decider::Schema, Some(super::message::malformed(&why)))]);
    }
    let policy = findings.policy;
    let observing = enforced_only && policy.mode == Mode::Observe;
    let counting: Vec<&Finding<'_>> =
        findings.found.iter().filter(|finding| !enforced_only || finding.terms.mode == Mode::Enforce).collect();
    let by = |wanted: fn(&Consequence<'_>) -> bool| {
        counting.iter().filter(move |finding| wanted(&finding.consequence)).copied()
    };
    let mut denials: Vec<Reason> =
        by(|what| *what == Consequence::Deny).map(|finding| Reason::of(scene, finding)).collect();
    denials.extend(refusals(scene, known, observing));
    if !denials.is_empty() {
        return denied(denials);
    }
    let permits = |finding: &&Finding<'_>| finding.consequence == Consequence::Allow || finding.permits;
    if !observing && !permitted_by_default(policy, scene) && !counting.iter().any(permits) {
        return denied(vec![unpermitted(policy, scene)]);
    }
    let asks: Vec<(&Finding<'_>, &Ask)> = counting
        .iter()
        .filter_map(|finding| match finding.consequence {
            Consequence::Ask(ask) => Some((*finding, ask)),
            _ => None,
        })
        .collect();
    if !asks.is_empty() {
        return Ruling {
            effect: Effect::Ask,
            reasons: asks.iter().map(|(finding, _)| Reason::of(scene, finding)).collect(),
            asks: asks.iter().map(|(finding, ask)| (finding.contract.id.clone(), (*ask).clone())).collect(),
        };
    }
    let allows = by(|what| *what == Consequence::Allow).map(|finding| Reason::of(scene, finding));
    let reasons = allows.chain([Reason::unnamed(Decider::Default, None)]).collect();
    Ruling { effect: Effect::Allow, reasons, asks: Vec::new() }
}

fn denied(reasons: Vec<Reason>) -> Ruling {
    Ruling { effect: Effect::Deny, reasons, asks: Vec::new() }
}

/// What refuses beside the contracts: a hook of the host's, and what the host left unfilled.
fn refusals(scene: &Scene<'_>, known: &Known, observing: bool) -> Vec<Reason> {
    let hook = known.refused_by_hook.as_ref().map(|hook| {
        let said = scene.policy.redaction.redact_text(&hook.reason);
        Reason::unnamed(Decider::Hook, Some(said.into_owned()))
    });
    let unfilled = if observing { Vec::new() } else { scene.unfilled() };
    let requires = (!unfilled.is_empty()).then(|| {
        let names: Vec<String> = unfilled.iter().map(|selector| format!("`{selector}`")).collect();
        Reason::unnamed(Decider::Requires, Some(format!("The host must supply {} for every call.", names.join(", "))))
    });
    hook.into_iter().chain(requires).collect()
}

fn permitted_by_default(policy: &Policy, scene: &Scene<'_>) -> bool {
    let by_default = match scene.tool.declared {
        true => scene.tool.default.unwrap_or(policy.default),
        false => policy.unknown_tools,
    };
    by_default == ByDefault::Allow
}

fn unpermitted(policy: &Policy, scene: &Scene<'_>) -> Reason {
    let tool = policy.redaction.quote_for_message(&scene.call.tool);
    if !scene.tool.declared && policy.default == ByDefault::Allow {
        let message = format!("The tool {tool} is not one that {} knows.", policy.name);
        return Reason::unnamed(Decider::UnknownTools, Some(message));
    }
    Reason::unnamed(Decider::Default, Some(format!("Nothing in {} permits this call of {tool}.", policy.name)))
}
