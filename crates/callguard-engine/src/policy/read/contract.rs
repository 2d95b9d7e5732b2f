//! Contracts of the three kinds.

use super::action::{self, ActionWord, OnUnknownWord, without_meaning};
use super::condition::{ConditionKey, ConditionPlace, read_condition};
use super::{Cx, Fields, boolean, limit, name, redact, text, texts, tools, word};
use crate::audit::result::ResultRedaction;
use crate::diagnostic::Code;
use crate::policy::model::{
    Action, Condition, Contract, ContractId, Dated, Kind, Limit, Message, Mode, OnUnknown, PerPart, Rank, Terms,
    ToolMatcher,
};
use crate::policy::register::keys::contract as keys_of;
use crate::source::{Node, Spanned, excerpt};

/// Characters of a message, as written.
const MAX_MESSAGE: usize = 500;

/// The document that a contract stands in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Home<'a> {
    /// Its name.
    pub(crate) policy: &'a str,
    /// Whether its `spec` is locked.
    pub(crate) locked: bool,
}

/// A contract as its document has it, before anything is inherited or overridden.
#[derive(Clone, Debug)]
pub(crate) struct ReadContract {
    /// The contract; its one set of terms is enforced unless it says otherwise.
    pub(crate) contract: Contract,
    /// Its own `mode`.
    pub(crate) mode: Option<Mode>,
    /// Its `examples`, to be judged once everything is known.
    pub(crate) examples: Option<Node>,
}

/// Reads a contract of that kind.
pub(crate) fn contract(node: &Node, kind: Kind, home: Home<'_>, cx: &mut Cx<'_>) -> Option<ReadContract> {
    let fields = Fields::open(node, keys_of(kind), cx)?;
    let id = fields.read("id", cx, name);
    let _ = fields.read("description", cx, text);
    let tools = fields.get("tools").map(|node| tools::matcher(node, cx));
    cx.about = tools.clone().flatten().unwrap_or_default();
    let when = fields.get("when").map(|node| condition(node, kind, ConditionKey::When, cx));
    let unless = fields.get("unless").map(|node| condition(node, kind, ConditionKey::Unless, cx));
    let (action, on_unknown) = what_it_does(&fields, kind, cx);
    let labels = fields.read("add_labels", cx, labels).unwrap_or_default();
    let mode = fields.read("mode", cx, action::mode);
    let enabled = action::enabled(&fields, cx);
    let locked = fields.read("locked", cx, boolean);
    let tags = fields.read("tags", cx, texts).unwrap_or_default();
    let terms = Terms {
        mode: mode.unwrap_or(Mode::Enforce),
        enabled: enabled.unwrap_or(true),
        on_unknown,
        message: fields.get("message").and_then(|node| message(node, kind, cx)).unwrap_or_default(),
        severity: fields.read("severity", cx, severity).unwrap_or(Rank::Medium),
        tags: tags.into_iter().map(|tag| tag.value).collect(),
        unless: unless.flatten().into_iter().collect(),
        limit: if kind == Kind::Session { counted(&fields, cx) } else { None },
        action: action.clone().unwrap_or(Action::Deny),
    };
    let redact = if kind == Kind::Postcondition { replaced(&fields, action.as_ref(), cx) } else { None };
    // What could not be read has been reported: the contract is left out rather than guessed.
    let tools = tools.unwrap_or_else(|| Some(ToolMatcher::default()));
    let when = when.unwrap_or_else(|| Some(Condition::always()));
    action?;
    let contract = Contract {
        id: ContractId { policy: home.policy.into(), id: id?.value.into() },
        kind,
        description: fields.get("description").and_then(Node::as_scalar).map(|scalar| scalar.text.clone()),
        tools: tools?,
        when: when?,
        locked: locked.unwrap_or(home.locked),
        add_labels: labels,
        redact,
        terms: vec![Dated { until: None, terms }],
        span: node.span,
    };
    Some(ReadContract { contract, mode, examples: fields.get("examples").cloned() })
}

/// Reads `when` or `unless`.
pub(crate) fn condition(node: &Node, kind: Kind, key: ConditionKey, cx: &mut Cx<'_>) -> Option<Condition> {
    read_condition(node, cx, ConditionPlace { kind, key })
}

/// Reads a message: short enough, its placeholders checked.
pub(crate) fn message(node: &Node, kind: Kind, cx: &mut Cx<'_>) -> Option<Message> {
    let written = text(node, "message", cx)?;
    let length = written.value.chars().count();
    if length > MAX_MESSAGE {
        let message = format!("the message has {length} characters; {MAX_MESSAGE} is the most");
        cx.error(Code::BadMessage, written.span, message, "say what to do instead, and no more");
    }
    super::message::read_message(node, cx, kind)
}

