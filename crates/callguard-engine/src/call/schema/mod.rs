//! JSON Schemas of tools (2020-12): `tools[].schema`.
//!
//! The `jsonschema` crate validates; the keywords that look at numbers are ours, since it compares some through a
//! float and takes what is beyond a float as valid. Nothing is fetched, patterns run in linear time, `format` is
//! checked, and a keyword that would check nothing does not load.

mod graph;
mod keywords;
mod outline;
#[cfg(test)]
mod tests;

use super::facets::OperandError;
use crate::value::{Object, Value};
use jsonschema::{Draft, PatternOptions, ValidationError, Validator};
use regex::Regex;
use std::collections::HashSet;
use std::sync::Arc;

/// What a compiled pattern may take.
const PATTERN_LIMIT: usize = 256 << 10;

/// A compiled JSON Schema of a tool's arguments.
#[derive(Clone)]
pub struct ToolSchema {
    inner: Arc<Inner>,
}

struct Inner {
    written: Value,
    validator: Validator,
    explainable: bool,
    names: HashSet<String>,
    patterns: Vec<Regex>,
}

impl ToolSchema {
    /// Compiles a schema.
    ///
    /// # Errors
    /// It is no schema of 2020-12, checks nothing or can never hold for an object, has a keyword that the draft does not
    /// know, refers outside itself or to itself, or has a pattern that needs backtracking.
    pub fn compile(schema: &Value) -> Result<ToolSchema, OperandError> {
        let outline = outline::read(schema)?;
        let options = keywords::exact(jsonschema::options().offline())
            .with_draft(Draft::Draft202012)
            .should_validate_formats(true)
            .should_ignore_unknown_formats(false)
            .with_pattern_options(PatternOptions::regex().size_limit(PATTERN_LIMIT));
        let validator = options.build(&serde_json::Value::from(schema)).map_err(|error| refused(&error))?;
        let patterns = outline.patterns.iter().filter_map(|pattern| Regex::new(pattern).ok()).collect();
        Ok(ToolSchema {
            inner: Arc::new(Inner {
                written: schema.clone(),
                validator,
                explainable: outline.explainable,
                names: outline.names,
                patterns,
            }),
        })
    }

    /// Whether the arguments satisfy the schema; else why not, in words of the schema only.
    ///
    /// # Errors
    /// One sentence that names the argument and the keyword. It holds nothing of the arguments.
    pub fn check(&self, args: &Object) -> Result<(), String> {
        let args = serde_json::Value::Object(args.into());
        if self.inner.validator.is_valid(&args) {
            return Ok(());
        }
        let first =
            Some(()).filter(|()| self.inner.explainable).and_then(|()| self.inner.validator.validate(&args).err());
        Err(first.map_or_else(|| "the arguments do not satisfy the tool's schema".to_owned(), |error| broken(&error)))
    }

    /// As it was written.
    pub fn written(&self) -> &Value {
        &self.inner.written
    }

    /// Whether the schema names an argument, by itself or by a pattern.
    pub fn declares(&self, name: &str) -> bool {
        self.inner.names.contains(name) || self.inner.patterns.iter().any(|pattern| pattern.is_match(name))
    }
}

impl std::fmt::Debug for ToolSchema {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("ToolSchema").field("names", &self.inner.names).finish_non_exhaustive()
    }
}

/// What is wrong with the schema: policy text, so it may be quoted.
fn refused(error: &ValidationError<'_>) -> OperandError {
    let place = error.instance_path().as_str();
    let place = if place.is_empty() { String::new() } else { format!(" at `{place}`") };
    let said: Vec<String> = error.to_string().split_whitespace().map(str::to_owned).collect();
    OperandError {
        message: format!("the schema cannot be used{place}: {}", said.join(" ").trim_end_matches('.')),
        help: Some("schemas are JSON Schema 2020-12; patterns have no look-around and no backreferences".to_owned()),
    }
}

/// Which keyword the arguments break, and of which argument.
fn broken(error: &ValidationError<'_>) -> String {
    let steps: Vec<String> = error.schema_path().as_str().split('/').skip(1).map(unescape).collect();
    let argument = argument(&steps);
    let owner = if argument.is_empty() { "the arguments".to_owned() } else { format!("`{argument}`") };
    match error.kind() {
        jsonschema::error::ValidationErrorKind::Required { property } => {
            format!("{owner} must have `{}`", property.as_str().unwrap_or_default())
        }
        jsonschema::error::ValidationErrorKind::FalseSchema => format!("{owner} must not be there"),
        kind => format!(
            "{owner} must satisfy `{}` of the tool's schema",
            steps.last().map_or(kind.keyword(), String::as_str)
        ),
    }
}

fn unescape(step: &str) -> String {
    step.replace("~1", "/").replace("~0", "~")
}

/// The argument that a part of the schema is about, as the schema names it: `items[*].price`.
fn argument(steps: &[String]) -> String {
    let mut name = String::new();
    let mut steps = steps.iter();
    while let Some(step) = steps.next() {
        match step.as_str() {
            "properties" => {
                let key = steps.next().map_or("", String::as_str);
                name.push_str(if name.is_empty() { "" } else { "." });
                name.push_str(key);
            }
            "items" | "prefixItems" | "contains" | "unevaluatedItems" => name.push_str("[*]"),
            // The name of a definition, and keywords that take none.
            "$defs" | "patternProperties" | "dependentSchemas" => {
                steps.next();
            }
            _ => {}
        }
    }
    name
}
