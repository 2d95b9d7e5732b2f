//! `when` and `unless`: maps of selectors and operators become conditions.

mod lint;
mod operand;
mod pattern;
mod scalars;
mod subject;
mod tests_of;
mod typed;

#[cfg(test)]
mod tests;

use super::{Cx, Scope, boolean, parse_selector};
use crate::diagnostic::{Code, Diagnostic};
use crate::policy::model::{Condition, Kind, Leaf, Quantifier};
use crate::policy::register::Place;
use crate::source::{Entry, Node, NodeKind, Span};
use subject::Subject;

/// The key that a condition stands under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ConditionKey {
    /// `when`
    When,
    /// `unless`
    Unless,
}

impl ConditionKey {
    /// The key as written.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            ConditionKey::When => "when",
            ConditionKey::Unless => "unless",
        }
    }
}

/// Where a condition stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ConditionPlace {
    /// The kind of its contract.
    pub(crate) kind: Kind,
    /// Its key.
    pub(crate) key: ConditionKey,
}

/// Reads a condition in which every `$name` already stands for its definition. `$$name` and `"${selector}"` are read
/// here: only here is it known which operands can be fields.
pub(crate) fn read_condition(node: &Node, cx: &mut Cx<'_>, place: ConditionPlace) -> Option<Condition> {
    lint::operands(node, cx);
    condition(node, place.key.as_str(), place.kind.into(), cx)
}

/// A map, every entry of which must hold.
fn condition(node: &Node, what: &str, place: Place, cx: &mut Cx<'_>) -> Option<Condition> {
    let Some(entries) = node.as_map() else {
        let message = format!("`{what}` takes a mapping of selectors, not {}", node.describe());
        let help = "write `{ environment: production }`; alternatives stand in a list beneath `any`";
        cx.error(Code::WrongShape, node.span, message, help);
        return None;
    };
    if entries.is_empty() {
        let help = format!("leave out `{what}`, or say what must hold");
        cx.error(Code::EmptyValue, node.span, format!("`{what}` is an empty condition"), help);
        return None;
    }
    let parts: Vec<Option<Condition>> = entries.iter().map(|entry| part(entry, place, cx)).collect();
    parts.into_iter().collect::<Option<Vec<_>>>().map(all)
}

/// One condition needs no `all` around it.
fn all(mut parts: Vec<Condition>) -> Condition {
    match (parts.pop(), parts.is_empty()) {
        (Some(only), true) => only,
        (last, _) => Condition::All(parts.into_iter().chain(last).collect()),
    }
}

fn part(entry: &Entry, place: Place, cx: &mut Cx<'_>) -> Option<Condition> {
    match entry.key.as_str() {
        "all" => alternatives(entry, place, cx).map(Condition::All),
        "any" => alternatives(entry, place, cx).map(Condition::Any),
        "not" => condition(&entry.value, "not", place, cx).map(|inner| Condition::Not(Box::new(inner))),
        _ => leaf(entry, place, cx),
    }
}

/// What stands beneath `any` or `all`.
fn alternatives(entry: &Entry, place: Place, cx: &mut Cx<'_>) -> Option<Vec<Condition>> {
    let (key, node) = (&entry.key, &entry.value);
    let Some(items) = node.as_list() else {
        let message = format!("`{key}` takes a list of conditions, not {}", node.describe());
        let help = format!("write a `-` before each: `{key}: [{{ environment: staging }}, …]`");
        cx.error(Code::WrongShape, node.span, message, help);
        return None;
    };
    if items.is_empty() {
        let help = format!("leave out `{key}`, or add a condition");
        cx.error(Code::EmptyValue, node.span, format!("`{key}` is an empty list"), help);
        return None;
    }
    let parts: Vec<Option<Condition>> = items.iter().map(|item| condition(item, key, place, cx)).collect();
    parts.into_iter().collect()
}

