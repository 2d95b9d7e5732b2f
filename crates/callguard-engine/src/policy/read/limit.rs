//! `limit` and `per` of session contracts.

use super::{Cx, Fields, count, duration_millis, number, one_or_many, text};
use crate::diagnostic::Code;
use crate::policy::model::{Counted, Limit, PerPart, Selector, Window};
use crate::policy::register::Place;
use crate::policy::register::keys::LIMIT;
use crate::source::Node;
use crate::value::Decimal;
use std::collections::HashSet;

const COUNTERS: [&str; 4] = ["calls", "attempts", "consecutive_failures", "sum"];

/// A window must be long enough for a store's clock to tell.
const MIN_WINDOW_MILLIS: u64 = 1_000;

/// Reads `limit: {…}`; `per` stands beside it.
pub(crate) fn limit(node: &Node, per: Vec<PerPart>, cx: &mut Cx<'_>) -> Option<Limit> {
    let fields = Fields::open(node, &LIMIT, cx)?;
    let window = window(&fields, cx);
    let written: Vec<&str> = COUNTERS.into_iter().filter(|key| fields.has(key)).collect();
    let counted = match written.as_slice() {
        [one] => counted(&fields, one, cx),
        [] => {
            let code = if node.as_map().is_some_and(<[_]>::is_empty) { Code::EmptyValue } else { Code::BadLimit };
            let help = "say one of `calls`, `attempts`, `consecutive_failures`, `sum`";
            cx.error(code, node.span, "this limit counts nothing", help);
            None
        }
        several => {
            let names: Vec<_> = several.iter().map(|key| format!("`{key}`")).collect();
            let message = format!("this limit counts several things: {}", names.join(", "));
            cx.error(Code::BadLimit, node.span, message, "write a contract for each");
            None
        }
    };
    if !fields.has("sum") {
        for key in ["at_most", "reserve"] {
            if fields.has(key) {
                let message = format!("`{key}` goes with `sum`, and there is none");
                cx.error(Code::BadLimit, node.span, message, format!("leave out `{key}`, or add `sum`"));
            }
        }
    }
    Some(Limit { counted: counted?, window, per })
}

fn window(fields: &Fields<'_>, cx: &mut Cx<'_>) -> Option<Window> {
    let millis = fields.read("window", cx, duration_millis)?;
    if millis < MIN_WINDOW_MILLIS {
        let span = fields.get("window").map_or(fields.span, |node| node.span);
        cx.error(Code::BadLimit, span, "a window is at least one second", "write `1s` or more");
        return None;
    }
    Some(Window { millis })
}

fn counted(fields: &Fields<'_>, key: &str, cx: &mut Cx<'_>) -> Option<Counted> {
    if key == "sum" {
        return sum(fields, cx);
    }
    let max = fields.read(key, cx, count)?;
    match key {
        "calls" => Some(Counted::Calls { max }),
        "attempts" => Some(Counted::Attempts { max }),
        _ => Some(Counted::ConsecutiveFailures { max }),
    }
}

fn sum(fields: &Fields<'_>, cx: &mut Cx<'_>) -> Option<Counted> {
    let of = fields.read("sum", cx, |node, what, cx| super::selector(node, what, Place::Sum, cx));
    let at_most = fields.read("at_most", cx, amount);
    let reserve = fields.read("reserve", cx, amount);
    if !fields.has("at_most") {
        cx.error(Code::BadLimit, fields.span, "`sum` has no end", "add `at_most`: the most that it may reach");
    }
    let of = of?;
    let from_result = matches!(of, Selector::Output(_) | Selector::OutputText | Selector::OutputIsError);
    match fields.entry("reserve") {
        Some(entry) if !from_result => {
            let message = "`reserve` is for a `sum` of `output.*`: arguments are known before the call";
            cx.error(Code::BadLimit, entry.key_span, message, "leave out `reserve`");
        }
        None if from_result => {
            let help = "add `reserve: N`: what is held until the result is known";
            cx.error(Code::BadLimit, fields.span, format!("`{of}` is known only after the call"), help);
            return None;
        }
        _ => {}
    }
    let at_most = at_most?;
    if let (Some(reserve), Some(node)) = (reserve, fields.get("reserve"))
        && reserve > at_most
    {
        cx.error(
            Code::BadLimit,
            node.span,
            "what is reserved is more than `at_most`, so no call could run",
            "reserve less",
        );
    }
    Some(Counted::Sum { of, at_most, reserve })
}

/// A number that can be added up exactly, and is not negative.
fn amount(node: &Node, what: &str, cx: &mut Cx<'_>) -> Option<Decimal> {
    let written = number(node, what, cx)?;
    let exact = Decimal::try_from(&written).ok().filter(|amount| !amount.is_negative());
    if exact.is_none() {
        let message = format!("`{written}` cannot be counted with");
        let help = "write a number from 0 with at most 18 decimal places and 36 digits";
        cx.error(Code::BadLimit, node.span, message, help);
    }
    exact
}

/// Reads `per`: one part or several, each once.
pub(crate) fn per(node: &Node, cx: &mut Cx<'_>) -> Option<Vec<PerPart>> {
    let mut parts = Vec::new();
    let mut seen = HashSet::new();
    for item in one_or_many(node, "per", cx)? {
        let Some(part) = per_part(item, cx) else { continue };
        if seen.insert(part.clone()) {
            parts.push(part);
        } else {
            cx.error(Code::BadLimit, item.span, "this part of `per` stands twice", "say each part once");
        }
    }
    Some(parts)
}

fn per_part(node: &Node, cx: &mut Cx<'_>) -> Option<PerPart> {
    match text(node, "per", cx)?.value.as_str() {
        "session" => Some(PerPart::Session),
        "tool" => Some(PerPart::Tool),
        _ => super::selector(node, "per", Place::Per, cx).map(PerPart::Field),
    }
}
