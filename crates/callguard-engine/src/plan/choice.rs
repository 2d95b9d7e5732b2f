//! The choice of a contract's access predicates: of a conjunction the part that tells most, of a disjunction all parts.

use super::access::{Access, Probe, probes};
use crate::policy::model::{Condition, Contract, Leaf, Selector};
use std::collections::HashMap;

/// How to find a contract.
#[derive(Debug)]
pub(super) enum Entrance {
    /// One of these must be hit.
    Any(Vec<(Selector, Probe)>),
    /// There is no way but to judge it every time.
    Always,
}

/// Conditions with the probes of every leaf.
enum Probed<'a> {
    All(Vec<Probed<'a>>),
    Any(Vec<Probed<'a>>),
    /// Each way is enough.
    Leaf(&'a Leaf, Vec<Vec<Probe>>),
    /// May hold without any value.
    Open,
}

/// The entrances of `contracts`, in their order.
pub(super) fn choose<'a>(contracts: impl Iterator<Item = &'a Contract>) -> Vec<Entrance> {
    let probed: Vec<Probed<'_>> = contracts.map(|contract| probe(&contract.when)).collect();
    let mut shared = HashMap::new();
    probed.iter().for_each(|condition| count(condition, &mut shared));
    probed.iter().map(|condition| entrance(condition, &shared)).collect()
}

fn probe(condition: &Condition) -> Probed<'_> {
    match condition {
        Condition::All(parts) => Probed::All(parts.iter().map(probe).collect()),
        Condition::Any(parts) => Probed::Any(parts.iter().map(probe).collect()),
        // What is false can hide beneath a `not`.
        Condition::Not(_) => Probed::Open,
        Condition::Leaf(leaf) => Probed::Leaf(leaf, probes(leaf)),
    }
}

fn count(condition: &Probed<'_>, shared: &mut HashMap<u64, u32>) {
    match condition {
        Probed::All(parts) | Probed::Any(parts) => parts.iter().for_each(|part| count(part, shared)),
        Probed::Leaf(leaf, ways) => {
            for probe in ways.iter().flatten() {
                let times: &mut u32 = shared.entry(Access { selector: &leaf.selector, probe }.identity()).or_default();
                *times = times.saturating_add(1);
            }
        }
        Probed::Open => {}
    }
}

fn entrance(condition: &Probed<'_>, shared: &HashMap<u64, u32>) -> Entrance {
    match best(condition, shared) {
        Some((_, found)) => {
            Entrance::Any(found.into_iter().map(|access| (access.selector.clone(), access.probe.clone())).collect())
        }
        None => Entrance::Always,
    }
}

/// The cheapest set of accesses of which one is hit wherever the condition is not false.
fn best<'a>(condition: &'a Probed<'a>, shared: &HashMap<u64, u32>) -> Option<(u32, Vec<Access<'a>>)> {
    match condition {
        Probed::All(parts) => parts.iter().filter_map(|part| best(part, shared)).min_by_key(|(cost, _)| *cost),
        Probed::Any(parts) => {
            let each: Option<Vec<_>> = parts.iter().map(|part| best(part, shared)).collect();
            let cost = |all: u32, (cost, _): &(u32, Vec<_>)| all.saturating_add(*cost);
            let each = each?;
            Some((each.iter().fold(0, cost), each.into_iter().flat_map(|(_, found)| found).collect()))
        }
        Probed::Leaf(leaf, ways) => {
            let priced = ways.iter().map(|way| {
                let found: Vec<Access<'_>> =
                    way.iter().map(|probe| Access { selector: &leaf.selector, probe }).collect();
                (found.iter().map(|access| price(access, shared)).fold(0, u32::saturating_add), found)
            });
            priced.min_by_key(|(cost, _)| *cost)
        }
        Probed::Open => None,
    }
}

fn price(access: &Access<'_>, shared: &HashMap<u64, u32>) -> u32 {
    let times = shared.get(&access.identity()).copied().unwrap_or(1);
    times.saturating_mul(8).saturating_add(access.weight())
}
