//! JSON values as the engine sees them: numbers exact, keys in order and never twice.

mod decimal;
mod json;
mod number;

pub use decimal::{Decimal, DecimalRange};
pub(crate) use json::write_escaped;
pub use json::{JsonError, JsonErrorKind, JsonLimits, parse_json, parse_json_with, write_json, write_json_into};
pub use number::Number;

#[cfg(test)]
pub(crate) use json::tests::any_value;

use std::collections::HashMap;

/// A JSON value whose numbers are exact and whose objects keep their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// `null`; selectors read it as missing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, kept as it was written and compared as a decimal.
    Number(Number),
    /// A string.
    String(String),
    /// An array.
    List(Vec<Value>),
    /// An object.
    Object(Object),
}

/// An object: entries in the order they were written, each key once. Equality does not ask for the order.
#[derive(Clone, Debug, Default)]
pub struct Object {
    entries: Vec<(String, Value)>,
}

impl Object {
    /// The value under `key`.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.entries.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// Puts `value` under `key`, replacing what stood there.
    pub fn insert(&mut self, key: impl Into<String>, value: Value) {
        let key = key.into();
        match self.entries.iter_mut().find(|(name, _)| *name == key) {
            Some((_, old)) => *old = value,
            None => self.entries.push((key, value)),
        }
    }

    /// The entries in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.entries.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// The entries in order, values to be changed in place.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&str, &mut Value)> {
        self.entries.iter_mut().map(|(key, value)| (key.as_str(), value))
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// An object of entries whose keys are known to differ (the JSON reader has checked them).
    pub(crate) fn from_distinct(entries: Vec<(String, Value)>) -> Object {
        Object { entries }
    }
}

impl PartialEq for Object {
    fn eq(&self, other: &Object) -> bool {
        if self.len() != other.len() {
            return false;
        }
        if self.iter().eq(other.iter()) {
            return true;
        }
        let theirs: HashMap<&str, &Value> = other.iter().collect();
        self.iter().all(|(key, value)| theirs.get(key) == Some(&value))
    }
}

impl Eq for Object {}

impl FromIterator<(String, Value)> for Object {
    /// Later entries replace earlier ones of the same key, in the place of the earlier.
    fn from_iter<I: IntoIterator<Item = (String, Value)>>(entries: I) -> Object {
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut distinct: Vec<(String, Value)> = Vec::new();
        for (key, value) in entries {
            match places.get(&key).and_then(|place| distinct.get_mut(*place)) {
                Some((_, old)) => *old = value,
                None => {
                    places.insert(key.clone(), distinct.len());
                    distinct.push((key, value));
                }
            }
        }
        Object { entries: distinct }
    }
}

impl Value {
    /// The string, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The name of the value's type, as `is:` spells it.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::List(_) => "list",
            Value::Object(_) => "object",
        }
    }

    /// Every string in the value at any depth, keys of objects not included.
    pub fn strings(&self) -> Vec<&str> {
        let mut found = Vec::new();
        let mut rest = vec![self];
        while let Some(value) = rest.pop() {
            match value {
                Value::String(text) => found.push(text.as_str()),
                Value::List(items) => rest.extend(items.iter().rev()),
                Value::Object(object) => rest.extend(object.entries.iter().rev().map(|(_, value)| value)),
                Value::Null | Value::Bool(_) | Value::Number(_) => {}
            }
        }
        found
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::String(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::String(text)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Value {
        Value::Bool(flag)
    }
}

impl From<i32> for Value {
    fn from(number: i32) -> Value {
        Value::from(i64::from(number))
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Value {
        Value::Number(Number::from(number))
    }
}

impl From<Vec<Value>> for Value {
    fn from(items: Vec<Value>) -> Value {
        Value::List(items)
    }
}

impl From<Object> for Value {
    fn from(object: Object) -> Value {
        Value::Object(object)
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Value {
        Value::Number(Number::from(number))
    }
}
