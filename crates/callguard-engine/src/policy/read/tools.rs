//! Which tools a contract is about, and what a policy declares of tools.

use super::{Cx, Fields, boolean, one_or_many, one_or_many_texts, text, texts, word};
use crate::call::SideEffect;
use crate::call::name::flaw;
use crate::call::schema::ToolSchema;
use crate::diagnostic::{Code, Diagnostic, did_you_mean};
use crate::policy::model::{ArgType, Default, FieldPath, SqlDialect, ToolDeclaration, ToolGlob, ToolMatcher};
use crate::policy::register::keys::{TOOL_DECLARATION, TOOL_MATCHER};
use crate::source::{Entry, Node, NodeKind, Span, Spanned, excerpt};

pub(crate) const SIDE_EFFECTS: &[(&str, SideEffect)] = &[
    ("pure", SideEffect::Pure),
    ("read", SideEffect::Read),
    ("write", SideEffect::Write),
    ("irreversible", SideEffect::Irreversible),
];

pub(crate) const DEFAULTS: &[(&str, Default)] = &[("allow", Default::Allow), ("deny", Default::Deny)];

/// Every type of argument, with the word in policies.
pub(crate) const ARG_TYPES: &[(&str, ArgType)] = &[
    ("text", ArgType::Text),
    ("path", ArgType::Path),
    ("path.read", ArgType::PathRead),
    ("path.write", ArgType::PathWrite),
    ("command", ArgType::Command),
    ("url", ArgType::Url),
    ("host", ArgType::Host),
    ("sql", ArgType::Sql(SqlDialect::Postgres)),
    ("sql.mysql", ArgType::Sql(SqlDialect::MySql)),
    ("sql.sqlite", ArgType::Sql(SqlDialect::Sqlite)),
    ("sql.mssql", ArgType::Sql(SqlDialect::MsSql)),
    ("patch", ArgType::Patch),
    ("email", ArgType::Email),
    ("secret", ArgType::Secret),
    ("number", ArgType::Number),
    ("opaque", ArgType::Opaque),
];

/// Reads `tools` of a contract: a glob, a list of globs, or a mapping.
pub(crate) fn matcher(node: &Node, cx: &mut Cx<'_>) -> Option<ToolMatcher> {
    let mut matcher = ToolMatcher::default();
    if !matches!(node.kind, NodeKind::Map(_)) {
        names(node, "tools", &mut matcher, cx)?;
        return Some(matcher);
    }
    let fields = Fields::open(node, &TOOL_MATCHER, cx)?;
    if node.as_map().is_some_and(<[Entry]>::is_empty) {
        let help = "name the tools, or leave out `tools`: then it is every tool";
        cx.error(Code::EmptyValue, node.span, "`tools` is an empty mapping", help);
    }
    if let Some(node) = fields.get("name") {
        names(node, "name", &mut matcher, cx);
    }
    if let Some(node) = fields.get("side_effect") {
        let items = one_or_many(node, "side_effect", cx).unwrap_or_default();
        matcher.side_effect = items.iter().filter_map(|item| word(item, "side_effect", SIDE_EFFECTS, cx)).collect();
    }
    if let Some(node) = fields.get("server") {
        let items = one_or_many(node, "server", cx).unwrap_or_default();
        matcher.server = items.iter().filter_map(|item| glob(&text(item, "server", cx)?, "server", cx)).collect();
    }
    let labels = fields.read("labels", cx, one_or_many_texts).unwrap_or_default();
    matcher.labels = labels.into_iter().map(|label| label.value).collect();
    Some(matcher)
}

/// Reads globs into `matcher`; those after `!` exclude.
fn names(node: &Node, what: &str, matcher: &mut ToolMatcher, cx: &mut Cx<'_>) -> Option<()> {
    for item in one_or_many(node, what, cx)? {
        let Some(written) = text(item, what, cx) else { continue };
        match written.value.strip_prefix('!') {
            Some(excluded) => {
                let written = Spanned { value: excluded.to_owned(), span: written.span };
                matcher.exclude.extend(glob(&written, what, cx));
            }
            None => matcher.include.extend(glob(&written, what, cx)),
        }
    }
    Some(())
}

