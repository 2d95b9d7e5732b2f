//! What is written, taken apart, and what comes of it, put together.

use super::Note;
use callguard_engine::diagnostic::{Code, Diagnostic};
use callguard_engine::source::{Node, Span};
use serde_json::{Map, Value as Json};

/// Why a document is not what its kind says.
pub(super) type Malformed = Box<Diagnostic>;

/// The notes of a conversion.
#[derive(Default)]
pub(super) struct Notes {
    of: Option<String>,
    pub(super) all: Vec<Note>,
}

impl Notes {
    /// What comes is about this contract.
    pub(super) fn about(&mut self, of: Option<&str>) {
        self.of = of.map(str::to_owned);
    }

    /// What holds of several things is said once of each contract.
    pub(super) fn add(&mut self, span: Span, text: impl Into<String>) {
        let note = Note { span, of: self.of.clone(), text: text.into() };
        if !self.all.iter().any(|known| known.of == note.of && known.text == note.text) {
            self.all.push(note);
        }
    }
}

/// A finding about what is not as its kind asks for.
pub(super) fn malformed(code: Code, span: Span, message: impl Into<String>, help: impl Into<String>) -> Malformed {
    Box::new(Diagnostic::error(code, span, message).help(help))
}

/// The text under a key.
pub(super) fn text<'a>(node: &'a Node, key: &str) -> Option<&'a str> {
    node.entry(key)?.value.as_scalar().map(|scalar| scalar.text.as_str())
}

/// The text under the first of these keys that is there.
pub(super) fn text_of<'a>(node: &'a Node, keys: &[&str]) -> Option<&'a str> {
    keys.iter().find_map(|key| text(node, key))
}

/// The node under a key that must be there.
pub(super) fn needed<'a>(node: &'a Node, key: &str) -> Result<&'a Node, Malformed> {
    let missing = || malformed(Code::MissingKey, node.span, format!("`{key}` is missing"), format!("add `{key}`"));
    node.entry(key).map(|entry| &entry.value).ok_or_else(missing)
}

/// The text under a key that must be there.
pub(super) fn needed_text<'a>(node: &'a Node, key: &str) -> Result<&'a str, Malformed> {
    let value = needed(node, key)?;
    let shape = || malformed(Code::WrongShape, value.span, format!("`{key}` is {}", value.describe()), "write a text");
    value.as_scalar().map(|scalar| scalar.text.as_str()).ok_or_else(shape)
}

/// The items under a key; none where there is no list.
pub(super) fn items<'a>(node: &'a Node, key: &str) -> &'a [Node] {
    node.entry(key).and_then(|entry| entry.value.as_list()).unwrap_or_default()
}

/// The texts under a key.
pub(super) fn texts<'a>(node: &'a Node, key: &str) -> Vec<&'a str> {
    items(node, key).iter().filter_map(Node::as_scalar).map(|scalar| scalar.text.as_str()).collect()
}

/// Whether the mapping has only these keys; what is not known is not passed over.
pub(super) fn only(node: &Node, known: &[&str]) -> Result<(), Malformed> {
    let unknown = node.as_map().unwrap_or_default().iter().find(|entry| !known.contains(&entry.key.as_str()));
    unknown.map_or(Ok(()), |entry| {
        let help = format!("known here are `{}`", known.join("`, `"));
        Err(malformed(Code::UnknownKey, entry.key_span, format!("`{}` is no key of this", entry.key), help))
    })
}

/// A mapping of one entry.
pub(super) fn one(key: &str, value: impl Into<Json>) -> Json {
    Json::Object(Map::from_iter([(key.to_owned(), value.into())]))
}

/// An entry more.
pub(super) fn put(map: &mut Map<String, Json>, key: &str, value: impl Into<Json>) {
    map.insert(key.to_owned(), value.into());
}

/// A list, or its only item.
pub(super) fn several(mut items: Vec<Json>) -> Json {
    if items.len() == 1 { items.remove(0) } else { items.into() }
}

/// A text that is no name of a definition.
pub(super) fn literal(text: &str) -> Json {
    if text.starts_with('$') { format!("${text}").into() } else { text.into() }
}

/// A name of ours: lower-case letters, digits and single `-` between them, at most 63.
pub(super) fn kebab(name: &str) -> String {
    let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { ' ' };
    let words = name.chars().map(plain).collect::<String>();
    let joined = words.split_whitespace().collect::<Vec<_>>().join("-");
    let cut: String = joined.chars().take(63).collect();
    cut.trim_matches('-').to_owned()
}
