//! Which action wins within one policy.

use super::decision::{Decider, Effect};
use super::findings::{Consequence, Finding, Findings};
use super::gates::takes_anything;
use super::known::Known;
use super::scene::Scene;
use crate::call::Tool;
use crate::policy::model::{Ask, ContractId, Default as ByDefault, Mode, Policy, Rank};
use std::cmp::Reverse;

/// An effect and what speaks for it most.
pub(super) struct Ruling<'a> {
    pub(super) effect: Effect,
    pub(super) reason: Reason<'a>,
    pub(super) asks: Vec<(ContractId, Ask)>,
}

/// Something that speaks for an effect.
pub(super) enum Reason<'a> {
    /// A contract that applies.
    Contract(&'a Finding<'a>),
    /// Something else, and what the agent reads of it.
    Other(Decider, Option<String>),
}

/// A reason in words.
pub(super) struct Spoken {
    pub(super) decider: Decider,
    pub(super) message: Option<String>,
    severity: Option<Rank>,
    doubtful: bool,
}

impl Reason<'_> {
    /// What the agent reads is made of the one reason that decides, and of no other.
    pub(super) fn spoken(self, scene: &Scene<'_>) -> Spoken {
        match self {
            Reason::Contract(finding) => {
                let says = finding.consequence != Consequence::Allow;
                let message =
                    says.then(|| scene.message(finding.contract, &finding.terms.message, finding.doubt.as_deref()));
                Spoken {
                    decider: Decider::Contract(finding.contract.id.clone()),
                    message,
                    severity: Some(finding.terms.severity),
                    doubtful: finding.doubt.is_some(),
                }
            }
            Reason::Other(decider, message) => Spoken { decider, message, severity: None, doubtful: false },
        }
    }
}

impl Spoken {
    /// Contracts before what has no name; then the highest severity, true before unknown, the smallest id.
    pub(super) fn order(&self) -> impl Ord + '_ {
        (Reverse(self.severity), self.doubtful, &self.decider)
    }
}

/// Of several findings the one that decides, by the same order.
fn decisive<'a>(findings: impl Iterator<Item = &'a Finding<'a>>) -> Option<Reason<'a>> {
    let order =
        |finding: &&Finding<'a>| (Reverse(finding.terms.severity), finding.doubt.is_some(), &finding.contract.id);
    findings.min_by(|left, right| order(left).cmp(&order(right))).map(Reason::Contract)
}

/// The policy's ruling: of what is enforced alone, or of all that would be if nothing were only observed.
pub(super) fn rule<'a>(
    scene: &Scene<'_>,
    findings: &'a Findings<'a>,
    flaw: Option<&str>,
    known: &Known,
    enforced_only: bool,
) -> Ruling<'a> {
    if let Some(why) = flaw {
        return denied(Reason::Other(Decider::Schema, Some(super::message::malformed(why))));
    }
    let policy = findings.policy;
    let observing = enforced_only && policy.mode == Mode::Observe;
    let counting = || findings.found.iter().filter(|finding| !enforced_only || finding.terms.mode == Mode::Enforce);
    let denials = counting().filter(|finding| finding.consequence == Consequence::Deny);
    if let Some(reason) = decisive(denials).or_else(|| refusal(scene, known, observing)) {
        return denied(reason);
    }
    let permits = |finding: &Finding<'_>| finding.consequence == Consequence::Allow || finding.permits;
    if !observing && !permitted_by_default(policy, scene.tool) && !counting().any(permits) {
        return denied(unpermitted(policy, scene));
    }
    let asking = |finding: &&Finding<'_>| matches!(finding.consequence, Consequence::Ask(_));
    if let Some(reason) = decisive(counting().filter(asking)) {
        let asks = counting().filter_map(|finding| match finding.consequence {
            Consequence::Ask(ask) => Some((finding.contract.id.clone(), ask.clone())),
            _ => None,
        });
        return Ruling { effect: Effect::Ask, reason, asks: asks.collect() };
    }
    let allows = counting().filter(|finding| finding.consequence == Consequence::Allow);
    let reason = decisive(allows).unwrap_or(Reason::Other(Decider::Default, None));
    Ruling { effect: Effect::Allow, reason, asks: Vec::new() }
}

fn denied(reason: Reason<'_>) -> Ruling<'_> {
    Ruling { effect: Effect::Deny, reason, asks: Vec::new() }
}

/// What refuses beside the contracts: what the host left unfilled, then a hook of the host's.
fn refusal<'a>(scene: &Scene<'_>, known: &Known, observing: bool) -> Option<Reason<'a>> {
    let unfilled = if observing { Vec::new() } else { scene.unfilled() };
    if !unfilled.is_empty() {
        let names: Vec<String> = unfilled.iter().map(|selector| format!("`{selector}`")).collect();
        let said = format!("The host must supply {} for every call.", names.join(", "));
        return Some(Reason::Other(Decider::Requires, Some(said)));
    }
    let hook = known.refused_by_hook.as_ref()?;
    let said = scene.policy.redaction.redact_text(&hook.reason);
    Some(Reason::Other(Decider::Hook, Some(said.into_owned())))
}

/// Whether a call of the tool that no contract applies to runs, whatever else there is to know of it.
pub(crate) fn runs_by_default(policy: &Policy, tool: &Tool, name: &str) -> bool {
    permitted_by_default(policy, tool) && policy.requires.is_empty() && takes_anything(tool, name)
}

fn permitted_by_default(policy: &Policy, tool: &Tool) -> bool {
    let by_default = match tool.declared {
        true => tool.default.unwrap_or(policy.default),
        false => policy.unknown_tools,
    };
    by_default == ByDefault::Allow
}

fn unpermitted(policy: &Policy, scene: &Scene<'_>) -> Reason<'static> {
    let tool = policy.redaction.quote_for_message(&scene.call.tool);
    if !scene.tool.declared && policy.default == ByDefault::Allow {
        let message = format!("The tool {tool} is not one that {} knows.", policy.name);
        return Reason::Other(Decider::UnknownTools, Some(message));
    }
    Reason::Other(Decider::Default, Some(format!("Nothing in {} permits this call of {tool}.", policy.name)))
}
