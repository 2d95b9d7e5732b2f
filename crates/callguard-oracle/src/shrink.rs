//! Making a case small: whatever can go while the engines still differ, goes.

use crate::call::Call;
use crate::node::Node;
use crate::policy::Policies;
use crate::pool::Pool;
use crate::run::{Difference, compare};
use crate::setup::Setup;
use callguard_engine::call::{Principal, ToolEnvelope};
use callguard_engine::value::{Object, Value};
use std::sync::Arc;

/// A policy set and a call.
#[derive(Clone)]
pub struct Case {
    /// The policies.
    pub policies: Policies,
    /// The constants that the call was drawn from.
    pub pool: Pool,
    /// Whether paths are resolved on a disk.
    pub disk: bool,
    /// The call.
    pub call: Call,
}

impl Case {
    /// The case of a call under a setup.
    pub fn of(setup: &Setup, call: &Call) -> Case {
        let Setup { policies, pool, disk, .. } = setup;
        Case { policies: policies.clone(), pool: pool.clone(), disk: *disk, call: call.clone() }
    }

    /// Where the engines differ; `None` too where the policies do not load.
    pub fn difference(&self) -> Option<Box<Difference>> {
        let setup = Setup::load(self.policies.clone(), self.pool.clone(), self.disk).ok()?;
        compare(&setup, &self.call).err()
    }
}

impl std::fmt::Display for Case {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}---\n{}", self.policies, self.call)?;
        if self.disk { write!(out, "\npaths are resolved") } else { Ok(()) }
    }
}

/// The smallest case that `keeps` what was found, as far as `tries` candidates lead.
pub fn shrink(mut case: Case, tries: usize, keeps: impl Fn(&Case) -> bool) -> Case {
    let mut left = tries;
    loop {
        let mut smaller = false;
        let mut number = 0;
        // After a success the candidate of the same number is a new one.
        while let Some(candidate) = candidate(&case, number) {
            if left == 0 {
                return case;
            }
            left -= 1;
            if keeps(&candidate) {
                case = candidate;
                smaller = true;
            } else {
                number += 1;
            }
        }
        if !smaller {
            return case;
        }
    }
}

/// The smaller case of that number.
fn candidate(case: &Case, number: usize) -> Option<Case> {
    let policies = smaller_policies(&case.policies);
    let count = policies.len();
    if let Some(policies) = policies.into_iter().nth(number) {
        return Some(Case { policies, ..case.clone() });
    }
    let call = smaller_calls(&case.call).into_iter().nth(number - count)?;
    Some(Case { call, ..case.clone() })
}

fn smaller_policies(policies: &Policies) -> Vec<Policies> {
    let mut found = Vec::new();
    for place in 0..policies.documents.len() {
        if policies.documents.len() > 1 {
            let mut fewer = policies.clone();
            fewer.documents.remove(place);
            found.push(fewer);
        }
        for document in smaller_nodes(&policies.documents[place]) {
            let mut smaller = policies.clone();
            smaller.documents[place] = document;
            found.push(smaller);
        }
    }
    if let Some(base) = &policies.base {
        found.push(Policies { base: None, ..policies.clone() });
        found.extend(smaller_nodes(base).into_iter().map(|base| Policies { base: Some(base), ..policies.clone() }));
    }
    found
}

/// The node without one of its parts, the largest parts first; and with a part in place of the whole.
fn smaller_nodes(node: &Node) -> Vec<Node> {
    let mut found = Vec::new();
    match node {
        Node::Map(entries) => {
            for place in 0..entries.len() {
                let without = || entries.iter().enumerate().filter(move |(other, _)| *other != place);
                found.push(Node::Map(without().map(|(_, entry)| entry.clone()).collect()));
                found.extend(
                    hoisted(&entries[place])
                        .into_iter()
                        .map(|hoisted| Node::Map(without().map(|(_, entry)| entry.clone()).chain(hoisted).collect())),
                );
            }
            for (place, (key, inner)) in entries.iter().enumerate() {
                for smaller in smaller_nodes(inner) {
                    let mut entries = entries.clone();
                    entries[place] = (key.clone(), smaller);
                    found.push(Node::Map(entries));
                }
            }
        }
        Node::List(items) => {
            for place in 0..items.len() {
                let mut fewer = items.clone();
                fewer.remove(place);
                found.push(Node::List(fewer));
            }
            for (place, inner) in items.iter().enumerate() {
                for smaller in smaller_nodes(inner) {
                    let mut items = items.clone();
                    items[place] = smaller;
                    found.push(Node::List(items));
                }
            }
        }
        Node::Plain(_) | Node::Text(_) => {}
    }
    found
}

