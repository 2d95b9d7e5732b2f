//! JSON Schemas of tools (draft 2020-12), compiled once and held against arguments.
//!
//! Regexes run in linear time, references stay within the schema, and no schema can send the validator in circles.

mod refs;

use super::facets::OperandError;
use crate::value::{Object, Value};
use jsonschema::{Draft, PatternOptions, Validator};
use std::fmt;
use std::sync::Arc;

/// Bytes that a compiled `pattern` may take.
const REGEX_BYTES: usize = 256 << 10;

/// A compiled JSON Schema of a tool's arguments.
#[derive(Clone)]
pub struct ToolSchema {
    validator: Arc<Validator>,
    properties: Arc<[String]>,
}

impl ToolSchema {
    /// Compiles a schema.
    ///
    /// # Errors
    /// It is not a schema of draft 2020-12, refers to something outside itself, or to itself without an end.
    pub fn compile(schema: &Value) -> Result<ToolSchema, OperandError> {
        refs::check(schema)?;
        let json = serde_json::Value::from(schema);
        let options = jsonschema::options().with_draft(Draft::Draft202012).offline();
        let patterns = PatternOptions::regex().size_limit(REGEX_BYTES);
        let validator = options.with_pattern_options(patterns).build(&json).map_err(|error| OperandError {
            message: format!("this is not a JSON Schema: {error}"),
            help: Some(format!("see `{}` in it; schemas are of draft 2020-12", error.instance_path())),
        })?;
        let properties = match schema {
            Value::Object(schema) => schema.get("properties"),
            _ => None,
        };
        let names = match properties {
            Some(Value::Object(properties)) => properties.iter().map(|(name, _)| name.to_owned()).collect(),
            _ => Arc::default(),
        };
        Ok(ToolSchema { validator: Arc::new(validator), properties: names })
    }

    /// Whether the arguments satisfy the schema; else which part of it they fail, without a word of theirs.
    ///
    /// # Errors
    /// They do not satisfy it.
    pub fn check(&self, args: &Object) -> Result<(), String> {
        let instance = serde_json::Value::Object(args.into());
        self.validator
            .validate(&instance)
            .map_err(|error| format!("the arguments do not fit the tool's schema at `{}`", error.schema_path()))
    }

    /// Whether the schema names a property.
    pub fn declares(&self, name: &str) -> bool {
        self.properties.iter().any(|known| known == name)
    }
}

impl fmt::Debug for ToolSchema {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("ToolSchema").field("properties", &self.properties).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::ToolSchema;
    use crate::value::{Value, parse_json};

    fn schema(text: &str) -> Result<ToolSchema, String> {
        ToolSchema::compile(&parse_json(text.as_bytes()).unwrap()).map_err(|error| error.message)
    }

    fn fits(schema: &ToolSchema, text: &str) -> Result<(), String> {
        match parse_json(text.as_bytes()).unwrap() {
            Value::Object(args) => schema.check(&args),
            other => panic!("{other:?} is no object"),
        }
    }

    #[test]
    fn arguments_are_held_against_it_and_not_repeated() {
        let transfer = schema(
            r#"{"type": "object", "required": ["amount", "to"], "additionalProperties": false,
                "properties": {"amount": {"type": "number", "maximum": 0.3}, "to": {"type": "string"}}}"#,
        )
        .unwrap();
        assert_eq!(fits(&transfer, r#"{"amount": 0.3, "to": "x"}"#), Ok(()));
        // Not through a float: 0.1 + 0.2 would pass as well.
        let more = fits(&transfer, r#"{"amount": 0.30000000000000000001, "to": "x"}"#).unwrap_err();
        assert!(more.ends_with("at `/properties/amount/maximum`"), "{more}");
        let other = fits(&transfer, r#"{"amount": 0.1, "to": "x", "sneaky words": 1}"#).unwrap_err();
        assert!(!other.contains("sneaky"), "{other}");
        assert!(transfer.declares("to") && !transfer.declares("from"));
    }

    #[test]
    fn what_is_no_schema_is_refused() {
        for wrong in [
            r#"{"type": "strnig"}"#,
            r#"{"properties": []}"#,
            r#"{"pattern": "(?=a)"}"#,
            r#"{"pattern": "(a{1000}){1000}"}"#,
            r##"{"$ref": "#/$defs/nothing"}"##,
            r#"{"$ref": "https://example.com/schema.json"}"#,
        ] {
            assert!(schema(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn circles_are_refused_unless_they_go_down_into_the_arguments() {
        for circle in [
            r##"{"$ref": "#"}"##,
            r##"{"allOf": [{"$ref": "#"}]}"##,
            r##"{"$ref": "#/$defs/a", "$defs": {"a": {"not": {"$ref": "#/$defs/b"}}, "b": {"$ref": "#/$defs/a"}}}"##,
            r##"{"$ref": "#a", "$defs": {"a": {"$anchor": "a", "anyOf": [{"$dynamicRef": "#a"}]}}}"##,
        ] {
            assert!(schema(circle).unwrap_err().contains("circle"), "{circle}");
        }
        let tree = schema(r##"{"properties": {"next": {"$ref": "#"}, "n": {"type": "number"}}}"##).unwrap();
        assert_eq!(fits(&tree, r#"{"n": 1, "next": {"n": 2, "next": {}}}"#), Ok(()));
        assert!(fits(&tree, r#"{"next": {"next": {"n": "x"}}}"#).is_err());
    }

    #[test]
    fn a_long_chain_of_references_is_refused() {
        let links = (0..2000).map(|n| format!(r##""d{n}": {{"$ref": "#/$defs/d{}"}}"##, n + 1));
        let defs = links.collect::<Vec<_>>().join(",");
        let chain = format!(r##"{{"$ref": "#/$defs/d0", "$defs": {{{defs}, "d2000": {{}}}}}}"##);
        assert!(schema(&chain).is_err());
    }
}
