//! What a few contracts of one policy can do, whatever stands beside them.

use super::circuit::{Found, Tri};
use super::encode::Encoder;
use super::feeds::{self, Fed};
use super::side::{Of, Side, Sides};
use super::situation::Situation;
use batsat::Lit;
use callguard_engine::call::ToolEnvelope;
use callguard_engine::decide::{Direction, Engine, HostPaths, Reading};
use callguard_engine::policy::model::{
    Condition, Contract, Dated, Kind, Leaf, Mode, Policy, PolicySet, Terms, ToolMatcher,
};
use callguard_engine::value::Object;
use jiff::Timestamp;
use std::collections::BTreeSet;

/// A policy without its contracts: what is looked into is put into a copy.
pub(crate) struct Shell {
    set: PolicySet,
    base: Timestamp,
}

/// What is asked of contracts that were looked into.
pub(crate) struct Alone<'a> {
    encoder: Encoder<'a>,
    contracts: Vec<Of<'a>>,
}

impl Shell {
    pub(crate) fn new(set: &PolicySet, policy: &Policy, base: Timestamp) -> Shell {
        let bare = |policy: &Policy| Policy {
            name: policy.name.clone(),
            description: None,
            version: None,
            labels: Default::default(),
            annotations: Default::default(),
            requires: Vec::new(),
            facts: policy.facts.clone(),
            tools: policy.tools.clone(),
            contracts: Vec::new(),
            redaction: policy.redaction.clone(),
            filesystem: policy.filesystem.clone(),
            timezone: policy.timezone.clone(),
            ..*policy
        };
        let version = set.version.clone();
        Shell { set: PolicySet { policies: vec![bare(policy)], version, sources: set.sources.clone() }, base }
    }

    /// Looks into contracts of the policy, for calls of a tool of that name: each as if it were in force, about every tool,
    /// and without its limit.
    pub(crate) fn look<T>(&self, contracts: &[&Contract], tool: &str, ask: impl FnOnce(&mut Alone<'_>) -> T) -> T {
        let mut set = self.set.clone();
        for policy in &mut set.policies {
            policy.contracts = contracts.iter().map(|contract| in_force(contract)).collect();
        }
        let paths = HostPaths {
            workspace: Some("/workspace".to_owned()),
            home: Some("/home/agent".to_owned()),
            ..HostPaths::default()
        };
        let engine = Engine::new(set).with_paths(paths);
        let sides = Sides::new(&engine, &engine);
        let looked_into: Vec<Of<'_>> = sides.contracts(Side::Old).collect();
        let expanded: BTreeSet<String> = looked_into.iter().map(|of| sides.name(of)).collect();
        let call = ToolEnvelope::new(tool, Object::default(), self.base);
        let encoder = Encoder::new(&sides, call, &expanded);
        ask(&mut Alone { encoder, contracts: looked_into })
    }
}

/// The contract as it is asked about. What it does after the run is asked as if it were before.
fn in_force(contract: &Contract) -> Contract {
    let terms = contract.terms.last().map(|dated| Terms {
        mode: Mode::Enforce,
        enabled: true,
        limit: None,
        ..dated.terms.clone()
    });
    let kind = if contract.kind == Kind::Postcondition { Kind::Precondition } else { contract.kind };
    Contract {
        kind,
        tools: ToolMatcher { server: contract.tools.server.clone(), ..ToolMatcher::default() },
        terms: terms.map(|terms| Dated { until: None, terms }).into_iter().collect(),
        ..contract.clone()
    }
}

/// A contract's truth.
#[derive(Clone, Copy)]
struct Judged {
    guard: Lit,
    applies: Tri,
}

impl Alone<'_> {
    /// Whether no call makes the contract true.
    pub(crate) fn is_never_true(&mut self, index: usize) -> bool {
        let Some(judged) = self.judge(index) else { return false };
        self.encoder.circuit.solve(&[judged.guard, judged.applies.t]) == Found::No
    }

    /// The smallest parts of `when` and `unless` that no call makes true, with whether they stand in `unless`. What stands
    /// beneath `not` is not looked at.
    pub(crate) fn dead_parts(&mut self, index: usize) -> Vec<(Leaf, bool)> {
        let Some(of) = self.contracts.get(index).copied() else { return Vec::new() };
        let Some(terms) = of.contract.terms.first().map(|dated| &dated.terms) else { return Vec::new() };
        let (when, unless) = match terms.action.restricts() {
            true => (Direction::Restricting, Direction::Excusing),
            false => (Direction::Excusing, Direction::Restricting),
        };
        let mut open = vec![(&of.contract.when, Reading::top(when, false), false)];
        open.extend(terms.unless.iter().map(|condition| (condition, Reading::top(unless, false), true)));
        let mut dead = Vec::new();
        while let Some((condition, reading, excuses)) = open.pop() {
            match condition {
                Condition::All(parts) | Condition::Any(parts) => {
                    open.extend(parts.iter().map(|part| (part, reading, excuses)));
                }
                Condition::Not(_) => {}
                Condition::Leaf(leaf) => {
                    let truth = self.encoder.condition(&of, condition, reading);
                    if self.encoder.circuit.solve(&[truth.t]) == Found::No {
                        dead.push((leaf.clone(), excuses));
                    }
                }
            }
        }
        dead
    }

    /// A call of which the contract is true, as far as one could be made.
    pub(crate) fn situation(&mut self, index: usize) -> Option<Situation> {
        let judged = self.judge(index)?;
        let fed = feeds::tie(&mut self.encoder);
        let shown = self.encoder.shown;
        let found = self.encoder.circuit.solve(&[judged.guard, judged.applies.t, shown]);
        (found == Found::Yes).then(|| built(&self.encoder, &fed))
    }

    /// Whether the other contract is true or in doubt wherever this one is true (or, if `doubt` counts, in doubt).
    pub(crate) fn implies(&mut self, index: usize, other: usize, doubt: bool) -> bool {
        let (Some(one), Some(other)) = (self.judge(index), self.judge(other)) else { return false };
        let here = if doubt { !one.applies.f } else { one.applies.t };
        let circuit = &mut self.encoder.circuit;
        let counts = circuit.and([other.guard, !other.applies.f]);
        circuit.solve(&[one.guard, here, !counts]) == Found::No
    }

    /// Whether the other contract is true wherever this one is.
    pub(crate) fn implies_truth(&mut self, index: usize, other: usize) -> bool {
        let (Some(one), Some(other)) = (self.judge(index), self.judge(other)) else { return false };
        let circuit = &mut self.encoder.circuit;
        let is_true = circuit.and([other.guard, other.applies.t]);
        circuit.solve(&[one.guard, one.applies.t, !is_true]) == Found::No
    }

    fn judge(&mut self, index: usize) -> Option<Judged> {
        let of = *self.contracts.get(index)?;
        let judged = self.encoder.judge(of);
        judged.first().map(|judged| Judged { guard: judged.guard, applies: judged.applies })
    }
}

/// The situation of the assignment that was found.
fn built(encoder: &Encoder<'_>, fed: &[Fed]) -> Situation {
    let mut situation = encoder.base.clone();
    for field in encoder.fields.values() {
        for class in field.classes.iter().filter(|class| encoder.circuit.holds(class.literal)) {
            field.put(class, &mut situation);
        }
    }
    for feed in fed.iter().filter(|(literal, _)| encoder.circuit.holds(*literal)).filter_map(|(_, feed)| feed.as_ref())
    {
        feeds::put(feed, &mut situation.call.args);
    }
    situation.complete();
    situation
}
