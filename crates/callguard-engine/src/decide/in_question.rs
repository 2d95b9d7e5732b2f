//! Which contracts are in question: found by the plan, or every one that is about the tool.

use super::Truth;
use super::reads;
use super::scene::Scene;
use super::subject::Under;
use crate::policy::model::{Contract, Kind, Mode, Policy, Terms};
use smallvec::SmallVec;
use std::collections::BTreeSet;

/// A contract with the terms of today.
pub(crate) type InForce<'a> = (&'a Contract, &'a Terms);

/// Contracts with the terms of today; the usual few never leave the stack.
pub(crate) type Several<'a> = SmallVec<[InForce<'a>; 8]>;

impl<'a> Under<'a, '_> {
    /// The contracts that may apply before the run, in the order of the policy. One that is not here is false.
    pub(super) fn before_the_run(&self) -> Several<'a> {
        match self.compiled {
            Some(compiled) => compiled.before.candidates(self.policy, self.scene),
            None => before_the_run(self.policy, self.scene),
        }
    }

    /// Whether a contract in question applies, its limit aside, and why it is unknown if it is.
    pub(super) fn verdict(&self, contract: &Contract, terms: &Terms) -> (Truth, Option<String>) {
        if self.compiled.is_some() {
            return self.scene.truth_and_doubt(contract, terms);
        }
        let judgement = self.scene.judge(contract, terms);
        (judgement.truth, judgement.doubt())
    }

    /// The contracts that may apply to the result, in the order of the policy. One that is not here is false.
    pub(super) fn after_the_run(&self) -> Several<'a> {
        match self.compiled {
            Some(compiled) => compiled.after.candidates(self.policy, self.scene),
            None => after_the_run(self.policy, self.scene),
        }
    }

    /// The contracts that may count attempts.
    pub(super) fn attempts(&self) -> Several<'a> {
        match self.compiled {
            Some(compiled) => compiled.before.attempts(self.policy, self.scene).collect(),
            None => before_the_run(self.policy, self.scene),
        }
    }

    /// The facts that a contract about this tool looks at, before the run or after it.
    pub(super) fn facts(&self) -> BTreeSet<String> {
        if let Some(compiled) = self.compiled {
            return compiled.facts(self.policy, self.scene);
        }
        let all = contracts_of(self.policy, self.scene, |_| true).into_iter();
        all.flat_map(|(contract, terms)| reads::facts(self.policy, contract, terms)).collect()
    }

    /// Whether a contract about this tool looks at what another call of the session can change.
    pub(super) fn looks_at_session(&self) -> bool {
        if let Some(compiled) = self.compiled {
            return compiled.looks_at_session(self.policy, self.scene);
        }
        before_the_run(self.policy, self.scene).into_iter().any(|(contract, terms)| reads::session(contract, terms))
    }

    /// How many contracts about this tool are judged before the run, and whether one of them is observed.
    pub(super) fn in_force(&self) -> (usize, bool) {
        if let Some(compiled) = self.compiled {
            return compiled.before.in_force(self.policy, self.scene);
        }
        let all = before_the_run(self.policy, self.scene);
        (all.len(), all.iter().any(|(_, terms)| terms.mode == Mode::Observe))
    }
}

/// The contracts of `policy` that are judged before the run, with the terms of today.
pub(super) fn before_the_run<'a>(policy: &'a Policy, scene: &Scene<'_>) -> Several<'a> {
    contracts_of(policy, scene, |kind| kind != Kind::Postcondition)
}

/// The contracts of `policy` that are judged on the result, with the terms of today.
pub(super) fn after_the_run<'a>(policy: &'a Policy, scene: &Scene<'_>) -> Several<'a> {
    contracts_of(policy, scene, |kind| kind == Kind::Postcondition)
}

/// The contracts of the wanted kinds whose tools match and that are switched on, with the terms of today.
fn contracts_of<'a>(policy: &'a Policy, scene: &Scene<'_>, wanted: impl Fn(Kind) -> bool) -> Several<'a> {
    let today = scene.now().date();
    let in_question = policy.contracts.iter().filter(|contract| wanted(contract.kind) && scene.tools_match(contract));
    in_question
        .filter_map(|contract| Some((contract, contract.terms_on(today)?)))
        .filter(|(_, terms)| terms.enabled)
        .collect()
}
