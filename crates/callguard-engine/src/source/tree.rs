//! The spanned tree: YAML as written, with a place for every key and value.

use super::Span;
use super::plain::{self, Plain};
use crate::value::{Number, Object, Value};

/// A value of a document. Aliases are already expanded.
#[derive(Clone, Debug)]
pub struct Node {
    /// Where it stands; for an alias, the alias, while what is inside stands where it was written.
    pub span: Span,
    /// What it is.
    pub kind: NodeKind,
}

/// What a node is.
#[derive(Clone, Debug)]
pub enum NodeKind {
    /// A scalar.
    Scalar(Scalar),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping, in order, each key once.
    Map(Vec<Entry>),
}

/// One entry of a mapping.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key; only scalars may be keys.
    pub key: String,
    /// Where the key stands.
    pub key_span: Span,
    /// What stands under it.
    pub value: Node,
}

/// A scalar as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scalar {
    /// The text after YAML's own unquoting and folding.
    pub text: String,
    /// How it was written: only a plain scalar may be a number, a boolean or null.
    pub style: ScalarStyle,
}

/// How a scalar was written. A tag decides over the quotes: `!!str 5` counts as quoted, `!!int "5"` as plain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScalarStyle {
    /// Without quotes.
    Plain,
    /// In single quotes.
    Single,
    /// In double quotes.
    Double,
    /// A block (`|` or `>`).
    Block,
}

impl Node {
    /// The scalar, if it is one.
    pub fn as_scalar(&self) -> Option<&Scalar> {
        match &self.kind {
            NodeKind::Scalar(scalar) => Some(scalar),
            NodeKind::List(_) | NodeKind::Map(_) => None,
        }
    }

    /// The items, if it is a list.
    pub fn as_list(&self) -> Option<&[Node]> {
        match &self.kind {
            NodeKind::List(items) => Some(items),
            NodeKind::Scalar(_) | NodeKind::Map(_) => None,
        }
    }

    /// The entries, if it is a mapping.
    pub fn as_map(&self) -> Option<&[Entry]> {
        match &self.kind {
            NodeKind::Map(entries) => Some(entries),
            NodeKind::Scalar(_) | NodeKind::List(_) => None,
        }
    }

    /// The entry under `key`, if it is a mapping that has one.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.as_map()?.iter().find(|entry| entry.key == key)
    }

    /// Whether it is `null`, `~` or nothing at all.
    pub fn is_null(&self) -> bool {
        self.as_scalar().is_some_and(Scalar::is_null)
    }

    /// The boolean, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        self.as_scalar()?.as_bool()
    }

    /// The number, exact, if it is one.
    pub fn as_number(&self) -> Option<Number> {
        self.as_scalar()?.as_number()
    }

    /// The JSON value: plain scalars by YAML's core schema, everything else a string.
    pub fn to_value(&self) -> Value {
        match &self.kind {
            NodeKind::Scalar(scalar) => scalar.to_value(),
            NodeKind::List(items) => Value::List(items.iter().map(Node::to_value).collect()),
            NodeKind::Map(entries) => {
                let pairs = entries.iter().map(|entry| (entry.key.clone(), entry.value.to_value()));
                Value::Object(Object::from_distinct(pairs.collect()))
            }
        }
    }

    /// What it is, for a message: "a list", "an empty mapping", "the number `5`".
    pub fn describe(&self) -> String {
        match &self.kind {
            NodeKind::Scalar(scalar) => scalar.describe(),
            NodeKind::List(items) if items.is_empty() => "an empty list".to_owned(),
            NodeKind::List(_) => "a list".to_owned(),
            NodeKind::Map(entries) if entries.is_empty() => "an empty mapping".to_owned(),
            NodeKind::Map(_) => "a mapping".to_owned(),
        }
    }
}

impl Scalar {
    /// Whether it was written without quotes.
    pub fn is_plain(&self) -> bool {
        self.style == ScalarStyle::Plain
    }

    /// Whether it is a plain `null`, `~` or nothing at all.
    pub fn is_null(&self) -> bool {
        self.resolve() == Plain::Null
    }

    /// The boolean, if it is a plain `true` or `false`.
    pub fn as_bool(&self) -> Option<bool> {
        match self.resolve() {
            Plain::Bool(flag) => Some(flag),
            Plain::Null | Plain::Number(_) | Plain::Text => None,
        }
    }

    /// The number, exact, if it is a plain decimal, `0x` or `0o` number.
    pub fn as_number(&self) -> Option<Number> {
        match self.resolve() {
            Plain::Number(number) => Some(number),
            Plain::Null | Plain::Bool(_) | Plain::Text => None,
        }
    }

    /// The JSON value: plain scalars by YAML's core schema, quoted and block scalars are strings.
    pub fn to_value(&self) -> Value {
        match self.resolve() {
            Plain::Null => Value::Null,
            Plain::Bool(flag) => Value::Bool(flag),
            Plain::Number(number) => Value::Number(number),
            Plain::Text => Value::String(self.text.clone()),
        }
    }

    /// What it is, for a message: "the string `x`", "the number `5`", "nothing".
    pub fn describe(&self) -> String {
        let shown = excerpt(&self.text);
        match self.resolve() {
            Plain::Null if self.text.is_empty() => "nothing".to_owned(),
            Plain::Null => "null".to_owned(),
            Plain::Bool(_) => format!("the boolean `{shown}`"),
            Plain::Number(_) => format!("the number `{shown}`"),
            Plain::Text if self.text.is_empty() => "an empty string".to_owned(),
            Plain::Text => format!("the string `{shown}`"),
        }
    }

    fn resolve(&self) -> Plain {
        if self.is_plain() { plain::resolve(&self.text) } else { Plain::Text }
    }
}

/// User text for a message: one line, without control characters, at most 60 characters.
pub(crate) fn excerpt(text: &str) -> String {
    const LIMIT: usize = 60;
    let mut shown: String = text.chars().take(LIMIT).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(LIMIT).is_some() {
        shown.push('…');
    }
    shown
}
