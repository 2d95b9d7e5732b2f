//! `spec`: a document's settings, tools and contracts, before anything is inherited.

use super::contract::{Home, ReadContract, contract};
use super::redact::{self, ReadRedaction};
use super::tools::{DEFAULTS, ReadDeclaration, declaration};
use super::{Cx, Fields, action, boolean, list, text, word};
use crate::diagnostic::{Code, Diagnostic};
use crate::policy::model::{Default as ByDefault, FactType, Kind, Mode, Selector, SymlinkMode};
use crate::policy::register::Place;
use crate::policy::register::keys::{FILESYSTEM, SPEC};
use crate::source::{Node, Span, Spanned, excerpt};
use jiff::tz::TimeZone;
use std::collections::BTreeMap;

/// The keys of a spec that hold contracts, and their kinds.
pub(crate) const CONTRACT_KEYS: [(&str, Kind); 3] =
    [("preconditions", Kind::Precondition), ("session", Kind::Session), ("postconditions", Kind::Postcondition)];

/// A setting, where the document says it.
pub(crate) type Setting<T> = Option<Spanned<T>>;

/// What a document says, and where: what it leaves out it inherits.
#[derive(Clone, Debug, Default)]
pub(crate) struct ReadSpec {
    pub(crate) mode: Setting<Mode>,
    pub(crate) default: Setting<ByDefault>,
    pub(crate) unknown_tools: Setting<ByDefault>,
    pub(crate) catalog: Setting<bool>,
    pub(crate) workspace: Setting<String>,
    pub(crate) home: Setting<String>,
    pub(crate) resolve_symlinks: Setting<SymlinkMode>,
    pub(crate) timezone: Setting<TimeZone>,
    pub(crate) locked: bool,
    pub(crate) requires: Vec<Selector>,
    pub(crate) tools: Vec<ReadDeclaration>,
    pub(crate) redaction: ReadRedaction,
    pub(crate) contracts: Vec<ReadContract>,
}

/// Reads a spec whose `$names` have been replaced. `extends`, `overrides`, `define` and `facts` are read elsewhere.
pub(crate) fn spec(node: &Node, policy: &str, cx: &mut Cx<'_>) -> ReadSpec {
    let Some(fields) = Fields::open(node, &SPEC, cx) else { return ReadSpec::default() };
    let locked = fields.read("locked", cx, boolean).unwrap_or(false);
    let tools = tools(&fields, cx);
    // Conditions look at declared arguments.
    cx.tools.extend(tools.iter().map(|tool| &tool.declaration));
    let mut read = ReadSpec {
        mode: setting(&fields, "mode", cx, action::mode),
        default: setting(&fields, "default", cx, allow_or_deny),
        unknown_tools: setting(&fields, "unknown_tools", cx, allow_or_deny),
        catalog: setting(&fields, "catalog", cx, catalog),
        timezone: setting(&fields, "timezone", cx, timezone),
        locked,
        requires: requires(&fields, cx),
        tools,
        redaction: fields.get("redaction").map(|node| redact::audit(node, cx)).unwrap_or_default(),
        contracts: contracts(&fields, Home { policy, locked }, cx),
        ..ReadSpec::default()
    };
    if let Some(node) = fields.get("filesystem") {
        filesystem(node, &mut read, cx);
    }
    read
}

fn setting<'n, 'c, T>(
    fields: &Fields<'n>,
    key: &str,
    cx: &mut Cx<'c>,
    read: impl FnOnce(&'n Node, &str, &mut Cx<'c>) -> Option<T>,
) -> Setting<T> {
    let entry = fields.entry(key)?;
    let value = read(&entry.value, key, cx)?;
    Some(Spanned { value, span: entry.value.span })
}

fn allow_or_deny(node: &Node, what: &str, cx: &mut Cx<'_>) -> Option<ByDefault> {
    word(node, what, DEFAULTS, cx)
}

fn catalog(node: &Node, what: &str, cx: &mut Cx<'_>) -> Option<bool> {
    word(node, what, &[("builtin", true), ("none", false)], cx)
}

fn timezone(node: &Node, what: &str, cx: &mut Cx<'_>) -> Option<TimeZone> {
    let written = text(node, what, cx)?;
    let zone = TimeZone::get(&written.value).ok();
    if zone.is_none() {
        let message = format!("there is no time zone `{}`", excerpt(&written.value));
        cx.error(Code::UnknownTimeZone, written.span, message, "name one of the IANA database: `UTC`, `Europe/Zurich`");
    }
    zone
}