/// Reads `severity`.
pub(crate) fn severity(node: &Node, what: &str, cx: &mut Cx<'_>) -> Option<Rank> {
    word(node, what, Rank::ALL, cx)
}

/// The action, said or implied, and what is done instead by doubt.
fn what_it_does(fields: &Fields<'_>, kind: Kind, cx: &mut Cx<'_>) -> (Option<Action>, Option<OnUnknown>) {
    let result = kind == Kind::Postcondition;
    let ask = if result { None } else { fields.entry("ask") };
    let terms = ask.map_or_else(action::default_ask, |entry| action::ask(&entry.value, cx));
    let word = match fields.get("action") {
        Some(node) => action::action_word(node, kind, cx).map(|word| Some(word.value)),
        None => implied(fields, kind, cx),
    };
    let written = fields.get("on_unknown").and_then(|node| action::on_unknown_word(node, kind, cx));
    let action = word.map(|word| word.map_or(Action::Label, |word| action::action(word, &terms)));
    if let (Some(action), Some(written)) = (&action, &written) {
        action::check_on_unknown(action, written, cx);
    }
    let asks = matches!(action, None | Some(Action::Ask(_)))
        || written.as_ref().is_some_and(|written| written.value == OnUnknownWord::Ask);
    if let (Some(entry), false) = (ask, asks) {
        without_meaning("ask", entry.key_span, "says how a person is asked, and nobody is", cx);
    }
    (action, written.map(|word| action::on_unknown(word.value, &terms)))
}

/// The action that is not said: `None` where one should be, `Some(None)` where labels are all there is.
fn implied(fields: &Fields<'_>, kind: Kind, cx: &mut Cx<'_>) -> Option<Option<ActionWord>> {
    let labels = fields.has("add_labels");
    match kind {
        Kind::Postcondition if fields.has("redact") => Some(Some(ActionWord::Redact)),
        Kind::Session if !labels || ["limit", "message", "on_unknown", "ask"].iter().any(|key| fields.has(key)) => {
            Some(Some(ActionWord::Deny))
        }
        _ if labels => Some(None),
        _ => {
            let message = format!("this {} does nothing when it applies", kind.as_str());
            cx.error(Code::MissingAction, fields.span, message, "add `action`");
            None
        }
    }
}

/// `limit` and `per`.
fn counted(fields: &Fields<'_>, cx: &mut Cx<'_>) -> Option<Limit> {
    let per = fields.get("per").map(|node| limit::per(node, cx));
    match (fields.get("limit"), fields.entry("per")) {
        (Some(node), _) => limit::limit(node, per.flatten().unwrap_or_else(|| vec![PerPart::Session]), cx),
        (None, Some(entry)) => {
            let message = "`per` says whose counter a `limit` is, and there is none";
            cx.error(Code::BadLimit, entry.key_span, message, "add `limit`, or leave out `per`");
            None
        }
        (None, None) => None,
    }
}

/// `redact`, which belongs to the action of that name alone.
fn replaced(fields: &Fields<'_>, action: Option<&Action>, cx: &mut Cx<'_>) -> Option<ResultRedaction> {
    let entry = fields.entry("redact");
    let read = entry.and_then(|entry| redact::result(&entry.value, cx));
    match (entry, action) {
        (None, Some(Action::Redact)) => {
            let help = "add `redact: { detect: […] }`, or `patterns`, `fields`, `truncate`";
            let span = fields.get("action").map_or(fields.span, |node| node.span);
            cx.error(Code::BadAction, span, "`action: redact` does not say what is replaced", help);
        }
        (Some(entry), Some(Action::Withhold | Action::Warn | Action::Label)) => {
            without_meaning("redact", entry.key_span, "means nothing beside this action", cx);
        }
        _ => {}
    }
    read
}

/// Labels that a session gains.
fn labels(node: &Node, what: &str, cx: &mut Cx<'_>) -> Option<Vec<String>> {
    let read = texts(node, what, cx)?;
    if node.as_list().is_some_and(<[Node]>::is_empty) {
        cx.error(Code::EmptyValue, node.span, "`add_labels` adds none", "name a label, or leave out `add_labels`");
    }
    Some(read.into_iter().filter_map(|written| label(written, cx)).collect())
}

fn label(written: Spanned<String>, cx: &mut Cx<'_>) -> Option<String> {
    let fits = (1..=128).contains(&written.value.len()) && !written.value.chars().any(char::is_control);
    if fits && written.value.trim() == written.value {
        return Some(written.value);
    }
    let message = format!("`{}` is not a label", excerpt(&written.value));
    cx.error(Code::BadName, written.span, message, "labels are short texts without white space around them");
    None
}
