//! What is recorded of a call, and what is hidden in it.

mod action;
pub mod coverage;
mod decode;
pub mod detect;
pub mod event;
mod hits;
pub mod output;
mod pattern;
pub mod redact;
pub mod result;
mod unescape;
mod wire;

use crate::value::{Object, Value};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// The text, if it looks like JSON with an object or a list in it.
fn json_text(text: &str) -> Option<&str> {
    let trimmed = text.trim();
    let closed =
        trimmed.starts_with('{') && trimmed.ends_with('}') || trimmed.starts_with('[') && trimmed.ends_with(']');
    closed.then_some(trimmed)
}

/// An object of entries whose keys may have become equal: later ones get a number.
fn rekeyed<'k>(entries: impl Iterator<Item = (Cow<'k, str>, Value)>) -> Object {
    let mut seen = HashSet::new();
    let mut numbers: HashMap<String, usize> = HashMap::new();
    let mut distinct = Vec::new();
    for (key, value) in entries {
        let mut name = key.clone().into_owned();
        while !seen.insert(name.clone()) {
            let number = numbers.entry(key.clone().into_owned()).or_insert(1);
            *number += 1;
            name = format!("{key} ({number})");
        }
        distinct.push((name, value));
    }
    Object::from_distinct(distinct)
}
