//! YAML as a tree: what policies are made of, shrunk as, and written from.

use std::fmt::Write as _;

/// A node of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// A scalar as it stands: a number, `true`.
    Plain(String),
    /// A string, quoted where it must be.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A mapping.
    Map(Vec<(String, Node)>),
}

impl Node {
    /// A string.
    pub fn text(text: impl Into<String>) -> Node {
        Node::Text(text.into())
    }

    /// A number, or whatever else stands without quotes.
    pub fn plain(text: impl ToString) -> Node {
        Node::Plain(text.to_string())
    }

    /// A list of strings.
    pub fn texts<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Node {
        Node::List(texts.into_iter().map(Node::text).collect())
    }

    /// A mapping.
    pub fn map<K: Into<String>>(entries: impl IntoIterator<Item = (K, Node)>) -> Node {
        Node::Map(entries.into_iter().map(|(key, node)| (key.into(), node)).collect())
    }

    /// Adds an entry, if it is a mapping.
    pub fn put(&mut self, key: impl Into<String>, node: Node) {
        if let Node::Map(entries) = self {
            entries.push((key.into(), node));
        }
    }

    /// The entry under a key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        match self {
            Node::Map(entries) => entries.iter().find(|(name, _)| name == key).map(|(_, node)| node),
            _ => None,
        }
    }

    /// As YAML.
    pub fn to_yaml(&self) -> String {
        let mut yaml = String::new();
        match self {
            Node::Map(entries) if !entries.is_empty() => block(entries, 0, &mut yaml),
            other => {
                flow(other, &mut yaml);
                yaml.push('\n');
            }
        }
        yaml
    }
}

fn block(entries: &[(String, Node)], indent: usize, yaml: &mut String) {
    for (key, node) in entries {
        let _ = write!(yaml, "{:indent$}{}:", "", scalar(key));
        below(node, indent, yaml);
    }
}

/// What stands after a key.
fn below(node: &Node, indent: usize, yaml: &mut String) {
    match node {
        Node::Map(entries) if is_large(node) => {
            yaml.push('\n');
            block(entries, indent + 2, yaml);
        }
        Node::List(items) if is_large(node) => {
            yaml.push('\n');
            items.iter().for_each(|item| list_item(item, indent + 2, yaml));
        }
        small => {
            yaml.push(' ');
            flow(small, yaml);
            yaml.push('\n');
        }
    }
}

fn list_item(item: &Node, indent: usize, yaml: &mut String) {
    match item {
        Node::Map(entries) if is_large(item) => {
            let mut inner = String::new();
            block(entries, indent + 2, &mut inner);
            // INVARIANT: a block starts with its indent.
            let _ = write!(yaml, "{:indent$}- {}", "", &inner[indent + 2..]);
        }
        other => {
            let _ = write!(yaml, "{:indent$}- ", "");
            flow(other, yaml);
            yaml.push('\n');
        }
    }
}

/// Whether a node is better read over several lines.
fn is_large(node: &Node) -> bool {
    let scalar = |node: &Node| matches!(node, Node::Plain(_) | Node::Text(_));
    match node {
        Node::Map(entries) => entries.len() > 1 || entries.iter().any(|(_, node)| !scalar(node)),
        Node::List(items) => items.iter().any(|item| !scalar(item)),
        _ => false,
    }
}

fn flow(node: &Node, yaml: &mut String) {
    match node {
        Node::Plain(text) => yaml.push_str(text),
        Node::Text(text) => yaml.push_str(&scalar(text)),
        Node::List(items) => {
            yaml.push('[');
            for (index, item) in items.iter().enumerate() {
                yaml.push_str(if index == 0 { "" } else { ", " });
                flow(item, yaml);
            }
            yaml.push(']');
        }
        Node::Map(entries) => {
            yaml.push_str("{ ");
            for (index, (key, node)) in entries.iter().enumerate() {
                yaml.push_str(if index == 0 { "" } else { ", " });
                let _ = write!(yaml, "{}: ", scalar(key));
                flow(node, yaml);
            }
            yaml.push_str(" }");
        }
    }
}

/// Words that YAML 1.1 or 1.2 reads as something else than a string.
const RESERVED: &[&str] = &["true", "false", "null", "yes", "no", "on", "off", "y", "n"];

fn scalar(text: &str) -> String {
    let plain = text.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && text.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.' | '-' | '/'))
        && !RESERVED.contains(&text.to_ascii_lowercase().as_str());
    if plain {
        return text.to_owned();
    }
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            letter if letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{feff}') => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(letter));
            }
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}
