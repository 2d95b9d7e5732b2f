//! Operands that are compared with: literals of the policy, or other fields of the call.

use super::operand::{bad, each, field, is_null, unescaped};
use super::subject::{Subject, json_type};
use super::tests_of::Written;
use super::{Cx, typed};
use crate::call::facets::url::{HostValue, UrlValue};
use crate::decide::{parse_date, parse_time};
use crate::diagnostic::did_you_mean;
use crate::policy::model::{Negatable, Operand, OrderOp, Selector, Test};
use crate::policy::read::selector::{Scope, parse_selector, shape_of};
use crate::policy::register::operators::Takes;
use crate::policy::register::selectors::{Domain, Shape};
use crate::source::{Node, excerpt};
use crate::value::{Number, Value};

/// An operator of scalars: equality, membership, containment.
pub(super) fn test(
    written: Written,
    node: &Node,
    subject: &Subject<'_>,
    fields: bool,
    make: fn(Negatable<Vec<Operand>>) -> Test,
    cx: &mut Cx<'_>,
) -> Option<Test> {
    let items = each(node, written.row.name, cx)?;
    if subject.shape == Shape::Paths {
        return typed::places(written, node, items, cx);
    }
    let operands: Vec<Option<Operand>> = items.iter().map(|item| operand(written, item, subject, fields, cx)).collect();
    let operands = operands.into_iter().collect::<Option<Vec<_>>>()?;
    Some(make(written.negatable(operands)))
}

/// An operand of `greater_than` and its like.
pub(super) fn ordered(written: Written, node: &Node, subject: &Subject<'_>, cx: &mut Cx<'_>) -> Option<Operand> {
    let name = written.row.name;
    let Some(scalar) = node.as_scalar() else {
        bad(
            cx,
            node.span,
            format!("`{name}` takes one number, time or date, not {}", node.describe()),
            "write one bound",
        );
        return None;
    };
    if is_null(node, name, cx) {
        return None;
    }
    if let Some(inner) = field(&scalar.text) {
        return field_operand(written, node, inner, subject, cx);
    }
    let value = scalar.to_value();
    let fits = match (&value, subject.shape) {
        (Value::Number(number), Shape::Any | Shape::Number) => return bound(written, node, number, subject, cx),
        (Value::String(text), Shape::Date) => parse_date(text).is_some(),
        (Value::String(text), Shape::Any | Shape::Text) => parse_date(text).is_some() || parse_time(text).is_some(),
        _ => false,
    };
    if fits {
        return Some(Operand::Literal(value));
    }
    let (takes, help) = match subject.shape {
        Shape::Number => ("a number", "write a plain number: `5`"),
        Shape::Date => ("a date", "write year, month and day: `2026-01-31`"),
        Shape::Text => ("a time or a date", "its values are strings: `2026-01-31` or `\"2026-01-31T12:00:00Z\"`"),
        _ => ("a number, an RFC 3339 time or a date", "write `5`, `2026-01-31` or `\"2026-01-31T12:00:00Z\"`"),
    };
    let message = format!("`{name}` of `{}` takes {takes}, not {}", subject.shown, node.describe());
    bad(cx, node.span, message, help);
    None
}

/// A bound that some value of the selector can meet.
fn bound(written: Written, node: &Node, number: &Number, subject: &Subject<'_>, cx: &mut Cx<'_>) -> Option<Operand> {
    let (Domain::Whole(least, most), Takes::Ordered(op)) = (subject.domain, written.row.takes) else {
        return Some(Operand::Literal(Value::Number(number.clone())));
    };
    let least = Number::from(least);
    let never = match op {
        OrderOp::Less => *number <= least,
        OrderOp::AtMost => *number < least,
        OrderOp::Greater => most.is_some_and(|most| *number >= Number::from(most)),
        OrderOp::AtLeast => most.is_some_and(|most| *number > Number::from(most)),
    };
    if never {
        let message = format!("`{}` is never {}", subject.shown, worded(op, number));
        bad(cx, node.span, message, range(subject));
        return None;
    }
    Some(Operand::Literal(Value::Number(number.clone())))
}

fn worded(op: OrderOp, number: &Number) -> String {
    match op {
        OrderOp::Less => format!("less than {number}"),
        OrderOp::AtMost => format!("at most {number}"),
        OrderOp::Greater => format!("greater than {number}"),
        OrderOp::AtLeast => format!("at least {number}"),
    }
}

fn range(subject: &Subject<'_>) -> String {
    match subject.domain {
        Domain::Whole(least, Some(most)) => format!("it is a whole number from {least} to {most}"),
        Domain::Whole(least, None) => format!("it is a whole number from {least}"),
        _ => format!("it is {}", subject.shape.describe()),
    }
}

fn operand(written: Written, node: &Node, subject: &Subject<'_>, fields: bool, cx: &mut Cx<'_>) -> Option<Operand> {
    let name = written.row.name;
    let scalar = node.as_scalar()?;
    if is_null(node, name, cx) {
        return None;
    }
    if let Some(inner) = field(&scalar.text) {
        if fields {
            return field_operand(written, node, inner, subject, cx);
        }
        let help =
            "fields stand where one value is compared: `equals`, `in`, `contains`, order, `starts_with`, `ends_with`";
        bad(cx, node.span, format!("`{name}` takes no `\"${{selector}}\"`"), help);
        return None;
    }
    let value = match scalar.to_value() {
        Value::String(text) => Value::String(unescaped(&text).to_owned()),
        other => other,
    };
    literal(written, node, value, subject, cx).map(Operand::Literal)
}

