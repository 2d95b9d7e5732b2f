//! Mappings and lists, read against the register of keys.

use super::Cx;
use crate::diagnostic::{Code, Diagnostic, did_you_mean};
use crate::policy::register::keys::{KeyTable, POSTCONDITION, PRECONDITION, SESSION_CONTRACT};
use crate::source::{Entry, Node, Span, Spanned, excerpt};

/// A mapping whose keys have been held against its table.
pub(crate) struct Fields<'n> {
    table: &'static KeyTable,
    entries: &'n [Entry],
    /// Where the mapping stands.
    pub(crate) span: Span,
}

impl<'n> Fields<'n> {
    /// Opens `node` as a mapping of `table`: reports a wrong shape, unknown keys, and required keys that are missing.
    pub(crate) fn open(node: &'n Node, table: &'static KeyTable, cx: &mut Cx<'_>) -> Option<Fields<'n>> {
        let Some(entries) = node.as_map() else {
            let keys: Vec<_> = table.names().take(4).map(|name| format!("`{name}`")).collect();
            wrong_shape(node, table.name, &format!("a mapping with keys such as {}", keys.join(", ")), cx);
            return None;
        };
        for entry in entries.iter().filter(|entry| table.key(&entry.key).is_none()) {
            unknown_key(entry, table, cx);
        }
        for key in table.keys.iter().filter(|key| key.required && entries.iter().all(|entry| entry.key != key.name)) {
            let message = format!("the {} has no `{}`", table.name, key.name);
            cx.error(Code::MissingKey, node.span, message, format!("add `{}`: {}", key.name, key.doc));
        }
        Some(Fields { table, entries, span: node.span })
    }

    /// Opens a mapping that has been held against its table before.
    pub(crate) fn again(node: &'n Node, table: &'static KeyTable) -> Option<Fields<'n>> {
        Some(Fields { table, entries: node.as_map()?, span: node.span })
    }

    /// The entry under a key of the table.
    pub(crate) fn entry(&self, key: &str) -> Option<&'n Entry> {
        debug_assert!(self.table.key(key).is_some(), "`{key}` is not in the table `{}`", self.table.name);
        self.entries.iter().find(|entry| entry.key == key)
    }

    /// What stands under a key of the table.
    pub(crate) fn get(&self, key: &str) -> Option<&'n Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// Whether the key stands there.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Reads what stands under a key with a reader that wants to know the key's name.
    pub(crate) fn read<'c, T>(
        &self,
        key: &str,
        cx: &mut Cx<'c>,
        reader: impl FnOnce(&'n Node, &str, &mut Cx<'c>) -> Option<T>,
    ) -> Option<T> {
        reader(self.get(key)?, key, cx)
    }
}

fn unknown_key(entry: &Entry, table: &'static KeyTable, cx: &mut Cx<'_>) {
    let message = format!("`{}` is not a key of the {}", excerpt(&entry.key), table.name);
    let found = Diagnostic::error(Code::UnknownKey, entry.key_span, message);
    let elsewhere = elsewhere(&entry.key, table);
    cx.report(match (did_you_mean(&entry.key, table.names()), elsewhere) {
        (Some(known), _) => found.help(format!("did you mean `{known}`?")),
        (None, Some(other)) => found.help(format!("it is a key of the {}", other.name)),
        (None, None) => {
            let known: Vec<_> = table.names().map(|name| format!("`{name}`")).collect();
            found.help(format!("the keys of the {} are {}", table.name, known.join(", ")))
        }
    });
}

/// The kind of contract that has the key, where this is another kind.
fn elsewhere(key: &str, table: &'static KeyTable) -> Option<&'static KeyTable> {
    let kinds: [&KeyTable; 3] = [&PRECONDITION, &SESSION_CONTRACT, &POSTCONDITION];
    let is_contract = kinds.iter().any(|kind| kind.name == table.name);
    kinds.into_iter().find(|kind| is_contract && kind.key(key).is_some())
}

/// Reports that `node` is not what `what` takes.
pub(crate) fn wrong_shape(node: &Node, what: &str, takes: &str, cx: &mut Cx<'_>) {
    let message = format!("`{what}` takes {takes}, not {}", node.describe());
    let found = Diagnostic::error(Code::WrongShape, node.span, message).label(format!("expected {takes}"));
    cx.report(found.help(instead(node, what, takes)));
}

/// What to write instead.
fn instead(node: &Node, what: &str, takes: &str) -> String {
    let written = node.as_scalar().map(|scalar| excerpt(&scalar.text)).unwrap_or_default();
    let quoted = node.as_scalar().is_some_and(|scalar| !scalar.is_plain());
    match (takes, written.to_ascii_lowercase().as_str()) {
        _ if node.is_null() => format!("write something after `{what}:`, or leave `{what}` out"),
        ("`true` or `false`", "yes" | "on" | "y" | "true") => format!("write `{what}: true`"),
        ("`true` or `false`", "no" | "off" | "n" | "false") => format!("write `{what}: false`"),
        ("a list", _) if !written.is_empty() => format!("put brackets around it: `{what}: [{written}]`"),
        ("a number" | "a whole number from 0", _) if quoted => "leave out the quotes".to_owned(),
        _ if takes.starts_with("a mapping") => {
            "write a mapping: `{ key: value }`, or keys on lines of their own".to_owned()
        }
        ("text", _) => format!("write one text after `{what}:`"),
        _ => format!("write {takes} after `{what}:`"),
    }
}

/// The items of a list; the list may be empty.
pub(crate) fn list<'n>(node: &'n Node, what: &str, cx: &mut Cx<'_>) -> Option<&'n [Node]> {
    let items = node.as_list();
    if items.is_none() {
        wrong_shape(node, what, "a list", cx);
    }
    items
}

/// The items of a non-empty list, or the one node that is no list.
pub(crate) fn one_or_many<'n>(node: &'n Node, what: &str, cx: &mut Cx<'_>) -> Option<&'n [Node]> {
    match node.as_list() {
        None => Some(std::slice::from_ref(node)),
        Some([]) => {
            let message = format!("`{what}` is an empty list");
            cx.error(Code::EmptyValue, node.span, message, format!("name at least one, or leave out `{what}`"));
            None
        }
        Some(items) => Some(items),
    }
}

/// The texts of a list.
pub(crate) fn texts(node: &Node, what: &str, cx: &mut Cx<'_>) -> Option<Vec<Spanned<String>>> {
    let items = list(node, what, cx)?;
    Some(items.iter().filter_map(|item| super::text(item, what, cx)).collect())
}

/// One text, or the texts of a non-empty list.
pub(crate) fn one_or_many_texts(node: &Node, what: &str, cx: &mut Cx<'_>) -> Option<Vec<Spanned<String>>> {
    let items = one_or_many(node, what, cx)?;
    Some(items.iter().filter_map(|item| super::text(item, what, cx)).collect())
}
