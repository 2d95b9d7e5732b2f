//! Plans by tool: made at the first call of a name, and kept.

use super::hits::Place;
use super::stage::Stage;
use crate::call::{Tool, ToolEnvelope};
use crate::decide::{Scene, reads, runs_by_default};
use crate::policy::model::{Kind, Policy, PolicySet, ToolDeclaration};
use foldhash::fast::FixedState;
use quick_cache::UnitWeighter;
use quick_cache::sync::{Cache, DefaultLifecycle};
use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;
use std::sync::{Arc, OnceLock};

/// So many names that no policy spells out have a plan at the same time: a flood of names costs time, not memory.
const MOST_NAMES: usize = 1_024;

/// A bounded cache that many threads read.
type Kept<K, V> = Cache<K, V, UnitWeighter, FixedState>;

fn kept<K: Eq + Hash, V: Clone>() -> Kept<K, V> {
    Cache::with(MOST_NAMES, MOST_NAMES as u64, UnitWeighter, FixedState::default(), DefaultLifecycle::default())
}

/// What the policies come to for one tool.
#[derive(Debug)]
pub(crate) struct CallPlan {
    /// One of each policy, in their order.
    pub(crate) policies: Vec<ToolPlan>,
}

/// What one policy comes to for one tool.
#[derive(Debug)]
pub(crate) struct ToolPlan {
    /// The tool as declared.
    pub(crate) tool: Tool,
    /// The contracts about it.
    pub(crate) contracts: Arc<ToolContracts>,
    /// Whether a call that no contract applies to runs, whatever its arguments are.
    pub(crate) quiet: bool,
}

/// The contracts of one policy about a tool. Tools with the same contracts share them.
#[derive(Debug)]
pub(crate) struct ToolContracts {
    /// Judged before the run.
    pub(crate) before: Stage,
    /// Judged on the result.
    pub(crate) after: Stage,
    /// Facts that contracts whose terms never change look at, before the run or after it.
    facts: BTreeSet<String>,
    /// Whether one of those judged before the run looks at what another call of the session can change.
    looks_at_session: bool,
}

/// The plans of a policy set.
#[derive(Debug)]
pub(crate) struct Plans {
    policies: Vec<ByName>,
    /// Tools that a policy names outright.
    named: HashMap<String, OnceLock<Arc<CallPlan>>, FixedState>,
    /// The others, and every tool where the server matters.
    others: Kept<Key, Arc<CallPlan>>,
    by_server: bool,
}

/// A tool's name, and the server that offers it where a contract asks for it.
type Key = (String, Option<String>);

/// The contracts of one policy by the tools they name.
#[derive(Debug)]
struct ByName {
    named: HashMap<String, Vec<Place>, FixedState>,
    /// Contracts with a pattern, or about every tool.
    patterns: Vec<Place>,
    shared: Kept<Vec<Place>, Arc<ToolContracts>>,
}

impl Plans {
    /// No plan yet for any tool.
    pub(crate) fn new(set: &PolicySet) -> Plans {
        let policies: Vec<ByName> = set.policies.iter().map(ByName::new).collect();
        let contracts = || set.policies.iter().flat_map(|policy| &policy.contracts);
        let by_server = contracts().any(|contract| !contract.tools.server.is_empty());
        let names = policies.iter().flat_map(|policy| policy.named.keys().cloned());
        Plans { named: names.map(|name| (name, OnceLock::new())).collect(), others: kept(), policies, by_server }
    }

    /// The plan of the call's tool.
    pub(crate) fn of(&self, set: &PolicySet, catalog: &[ToolDeclaration], call: &ToolEnvelope) -> Arc<CallPlan> {
        let make = || Arc::new(self.make(set, catalog, call));
        match self.named.get(&call.tool) {
            Some(plan) if !self.by_server => Arc::clone(plan.get_or_init(make)),
            _ => self.other(call, make),
        }
    }

    fn other(&self, call: &ToolEnvelope, make: impl FnOnce() -> Arc<CallPlan>) -> Arc<CallPlan> {
        let key = Wanted { tool: &call.tool, server: call.server.as_ref().filter(|_| self.by_server) };
        if let Some(plan) = self.others.get(&key) {
            return plan;
        }
        let plan = make();
        self.others.insert((key.tool.clone(), key.server.cloned()), Arc::clone(&plan));
        plan
    }

