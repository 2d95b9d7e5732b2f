//! Limits: the smallest of several holds, and there are some that nobody wrote.

use super::bundle::Policy;
use super::tree::{literal, one, put};
use callguard_engine::source::Span;
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

/// What holds where nothing is written.
const CALLS: u64 = 200;
/// The same, of attempts.
const ATTEMPTS: u64 = 500;

/// A limit, and the contract that it stands in.
type Limit = (u64, Map<String, Json>);

/// The limits so far.
#[derive(Default)]
pub(super) struct Limits {
    calls: Option<Limit>,
    attempts: Option<Limit>,
    tools: BTreeMap<String, Limit>,
}

impl Limits {
    pub(super) fn calls(&mut self, most: u64, of: &Map<String, Json>) {
        self.calls = tighter(self.calls.take(), most, of);
    }

    pub(super) fn attempts(&mut self, most: u64, of: &Map<String, Json>) {
        self.attempts = tighter(self.attempts.take(), most, of);
    }

    pub(super) fn tool(&mut self, tool: &str, most: u64, of: &Map<String, Json>) {
        let known = self.tools.remove(tool);
        self.tools.extend(tighter(known, most, of).map(|limit| (tool.to_owned(), limit)));
    }
}

fn tighter(known: Option<Limit>, most: u64, of: &Map<String, Json>) -> Option<Limit> {
    known.filter(|(known, _)| *known <= most).or_else(|| Some((most, of.clone())))
}

/// Adds the limits to the policy.
pub(super) fn finish(policy: &mut Policy, document: Span) {
    let limits = std::mem::take(&mut policy.limits);
    let (most, contract) = written(policy, limits.calls, document, (CALLS, "calls"));
    limit(policy, contract, "calls", most, None);
    let (most, mut contract) = written(policy, limits.attempts, document, (ATTEMPTS, "attempts"));
    // There the attempt that reaches the number is refused, here the one after it.
    match most.saturating_sub(1) {
        0 => {
            policy.notes.add(document, "`max_attempts: 1` denies every call there, and so it does here");
            put(&mut contract, "action", "deny");
            policy.preconditions.push(Json::Object(contract));
        }
        most => limit(policy, contract, "attempts", most, None),
    }
    for (tool, (most, contract)) in limits.tools {
        limit(policy, contract, "calls", most, Some(&tool));
    }
}

/// The limit that is written, or the one that holds all the same.
fn written(policy: &mut Policy, limit: Option<Limit>, document: Span, (default, word): (u64, &str)) -> Limit {
    if let Some((most, contract)) = limit.filter(|(most, _)| *most <= default) {
        return (most, contract);
    }
    let id = policy.id(&format!("default-{word}"));
    policy.notes.add(document, format!("a session has at most {default} {word} there, whatever is written: `{id}`"));
    let mut contract = Map::new();
    put(&mut contract, "id", id);
    (default, contract)
}

/// A contract has one limit: where its id is taken, it gets another one.
fn limit(policy: &mut Policy, mut contract: Map<String, Json>, what: &str, most: u64, tool: Option<&str>) {
    let id = contract.get("id").and_then(Json::as_str).unwrap_or("limit").to_owned();
    if policy.session.iter().any(|other| other.get("id").and_then(Json::as_str) == Some(id.as_str())) {
        let id = policy.id(&format!("{id}-{}", tool.unwrap_or(what)));
        put(&mut contract, "id", id);
    }
    if let Some(tool) = tool {
        put(&mut contract, "tools", literal(tool));
    }
    put(&mut contract, "limit", one(what, most));
    policy.session.push(Json::Object(contract));
}
