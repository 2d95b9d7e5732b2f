//! What of a schema can be said without arguments: its keywords exist, its references stay within it and end.

use super::graph::Graph;
use crate::call::facets::OperandError;
use crate::diagnostic::did_you_mean;
use crate::value::{Object, Value};
use std::collections::HashSet;

/// What a keyword holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    /// No schema.
    Plain,
    /// A schema, or some, of the same value.
    Same(Shape),
    /// A schema, or some, of parts of the value.
    Part(Shape),
    /// Schemas of nothing until something refers to them.
    Definitions,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    One,
    List,
    Map,
}

use Holds::{Definitions, Part, Plain, Same};
use Shape::{List, Map, One};

/// The keywords of 2020-12 but for the dynamic ones.
const KEYWORDS: &[(&str, Holds)] = &[
    ("$schema", Plain),
    ("$id", Plain),
    ("$anchor", Plain),
    ("$comment", Plain),
    ("$ref", Plain),
    ("$defs", Definitions),
    ("allOf", Same(List)),
    ("anyOf", Same(List)),
    ("oneOf", Same(List)),
    ("not", Same(One)),
    ("if", Same(One)),
    ("then", Same(One)),
    ("else", Same(One)),
    ("dependentSchemas", Same(Map)),
    ("properties", Part(Map)),
    ("patternProperties", Part(Map)),
    ("additionalProperties", Part(One)),
    ("propertyNames", Part(One)),
    ("items", Part(One)),
    ("prefixItems", Part(List)),
    ("contains", Part(One)),
    ("unevaluatedItems", Part(One)),
    ("unevaluatedProperties", Part(One)),
    ("contentSchema", Plain),
    ("type", Plain),
    ("const", Plain),
    ("enum", Plain),
    ("multipleOf", Plain),
    ("maximum", Plain),
    ("exclusiveMaximum", Plain),
    ("minimum", Plain),
    ("exclusiveMinimum", Plain),
    ("maxLength", Plain),
    ("minLength", Plain),
    ("pattern", Plain),
    ("maxItems", Plain),
    ("minItems", Plain),
    ("uniqueItems", Plain),
    ("maxContains", Plain),
    ("minContains", Plain),
    ("maxProperties", Plain),
    ("minProperties", Plain),
    ("required", Plain),
    ("dependentRequired", Plain),
    ("format", Plain),
    ("contentEncoding", Plain),
    ("contentMediaType", Plain),
    ("title", Plain),
    ("description", Plain),
    ("default", Plain),
    ("deprecated", Plain),
    ("readOnly", Plain),
    ("writeOnly", Plain),
    ("examples", Plain),
];

/// Keywords that say nothing about a value.
const ANNOTATIONS: [&str; 12] = [
    "$schema",
    "$id",
    "$anchor",
    "$comment",
    "$defs",
    "title",
    "description",
    "default",
    "deprecated",
    "readOnly",
    "writeOnly",
    "examples",
];

/// Up to how many schemas, references followed, an error can be looked for in good time.
const MAX_EXPLAINED: usize = 2_000;

/// What can be said without arguments.
pub(super) struct Outline {
    /// Whether looking for what is broken takes no more than the size of the arguments times a bound. (A schema that
    /// contains itself can have exponentially many errors, though not to say *that* it is broken.)
    pub(super) explainable: bool,
    /// Arguments that are named.
    pub(super) names: HashSet<String>,
    /// Patterns of names.
    pub(super) patterns: Vec<String>,
}

pub(super) fn read(schema: &Value) -> Result<Outline, OperandError> {
    let Value::Object(root) = schema else {
        return Err(error("a schema is a mapping of keywords", "e.g. `{ type: object, required: [amount] }`"));
    };
    if root.iter().all(|(keyword, _)| ANNOTATIONS.contains(&keyword)) {
        return Err(error(
            "the schema checks nothing",
            "say what arguments must be, e.g. with `properties` and `required`",
        ));
    }
    check_root(root)?;
    let graph = Graph::read(schema)?;
    let expansion = graph.expand()?;
    Ok(graph.outline(!expansion.recursive && expansion.size <= MAX_EXPLAINED))
}

pub(super) fn error(message: impl Into<String>, help: impl Into<String>) -> OperandError {
    OperandError { message: message.into(), help: Some(help.into()) }
}

fn check_root(root: &Object) -> Result<(), OperandError> {
    let object = |value: &Value| value.as_str() == Some("object");
    let possible = match root.get("type") {
        Some(Value::List(types)) => types.iter().any(object),
        Some(one) => object(one),
        None => true,
    };
    if !possible {
        return Err(error("the schema's `type` is not `object`, but arguments always are", "write `type: object`"));
    }
    match root.get("$schema").and_then(Value::as_str) {
        Some(draft) if draft.trim_end_matches('#') != "https://json-schema.org/draft/2020-12/schema" => Err(error(
            format!("`{draft}` is not the draft of tool schemas"),
            "schemas are JSON Schema 2020-12; leave `$schema` out, and check the keywords that changed",
        )),
        _ => Ok(()),
    }
}

pub(super) fn known(keyword: &str, at: &str) -> Result<Holds, OperandError> {
    if let Some((_, holds)) = KEYWORDS.iter().find(|(name, _)| *name == keyword) {
        return Ok(*holds);
    }
    let help = match keyword {
        "definitions" => "write `$defs`".to_owned(),
        "dependencies" => "write `dependentRequired` or `dependentSchemas`".to_owned(),
        "additionalItems" => "write `items`, beside `prefixItems`".to_owned(),
        "nullable" => "write `type: [string, \"null\"]`".to_owned(),
        "$dynamicRef" | "$dynamicAnchor" | "$recursiveRef" => "write `$ref`".to_owned(),
        _ => did_you_mean(keyword, KEYWORDS.iter().map(|(name, _)| *name)).map_or_else(
            || "a keyword that checks nothing is refused".to_owned(),
            |near| format!("did you mean `{near}`?"),
        ),
    };
    Err(error(format!("`{at}` is not a keyword of tool schemas"), help))
}
