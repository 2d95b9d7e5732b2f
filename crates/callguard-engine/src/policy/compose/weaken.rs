//! What weakens a contract: the list that `locked` refuses.

use crate::policy::model::{Action, Ask, Counted, Limit, Mode, OnTimeout, OnUnknown, Terms, Window};
use crate::policy::read::{ReadOverride, action};
use crate::source::Span;

/// A locked contract as its document has it.
pub(super) struct Before<'a> {
    /// Its terms.
    pub(super) terms: &'a Terms,
    /// The mode it is in there.
    pub(super) mode: Mode,
}

/// The keys of an override that would weaken a contract, and where each stands.
///
/// A contract that permits (`allow`) is weakened by what makes it permit more; one that restricts by what makes it
/// restrict less. Severity, tags and messages decide nothing.
pub(super) fn weakened(before: &Before<'_>, change: &ReadOverride) -> Vec<(&'static str, Span)> {
    let terms = before.terms;
    if terms.action == Action::Allow {
        return match &change.limit {
            Some(limit) => vec![("limit", limit.key)],
            None => Vec::new(),
        };
    }
    let mode = change.mode.as_ref().filter(|mode| mode.value == Mode::Observe && before.mode == Mode::Enforce);
    let enabled = change.enabled.as_ref().filter(|enabled| !enabled.value && terms.enabled);
    let ask = change.ask.as_ref().filter(|ask| is_weaker_ask(terms, &ask.value));
    let action = change.action.as_ref().filter(|word| {
        let asked = change.ask.as_ref().map_or_else(action::default_ask, |ask| ask.value.clone());
        strength(&action::action(word.value, &asked)) < strength(&terms.action)
    });
    let doubt = change.on_unknown.as_ref().filter(|word| {
        let asked = change.ask.as_ref().map_or_else(action::default_ask, |ask| ask.value.clone());
        let now = action::on_unknown(word.value, &asked);
        doubt_strength(Some(&now)) < doubt_strength(terms.on_unknown.as_ref())
    });
    let unless = change.unless.as_ref();
    let limit = change.limit.as_ref().filter(|limit| match &terms.limit {
        Some(before) => is_higher(before, &limit.value),
        None => true,
    });
    let keys = [
        mode.map(|change| ("mode", change.key)),
        enabled.map(|change| ("enabled", change.key)),
        action.map(|change| ("action", change.key)),
        ask.map(|change| ("ask", change.key)),
        doubt.map(|change| ("on_unknown", change.key)),
        unless.map(|change| ("unless", change.key)),
        limit.map(|change| ("limit", change.key)),
    ];
    keys.into_iter().flatten().collect()
}

fn strength(action: &Action) -> u8 {
    match action {
        Action::Deny | Action::Withhold => 3,
        Action::Ask(_) | Action::Redact => 2,
        Action::Warn => 1,
        Action::Label | Action::Allow => 0,
    }
}

fn doubt_strength(on_unknown: Option<&OnUnknown>) -> u8 {
    match on_unknown {
        None => 2,
        Some(OnUnknown::Ask(_)) => 1,
        Some(OnUnknown::Warn) => 0,
    }
}

/// Whether people are asked on easier terms: a yes by silence, or others who may say yes.
fn is_weaker_ask(terms: &Terms, now: &Ask) -> bool {
    let before = match (&terms.action, &terms.on_unknown) {
        (Action::Ask(ask), _) | (_, Some(OnUnknown::Ask(ask))) => ask,
        _ => return now.on_timeout == OnTimeout::Allow,
    };
    let silence = now.on_timeout == OnTimeout::Allow && before.on_timeout == OnTimeout::Deny;
    let others = !before.approvers.is_empty()
        && (now.approvers.is_empty() || now.approvers.iter().any(|group| !before.approvers.contains(group)));
    silence || others
}

/// Whether more passes: a higher number, another counter, a shorter memory.
fn is_higher(before: &Limit, now: &Limit) -> bool {
    let more = match (&before.counted, &now.counted) {
        (Counted::Calls { max: before }, Counted::Calls { max: now })
        | (Counted::Attempts { max: before }, Counted::Attempts { max: now })
        | (Counted::ConsecutiveFailures { max: before }, Counted::ConsecutiveFailures { max: now }) => now > before,
        (
            Counted::Sum { of, at_most, reserve },
            Counted::Sum { of: now_of, at_most: now_at_most, reserve: now_reserve },
        ) => of != now_of || now_at_most > at_most || now_reserve < reserve,
        _ => true,
    };
    let length = |window: Option<Window>| window.map_or(u64::MAX, |window| window.millis);
    more || length(now.window) < length(before.window)
}
