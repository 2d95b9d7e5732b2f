//! Schemas of conditions: fixed selectors as properties, operators by group.

use super::super::register::Place;
use super::super::register::operators::{COMPARISONS, OPERATORS, OperatorGroup, OperatorRow, Takes};
use super::super::register::selectors::{Domain, Form, SELECTORS, SelectorRow, Shape};
use super::shapes::{detect_kinds, reference, text};
use super::{Defs, described};
use crate::policy::model::JsonType;
use serde_json::{Map, Value, json};

/// A condition that stands in a kind of contract; without one, in any.
pub(super) fn condition(place: Option<Place>, defs: &mut Defs) -> Value {
    let name = match place {
        Some(Place::Precondition) => "condition-of-precondition",
        Some(Place::Session) => "condition-of-session-contract",
        Some(Place::Postcondition) => "condition-of-postcondition",
        _ => "condition",
    };
    defs.refer(name, |defs| {
        let itself = json!({ "$ref": format!("#/$defs/{name}") });
        let several = json!({ "type": "array", "minItems": 1, "items": itself });
        let mut properties = Map::new();
        for (word, doc, schema) in [
            ("all", "every one of these", &several),
            ("any", "at least one of these", &several),
            ("not", "not this", &itself),
        ] {
            properties.insert(word.to_owned(), explained(doc, schema.clone()));
        }
        let mut patterns = Map::new();
        for row in SELECTORS.iter().filter(|row| place.is_none_or(|place| row.places.contains(&place))) {
            let schema = explained(row.doc, tested(row, defs));
            match pattern(row) {
                None => properties.insert(row.name.to_owned(), schema),
                Some(pattern) => patterns.insert(pattern, schema),
            };
        }
        let mut schema = described("what must hold: every entry of the map", None);
        schema.insert("type".to_owned(), json!("object"));
        schema.insert("minProperties".to_owned(), json!(1));
        schema.insert("properties".to_owned(), Value::Object(properties));
        schema.insert("patternProperties".to_owned(), Value::Object(patterns));
        schema.insert("additionalProperties".to_owned(), json!(false));
        Value::Object(schema)
    })
}

fn explained(doc: &str, schema: Value) -> Value {
    let mut whole = described(doc, None);
    if let Value::Object(schema) = schema {
        whole.extend(schema);
    }
    Value::Object(whole)
}

/// The selectors of a family, as a regex; `None` for a fixed one.
pub(super) fn pattern(row: &SelectorRow) -> Option<String> {
    let stem = row.stem().replace('.', "\\.");
    let key = r#"\.[^.\[\]\s"'*$]+"#;
    let quoted = r#"\["([^"\\]|\\.)*"\]"#;
    match row.form {
        Form::Fixed(_) => None,
        Form::Open(_) => Some(format!(r"^{stem}({key}|{quoted}|\[(0|[1-9][0-9]*)\]|\[\*\])+$")),
        Form::PerTool(_) => Some(format!("^{stem}{quoted}$")),
    }
}

/// What stands under a selector: a scalar, a list, or a map of operators.
fn tested(row: &SelectorRow, defs: &mut Defs) -> Value {
    let name = match row.domain {
        Domain::Words(words) => format!("tests-of-{}", words.first().copied().unwrap_or_default()),
        Domain::Free | Domain::Whole(..) => format!("tests-of-{}", shape_name(row.shape)),
    };
    let (shape, domain) = (row.shape, row.domain);
    defs.refer(&name, |defs| {
        let itself = json!({ "$ref": format!("#/$defs/{name}") });
        let mut forms = Vec::new();
        if takes("equals", shape) {
            forms.push(value(shape, domain));
        }
        if takes("in", shape) {
            forms.push(json!({ "type": "array", "minItems": 1, "items": or_text(value(shape, domain), shape) }));
        }
        forms.push(operators(shape, domain, itself, defs));
        forms.push(reference(defs));
        json!({ "anyOf": forms })
    })
}

fn takes(operator: &str, shape: Shape) -> bool {
    OPERATORS.iter().any(|row| row.name == operator && row.on.contains(&shape))
}

fn operators(shape: Shape, domain: Domain, itself: Value, defs: &mut Defs) -> Value {
    let mut properties = Map::new();
    for row in OPERATORS.iter().filter(|row| row.on.contains(&shape) || (row.name == "count" && may_be_many(shape))) {
        let equality = matches!(row.name, "equals" | "not_equals" | "in" | "not_in");
        let schema = match equality {
            true => explained(row.doc, one_or_many(or_text(value(shape, domain), shape), defs)),
            false => grouped(row, defs),
        };
        properties.insert(row.name.to_owned(), schema);
    }
    if OPERATORS.iter().any(|row| row.folds() && row.on.contains(&shape)) && !shape.is_facet() {
        properties.insert(
            "ignore_case".to_owned(),
            explained("folds case in the text operators beside it", json!({ "type": "boolean" })),
        );
    }
    if may_be_many(shape) {
        properties.insert("some".to_owned(), explained("at least one value satisfies", itself.clone()));
        properties.insert("every".to_owned(), explained("every value satisfies", itself));
    }
    json!({
        "type": "object",
        "minProperties": 1,
        "properties": properties,
        "patternProperties": { "^x_": { "description": "An operator of the host." } },
        "additionalProperties": false,
    })
}

