//! What one policy finds of a call before it runs.

use super::Truth;
use super::decision::Applied;
use super::in_question::Several;
use super::known::Known;
use super::limits::LimitWant;
use super::scene::Scene;
use super::subject::Under;
use crate::policy::model::{Action, Ask, Contract, Mode, OnUnknown, Policy, Terms};
use crate::session::Label;

/// A contract that applies.
pub(super) struct Finding<'a> {
    pub(super) contract: &'a Contract,
    pub(super) terms: &'a Terms,
    pub(super) consequence: Consequence<'a>,
    /// An `ask` that is true as an `allow` would be read.
    pub(super) permits: bool,
    /// Why it applies only by doubt.
    pub(super) doubt: Option<String>,
}

/// What a contract that applies comes to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Consequence<'a> {
    Deny,
    Ask(&'a Ask),
    /// A person has granted it.
    Satisfied,
    Warn,
    Allow,
    Label,
}

/// Everything a policy finds.
pub(super) struct Findings<'a> {
    pub(super) policy: &'a Policy,
    pub(super) found: Vec<Finding<'a>>,
    pub(super) wants: Vec<LimitWant>,
    /// How many contracts were in force.
    pub(super) in_force: usize,
    /// Whether one of them is observed.
    pub(super) observed: bool,
}

impl<'a> Findings<'a> {
    /// Of a call that no contract looks at.
    pub(super) fn none(policy: &'a Policy) -> Findings<'a> {
        Findings { policy, found: Vec::new(), wants: Vec::new(), in_force: 0, observed: false }
    }
}

/// Judges the contracts of the policy that are in question.
pub(super) fn find<'a>(under: &Under<'a, '_>, in_question: Several<'a>, known: &Known) -> Findings<'a> {
    let (in_force, observed) = under.in_force();
    let mut findings = Findings { in_force, observed, ..Findings::none(under.policy) };
    let scene = under.scene;
    for (contract, terms) in in_question {
        let (truth, doubt) = under.verdict(contract, terms);
        if truth == Truth::False {
            continue;
        }
        findings.wants.extend(wanted(scene, contract, terms, truth, known));
        let (applies, doubt) = applies(scene, contract, terms, (truth, doubt), known);
        if counts(terms, applies) {
            let consequence = consequence(contract, terms, applies, known);
            let permits = scene.ask_permits(contract, terms);
            findings.found.push(Finding { contract, terms, consequence, permits, doubt });
        }
    }
    findings
}

/// The contract's truth, its limit included.
pub(super) fn applies(
    scene: &Scene<'_>,
    contract: &Contract,
    terms: &Terms,
    (truth, doubt): (Truth, Option<String>),
    known: &Known,
) -> (Truth, Option<String>) {
    let Some(limit) = &terms.limit else { return (truth, doubt) };
    if truth == Truth::False {
        return (Truth::False, None);
    }
    let beyond = scene.beyond(contract, limit, known);
    let together = truth.and(beyond.truth);
    (together, if together == Truth::Unknown { doubt.or(beyond.why) } else { None })
}

/// Restricting contracts count on true and unknown, permitting ones on true only.
fn counts(terms: &Terms, applies: Truth) -> bool {
    match applies {
        Truth::True => true,
        Truth::Unknown => terms.action.restricts(),
        Truth::False => false,
    }
}

fn consequence<'a>(contract: &Contract, terms: &'a Terms, applies: Truth, known: &Known) -> Consequence<'a> {
    let consequence = match (&terms.on_unknown, applies) {
        (Some(OnUnknown::Ask(ask)), Truth::Unknown) => Consequence::Ask(ask),
        (Some(OnUnknown::Warn), Truth::Unknown) => Consequence::Warn,
        _ => match &terms.action {
            Action::Deny | Action::Withhold | Action::Redact => Consequence::Deny,
            Action::Ask(ask) => Consequence::Ask(ask),
            Action::Warn => Consequence::Warn,
            Action::Allow => Consequence::Allow,
            Action::Label => Consequence::Label,
        },
    };
    match consequence {
        Consequence::Ask(_) if known.satisfied.contains(&contract.id) => Consequence::Satisfied,
        other => other,
    }
}

/// What the contract's limit reserves. It binds where going beyond would stop the call.
fn wanted(scene: &Scene<'_>, contract: &Contract, terms: &Terms, truth: Truth, known: &Known) -> Option<LimitWant> {
    let stops = matches!(consequence(contract, terms, truth, known), Consequence::Deny | Consequence::Ask(_));
    scene.want(contract, terms.limit.as_ref()?, stops && terms.mode == Mode::Enforce)
}

impl Finding<'_> {
    pub(super) fn applied(&self) -> Applied {
        let action = match self.consequence {
            Consequence::Ask(_) | Consequence::Satisfied => "ask",
            Consequence::Warn => "warn",
            _ => self.terms.action.as_str(),
        };
        Applied {
            id: self.contract.id.clone(),
            kind: self.contract.kind,
            action,
            mode: self.terms.mode,
            severity: self.terms.severity,
            tags: self.terms.tags.clone(),
            doubt: self.doubt.clone(),
        }
    }

    /// The labels that the session gains from it.
    pub(super) fn labels(&self) -> impl Iterator<Item = Label> {
        labels(self.contract, self.terms, self.doubt.is_some())
    }
}

/// The labels that a contract adds when it applies.
pub(super) fn labels(contract: &Contract, terms: &Terms, doubtful: bool) -> impl Iterator<Item = Label> {
    let observed = terms.mode == Mode::Observe;
    contract.add_labels.iter().map(move |name| Label { name: name.clone(), doubtful, observed })
}