/// A selector and its operators.
fn leaf(entry: &Entry, place: Place, cx: &mut Cx<'_>) -> Option<Condition> {
    let selector = match parse_selector(&entry.key, &Scope { place, facts: &cx.facts }) {
        Ok(selector) => selector,
        Err(error) => {
            let found = error.into_diagnostic(entry.key_span, &entry.key, 0);
            cx.report(match logic(&entry.key) {
                Some(meant) => Diagnostic { help: vec![format!("did you mean `{meant}`?")], ..found },
                None => found,
            });
            return None;
        }
    };
    let subject = Subject::new(&selector, &entry.key, place, cx);
    let span = joined(entry.key_span, entry.value.span);
    let leaf = |quantifier, tests, written: &Node| {
        let (selector, written) = (selector.clone(), written.to_value());
        Condition::Leaf(Leaf { selector, quantifier, tests, written, span })
    };
    let (quantified, node) = split(&entry.value);
    let mut parts = Vec::new();
    for (quantifier, inner) in quantified {
        let tests = quantified_tests(quantifier, inner, &subject, cx);
        parts.push(tests.map(|tests| leaf(Some(quantifier), tests, &inner.value)));
    }
    if let Some(node) = node {
        parts.push(tests_of::read(&node, &subject, cx).map(|tests| leaf(None, tests, &node)));
    }
    parts.into_iter().collect::<Option<Vec<_>>>().map(all)
}

/// Words of other languages for `any`, `all` and `not`.
fn logic(key: &str) -> Option<&'static str> {
    match key {
        "or" | "OR" | "anyOf" | "any_of" | "one_of" | "either" => Some("any"),
        "and" | "AND" | "allOf" | "all_of" => Some("all"),
        "NOT" | "none" | "none_of" | "nor" | "unless" => Some("not"),
        _ => None,
    }
}

/// `some` and `every` with what stands beneath them, and the rest.
fn split(node: &Node) -> (Vec<(Quantifier, &Entry)>, Option<Node>) {
    let Some(entries) = node.as_map() else { return (Vec::new(), Some(node.clone())) };
    let quantified: Vec<(Quantifier, &Entry)> =
        entries.iter().filter_map(|entry| Some((quantifier(&entry.key)?, entry))).collect();
    if quantified.is_empty() {
        return (quantified, Some(node.clone()));
    }
    let rest: Vec<Entry> = entries.iter().filter(|entry| quantifier(&entry.key).is_none()).cloned().collect();
    let rest = (!rest.is_empty()).then_some(Node { span: node.span, kind: NodeKind::Map(rest) });
    (quantified, rest)
}

fn quantifier(key: &str) -> Option<Quantifier> {
    match key {
        "some" => Some(Quantifier::Some),
        "every" => Some(Quantifier::Every),
        _ => None,
    }
}

fn quantified_tests(
    quantifier: Quantifier,
    entry: &Entry,
    subject: &Subject<'_>,
    cx: &mut Cx<'_>,
) -> Option<Vec<crate::policy::model::Test>> {
    let word = match quantifier {
        Quantifier::Some => "some",
        Quantifier::Every => "every",
    };
    if !subject.many {
        let message = format!("`{word}` is for many values, and `{}` has one", subject.shown);
        let help = format!("leave out `{word}`; every element of a list is `[*]`");
        cx.error(Code::BadQuantifier, entry.key_span, message, help);
        return None;
    }
    let together =
        entry.value.as_map().into_iter().flatten().find(|inner| matches!(inner.key.as_str(), "exists" | "count"));
    if let Some(inner) = together {
        let message = format!("`{}` looks at all values together, so `{word}` around it means nothing", inner.key);
        let help = format!("write `{}` beside `{word}`", inner.key);
        cx.error(Code::BadQuantifier, inner.key_span, message, help);
        return None;
    }
    tests_of::read(&entry.value, subject, cx)
}

/// `ignore_case` of a map of operators.
fn ignore_case(entries: &[Entry], cx: &mut Cx<'_>) -> Option<bool> {
    match entries.iter().find(|entry| entry.key == IGNORE_CASE) {
        Some(entry) => boolean(&entry.value, IGNORE_CASE, cx),
        None => Some(false),
    }
}

const IGNORE_CASE: &str = "ignore_case";

fn joined(key: Span, value: Span) -> Span {
    if key.file == value.file && key.end <= value.start { Span { end: value.end.max(key.end), ..key } } else { key }
}
