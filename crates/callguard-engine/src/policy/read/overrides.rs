//! `overrides`: changes to contracts of a base.

use super::action::{self, ActionWord, OnUnknownWord, without_meaning};
use super::condition::ConditionKey;
use super::contract::{condition, message, severity};
use super::{Cx, Fields, boolean, date, limit, text, texts};
use crate::diagnostic::{Code, Diagnostic};
use crate::policy::model::{Ask, Condition, ContractId, Kind, Limit, Message, Mode, PerPart, Rank};
use crate::policy::register::keys::OVERRIDE;
use crate::source::{Entry, Node, Span, Spanned};
use jiff::civil::Date;

/// A value, and where its key stands.
#[derive(Clone, Debug)]
pub(crate) struct Change<T> {
    /// The new value.
    pub(crate) value: T,
    /// Its key.
    pub(crate) key: Span,
    /// Itself.
    pub(crate) span: Span,
}

/// An override: what it changes of which contract, and until when.
#[derive(Clone, Debug)]
pub(crate) struct ReadOverride {
    pub(crate) target: Spanned<ContractId>,
    pub(crate) until: Option<Date>,
    pub(crate) mode: Option<Change<Mode>>,
    pub(crate) enabled: Option<Change<bool>>,
    pub(crate) action: Option<Change<ActionWord>>,
    pub(crate) ask: Option<Change<Ask>>,
    pub(crate) on_unknown: Option<Change<OnUnknownWord>>,
    pub(crate) message: Option<Change<Message>>,
    pub(crate) severity: Option<Change<Rank>>,
    pub(crate) tags: Option<Change<Vec<String>>>,
    pub(crate) unless: Option<Change<Condition>>,
    pub(crate) limit: Option<Change<Limit>>,
}

/// Reads the `POLICY/ID` of an override, as written.
pub(crate) fn override_target(node: &Node, cx: &mut Cx<'_>) -> Option<Spanned<String>> {
    Fields::open(node, &OVERRIDE, cx)?.read("id", cx, text)
}

/// Reads an override of the contract `target`, which is of that kind.
pub(crate) fn read_override(
    node: &Node,
    target: Spanned<ContractId>,
    kind: Kind,
    cx: &mut Cx<'_>,
) -> Option<ReadOverride> {
    let fields = Fields::again(node, &OVERRIDE)?;
    let read = ReadOverride {
        target,
        until: fields.read("until", cx, date),
        mode: change(&fields, "mode", |node| action::mode(node, "mode", cx)),
        enabled: change(&fields, "enabled", |node| boolean(node, "enabled", cx)),
        action: change(&fields, "action", |node| own_action(node, kind, cx)),
        ask: change(&fields, "ask", |node| Some(action::ask(node, cx))),
        on_unknown: change(&fields, "on_unknown", |node| Some(action::on_unknown_word(node, kind, cx)?.value)),
        message: change(&fields, "message", |node| message(node, kind, cx)),
        severity: change(&fields, "severity", |node| severity(node, "severity", cx)),
        tags: change(&fields, "tags", |node| Some(texts(node, "tags", cx)?.into_iter().map(|tag| tag.value).collect())),
        unless: change(&fields, "unless", |node| condition(node, kind, ConditionKey::Unless, cx)),
        limit: change(&fields, "limit", |node| limit::limit(node, vec![PerPart::Session], cx)),
    };
    let says = |entry: &Entry| !matches!(entry.key.as_str(), "id" | "until");
    if !node.as_map().is_some_and(|entries| entries.iter().any(says)) {
        let help = "say what is different: `mode`, `enabled`, `action`, `on_unknown`, `message`, `unless`, `limit`, …";
        cx.error(Code::BadOverride, node.span, "this override changes nothing", help);
    }
    if kind == Kind::Postcondition
        && let Some(ask) = &read.ask
    {
        without_meaning("ask", ask.key, "means nothing for results: nobody is asked", cx);
    }
    Some(read)
}

fn change<'n, T>(fields: &Fields<'n>, key: &str, read: impl FnOnce(&'n Node) -> Option<T>) -> Option<Change<T>> {
    let entry = fields.entry(key)?;
    Some(Change { value: read(&entry.value)?, key: entry.key_span, span: entry.value.span })
}

/// An override stays among the actions of its kind.
fn own_action(node: &Node, kind: Kind, cx: &mut Cx<'_>) -> Option<ActionWord> {
    let written = node.as_scalar()?.text.as_str();
    if action::is_action(written) && !action::is_action_of(written, kind) {
        let message = format!("`{written}` is not an action of a {}", kind.as_str());
        let found = Diagnostic::error(Code::BadAction, node.span, message);
        cx.report(found.help("an override stays among the actions of its contract's kind"));
        return None;
    }
    Some(action::action_word(node, kind, cx)?.value)
}
