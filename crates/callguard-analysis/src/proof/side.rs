//! The two sides, and which of their contracts are the same.

use crate::meaning::{self, Core, Key};
use callguard_engine::call::{Tool, ToolEnvelope};
use callguard_engine::decide::Engine;
use callguard_engine::policy::model::{Contract, Policy};
use std::collections::{BTreeMap, BTreeSet};

/// Before or now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Side {
    Old,
    New,
}

impl Side {
    pub(crate) const BOTH: [Side; 2] = [Side::Old, Side::New];
}

/// Two engines, and what differs between their policies.
pub(crate) struct Sides<'a> {
    pub(crate) old: &'a Engine,
    pub(crate) new: &'a Engine,
    /// For each policy of each side, what both versions of it are called.
    names: BTreeMap<(Side, usize), usize>,
    /// For each contract of each side, whether the other side has the same.
    same: BTreeMap<(Side, usize, usize), bool>,
    keys: BTreeMap<(Side, usize, usize), Key>,
}

/// A contract of one side.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Of<'a> {
    pub(crate) side: Side,
    pub(crate) policy: &'a Policy,
    pub(crate) policy_index: usize,
    pub(crate) contract: &'a Contract,
    pub(crate) contract_index: usize,
}

impl<'a> Sides<'a> {
    pub(crate) fn new(old: &'a Engine, new: &'a Engine) -> Sides<'a> {
        let mut sides = Sides { old, new, names: BTreeMap::new(), same: BTreeMap::new(), keys: BTreeMap::new() };
        let position = |engine: &'a Engine, wanted: &Policy| {
            engine.policies().policies.iter().position(|policy| std::ptr::eq(policy, wanted))
        };
        for (pair, (before, now)) in meaning::pairs(old.policies(), new.policies()).into_iter().enumerate() {
            let cores = [before, now].map(cores);
            for (side, policy, other) in [(Side::Old, before, 1), (Side::New, now, 0)] {
                let Some(policy) = policy else { continue };
                let Some(index) = position(sides.engine(side), policy) else { continue };
                sides.names.insert((side, index), pair);
                for (at, contract) in policy.contracts.iter().enumerate() {
                    let key = meaning::key(policy, contract);
                    let (own, others) = (cores.get(1 - other), cores.get(other));
                    let find = |cores: Option<&BTreeMap<Key, Core>>| cores.and_then(|cores| cores.get(&key).cloned());
                    sides.same.insert((side, index, at), find(own) == find(others));
                    sides.keys.insert((side, index, at), key);
                }
            }
        }
        sides
    }

    pub(crate) fn engine(&self, side: Side) -> &'a Engine {
        match side {
            Side::Old => self.old,
            Side::New => self.new,
        }
    }

    pub(crate) fn policies(&self, side: Side) -> impl Iterator<Item = (usize, &'a Policy)> + use<'a> {
        self.engine(side).policies().policies.iter().enumerate()
    }

    /// The contracts of one side.
    pub(crate) fn contracts(&self, side: Side) -> impl Iterator<Item = Of<'a>> + use<'a> {
        self.policies(side).flat_map(move |(policy_index, policy)| {
            policy.contracts.iter().enumerate().map(move |(contract_index, contract)| Of {
                side,
                policy,
                policy_index,
                contract,
                contract_index,
            })
        })
    }

    /// Whether the other side has the same contract, word for word what it means.
    pub(crate) fn is_same(&self, of: &Of<'_>) -> bool {
        self.same.get(&(of.side, of.policy_index, of.contract_index)).copied().unwrap_or_default()
    }

    /// What both sides call the contract.
    pub(crate) fn name(&self, of: &Of<'_>) -> String {
        let pair = self.names.get(&(of.side, of.policy_index));
        let key = self.keys.get(&(of.side, of.policy_index, of.contract_index));
        format!("{pair:?} {key:?}")
    }

    /// Which pair of policies one belongs to.
    pub(crate) fn pair(&self, side: Side, policy_index: usize) -> Option<usize> {
        self.names.get(&(side, policy_index)).copied()
    }

    /// The tool of a call under each policy of a side.
    pub(crate) fn tools(&self, side: Side, call: &ToolEnvelope) -> Vec<Tool> {
        let engine = self.engine(side);
        self.policies(side).map(|(_, policy)| engine.tool(policy, call)).collect()
    }

    /// Ids of contracts that the other side has not got, or has otherwise.
    pub(crate) fn changed(&self, side: Side) -> BTreeSet<String> {
        let changed = self.contracts(side).filter(|of| !self.is_same(of));
        changed.map(|of| of.contract.id.to_string()).collect()
    }
}

fn cores(policy: Option<&Policy>) -> BTreeMap<Key, Core> {
    let contracts = meaning::by_key(policy).into_iter();
    contracts.map(|(key, contract)| (key, meaning::deciding_core(contract))).collect()
}

/// Everything beside the call and the contract that what a leaf sees depends on.
pub(crate) fn context(policy: &Policy, tool: &Tool) -> String {
    let Tool { declared, side_effect, labels, persistent, args, typed_by_name, .. } = tool;
    let (files, zone) = (&policy.filesystem, meaning::zone(policy));
    format!(
        "{declared} {side_effect:?} {labels:?} {persistent} {args:?} {typed_by_name} {files:?} {zone} {:?}",
        policy.facts
    )
}
