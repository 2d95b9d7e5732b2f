//! JSON Schemas (2020-12) of the documents, made of the registers: what an editor completes and explains.
//!
//! A schema accepts every document that loads. It refuses unknown keys, selectors and operators; what only the reader can
//! tell (a broken regex, an example that does not hold) it lets pass.

mod conditions;
mod shapes;

use super::model::Kind;
use super::register::Place;
use super::register::keys::{KINDS, KeyTable, contract};
use serde_json::{Map, Value, json};
use shapes::Within;

/// The schema of a kind of document: `Policy`, `PolicyTest` or `Gateway`.
pub fn schema(kind: &str) -> Option<Value> {
    let (kind, table) = KINDS.iter().find(|(known, _)| *known == kind)?;
    let mut defs = Defs::default();
    let within = if *kind == "Policy" { Within::Spec(None) } else { Within::Plain };
    let mut schema = shapes::table(table, within, &mut defs);
    if let Value::Object(root) = &mut schema {
        let head = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": format!("CallGuard {kind}"),
        });
        let mut whole = head.as_object().cloned().unwrap_or_default();
        whole.append(root);
        if !defs.finished.is_empty() {
            whole.insert("$defs".to_owned(), Value::Object(sorted(defs.finished)));
        }
        return Some(Value::Object(whole));
    }
    Some(schema)
}

/// The kinds of documents, as `callguard schema` takes them.
pub fn kinds() -> impl Iterator<Item = &'static str> {
    KINDS.iter().map(|(kind, _)| *kind)
}

/// Definitions, each made once.
#[derive(Default)]
struct Defs {
    finished: Map<String, Value>,
}

impl Defs {
    /// A reference to the definition of that name, which is made if it is new. A definition may refer to itself.
    fn refer(&mut self, name: &str, make: impl FnOnce(&mut Defs) -> Value) -> Value {
        if !self.finished.contains_key(name) {
            self.finished.insert(name.to_owned(), Value::Null);
            let made = make(self);
            self.finished.insert(name.to_owned(), made);
        }
        json!({ "$ref": format!("#/$defs/{name}") })
    }
}

fn sorted(defs: Map<String, Value>) -> Map<String, Value> {
    let mut entries: Vec<(String, Value)> = defs.into_iter().collect();
    entries.sort_by(|(left, _), (right, _)| left.cmp(right));
    entries.into_iter().collect()
}

/// The place that conditions of a table stand in; `None` where the table is no contract.
fn place_of(table: &KeyTable) -> Option<Place> {
    let kinds = [Kind::Precondition, Kind::Session, Kind::Postcondition];
    kinds.into_iter().find(|kind| std::ptr::eq(contract(*kind), table)).map(Place::from)
}

/// What an editor shows beside a word: plain, and with code marked.
fn described(doc: &str, default: Option<&str>) -> Map<String, Value> {
    let sentence = sentence(doc);
    let markdown = match default {
        Some(default) => format!("{sentence}\n\nDefault: `{default}`"),
        None => sentence.clone(),
    };
    Map::from_iter([
        ("description".to_owned(), Value::String(sentence.replace('`', ""))),
        ("markdownDescription".to_owned(), Value::String(markdown)),
    ])
}

/// A line of a register as a sentence.
fn sentence(doc: &str) -> String {
    let mut letters = doc.chars();
    let first: String = letters.next().map(|letter| letter.to_uppercase().collect()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}
