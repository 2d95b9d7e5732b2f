//! Whether a call could run at all, whatever its arguments: what lists of tools are filtered by.

use super::engine::{Around, Engine};
use super::in_question::before_the_run;
use super::scene::{FactAnswers, Reading, Scene, SessionState};
use super::{Direction, Truth};
use crate::call::ToolEnvelope;
use crate::policy::model::{Action, Condition, Contract, Default as ByDefault, Leaf, Mode, Policy, Selector, Terms};

impl Engine {
    /// `false` only if, whatever the arguments, the time and the session: a deny holds, or nothing permits.
    pub fn could_run(&self, call: &ToolEnvelope) -> bool {
        let facts = FactAnswers::new();
        let around = Around { facts: &facts, session: SessionState::Failed("it is not read"), output: None };
        let never = |policy: &Policy| self.with_scene(policy, call, &around, |scene| never_runs(policy, scene));
        !self.parts.set.policies.iter().any(never)
    }
}

fn never_runs(policy: &Policy, scene: &Scene<'_>) -> bool {
    let contracts = before_the_run(policy, scene);
    let mut enforced = contracts.into_iter().filter(|(_, terms)| terms.mode == Mode::Enforce);
    let denied = enforced.clone().any(|(contract, terms)| always_denies(scene, contract, terms));
    let by_default =
        if scene.tool.declared { scene.tool.default.unwrap_or(policy.default) } else { policy.unknown_tools };
    let closed = policy.mode == Mode::Enforce && by_default == ByDefault::Deny;
    denied || (closed && !enforced.any(|(contract, terms)| may_permit(scene, contract, terms)))
}

fn always_denies(scene: &Scene<'_>, contract: &Contract, terms: &Terms) -> bool {
    terms.action == Action::Deny
        && terms.limit.is_none()
        && terms.on_unknown.is_none()
        && standing(scene, &contract.when, Reading::top(Direction::Restricting, false)) == Truth::True
        && terms
            .unless
            .iter()
            .all(|unless| standing(scene, unless, Reading::top(Direction::Excusing, false)) == Truth::False)
}

fn may_permit(scene: &Scene<'_>, contract: &Contract, terms: &Terms) -> bool {
    matches!(terms.action, Action::Allow | Action::Ask(_))
        && standing(scene, &contract.when, Reading::top(Direction::Excusing, false)) != Truth::False
        && !terms
            .unless
            .iter()
            .any(|unless| standing(scene, unless, Reading::top(Direction::Restricting, false)) == Truth::True)
}

/// The condition's truth as far as it does not depend on the arguments, the time or the session.
fn standing(scene: &Scene<'_>, condition: &Condition, reading: Reading) -> Truth {
    match condition {
        Condition::All(parts) => Truth::all(parts.iter().map(|part| standing(scene, part, reading))),
        Condition::Any(parts) => Truth::any(parts.iter().map(|part| standing(scene, part, reading))),
        Condition::Not(inner) => !standing(scene, inner, reading.turned()),
        Condition::Leaf(leaf) if stands(leaf) => scene.evaluate(condition, reading).truth(),
        Condition::Leaf(_) => Truth::Unknown,
    }
}

fn stands(leaf: &Leaf) -> bool {
    let fixed = |selector: &Selector| {
        matches!(
            selector,
            Selector::Tool
                | Selector::ToolSideEffect
                | Selector::ToolServer
                | Selector::ToolLabels
                | Selector::Environment
                | Selector::Metadata(_)
                | Selector::Principal(_)
        )
    };
    super::reads::of_leaf(leaf).into_iter().all(fixed)
}
