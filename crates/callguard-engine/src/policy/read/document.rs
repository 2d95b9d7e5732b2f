//! Documents: what kind each is, and what its `metadata` says.

use super::{Cx, Fields, list, text, wrong_shape};
use crate::diagnostic::{Code, Diagnostic, did_you_mean};
use crate::policy::register::keys::{API_VERSION, KINDS, METADATA, POLICY};
use crate::source::{FileId, Node, Span, Spanned, excerpt};
use std::collections::BTreeMap;

/// What a policy says of itself.
#[derive(Clone, Debug)]
pub(crate) struct Header {
    /// `metadata.name`.
    pub(crate) name: Spanned<String>,
    /// `metadata.description`.
    pub(crate) description: Option<String>,
    /// `metadata.version`.
    pub(crate) version: Option<String>,
    /// `metadata.labels`.
    pub(crate) labels: BTreeMap<String, String>,
    /// `metadata.annotations`.
    pub(crate) annotations: BTreeMap<String, String>,
    /// `spec.extends`, as written.
    pub(crate) extends: Vec<Spanned<String>>,
}

/// The policies among the documents of a file, each with its `spec`. `PolicyTest`s beside them are left alone.
///
/// `whole` is the file and its name if it could be read as YAML: then it is an error that no policy is in it.
pub(crate) fn policies(nodes: Vec<Node>, whole: Option<(FileId, &str)>, cx: &mut Cx<'_>) -> Vec<(Header, Node)> {
    let mut found = Vec::new();
    let mut policies = 0_usize;
    let mut others: Option<Span> = None;
    for node in nodes.into_iter().filter(|node| !node.is_null()) {
        match kind(&node, cx) {
            Some("Policy") => {
                policies = policies.saturating_add(1);
                found.extend(policy(node, cx));
            }
            Some("Gateway") => {
                policies = policies.saturating_add(1);
                let message = "a `Gateway` is the gateway's configuration, not a policy";
                cx.error(Code::WrongKind, node.span, message, "load documents of `kind: Policy` here");
            }
            Some(_) => others = others.or(Some(node.span)),
            None => policies = policies.saturating_add(1),
        }
    }
    if let (0, Some((file, name))) = (policies, whole) {
        let span = others.unwrap_or(Span { file, start: 0, end: 0 });
        let found = Diagnostic::error(Code::NoPolicy, span, format!("`{}` holds no policy", excerpt(name)));
        cx.report(match others {
            Some(_) => found.help("this is a `PolicyTest`: run it with `callguard test`"),
            None => found.help(format!("a policy starts with `apiVersion: {API_VERSION}` and `kind: Policy`")),
        });
    }
    found
}

/// The document's kind, if it says one that exists.
fn kind(node: &Node, cx: &mut Cx<'_>) -> Option<&'static str> {
    if node.as_map().is_none() {
        wrong_shape(node, "document", "a mapping with `apiVersion`, `kind`, `metadata` and `spec`", cx);
        return None;
    }
    let Some(entry) = node.entry("kind") else {
        let help = format!("a policy starts with `apiVersion: {API_VERSION}` and `kind: Policy`");
        cx.error(Code::MissingKey, node.span, "the document has no `kind`", help);
        return None;
    };
    let written = text(&entry.value, "kind", cx)?;
    let names = || KINDS.iter().map(|(name, _)| *name);
    let found = names().find(|name| *name == written.value);
    if found.is_none() {
        let message = format!("there is no kind `{}`", excerpt(&written.value));
        let help = match did_you_mean(&written.value, names()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "the kinds are `Policy`, `PolicyTest` and `Gateway`".to_owned(),
        };
        cx.error(Code::UnknownWord, written.span, message, help);
    }
    found
}

/// Checks that the document is written in a version of the language that exists.
pub(crate) fn check_api_version(fields: &Fields<'_>, cx: &mut Cx<'_>) {
    let Some(written) = fields.read("apiVersion", cx, text) else { return };
    if written.value != API_VERSION {
        let message = format!("`{}` is not a version of the language", excerpt(&written.value));
        cx.error(Code::UnknownWord, written.span, message, format!("write `apiVersion: {API_VERSION}`"));
    }
}

fn policy(node: Node, cx: &mut Cx<'_>) -> Option<(Header, Node)> {
    let fields = Fields::open(&node, &POLICY, cx)?;
    check_api_version(&fields, cx);
    let header = metadata(fields.get("metadata")?, cx);
    let spec = fields.get("spec")?;
    if spec.as_map().is_none() {
        wrong_shape(spec, "spec", "a mapping", cx);
        return None;
    }
    let extends = extends(spec, cx);
    let header = Header { extends, ..header? };
    let spec = spec.clone();
    Some((header, spec))
}

/// Reads `metadata`, of any kind of document.
pub(crate) fn metadata(node: &Node, cx: &mut Cx<'_>) -> Option<Header> {
    let fields = Fields::open(node, &METADATA, cx)?;
    let description = fields.read("description", cx, text).map(|text| text.value);
    let version = fields.read("version", cx, text).map(|text| text.value);
    let labels = fields.read("labels", cx, text_map).unwrap_or_default();
    let annotations = fields.read("annotations", cx, text_map).unwrap_or_default();
    let name = fields.read("name", cx, document_name)?;
    Some(Header { name, description, version, labels, annotations, extends: Vec::new() })
}

fn document_name(node: &Node, what: &str, cx: &mut Cx<'_>) -> Option<Spanned<String>> {
    let written = text(node, what, cx)?;
    if is_document_name(&written.value) {
        return Some(written);
    }
    let message = format!("`{}` is not a name", excerpt(&written.value));
    let help = "use lower-case letters, digits, `.` and `-`, at most 63, starting and ending with a letter or digit";
    cx.error(Code::BadName, written.span, message, help);
    None
}

/// `[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?`
fn is_document_name(name: &str) -> bool {
    let end = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    (1..=63).contains(&name.len())
        && name.starts_with(end)
        && name.ends_with(end)
        && name.chars().all(|letter| end(letter) || matches!(letter, '.' | '-'))
}

/// A mapping of texts.
fn text_map(node: &Node, what: &str, cx: &mut Cx<'_>) -> Option<BTreeMap<String, String>> {
    let Some(entries) = node.as_map() else {
        wrong_shape(node, what, "a mapping of texts", cx);
        return None;
    };
    let texts = entries.iter().filter_map(|entry| Some((entry.key.clone(), text(&entry.value, &entry.key, cx)?.value)));
    Some(texts.collect())
}

fn extends(spec: &Node, cx: &mut Cx<'_>) -> Vec<Spanned<String>> {
    let Some(entry) = spec.entry("extends") else { return Vec::new() };
    let items = list(&entry.value, "extends", cx).unwrap_or_default();
    items.iter().filter_map(|item| text(item, "extends", cx)).collect()
}
