//! Partial calls: what examples and tests write down of a call.

use super::files::Files;
use super::read::{Cx, Fields, count, text, texts};
use super::register::keys::{EXAMPLE_CALL, EXAMPLE_PRINCIPAL, EXAMPLE_SESSION};
use crate::audit::output::Output;
use crate::call::{CallError, Principal, ToolEnvelope};
use crate::diagnostic::Code;
use crate::session::{Label, SessionView};
use crate::source::{Node, Span, Spanned};
use crate::value::{Object, Value, parse_json};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// Where partial calls are judged.
pub const EXAMPLE_WORKSPACE: &str = "/workspace";
/// What `~` means there.
pub const EXAMPLE_HOME: &str = "/home/agent";

/// A partial call. What it leaves out is not there.
#[derive(Clone, Debug)]
pub struct PartialCall {
    /// Where it stands.
    pub span: Span,
    /// The tool; an example may leave it to its contract.
    pub tool: Option<String>,
    /// The arguments.
    pub args: Object,
    /// The arguments as JSON text, where their bytes matter.
    pub args_json: Option<String>,
    /// Who is asking.
    pub principal: Object,
    /// Where it runs.
    pub environment: Option<String>,
    /// What else the host says.
    pub metadata: Object,
    /// Facts by name.
    pub facts: Object,
    /// The server that offers the tool.
    pub server: Option<String>,
    /// The host's session.
    pub session_id: Option<String>,
    /// Where relative paths start.
    pub cwd: Option<String>,
    /// What the session has seen.
    pub session: Option<SessionView>,
    /// The result.
    pub output: Option<Output>,
    /// When.
    pub time: Option<Timestamp>,
    /// What its paths are resolved on.
    pub files: Files,
    /// Whether it holds only by doubt.
    pub unknown: bool,
    /// What it says there is none of, whatever the defaults say: `environment: null`.
    nothing: BTreeSet<&'static str>,
}

/// What a call may say there is none of.
const MAY_BE_NOTHING: [&str; 4] = ["environment", "server", "session_id", "cwd"];

impl PartialCall {
    /// Nothing said.
    pub fn empty(span: Span) -> PartialCall {
        PartialCall {
            span,
            tool: None,
            args: Object::default(),
            args_json: None,
            principal: Object::default(),
            environment: None,
            metadata: Object::default(),
            facts: Object::default(),
            server: None,
            session_id: None,
            cwd: None,
            session: None,
            output: None,
            time: None,
            files: Files::default(),
            unknown: false,
            nothing: BTreeSet::new(),
        }
    }

    /// Reads one.
    pub(crate) fn read(node: &Node, cx: &mut Cx<'_>) -> Option<PartialCall> {
        let fields = Fields::open(node, &EXAMPLE_CALL, cx)?;
        let is_null = |key: &&str| fields.get(key).is_some_and(Node::is_null);
        let nothing: BTreeSet<&str> = MAY_BE_NOTHING.into_iter().filter(is_null).collect();
        let word = |key: &str, cx: &mut Cx<'_>| match nothing.contains(key) {
            true => None,
            false => fields.read(key, cx, text).map(|text| text.value),
        };
        let call = PartialCall {
            span: node.span,
            tool: word("tool", cx),
            args_json: word("args_json", cx),
            environment: word("environment", cx),
            server: word("server", cx),
            session_id: word("session_id", cx),
            cwd: word("cwd", cx),
            args: json_map(&fields, "args", cx),
            principal: principal(&fields, cx),
            metadata: json_map(&fields, "metadata", cx),
            facts: json_map(&fields, "facts", cx),
            session: fields.get("session").and_then(|node| session(node, cx)),
            output: fields.get("output").map(output),
            time: fields.read("time", cx, time),
            files: fields.read("files", cx, Files::read).unwrap_or_default(),
            unknown: fields.read("unknown", cx, super::read::boolean).unwrap_or(false),
            nothing,
        };
        Some(call)
    }

    /// The call with `defaults` under it: maps key by key, everything else as a whole.
    #[must_use]
    pub fn over(self, defaults: &PartialCall) -> PartialCall {
        let nothing = self.nothing;
        let or = |key: &str, own: Option<String>, default: &Option<String>| match nothing.contains(key) {
            true => None,
            false => own.or_else(|| default.clone()),
        };
        PartialCall {
            span: self.span,
            tool: self.tool.or_else(|| defaults.tool.clone()),
            args: merged(&defaults.args, self.args),
            args_json: self.args_json,
            principal: merged(&defaults.principal, self.principal),
            environment: or("environment", self.environment, &defaults.environment),
            metadata: merged(&defaults.metadata, self.metadata),
            facts: merged(&defaults.facts, self.facts),
            server: or("server", self.server, &defaults.server),
            session_id: or("session_id", self.session_id, &defaults.session_id),
            cwd: or("cwd", self.cwd, &defaults.cwd),
            session: self.session.or_else(|| defaults.session.clone()),
            output: self.output.or_else(|| defaults.output.clone()),
            time: self.time.or(defaults.time),
            files: self.files.over(&defaults.files),
            unknown: self.unknown,
            nothing,
        }
    }

    /// The whole call, of `tool` where it names none, at `now` where it says no time.
    ///
    /// # Errors
    /// Its arguments or its principal cannot be read.
    pub fn envelope(&self, tool: &str, now: Timestamp) -> Result<ToolEnvelope, CallError> {
        let args = match &self.args_json {
            None => self.args.clone(),
            Some(text) => match parse_json(text.as_bytes())? {
                Value::Object(args) => args,
                _ => return Err(CallError::args_not_object()),
            },
        };
        let mut call = ToolEnvelope::new(self.tool.as_deref().unwrap_or(tool), args, self.time.unwrap_or(now));
        call.principal = Principal::from_object(&self.principal)?;
        call.environment.clone_from(&self.environment);
        call.metadata = self.metadata.clone();
        call.server.clone_from(&self.server);
        call.session_id.clone_from(&self.session_id);
        call.cwd.clone_from(&self.cwd);
        Ok(call)
    }
}