/// A literal that some value of the selector can equal or hold.
fn literal(written: Written, node: &Node, value: Value, subject: &Subject<'_>, cx: &mut Cx<'_>) -> Option<Value> {
    let holds = matches!(written.row.name, "contains" | "not_contains");
    match (subject.shape, &value) {
        (Shape::Any | Shape::List | Shape::Object, _) => {}
        (Shape::Name | Shape::Text | Shape::Word | Shape::Date, _) if holds => {}
        (Shape::Word, Value::String(word)) => return is_word(node, word, subject, cx).then_some(value),
        (Shape::Date, Value::String(date)) if parse_date(date).is_some() => {}
        (Shape::Date, _) => {
            let message = format!("`{}` is never {}", subject.shown, node.describe());
            bad(cx, node.span, message, "write year, month and day: `2026-01-31`");
            return None;
        }
        (Shape::Hosts, Value::String(text)) => return Some(canonical_host(text)),
        (Shape::Urls, Value::String(text)) => return canonical_url(text, node, cx),
        (shape, Value::String(_)) if json_type(shape).is_none_or(is_string_like) => {}
        (Shape::Boolean, Value::Bool(_)) => {}
        (Shape::Number, Value::Number(number)) => return in_range(node, number, subject, cx).then_some(value),
        _ => {
            let message = format!("`{}` is never {}", subject.shown, node.describe());
            let text = node.as_scalar().map(|scalar| excerpt(&scalar.text)).unwrap_or_default();
            let help = match subject.shape {
                Shape::Number | Shape::Boolean => format!("it is {}", subject.shape.describe()),
                _ => format!("its values are strings; write `\"{text}\"` if you mean the text"),
            };
            bad(cx, node.span, message, help);
            return None;
        }
    }
    let empty = matches!(&value, Value::String(text) if text.is_empty());
    if holds && empty && !matches!(subject.shape, Shape::Names | Shape::List) {
        bad(cx, node.span, "every string contains the empty one", "name what it must contain");
        return None;
    }
    Some(value)
}

fn is_string_like(json: crate::policy::model::JsonType) -> bool {
    use crate::policy::model::JsonType;
    matches!(json, JsonType::String | JsonType::List)
}

fn is_word(node: &Node, word: &str, subject: &Subject<'_>, cx: &mut Cx<'_>) -> bool {
    let Domain::Words(words) = subject.domain else { return true };
    if words.contains(&word) {
        return true;
    }
    let message = format!("`{}` is never `{}`", subject.shown, excerpt(word));
    let lower = word.to_lowercase();
    let short = words.iter().find(|known| lower.len() >= 3 && known.starts_with(&lower)).copied();
    let help = match short.or_else(|| did_you_mean(&lower, words.iter().copied())) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("it is one of {}", words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")),
    };
    bad(cx, node.span, message, help);
    false
}

fn in_range(node: &Node, number: &Number, subject: &Subject<'_>, cx: &mut Cx<'_>) -> bool {
    let Domain::Whole(least, most) = subject.domain else { return true };
    let whole = number.as_u64().filter(|number| *number >= least && most.is_none_or(|most| *number <= most));
    if whole.is_none() {
        bad(cx, node.span, format!("`{}` is never {number}", subject.shown), range(subject));
    }
    whole.is_some()
}

/// As hosts of calls are written; a symbolic host (`git-remote:origin`) is its own text.
fn canonical_host(text: &str) -> Value {
    let host = HostValue::parse(text);
    Value::from(if host.doubt().is_none() { host.text() } else { text })
}

fn canonical_url(text: &str, node: &Node, cx: &mut Cx<'_>) -> Option<Value> {
    let url = UrlValue::parse(text);
    match url.doubt() {
        None => Some(Value::from(url.text())),
        Some(why) => {
            let message = format!("`{}` is not a URL: {why}", excerpt(text));
            bad(cx, node.span, message, "write a whole URL, or use `domain` and `scheme`");
            None
        }
    }
}

/// `"${selector}"`: one value of the call.
pub(super) fn field_operand(
    written: Written,
    node: &Node,
    inner: &str,
    subject: &Subject<'_>,
    cx: &mut Cx<'_>,
) -> Option<Operand> {
    let selector = field_selector(node, inner, subject, cx)?;
    let shape = shape_of(&selector, &cx.facts);
    let one_of = matches!(written.row.name, "in" | "not_in" | "contains" | "not_contains");
    let list = matches!(shape, Shape::Names | Shape::List);
    if list && !one_of {
        let message = format!("`{inner}` is a list, and `{}` compares with one value", written.row.name);
        bad(cx, node.span, message, "use `in` or `not_in`");
        return None;
    }
    let own = match subject.shape {
        Shape::Names | Shape::List => None,
        shape if shape.is_facet() => Some(crate::policy::model::JsonType::String),
        shape => json_type(shape),
    };
    if let (Some(own), Some(other), false) = (own, json_type(shape), list)
        && own != other
    {
        let message =
            format!("`{}` yields {}, and `{inner}` {}", subject.shown, subject.shape.describe(), shape.describe());
        bad(cx, node.span, message, "compare values of one type");
        return None;
    }
    Some(Operand::Field(selector))
}

/// The selector in `"${…}"`, which must have one value.
pub(super) fn field_selector(node: &Node, inner: &str, subject: &Subject<'_>, cx: &mut Cx<'_>) -> Option<Selector> {
    let scalar = node.as_scalar()?;
    let selector = match parse_selector(inner, &Scope { place: subject.place, facts: &cx.facts }) {
        Ok(selector) => selector,
        Err(error) => {
            let found = error.into_diagnostic(node.span, &scalar.text, 2);
            cx.report(found.help(format!("write `$${{{}}}` for the text itself", excerpt(inner))));
            return None;
        }
    };
    if selector.is_many() {
        bad(cx, node.span, format!("`{inner}` has many values, and an operand is one"), "name one value");
        return None;
    }
    Some(selector)
}
