//! What changed in what is written: contracts and settings, field by field, after `extends` and `overrides`.

mod core;

use callguard_engine::policy::model::{Contract, Policy, PolicySet};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

pub(crate) use core::{contract as contract_core, deciding as deciding_core, settings as settings_core, zone};

/// The policies that differ, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meaning {
    /// One for each policy that differs.
    pub policies: Vec<PolicyChange>,
}

/// How a policy differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyChange {
    /// Its name; of a renamed one the new name.
    pub policy: String,
    /// Whether it was there before and is there now.
    pub how: Presence,
    /// What its spec says otherwise.
    pub settings: Vec<FieldChange>,
    /// Its contracts that differ, by id.
    pub contracts: Vec<ContractChange>,
}

/// How a contract differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractChange {
    /// `POLICY/ID`.
    pub id: String,
    /// Whether it was there before and is there now.
    pub how: Presence,
    /// What it is, where it is on one side only; what differs, where it is on both.
    pub fields: Vec<FieldChange>,
}

/// Whether something was there before and is there now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Presence {
    /// Only now.
    Added,
    /// Only before.
    Removed,
    /// Both, and they differ.
    Changed,
}

impl Presence {
    /// The word in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Presence::Added => "added",
            Presence::Removed => "removed",
            Presence::Changed => "changed",
        }
    }
}

/// A field that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldChange {
    /// The way to it: `when.args.path.under`.
    pub field: String,
    /// What it said; `None`: it was not there.
    pub old: Option<Json>,
    /// What it says; `None`: it is not there.
    pub new: Option<Json>,
}

impl Meaning {
    /// Compares two sets.
    pub fn of(old: &PolicySet, new: &PolicySet) -> Meaning {
        let mut changes: Vec<PolicyChange> = pairs(old, new).into_iter().filter_map(change).collect();
        changes.sort_by(|left, right| left.policy.cmp(&right.policy));
        Meaning { policies: changes }
    }

    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.policies.is_empty()
    }
}

/// A policy of each side, or of one.
pub(crate) type Pair<'a> = (Option<&'a Policy>, Option<&'a Policy>);

/// Policies of one name belong together; what is left over, if it is one on each side, was renamed.
pub(crate) fn pairs<'a>(old: &'a PolicySet, new: &'a PolicySet) -> Vec<Pair<'a>> {
    let named = |set: &'a PolicySet, name: &str| set.policies.iter().find(|policy| policy.name == name);
    let alone = |set: &'a PolicySet, other: &'a PolicySet| -> Vec<&'a Policy> {
        set.policies.iter().filter(|policy| named(other, &policy.name).is_none()).collect()
    };
    let (before, after) = (alone(old, new), alone(new, old));
    let both = old.policies.iter().filter_map(|policy| Some((Some(policy), Some(named(new, &policy.name)?))));
    let mut found: Vec<Pair<'a>> = both.collect();
    match (before.as_slice(), after.as_slice()) {
        ([only], [other]) => found.push((Some(only), Some(other))),
        _ => {
            found.extend(before.into_iter().map(|policy| (Some(policy), None)));
            found.extend(after.into_iter().map(|policy| (None, Some(policy))));
        }
    }
    found
}

fn change((old, new): Pair<'_>) -> Option<PolicyChange> {
    let name = new.or(old)?.name.clone();
    let how = presence(old.is_some(), new.is_some());
    let settings = match (old, new) {
        (Some(old), Some(new)) => fields(&settings_core(old), &settings_core(new)),
        _ => Vec::new(),
    };
    let contracts = contracts(old, new);
    let same = how == Presence::Changed && settings.is_empty() && contracts.is_empty();
    (!same).then_some(PolicyChange { policy: name, how, settings, contracts })
}

fn presence(before: bool, now: bool) -> Presence {
    match (before, now) {
        (true, true) => Presence::Changed,
        (true, false) => Presence::Removed,
        (false, _) => Presence::Added,
    }
}

fn contracts(old: Option<&Policy>, new: Option<&Policy>) -> Vec<ContractChange> {
    let (before, now) = (by_key(old), by_key(new));
    let keys: BTreeSet<&Key> = before.keys().chain(now.keys()).collect();
    let change = |key: &&Key| {
        let (old, new) = (before.get(*key), now.get(*key));
        let core = |contract: Option<&&Contract>| contract.map(|contract| contract_core(contract)).unwrap_or_default();
        let found = fields(&core(old), &core(new));
        let id = new.or(old).map(|contract| contract.id.to_string()).unwrap_or_default();
        let how = presence(old.is_some(), new.is_some());
        (!found.is_empty()).then_some(ContractChange { id, how, fields: found })
    };
    keys.iter().filter_map(change).collect()
}

/// What a contract is called in both versions of its policy: its base's name, or none for the policy's own.
pub(crate) type Key = (Option<String>, String);

/// The contracts of a policy by what both versions call them.
pub(crate) fn by_key(policy: Option<&Policy>) -> BTreeMap<Key, &Contract> {
    let Some(policy) = policy else { return BTreeMap::new() };
    policy.contracts.iter().map(|contract| (key(policy, contract), contract)).collect()
}

/// What both versions of the policy call the contract.
pub(crate) fn key(policy: &Policy, contract: &Contract) -> Key {
    let own = *contract.id.policy == *policy.name;
    ((!own).then(|| contract.id.policy.to_string()), contract.id.id.to_string())
}

/// Fields in their flat form.
pub(crate) type Core = BTreeMap<String, Json>;

/// Every field that differs, in order.
fn fields(old: &Core, new: &Core) -> Vec<FieldChange> {
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let mut found = Vec::new();
    for name in names {
        deepest(name.clone(), old.get(name), new.get(name), &mut found);
    }
    found
}

/// Goes down as long as both sides have the same keys to go by.
fn deepest(field: String, old: Option<&Json>, new: Option<&Json>, found: &mut Vec<FieldChange>) {
    let mut rest = vec![(field, old, new)];
    while let Some((field, old, new)) = rest.pop() {
        if old == new {
            continue;
        }
        if let (Some(Json::Object(before)), Some(Json::Object(now))) = (old, new)
            && before.keys().any(|key| now.contains_key(key))
        {
            let keys: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
            rest.extend(keys.into_iter().rev().map(|key| (format!("{field}.{key}"), before.get(key), now.get(key))));
            continue;
        }
        found.push(FieldChange { field, old: old.cloned(), new: new.cloned() });
    }
}