/// Whether selectors of the shape can have many values.
fn may_be_many(shape: Shape) -> bool {
    matches!(shape, Shape::Any | Shape::Text) || shape.is_facet()
}

/// The operator in the definition of its group.
fn grouped(row: &OperatorRow, defs: &mut Defs) -> Value {
    let group = row.groups.first().copied().unwrap_or(OperatorGroup::Equality);
    let name = format!("{}-operators", group.as_str());
    defs.refer(&name, |defs| {
        let mut properties = Map::new();
        for row in OPERATORS.iter().filter(|row| row.groups.first() == Some(&group)) {
            properties.insert(row.name.to_owned(), explained(row.doc, operand(row, defs)));
        }
        json!({ "properties": properties })
    });
    json!({ "$ref": format!("#/$defs/{name}/properties/{}", row.name) })
}

fn operand(row: &OperatorRow, defs: &mut Defs) -> Value {
    match row.takes {
        Takes::Flag(_) | Takes::TypedFlag(_) => json!({ "anyOf": [{ "type": "boolean" }, reference(defs)] }),
        Takes::Scalars { .. } | Takes::Texts(_) => one_or_many(text(), defs),
        Takes::Ordered(_) => json!({ "type": ["number", "string"] }),
        Takes::Length(_) => json!({ "anyOf": [{ "type": "integer", "minimum": 0 }, reference(defs)] }),
        Takes::Count => count(defs),
        Takes::Types => {
            let mut words: Vec<Value> = JsonType::ALL.iter().map(|(word, _)| json!(word)).collect();
            words.push(Value::Null);
            one_or_many(json!({ "enum": words }), defs)
        }
        Takes::Detectors => one_or_many(detect_kinds(defs), defs),
        // A plain `~` is null to YAML, and the home among paths.
        Takes::Typed(_) if row.is_of(Shape::Paths) => {
            one_or_many(json!({ "type": ["string", "number", "boolean", "null"] }), defs)
        }
        Takes::Typed(_) => one_or_many(text(), defs),
        Takes::Ports(_) => one_or_many(json!({ "type": "integer", "minimum": 1, "maximum": 65535 }), defs),
    }
}

fn count(defs: &mut Defs) -> Value {
    let bound = json!({ "anyOf": [{ "type": "number" }, reference(defs)] });
    let comparisons: Map<String, Value> =
        COMPARISONS.iter().map(|(name, _)| ((*name).to_owned(), bound.clone())).collect();
    json!({ "anyOf": [
        { "type": "integer", "minimum": 0 },
        { "type": "object", "minProperties": 1, "properties": comparisons, "additionalProperties": false },
        reference(defs),
    ] })
}

/// One, or a list of them; each may be a name or a field.
fn one_or_many(one: Value, defs: &mut Defs) -> Value {
    let one = json!({ "anyOf": [one, reference(defs)] });
    json!({ "anyOf": [one, { "type": "array", "minItems": 1, "items": one }] })
}

/// What a value of a shape can equal.
fn value(shape: Shape, domain: Domain) -> Value {
    match (shape, domain) {
        (_, Domain::Words(words)) => json!({ "enum": words }),
        (Shape::Number, Domain::Whole(least, most)) => {
            let mut schema =
                Map::from_iter([("type".to_owned(), json!("integer")), ("minimum".to_owned(), json!(least))]);
            schema.extend(most.map(|most| ("maximum".to_owned(), json!(most))));
            Value::Object(schema)
        }
        (Shape::Number, _) => json!({ "type": "number" }),
        (Shape::Boolean, _) => json!({ "type": "boolean" }),
        (Shape::Any | Shape::List | Shape::Object, _) => text(),
        _ => json!({ "type": "string" }),
    }
}

/// In a list, and beneath an operator, `"${selector}"` can stand for a value.
fn or_text(schema: Value, shape: Shape) -> Value {
    if shape.is_facet() || schema.get("type") == Some(&json!("string")) || shape == Shape::Any {
        return schema;
    }
    json!({ "anyOf": [schema, { "type": "string", "pattern": "^\\$" }] })
}

fn shape_name(shape: Shape) -> &'static str {
    match shape {
        Shape::Any => "any-value",
        Shape::Name => "a-name",
        Shape::Text => "text",
        Shape::Word => "a-word",
        Shape::Number => "a-number",
        Shape::Boolean => "a-boolean",
        Shape::Date => "a-date",
        Shape::Names => "names",
        Shape::List => "a-list",
        Shape::Object => "an-object",
        Shape::Paths => "paths",
        Shape::Commands => "commands",
        Shape::Urls => "urls",
        Shape::Hosts => "hosts",
        Shape::Statements => "sql",
    }
}