/// What stands beneath `any`, `all`, `not`, `some`, `every`, in its place.
fn hoisted((key, inner): &(String, Node)) -> Vec<Vec<(String, Node)>> {
    let parts: Vec<&Node> = match (key.as_str(), inner) {
        ("any" | "all", Node::List(items)) => items.iter().collect(),
        ("not" | "some" | "every", inner) => vec![inner],
        _ => Vec::new(),
    };
    let entries = parts.into_iter().filter_map(|part| match part {
        Node::Map(entries) => Some(entries.clone()),
        _ => None,
    });
    entries.collect()
}

fn smaller_calls(call: &Call) -> Vec<Call> {
    let mut found: Vec<Call> = Vec::new();
    let mut with = |change: &dyn Fn(&mut ToolEnvelope)| {
        let mut envelope = (*call.envelope).clone();
        change(&mut envelope);
        found.push(Call { envelope: Arc::new(envelope), ..call.clone() });
    };
    let envelope = &call.envelope;
    smaller_objects(&envelope.args).into_iter().for_each(|args| with(&|call| call.args = args.clone()));
    smaller_objects(&envelope.metadata).into_iter().for_each(|object| with(&|call| call.metadata = object.clone()));
    let claims = smaller_objects(&envelope.principal.claims);
    claims.into_iter().for_each(|claims| with(&|call| call.principal.claims = claims.clone()));
    let texts: [fn(&mut ToolEnvelope) -> &mut Option<String>; 10] = [
        |call| &mut call.environment,
        |call| &mut call.server,
        |call| &mut call.session_id,
        |call| &mut call.cwd,
        |call| &mut call.principal.user_id,
        |call| &mut call.principal.service_id,
        |call| &mut call.principal.org_id,
        |call| &mut call.principal.role,
        |call| &mut call.principal.environment,
        |call| &mut call.principal.ticket_ref,
    ];
    let is_set = |text: &fn(&mut ToolEnvelope) -> &mut Option<String>| text(&mut (**envelope).clone()).is_some();
    texts.iter().filter(|text| is_set(text)).for_each(|text| with(&|call| *text(call) = None));
    if envelope.principal != Principal::default() {
        with(&|call| call.principal = Principal::default());
        with(&|call| call.principal.roles.clear());
    }
    found.retain(|smaller| size(smaller) < size(call));
    found.extend(plainer(call));
    found
}

/// How much a call says, roughly.
fn size(call: &Call) -> usize {
    call.to_string().len()
}

/// The call with one of its answers made plain.
fn plainer(call: &Call) -> Vec<Call> {
    let plain = Call::plain_answers();
    let mut found = Vec::new();
    let mut with = |change: &dyn Fn(&mut Call)| {
        let mut changed = call.clone();
        change(&mut changed);
        if changed.to_string() != call.to_string() {
            found.push(changed);
        }
    };
    with(&|call| call.answers = plain.clone());
    with(&|call| call.answers.facts.clear());
    with(&|call| call.answers.session.clone_from(&plain.session));
    with(&|call| call.answers.explain = false);
    with(&|call| call.answers.looks = false);
    with(&|call| call.answers.hook = None);
    with(&|call| call.answers.store = plain.store);
    with(&|call| call.answers.stale = 0);
    with(&|call| call.answers.dry = false);
    with(&|call| call.answers.granted = false);
    with(&|call| call.answers.written = true);
    with(&|call| call.answers.ending = plain.ending);
    with(&|call| call.output.value = Value::from("done"));
    found
}

fn smaller_objects(object: &Object) -> Vec<Object> {
    let mut found = Vec::new();
    for (key, value) in object.iter() {
        let rest = || object.iter().filter(move |(other, _)| *other != key);
        found.push(rest().map(|(key, value)| (key.to_owned(), value.clone())).collect());
        for smaller in smaller_values(value) {
            let mut object = object.clone();
            object.insert(key, smaller);
            found.push(object);
        }
    }
    found
}

fn smaller_values(value: &Value) -> Vec<Value> {
    match value {
        Value::Object(object) => smaller_objects(object).into_iter().map(Value::Object).collect(),
        Value::List(items) => (0..items.len())
            .map(|place| {
                let mut fewer = items.clone();
                fewer.remove(place);
                Value::List(fewer)
            })
            .collect(),
        _ => Vec::new(),
    }
}