    fn make(&self, set: &PolicySet, catalog: &[ToolDeclaration], call: &ToolEnvelope) -> CallPlan {
        let each = set.policies.iter().zip(&self.policies);
        let policies = each.map(|(policy, by_name)| {
            let tool = Tool::resolve(policy, catalog, &call.tool);
            let contracts = by_name.contracts(policy, &tool, call);
            let quiet = runs_by_default(policy, &tool, &call.tool);
            ToolPlan { tool, contracts, quiet }
        });
        CallPlan { policies: policies.collect() }
    }
}

/// A key that borrows.
#[derive(Hash)]
struct Wanted<'a> {
    tool: &'a String,
    server: Option<&'a String>,
}

impl quick_cache::Equivalent<Key> for Wanted<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        *self.tool == key.0 && self.server == key.1.as_ref()
    }
}

impl ByName {
    fn new(policy: &Policy) -> ByName {
        let mut by_name = ByName { named: HashMap::default(), patterns: Vec::new(), shared: kept() };
        for (contract, place) in policy.contracts.iter().zip(0..) {
            let names = &contract.tools.include;
            if names.is_empty() || !names.iter().all(|glob| glob.is_literal()) {
                by_name.patterns.push(place);
                continue;
            }
            for name in names {
                let places = by_name.named.entry(name.as_str().to_owned()).or_default();
                if places.last() != Some(&place) {
                    places.push(place);
                }
            }
        }
        by_name
    }

    fn contracts(&self, policy: &Policy, tool: &Tool, call: &ToolEnvelope) -> Arc<ToolContracts> {
        let named = self.named.get(&call.tool).into_iter().flatten();
        let mut places: Vec<Place> = named.chain(&self.patterns).copied().collect();
        places.sort_unstable();
        places.retain(|place| {
            let contract = usize::try_from(*place).ok().and_then(|place| policy.contracts.get(place));
            contract.is_some_and(|contract| tool.matches(&contract.tools, call))
        });
        if let Some(known) = self.shared.get(&places) {
            return known;
        }
        let made = Arc::new(ToolContracts::new(policy, &places));
        self.shared.insert(places, Arc::clone(&made));
        made
    }
}

impl ToolContracts {
    fn new(policy: &Policy, places: &[Place]) -> ToolContracts {
        let is_after = |place: &&Place| {
            let contract = usize::try_from(**place).ok().and_then(|place| policy.contracts.get(place));
            contract.is_some_and(|contract| contract.kind == Kind::Postcondition)
        };
        let (after, before): (Vec<&Place>, Vec<&Place>) = places.iter().partition(is_after);
        let before = Stage::new(policy, before.into_iter().copied().collect());
        let after = Stage::new(policy, after.into_iter().copied().collect());
        let all = before.undated(policy).chain(after.undated(policy));
        let facts = all.flat_map(|(contract, terms)| reads::facts(policy, contract, terms)).collect();
        let looks_at_session = before.undated(policy).any(|(contract, terms)| reads::session(contract, terms));
        ToolContracts { facts, looks_at_session, before, after }
    }

    /// Whether a contract counts attempts.
    pub(crate) fn counts_attempts(&self) -> bool {
        self.before.counts_attempts()
    }

    /// Whether a contract looks at what another call of the session can change, some day.
    pub(crate) fn may_look_at_session(&self) -> bool {
        self.looks_at_session || self.before.is_dated()
    }

    /// The facts that a contract in force looks at, before the run or after it.
    pub(crate) fn facts(&self, policy: &Policy, scene: &Scene<'_>) -> BTreeSet<String> {
        let dated = self.before.dated(policy, scene).chain(self.after.dated(policy, scene));
        let dated = dated.flat_map(|(contract, terms)| reads::facts(policy, contract, terms));
        self.facts.iter().cloned().chain(dated).collect()
    }

    /// Whether a contract in force looks at what another call of the session can change.
    pub(crate) fn looks_at_session(&self, policy: &Policy, scene: &Scene<'_>) -> bool {
        let mut dated = self.before.dated(policy, scene);
        self.looks_at_session || dated.any(|(contract, terms)| reads::session(contract, terms))
    }
}
