//! Makes a situation small without changing what it shows.

use super::place::Who;
use super::situation::Situation;
use callguard_engine::value::{Object, Value};

/// The smallest that is found by leaving things out, one after the other, as long as `shows` holds.
pub(crate) fn shrink(situation: Situation, shows: impl Fn(&Situation) -> bool) -> Situation {
    let mut best = situation;
    loop {
        let smaller = smaller(&best).into_iter().find(|candidate| shows(candidate));
        match smaller {
            Some(smaller) => best = smaller,
            None => return best,
        }
    }
}

/// The same with one thing less, in each way that there is.
fn smaller(of: &Situation) -> Vec<Situation> {
    let mut found = Vec::new();
    let mut with = |change: &dyn Fn(&mut Situation)| {
        let mut other = of.clone();
        change(&mut other);
        found.push(other);
    };
    for args in less(&of.call.args) {
        with(&|other| other.call.args = args.clone());
    }
    for metadata in less(&of.call.metadata) {
        with(&|other| other.call.metadata = metadata.clone());
    }
    for claims in less(&of.call.principal.claims) {
        with(&|other| other.call.principal.claims = claims.clone());
    }
    for index in 0..of.call.principal.roles.len() {
        with(&|other| {
            other.call.principal.roles.remove(index);
        });
    }
    for who in Who::ALL {
        if who.field(&mut of.call.principal.clone()).is_some() {
            with(&|other| *who.field(&mut other.call.principal) = None);
        }
    }
    if of.call.environment.is_some() {
        with(&|other| other.call.environment = None);
    }
    if of.call.server.is_some() {
        with(&|other| other.call.server = None);
    }
    for label in &of.session.labels {
        with(&|other| {
            other.session.labels.remove(label);
        });
    }
    for counter in of.counters.keys() {
        with(&|other| {
            other.counters.remove(counter);
        });
    }
    found.extend(quieter(of));
    found
}

/// The same with a session in which less has happened.
fn quieter(of: &Situation) -> Vec<Situation> {
    let mut found = Vec::new();
    let session = &of.session;
    if session.calls > 0 || session.attempts > 0 || session.consecutive_failures > 0 || !session.calls_of.is_empty() {
        let mut other = of.clone();
        other.session.attempts = 0;
        other.session.calls = 0;
        other.session.consecutive_failures = 0;
        other.session.calls_of.clear();
        other.complete();
        if other.session != of.session {
            found.push(other);
        }
    }
    found
}

/// An object without one of its entries, or with a smaller one.
fn less(object: &Object) -> Vec<Object> {
    let mut found = Vec::new();
    for (key, value) in object.iter() {
        let rest = object.iter().filter(|(other, _)| *other != key);
        found.push(rest.map(|(key, value)| (key.to_owned(), value.clone())).collect());
        for smaller in less_of(value) {
            let with = object
                .iter()
                .map(|(other, value)| (other.to_owned(), if other == key { smaller.clone() } else { value.clone() }));
            found.push(with.collect());
        }
    }
    found
}

fn less_of(value: &Value) -> Vec<Value> {
    match value {
        Value::Object(object) => less(object).into_iter().map(Value::Object).collect(),
        Value::List(items) => (0..items.len())
            .map(|index| {
                let rest = items.iter().enumerate().filter(|(other, _)| *other != index);
                Value::List(rest.map(|(_, item)| item.clone()).collect())
            })
            .collect(),
        _ => Vec::new(),
    }
}
