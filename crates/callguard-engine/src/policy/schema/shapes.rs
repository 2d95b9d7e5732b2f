//! Schemas of keys and of what stands under them.

use super::super::read::ARG_TYPES;
use super::super::register::Place;
use super::super::register::keys::{Key, KeyTable, Shape, Word};
use super::super::register::selectors::{Form, SELECTORS};
use super::{Defs, conditions, described, place_of};
use crate::audit::detect::DetectKind;
use serde_json::{Map, Value, json};

/// In which part of a document a shape stands.
#[derive(Clone, Copy)]
pub(super) enum Within {
    /// Where `$name` can stand for a definition, and in which kind of contract.
    Spec(Option<Place>),
    /// Elsewhere.
    Plain,
}

/// A mapping with fixed keys.
pub(super) fn table(table: &'static KeyTable, within: Within, defs: &mut Defs) -> Value {
    let within = match (within, place_of(table)) {
        (Within::Spec(_), Some(place)) => Within::Spec(Some(place)),
        (within, _) => within,
    };
    let mut properties = Map::new();
    for key in table.keys {
        properties.insert(key.name.to_owned(), under(key, within, defs));
    }
    let required: Vec<&str> = table.keys.iter().filter(|key| key.required).map(|key| key.name).collect();
    let mut schema = described(table.doc, None);
    schema.insert("type".to_owned(), json!("object"));
    schema.insert("properties".to_owned(), Value::Object(properties));
    if !required.is_empty() {
        schema.insert("required".to_owned(), json!(required));
    }
    schema.insert("additionalProperties".to_owned(), json!(false));
    Value::Object(schema)
}

/// What stands under a key.
fn under(key: &Key, within: Within, defs: &mut Defs) -> Value {
    // In calls and in what is written for people, `$` is itself.
    let verbatim = matches!(key.name, "id" | "description" | "message" | "examples" | "schema" | "patterns" | "define");
    let within = if verbatim { Within::Plain } else { within };
    let mut schema = described(key.doc, key.default);
    match of(key.shape, within, defs) {
        Value::Object(shape) => schema.extend(shape),
        other => return other,
    }
    if let Some(default) = key.default.and_then(|default| default_value(default, key.shape)) {
        schema.insert("default".to_owned(), default);
    }
    Value::Object(schema)
}

/// A default, which registers keep as it would be written.
fn default_value(written: &str, shape: Shape) -> Option<Value> {
    match written {
        "true" | "false" => Some(json!(written == "true")),
        "[]" => Some(json!([])),
        "{}" => Some(json!({})),
        word if matches!(shape, Shape::Word(_) | Shape::Text | Shape::Duration | Shape::TimeZone) => Some(json!(word)),
        number => number.parse::<u64>().ok().map(|number| json!(number)),
    }
}

fn of(shape: Shape, within: Within, defs: &mut Defs) -> Value {
    match shape {
        Shape::Text | Shape::Regex | Shape::TimeZone | Shape::ToolGlob => text(),
        Shape::DetectKind => or_name(detect_kinds(defs), within, defs),
        Shape::Message => json!({ "type": SCALAR, "maxLength": 500 }),
        Shape::Name => json!({ "type": SCALAR, "pattern": "^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$" }),
        Shape::Field => json!({ "type": "string", "minLength": 1 }),
        Shape::Selector => defs.refer("selector", |_| selector()),
        Shape::Json => json!({}),
        Shape::Null => json!({ "type": "null" }),
        Shape::Condition => conditions::condition(place(within), defs),
        Shape::Table(of) => defs.refer(&name(of), |defs| table(of, within, defs)),
        Shape::MapOf(each) => json!({ "type": "object", "additionalProperties": of(*each, within, defs) }),
        Shape::OneOf(any) => {
            let any: Vec<Value> = any.iter().map(|shape| of(*shape, within, defs)).collect();
            json!({ "anyOf": any })
        }
        Shape::TableList(of) => {
            json!({ "type": "array", "items": defs.refer(&name(of), |defs| table(of, within, defs)) })
        }
        Shape::ListOf(each) => or_name(json!({ "type": "array", "items": of(*each, within, defs) }), within, defs),
        Shape::OneOrMany(each) => {
            let one = of(*each, within, defs);
            json!({ "anyOf": [one, { "type": "array", "minItems": 1, "items": one }] })
        }
        other => or_name(scalar(other), within, defs),
    }
}

/// Shapes that are not text, so that a `$name` in their place is something else.
fn scalar(shape: Shape) -> Value {
    match shape {
        Shape::Bool => json!({ "type": "boolean" }),
        Shape::Count => json!({ "type": "integer", "minimum": 0 }),
        Shape::Number => json!({ "type": "number" }),
        Shape::Duration => json!({ "type": "string", "pattern": "^[0-9]+(ms|s|m|h|d)$" }),
        Shape::Date => json!({ "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" }),
        Shape::Word(words) => words_of(words),

        Shape::ArgType => json!({ "enum": ARG_TYPES.iter().map(|(word, _)| *word).collect::<Vec<_>>() }),
        _ => json!({}),
    }
}

const SCALAR: [&str; 3] = ["string", "number", "boolean"];

/// A scalar, taken as written.
pub(super) fn text() -> Value {
    json!({ "type": SCALAR })
}

/// The schema, or a `$name` that stands for such a value.
pub(super) fn or_name(schema: Value, within: Within, defs: &mut Defs) -> Value {
    match within {
        Within::Plain => schema,
        Within::Spec(_) => json!({ "anyOf": [schema, reference(defs)] }),
    }
}

/// `$name`.
pub(super) fn reference(defs: &mut Defs) -> Value {
    defs.refer("definition", |_| {
        let mut schema = described("an entry of `define`", None);
        schema.insert("type".to_owned(), json!("string"));
        schema.insert("pattern".to_owned(), json!("^\\$[A-Za-z_][A-Za-z0-9_-]*$"));
        Value::Object(schema)
    })
}

fn words_of(words: &[Word]) -> Value {
    let names: Vec<&str> = words.iter().map(|word| word.word).collect();
    let docs: Vec<String> = words.iter().map(|word| super::sentence(word.doc)).collect();
    match names.as_slice() {
        [only] => json!({ "const": only }),
        _ => json!({ "enum": names, "markdownEnumDescriptions": docs }),
    }
}

/// What `detects` takes.
pub(super) fn detect_kinds(defs: &mut Defs) -> Value {
    defs.refer("kind-of-content", |_| {
        let names: Vec<&str> = DetectKind::all().map(DetectKind::as_str).collect();
        let docs: Vec<String> = DetectKind::all().map(|kind| super::sentence(kind.summary())).collect();
        json!({ "enum": names, "markdownEnumDescriptions": docs })
    })
}

fn selector() -> Value {
    let fixed = SELECTORS.iter().filter(|row| matches!(row.form, Form::Fixed(_)));
    let (names, docs): (Vec<&str>, Vec<String>) = fixed.map(|row| (row.name, super::sentence(row.doc))).unzip();
    let open: Vec<Value> =
        SELECTORS.iter().filter_map(conditions::pattern).map(|pattern| json!({ "pattern": pattern })).collect();
    // `session` and `tool` are words of `per` too.
    json!({ "type": "string", "anyOf": [
        { "enum": names, "markdownEnumDescriptions": docs },
        { "anyOf": open },
    ] })
}

fn place(within: Within) -> Option<Place> {
    match within {
        Within::Spec(place) => place,
        Within::Plain => None,
    }
}

fn name(table: &KeyTable) -> String {
    table.name.replace(' ', "-")
}