/// Checks a glob: no call could have a name that it alone would match, if it breaks the rules of names.
fn glob(written: &Spanned<String>, what: &str, cx: &mut Cx<'_>) -> Option<ToolGlob> {
    let pattern = written.value.as_str();
    let excluded = pattern.starts_with('!').then_some("cannot exclude here");
    let Some(wrong) = excluded.or_else(|| flaw(pattern)) else { return Some(ToolGlob::new(pattern)) };
    let message = format!("`{what}` takes names of tools and globs, and `{}` {wrong}", excerpt(pattern));
    let help = "`*` stays within a segment, `**` crosses `__`, `/` and `:`; a lone `*` is every tool";
    cx.error(Code::BadToolGlob, written.span, message, help);
    None
}

/// A declaration, and where its parts stand.
#[derive(Clone, Debug)]
pub(crate) struct ReadDeclaration {
    /// What it says.
    pub(crate) declaration: ToolDeclaration,
    /// Where.
    pub(crate) span: Span,
    /// Where each entry of `args` stands.
    pub(crate) arg_spans: Vec<Span>,
}

/// Reads an entry of `tools` in a spec.
pub(crate) fn declaration(node: &Node, cx: &mut Cx<'_>) -> Option<ReadDeclaration> {
    let fields = Fields::open(node, &TOOL_DECLARATION, cx)?;
    let names = fields.read("name", cx, declared_names);
    let (args, arg_spans) = fields.read("args", cx, args).unwrap_or_default().into_iter().unzip();
    let labels = fields.read("labels", cx, texts).unwrap_or_default();
    let declaration = ToolDeclaration {
        side_effect: fields.read("side_effect", cx, |node, what, cx| word(node, what, SIDE_EFFECTS, cx)),
        idempotent: fields.read("idempotent", cx, boolean),
        labels: labels.into_iter().map(|label| label.value).collect(),
        persistent: fields.read("persistent", cx, boolean).unwrap_or(false),
        default: fields.read("default", cx, |node, what, cx| word(node, what, DEFAULTS, cx)),
        closed_args: fields.read("closed_args", cx, boolean).unwrap_or(false),
        schema: fields.read("schema", cx, schema),
        args,
        names: names?,
    };
    Some(ReadDeclaration { declaration, span: node.span, arg_spans })
}

fn declared_names(node: &Node, what: &str, cx: &mut Cx<'_>) -> Option<Vec<ToolGlob>> {
    let items = one_or_many(node, what, cx)?;
    Some(items.iter().filter_map(|item| glob(&text(item, what, cx)?, what, cx)).collect())
}

/// Types of arguments, each with its place.
fn args(node: &Node, what: &str, cx: &mut Cx<'_>) -> Option<Vec<((FieldPath, ArgType), Span)>> {
    let Some(entries) = node.as_map() else {
        super::wrong_shape(node, what, "a mapping of arguments to types", cx);
        return None;
    };
    Some(entries.iter().filter_map(|entry| Some((arg(entry, cx)?, entry.value.span))).collect())
}

fn arg(entry: &Entry, cx: &mut Cx<'_>) -> Option<(FieldPath, ArgType)> {
    let path = super::field_path(&entry.key, entry.key_span, cx);
    let written = text(&entry.value, &entry.key, cx)?;
    let Some((_, kind)) = ARG_TYPES.iter().find(|(word, _)| *word == written.value) else {
        let message = format!("there is no type of argument `{}`", excerpt(&written.value));
        let found = Diagnostic::error(Code::UnknownWord, written.span, message);
        let words = || ARG_TYPES.iter().map(|(word, _)| *word);
        cx.report(match did_you_mean(&written.value, words()) {
            Some(near) => found.help(format!("did you mean `{near}`?")),
            None => found.help(format!("the types are {}", words().collect::<Vec<_>>().join(", "))),
        });
        return None;
    };
    Some((path?, *kind))
}

fn schema(node: &Node, what: &str, cx: &mut Cx<'_>) -> Option<ToolSchema> {
    if node.as_map().is_none() && node.as_bool().is_none() {
        super::wrong_shape(node, what, "a JSON Schema", cx);
        return None;
    }
    match ToolSchema::compile(&node.to_value()) {
        Ok(schema) => Some(schema),
        Err(error) => {
            let help = error.help.unwrap_or_else(|| "schemas are JSON Schema 2020-12".to_owned());
            cx.error(Code::BadSchema, node.span, error.message, help);
            None
        }
    }
}