fn merged(under: &Object, over: Object) -> Object {
    let mut all = under.clone();
    for (key, value) in over.iter() {
        all.insert(key, value.clone());
    }
    all
}

fn json_map(fields: &Fields<'_>, key: &str, cx: &mut Cx<'_>) -> Object {
    let Some(node) = fields.get(key) else { return Object::default() };
    match node.to_value() {
        Value::Object(object) => object,
        Value::Null => Object::default(),
        _ => {
            super::read::wrong_shape(node, key, "a mapping", cx);
            Object::default()
        }
    }
}

fn principal(fields: &Fields<'_>, cx: &mut Cx<'_>) -> Object {
    let Some(node) = fields.get("principal") else { return Object::default() };
    let Some(parts) = Fields::open(node, &EXAMPLE_PRINCIPAL, cx) else { return Object::default() };
    let mut who = Object::default();
    for key in EXAMPLE_PRINCIPAL.names() {
        let value = match key {
            "roles" => parts.read(key, cx, texts).map(words),
            "claims" => parts.has(key).then(|| Value::Object(json_map(&parts, key, cx))),
            _ if parts.get(key).is_some_and(Node::is_null) => Some(Value::Null),
            _ => parts
                .get(key)
                .filter(|node| !node.is_null())
                .and_then(|node| text(node, key, cx))
                .map(|text| Value::String(text.value)),
        };
        if let Some(value) = value {
            who.insert(key, value);
        }
    }
    who
}

fn words(texts: Vec<Spanned<String>>) -> Value {
    Value::List(texts.into_iter().map(|text| Value::String(text.value)).collect())
}

fn session(node: &Node, cx: &mut Cx<'_>) -> Option<SessionView> {
    let fields = Fields::open(node, &EXAMPLE_SESSION, cx)?;
    let number = |key: &str, cx: &mut Cx<'_>| fields.read(key, cx, count).unwrap_or_default();
    let labels = fields.read("labels", cx, texts).unwrap_or_default();
    let label = |text: Spanned<String>| Label { name: text.value, doubtful: false, observed: false };
    let mut view = SessionView {
        version: 0,
        attempts: number("attempts", cx),
        calls: number("calls", cx),
        consecutive_failures: number("consecutive_failures", cx),
        calls_of: BTreeMap::new(),
        labels: labels.into_iter().map(label).collect(),
    };
    for tool in fields.read("tools_called", cx, texts).unwrap_or_default() {
        view.calls_of.insert(tool.value, 1);
    }
    for entry in fields.get("calls_of").and_then(Node::as_map).unwrap_or_default() {
        let runs = count(&entry.value, "calls_of", cx).unwrap_or_default();
        view.calls_of.insert(entry.key.clone(), runs);
    }
    Some(view)
}

/// A result as written: `{ text }` is that text, anything else is structured; `is_error` marks an error.
pub(crate) fn output(node: &Node) -> Output {
    let value = node.to_value();
    let Value::Object(fields) = value else { return Output::success(value) };
    let is_error = fields.get("is_error") == Some(&Value::Bool(true));
    let rest: Object = fields
        .iter()
        .filter(|(key, _)| *key != "is_error")
        .map(|(key, value)| (key.to_owned(), value.clone()))
        .collect();
    let value = match rest.get("text") {
        Some(text @ Value::String(_)) if rest.len() == 1 => text.clone(),
        _ => Value::Object(rest),
    };
    if is_error { Output::error(value) } else { Output::success(value) }
}

fn time(node: &Node, what: &str, cx: &mut Cx<'_>) -> Option<Timestamp> {
    let written = text(node, what, cx)?;
    let time = written.value.parse().ok();
    if time.is_none() {
        let message = format!("`{what}` is not an RFC 3339 time");
        cx.error(Code::BadTime, node.span, message, "write `2026-01-31T09:30:00Z`, with the offset from UTC");
    }
    time
}
