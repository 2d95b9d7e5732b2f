//! What a contract does when it applies, and how a person is asked.

use super::{Cx, Fields, boolean, duration_millis, one_or_many_texts, text, unknown_word, word};
use crate::diagnostic::{Code, Diagnostic};
use crate::policy::model::{Action, Ask, Kind, Mode, OnTimeout, OnUnknown};
use crate::policy::register::keys::ASK;
use crate::source::{Node, Span, Spanned};

/// An action as written, without the terms of an ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ActionWord {
    Deny,
    Ask,
    Warn,
    Allow,
    Withhold,
    Redact,
}

const EVERY_ACTION: &[(&str, ActionWord)] = &[
    ("deny", ActionWord::Deny),
    ("ask", ActionWord::Ask),
    ("warn", ActionWord::Warn),
    ("allow", ActionWord::Allow),
    ("withhold", ActionWord::Withhold),
    ("redact", ActionWord::Redact),
];

/// The actions of a kind, in the order of the reference.
fn actions_of(kind: Kind) -> &'static [ActionWord] {
    match kind {
        Kind::Precondition => &[ActionWord::Deny, ActionWord::Ask, ActionWord::Warn, ActionWord::Allow],
        Kind::Session => &[ActionWord::Deny, ActionWord::Ask, ActionWord::Warn],
        Kind::Postcondition => &[ActionWord::Withhold, ActionWord::Redact, ActionWord::Warn],
    }
}

/// Reads `action` of a contract of that kind.
pub(crate) fn action_word(node: &Node, kind: Kind, cx: &mut Cx<'_>) -> Option<Spanned<ActionWord>> {
    let written = text(node, "action", cx)?;
    let known = EVERY_ACTION.iter().find(|(word, _)| *word == written.value).map(|(_, action)| *action);
    let own = || EVERY_ACTION.iter().filter(|(_, action)| actions_of(kind).contains(action)).map(|(word, _)| *word);
    match known {
        Some(action) if actions_of(kind).contains(&action) => Some(Spanned { value: action, span: written.span }),
        Some(_) => {
            let message = format!("`{}` is not an action of a {}", written.value, kind.as_str());
            let own: Vec<_> = own().map(|word| format!("`{word}`")).collect();
            let help = format!("the actions of a {} are {}", kind.as_str(), own.join(", "));
            cx.error(Code::UnknownWord, written.span, message, help);
            None
        }
        None => {
            unknown_word(&written.value, written.span, "action", own(), cx);
            None
        }
    }
}

/// The action of that word, asked in these terms.
pub(crate) fn action(word: ActionWord, ask: &Ask) -> Action {
    match word {
        ActionWord::Deny => Action::Deny,
        ActionWord::Ask => Action::Ask(ask.clone()),
        ActionWord::Warn => Action::Warn,
        ActionWord::Allow => Action::Allow,
        ActionWord::Withhold => Action::Withhold,
        ActionWord::Redact => Action::Redact,
    }
}

/// Five minutes, then no.
pub(crate) fn default_ask() -> Ask {
    Ask { timeout_millis: 300_000, on_timeout: OnTimeout::Deny, approvers: Vec::new() }
}

/// Reads `ask: {…}`; what is not said is as it is by default.
pub(crate) fn ask(node: &Node, cx: &mut Cx<'_>) -> Ask {
    let default = default_ask();
    let Some(fields) = Fields::open(node, &ASK, cx) else { return default };
    const ON_TIMEOUT: &[(&str, OnTimeout)] = &[("allow", OnTimeout::Allow), ("deny", OnTimeout::Deny)];
    let on_timeout = fields.read("on_timeout", cx, |node, what, cx| word(node, what, ON_TIMEOUT, cx));
    let approvers = fields.read("approvers", cx, one_or_many_texts).unwrap_or_default();
    Ask {
        timeout_millis: fields.read("timeout", cx, duration_millis).unwrap_or(default.timeout_millis),
        on_timeout: on_timeout.unwrap_or(default.on_timeout),
        approvers: approvers.into_iter().map(|group| group.value).collect(),
    }
}

/// `on_unknown` as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OnUnknownWord {
    Ask,
    Warn,
}

/// Reads `on_unknown` of a contract of that kind; `warn` lints.
pub(crate) fn on_unknown_word(node: &Node, kind: Kind, cx: &mut Cx<'_>) -> Option<Spanned<OnUnknownWord>> {
    const BEFORE: &[(&str, OnUnknownWord)] = &[("ask", OnUnknownWord::Ask), ("warn", OnUnknownWord::Warn)];
    const AFTER: &[(&str, OnUnknownWord)] = &[("warn", OnUnknownWord::Warn)];
    let words = if kind == Kind::Postcondition { AFTER } else { BEFORE };
    let value = word(node, "on_unknown", words, cx)?;
    if value == OnUnknownWord::Warn {
        let message = "what cannot be decided passes with a warning";
        let found = Diagnostic::warning(Code::WarnOnUnknown, node.span, message);
        cx.report(found.help("doubt is what an attacker makes; leave `on_unknown` out, or say `ask`"));
    }
    Some(Spanned { value, span: node.span })
}

/// What is done by doubt, asked in these terms.
pub(crate) fn on_unknown(word: OnUnknownWord, ask: &Ask) -> OnUnknown {
    match word {
        OnUnknownWord::Ask => OnUnknown::Ask(ask.clone()),
        OnUnknownWord::Warn => OnUnknown::Warn,
    }
}

/// Reports an `on_unknown` that is not weaker than the action, and so means nothing.
pub(crate) fn check_on_unknown(action: &Action, found: &Spanned<OnUnknownWord>, cx: &mut Cx<'_>) {
    let weaker = match action {
        Action::Deny | Action::Withhold | Action::Redact => true,
        Action::Ask(_) => found.value == OnUnknownWord::Warn,
        Action::Warn | Action::Allow | Action::Label => false,
    };
    if !weaker {
        let message = match action {
            Action::Allow => "an `allow` never applies by doubt, so `on_unknown` means nothing".to_owned(),
            Action::Label => "a contract that only adds labels has no action to replace".to_owned(),
            _ => format!("`on_unknown` is not weaker than `action: {}`", action.as_str()),
        };
        cx.error(Code::KeyWithoutMeaning, found.span, message, "leave out `on_unknown`");
    }
}

/// Reports a key that means nothing where it stands.
pub(crate) fn without_meaning(key: &str, span: Span, why: &str, cx: &mut Cx<'_>) {
    cx.error(Code::KeyWithoutMeaning, span, format!("`{key}` {why}"), format!("leave out `{key}`"));
}

const MODES: &[(&str, Mode)] = &[("enforce", Mode::Enforce), ("observe", Mode::Observe)];

/// Reads `mode`.
pub(crate) fn mode(node: &Node, what: &str, cx: &mut Cx<'_>) -> Option<Mode> {
    word(node, what, MODES, cx)
}

/// Reads `enabled`: `true` unless it says otherwise.
pub(crate) fn enabled(fields: &Fields<'_>, cx: &mut Cx<'_>) -> Option<bool> {
    fields.read("enabled", cx, boolean)
}

/// Whether it is an action of any kind of contract.
pub(crate) fn is_action(written: &str) -> bool {
    EVERY_ACTION.iter().any(|(word, _)| *word == written)
}

/// Whether it is an action of that kind of contract.
pub(crate) fn is_action_of(written: &str, kind: Kind) -> bool {
    EVERY_ACTION.iter().any(|(word, action)| *word == written && actions_of(kind).contains(action))
}
