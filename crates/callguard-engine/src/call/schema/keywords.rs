//! The keywords that look at numbers, exactly.

use crate::value::Number;
use jsonschema::{Keyword, ValidationError, ValidationOptions};
use serde_json::Value as Json;
use std::collections::HashSet;

/// The options with every keyword replaced that could compare two numbers through a float.
pub(super) fn exact(mut options: ValidationOptions<'_>) -> ValidationOptions<'_> {
    for (name, holds) in BOUNDS {
        options = options.with_keyword(*name, move |_, operand, _| {
            let limit = number(operand).ok_or_else(|| refusal("a number"))?;
            Ok(Box::new(Test(move |value: &Json| number_holds(value, |number| holds(number, &limit)))) as BoxedKeyword)
        });
    }
    options
        .with_keyword("multipleOf", |_, operand, _| {
            let by = number(operand).filter(|by| !by.is_negative() && by.is_multiple_of(by).is_some());
            let by = by.ok_or_else(|| refusal("a number above zero with at most 18 digits"))?;
            Ok(Box::new(Test(move |value: &Json| {
                number_holds(value, |number| number.is_multiple_of(&by).unwrap_or(false))
            })) as BoxedKeyword)
        })
        .with_keyword("const", |_, operand, _| {
            let wanted = canonical(operand);
            Ok(Box::new(Test(move |value: &Json| canonical(value) == wanted)) as BoxedKeyword)
        })
        .with_keyword("enum", |_, operand, _| {
            let items =
                operand.as_array().filter(|items| !items.is_empty()).ok_or_else(|| refusal("a list of values"))?;
            let wanted: HashSet<String> = items.iter().map(canonical).collect();
            Ok(Box::new(Test(move |value: &Json| wanted.contains(&canonical(value)))) as BoxedKeyword)
        })
        .with_keyword("uniqueItems", |_, operand, _| {
            let unique = operand.as_bool().ok_or_else(|| refusal("`true` or `false`"))?;
            Ok(Box::new(Test(move |value: &Json| !unique || distinct(value))) as BoxedKeyword)
        })
        .with_keyword("type", |_, operand, _| {
            let types = types(operand).ok_or_else(|| refusal("a type or a list of types"))?;
            Ok(Box::new(Test(move |value: &Json| types.iter().any(|name| is_of_type(value, name)))) as BoxedKeyword)
        })
}

type BoxedKeyword = Box<dyn for<'i> Keyword<'i>>;
type Holds = fn(&Number, &Number) -> bool;

const BOUNDS: &[(&str, Holds)] = &[
    ("minimum", |value, limit| value >= limit),
    ("maximum", |value, limit| value <= limit),
    ("exclusiveMinimum", |value, limit| value > limit),
    ("exclusiveMaximum", |value, limit| value < limit),
];

/// A keyword that is a test of the value alone.
struct Test<T>(T);

impl<'i, T: Fn(&Json) -> bool + Send + Sync> Keyword<'i> for Test<T> {
    fn validate(&self, instance: &'i Json) -> Result<(), ValidationError<'i>> {
        match (self.0)(instance) {
            true => Ok(()),
            false => Err(ValidationError::custom("does not hold")),
        }
    }

    fn is_valid(&self, instance: &'i Json) -> bool {
        (self.0)(instance)
    }
}

fn refusal(wanted: &str) -> ValidationError<'static> {
    ValidationError::custom(format!("the keyword takes {wanted}"))
}

fn number(value: &Json) -> Option<Number> {
    value.as_number().and_then(|number| Number::parse(number.as_str()))
}

/// Of what is no number, bounds say nothing; a number that cannot be read holds no bound.
fn number_holds(value: &Json, test: impl Fn(&Number) -> bool) -> bool {
    !value.is_number() || number(value).is_some_and(|number| test(&number))
}

fn distinct(value: &Json) -> bool {
    let mut seen = HashSet::new();
    value.as_array().is_none_or(|items| items.iter().all(|item| seen.insert(canonical(item))))
}

fn types(operand: &Json) -> Option<Vec<String>> {
    const KNOWN: [&str; 7] = ["array", "boolean", "integer", "null", "number", "object", "string"];
    let one = |item: &Json| item.as_str().filter(|name| KNOWN.contains(name)).map(str::to_owned);
    match operand {
        Json::Array(items) => items.iter().map(one).collect(),
        single => Some(vec![one(single)?]),
    }
}

fn is_of_type(value: &Json, name: &str) -> bool {
    match value {
        Json::Null => name == "null",
        Json::Bool(_) => name == "boolean",
        Json::Number(_) => {
            name == "number" || name == "integer" && number(value).is_some_and(|number| number.is_integer())
        }
        Json::String(_) => name == "string",
        Json::Array(_) => name == "array",
        Json::Object(_) => name == "object",
    }
}

/// A text that values share which JSON Schema takes as equal, and others do not.
fn canonical(value: &Json) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

// INVARIANT: values are at most 64 deep, since every reader bounds them.
fn write(value: &Json, out: &mut String) {
    match value {
        Json::Number(_) => out.push_str(&number(value).map_or_else(|| value.to_string(), |number| number.canonical())),
        Json::Array(items) => {
            out.push('[');
            items.iter().for_each(|item| {
                write(item, out);
                out.push(',');
            });
            out.push(']');
        }
        Json::Object(object) => {
            out.push('{');
            let mut entries: Vec<(&String, &Json)> = object.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            entries.into_iter().for_each(|(key, item)| {
                out.push_str(&Json::from(key.as_str()).to_string());
                out.push(':');
                write(item, out);
                out.push(',');
            });
            out.push('}');
        }
        scalar => out.push_str(&scalar.to_string()),
    }
}