fn filesystem(node: &Node, read: &mut ReadSpec, cx: &mut Cx<'_>) {
    const SYMLINKS: &[(&str, SymlinkMode)] =
        &[("auto", SymlinkMode::Auto), ("always", SymlinkMode::Always), ("never", SymlinkMode::Never)];
    let Some(fields) = Fields::open(node, &FILESYSTEM, cx) else { return };
    read.workspace = setting(&fields, "workspace", cx, absolute);
    read.home = setting(&fields, "home", cx, absolute);
    read.resolve_symlinks = setting(&fields, "resolve_symlinks", cx, |node, what, cx| word(node, what, SYMLINKS, cx));
}

/// An absolute path, `/…` or `C:\…`, without control characters.
fn absolute(node: &Node, what: &str, cx: &mut Cx<'_>) -> Option<String> {
    let written = text(node, what, cx)?.value;
    let drive = |text: &str| {
        let mut letters = text.chars();
        let (letter, colon, slash) = (letters.next(), letters.next(), letters.next());
        letter.is_some_and(|c| c.is_ascii_alphabetic()) && colon == Some(':') && matches!(slash, Some('/' | '\\'))
    };
    if (written.starts_with('/') || drive(&written)) && !written.chars().any(char::is_control) {
        return Some(written);
    }
    let message = format!("`{what}` takes an absolute path, not `{}`", excerpt(&written));
    cx.error(Code::BadFilesystem, node.span, message, "write a path that starts with `/`, or leave it to the host");
    None
}

fn requires(fields: &Fields<'_>, cx: &mut Cx<'_>) -> Vec<Selector> {
    let items = fields.read("requires", cx, list).unwrap_or_default();
    items.iter().filter_map(|item| super::selector(item, "requires", Place::Requires, cx)).collect()
}

/// The tools, each glob declared once.
fn tools(fields: &Fields<'_>, cx: &mut Cx<'_>) -> Vec<ReadDeclaration> {
    let items = fields.read("tools", cx, list).unwrap_or_default();
    let read: Vec<_> = items.iter().filter_map(|item| declaration(item, cx)).collect();
    let mut first: BTreeMap<&str, Span> = BTreeMap::new();
    for tool in &read {
        for name in &tool.declaration.names {
            let Some(earlier) = first.insert(name.as_str(), tool.span) else { continue };
            let message = format!("`{}` is declared twice", name.as_str());
            let found = Diagnostic::error(Code::DuplicateTool, tool.span, message);
            cx.report(found.related(earlier, "first declared here").help("join the two declarations"));
        }
    }
    read
}

/// The contracts of every kind, each id once.
fn contracts(fields: &Fields<'_>, home: Home<'_>, cx: &mut Cx<'_>) -> Vec<ReadContract> {
    let mut found = Vec::new();
    let mut first: BTreeMap<&str, Span> = BTreeMap::new();
    for (key, kind) in CONTRACT_KEYS {
        for item in fields.read(key, cx, list).unwrap_or_default() {
            found.extend(contract(item, kind, home, cx));
            let Some(id) = item.entry("id") else { continue };
            let Some(text) = id.value.as_scalar().map(|scalar| scalar.text.as_str()) else { continue };
            let Some(earlier) = first.insert(text, id.value.span) else { continue };
            let message = format!("two contracts have the id `{}`", excerpt(text));
            let twice = Diagnostic::error(Code::DuplicateId, id.value.span, message).related(earlier, "the other one");
            cx.report(twice.help("ids are unique in a document, whatever the kind of contract"));
        }
    }
    found
}

/// Reads `facts: {…}`.
pub(crate) fn facts(spec: &Node, cx: &mut Cx<'_>) -> BTreeMap<String, Spanned<FactType>> {
    let Some(entry) = spec.entry("facts") else { return BTreeMap::new() };
    let Some(entries) = entry.value.as_map() else {
        super::wrong_shape(&entry.value, "facts", "a mapping of names to types", cx);
        return BTreeMap::new();
    };
    let mut found = BTreeMap::new();
    for fact in entries {
        let named = is_word(&fact.key);
        if !named {
            let message = format!("`{}` is not a name of a fact", excerpt(&fact.key));
            cx.error(Code::BadName, fact.key_span, message, "use letters, digits and `_`, starting with a letter");
        }
        let read = word(&fact.value, &fact.key, FactType::ALL, cx).filter(|_| named);
        found.extend(read.map(|value| (fact.key.clone(), Spanned { value, span: fact.key_span })));
    }
    found
}

/// Letters, digits, `_` and `-`, starting with a letter or `_`: what a selector takes without quotes.
pub(crate) fn is_word(text: &str) -> bool {
    let starts = text.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_');
    starts && text.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-'))
}
