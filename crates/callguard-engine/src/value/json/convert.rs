//! To and from `serde_json::Value`, for code that speaks it.
//!
//! Never a way to read untrusted *text*: with arbitrary precision `serde_json` takes an object with a certain private
//! key for a number, and keeps the last of two equal keys. [`super::parse_json`] reads text.

use super::{JsonError, JsonErrorKind};
use crate::value::{Number, Object, Value};

impl TryFrom<&serde_json::Value> for Value {
    type Error = JsonError;

    /// Fails on a number whose exponent is beyond an `i64`, and on nesting deeper than 64.
    fn try_from(json: &serde_json::Value) -> Result<Value, JsonError> {
        convert(json, super::JsonLimits::ARGUMENTS.depth)
    }
}

fn convert(json: &serde_json::Value, depth: usize) -> Result<Value, JsonError> {
    let deeper = || depth.checked_sub(1).ok_or(JsonError::new(JsonErrorKind::TooDeep, 0));
    Ok(match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(flag) => Value::Bool(*flag),
        serde_json::Value::Number(number) => {
            Value::Number(Number::parse(number.as_str()).ok_or(JsonError::new(JsonErrorKind::Number, 0))?)
        }
        serde_json::Value::String(text) => Value::String(text.clone()),
        serde_json::Value::Array(items) => {
            let depth = deeper()?;
            Value::List(items.iter().map(|item| convert(item, depth)).collect::<Result<_, _>>()?)
        }
        serde_json::Value::Object(map) => {
            let depth = deeper()?;
            let entries = map.iter().map(|(key, item)| Ok((key.clone(), convert(item, depth)?)));
            Value::Object(Object::from_distinct(entries.collect::<Result<_, _>>()?))
        }
    })
}

impl From<&Value> for serde_json::Value {
    /// Numbers keep their value to the last digit; `1E2` may come out as `1e+2`.
    fn from(value: &Value) -> serde_json::Value {
        match value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(flag) => serde_json::Value::Bool(*flag),
            // INVARIANT: a `Number` is in JSON's grammar, so the text never has to stand for itself.
            Value::Number(number) => number
                .as_str()
                .parse()
                .map_or_else(|_| serde_json::Value::String(number.as_str().to_owned()), serde_json::Value::Number),
            Value::String(text) => serde_json::Value::String(text.clone()),
            Value::List(items) => items.iter().map(serde_json::Value::from).collect(),
            Value::Object(object) => serde_json::Value::Object(serde_json::Map::from(object)),
        }
    }
}

impl From<&Object> for serde_json::Map<String, serde_json::Value> {
    fn from(object: &Object) -> serde_json::Map<String, serde_json::Value> {
        object.iter().map(|(key, value)| (key.to_owned(), value.into())).collect()
    }
}
