//! `redact` of postconditions, and `redaction` of a spec.

use super::{Cx, Fields, boolean, count, one_or_many, text, texts, unknown_word};
use crate::audit::detect::{self, DetectKind};
use crate::audit::result::ResultRedaction;
use crate::call::facets::OperandError;
use crate::diagnostic::{Code, Diagnostic};
use crate::policy::register::keys::{AUDIT_REDACTION, RESULT_REDACTION};
use crate::source::{Node, Span, Spanned};

/// Reads `redact: {…}` of a postcondition.
pub(crate) fn result(node: &Node, cx: &mut Cx<'_>) -> Option<ResultRedaction> {
    let fields = Fields::open(node, &RESULT_REDACTION, cx)?;
    let mut redaction = ResultRedaction::default();
    if !["detect", "patterns", "fields", "truncate"].iter().any(|key| fields.has(key)) {
        let help = "say what is replaced: `detect`, `patterns`, `fields` or `truncate`";
        cx.error(Code::EmptyValue, node.span, "this `redact` replaces nothing", help);
        return None;
    }
    for kind in fields.read("detect", cx, detect_kinds).unwrap_or_default() {
        redaction.detect(kind);
    }
    for pattern in fields.read("patterns", cx, spanned).unwrap_or_default() {
        refused(Code::BadRegex, pattern.span, redaction.pattern(&pattern.value), cx);
    }
    for written in fields.read("fields", cx, spanned).unwrap_or_default() {
        if let Some(field) = written.value.strip_prefix("output.") {
            let message = format!("`{}` would be a field of a field `output`", written.value);
            let help =
                format!("fields start at the result: `{field}`; a field that is called so is `[\"output\"].{field}`");
            cx.error(Code::BadRedaction, written.span, message, help);
            continue;
        }
        let path = super::field_path(&written.value, written.span, cx);
        path.into_iter().for_each(|path| refused(Code::BadRedaction, written.span, redaction.field(path), cx));
    }
    if let Some(node) = fields.get("truncate")
        && let Some(characters) = count(node, "truncate", cx)
    {
        refused(Code::BadRedaction, node.span, redaction.truncate(characters), cx);
    }
    if let Some(with) = fields.read("with", cx, text) {
        refused(Code::BadRedaction, with.span, redaction.with(&with.value), cx);
    }
    Some(redaction)
}

/// Reports what an operand's own module refuses.
pub(crate) fn refused(code: Code, span: Span, result: Result<(), OperandError>, cx: &mut Cx<'_>) {
    cx.report_all(result.err().map(|error| refusal(code, span, error)));
}

/// An operand's refusal as a finding.
pub(crate) fn refusal(code: Code, span: Span, error: OperandError) -> Diagnostic {
    error.help.into_iter().fold(Diagnostic::error(code, span, error.message), Diagnostic::help)
}

/// What a document's `redaction` adds, to be compiled with that of its bases.
#[derive(Clone, Debug, Default)]
pub(crate) struct ReadRedaction {
    /// Names of keys whose values are hidden.
    pub(crate) keys: Vec<Spanned<String>>,
    /// Regexes; what they match is hidden.
    pub(crate) patterns: Vec<Spanned<String>>,
    /// Kinds of content that are hidden.
    pub(crate) detect: Vec<DetectKind>,
    /// Names of keys that the built-in rules leave alone.
    pub(crate) keep_keys: Vec<Spanned<String>>,
    /// Characters of one value.
    pub(crate) max_value: Option<Spanned<u64>>,
    /// Where `builtin: false` stands, if it does.
    pub(crate) builtin_off: Option<Span>,
}

/// Reads `redaction: {…}` of a spec.
pub(crate) fn audit(node: &Node, cx: &mut Cx<'_>) -> ReadRedaction {
    let Some(fields) = Fields::open(node, &AUDIT_REDACTION, cx) else { return ReadRedaction::default() };
    let builtin_off = fields.get("builtin").filter(|node| boolean(node, "builtin", cx) == Some(false));
    if let Some(node) = builtin_off {
        let message = "the built-in redaction of audit events and messages is off";
        let found = Diagnostic::warning(Code::BuiltinRedactionOff, node.span, message);
        cx.report(found.help("name what must be kept in `keep_keys` instead"));
    }
    let max_value =
        fields.read("max_value", cx, |node, what, cx| Some(Spanned { value: count(node, what, cx)?, span: node.span }));
    ReadRedaction {
        keys: fields.read("keys", cx, texts).unwrap_or_default(),
        patterns: fields.read("patterns", cx, texts).unwrap_or_default(),
        detect: fields.read("detect", cx, detect_kinds).unwrap_or_default(),
        keep_keys: fields.read("keep_keys", cx, texts).unwrap_or_default(),
        max_value,
        builtin_off: builtin_off.map(|node| node.span),
    }
}

fn detect_kinds(node: &Node, what: &str, cx: &mut Cx<'_>) -> Option<Vec<DetectKind>> {
    let items = one_or_many(node, what, cx)?;
    Some(items.iter().filter_map(|item| detect_kind(item, what, cx)).collect())
}

fn detect_kind(node: &Node, what: &str, cx: &mut Cx<'_>) -> Option<DetectKind> {
    let written = text(node, what, cx)?;
    let kind = DetectKind::parse(&written.value).ok();
    if kind.is_none() {
        unknown_word(&written.value, written.span, what, detect::names().iter().copied(), cx);
    }
    kind
}

fn spanned(node: &Node, what: &str, cx: &mut Cx<'_>) -> Option<Vec<Spanned<String>>> {
    let items = one_or_many(node, what, cx)?;
    Some(items.iter().filter_map(|item| text(item, what, cx)).collect())
}
