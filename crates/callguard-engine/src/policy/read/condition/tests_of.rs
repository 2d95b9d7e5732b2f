//! Operators: what stands under a selector becomes tests.

use super::operand::{bad, each, flag, length, number};
use super::subject::Subject;
use super::{Cx, IGNORE_CASE, ignore_case, lint, pattern, scalars, typed};
use crate::audit::detect::DetectKind;
use crate::diagnostic::{Code, Diagnostic, did_you_mean};
use crate::policy::model::{Comparison, CustomTest, JsonType, Negatable, OrderOp, SizeOp, Test};
use crate::policy::register::operators::{COMPARISONS, OPERATORS, OperatorRow, Takes, operator};
use crate::source::{Entry, Node, NodeKind, Span, excerpt};

/// How an operator was written.
#[derive(Clone, Copy)]
pub(super) struct Written {
    pub(super) row: &'static OperatorRow,
    /// The operator itself, or its operand where none is written.
    pub(super) span: Span,
    pub(super) ignore_case: bool,
}

impl Written {
    pub(super) fn negatable<T>(self, positive: T) -> Negatable<T> {
        Negatable { positive, negated: self.row.negates.is_some(), ignore_case: self.ignore_case }
    }
}

/// A scalar means `equals`, a list means `in`, a map holds operators.
pub(super) fn read(node: &Node, subject: &Subject<'_>, cx: &mut Cx<'_>) -> Option<Vec<Test>> {
    let implied = match &node.kind {
        NodeKind::Map(entries) => return operators(node, entries, subject, cx),
        NodeKind::Scalar(_) => "equals",
        NodeKind::List(_) => "in",
    };
    let written = Written { row: operator(implied)?, span: node.span, ignore_case: false };
    test(written, node, subject, cx).map(|test| vec![test])
}

fn operators(node: &Node, entries: &[Entry], subject: &Subject<'_>, cx: &mut Cx<'_>) -> Option<Vec<Test>> {
    let fold = ignore_case(entries, cx)?;
    let folding = entries.iter().find(|entry| entry.key == IGNORE_CASE);
    match folding {
        Some(folding) if !entries.iter().filter(named).any(|entry| folds(&entry.key, subject)) => {
            let message = format!("`{IGNORE_CASE}` stands beside no operator that compares text");
            cx.error(
                Code::BadOperand,
                folding.key_span,
                message,
                "write it beside `equals`, `contains`, `like`, `matches`, …",
            );
            return None;
        }
        None if entries.is_empty() => {
            let message = format!("`{}` is not tested for anything", subject.shown);
            cx.error(Code::EmptyValue, node.span, message, "write an operator, as in `{ equals: 5 }`");
            return None;
        }
        _ => {}
    }
    let tests: Vec<Option<Test>> =
        entries.iter().filter(named).map(|entry| named_test(entry, fold, subject, cx)).collect();
    tests.into_iter().collect()
}

fn named(entry: &&Entry) -> bool {
    entry.key != IGNORE_CASE
}

fn folds(key: &str, subject: &Subject<'_>) -> bool {
    // An unknown operator is reported as that, not as one that does not fold.
    operator(key).is_none_or(|row| row.folds()) && !subject.shape.is_facet()
}

fn named_test(entry: &Entry, fold: bool, subject: &Subject<'_>, cx: &mut Cx<'_>) -> Option<Test> {
    if let Some(row) = operator(&entry.key) {
        let written = Written { row, span: entry.key_span, ignore_case: fold && row.folds() };
        return test(written, &entry.value, subject, cx);
    }
    if cx.custom_operators.contains(&entry.key) {
        return Some(Test::Custom(CustomTest { name: entry.key.clone(), operand: entry.value.to_value() }));
    }
    cx.report(unknown(entry, subject, cx));
    None
}

fn unknown(entry: &Entry, subject: &Subject<'_>, cx: &Cx<'_>) -> Diagnostic {
    let key = entry.key.as_str();
    let shown = excerpt(key);
    if key.starts_with("x_") {
        let found =
            Diagnostic::error(Code::UnknownOperator, entry.key_span, format!("the host has no operator `{shown}`"));
        return found.help(match did_you_mean(key, cx.custom_operators.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "operators that start with `x_` are registered by the program that loads the policy".to_owned(),
        });
    }
    let found = Diagnostic::error(Code::UnknownOperator, entry.key_span, format!("`{shown}` is not an operator"));
    if matches!(key, "any" | "all" | "not") {
        let inside = format!("{{ {}: … }}", subject.shown);
        let inside = if key == "not" { inside } else { format!("[{inside}, …]") };
        return found.help(format!("`{key}` stands around selectors: `{key}: {inside}`"));
    }
    let renamed = OPERATORS.iter().find(|row| row.also.contains(&key)).map(|row| row.name);
    let names = OPERATORS.iter().filter(|row| subject.takes(row)).map(|row| row.name);
    found.help(match renamed.or_else(|| did_you_mean(key, names.chain([IGNORE_CASE]))) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("`{}` takes {}; `docs/reference/operators.md` lists all", subject.shown, subject.operators()),
    })
}

fn test(written: Written, node: &Node, subject: &Subject<'_>, cx: &mut Cx<'_>) -> Option<Test> {
    let row = written.row;
    if !subject.takes(row) {
        let message =
            format!("`{}` can never apply to `{}`, which yields {}", row.name, subject.shown, subject.shape.describe());
        cx.error(Code::OperatorNeverApplies, written.span, message, subject.instead_of(row));
        return None;
    }
    lint::operator(written, node, subject, cx);
    match row.takes {
        Takes::Flag(make) => flag(node, row.name, cx).map(make),
        Takes::Scalars { make, fields } => scalars::test(written, node, subject, fields, make, cx),
        Takes::Ordered(op) => scalars::ordered(written, node, subject, cx).map(|operand| Test::Order(op, operand)),
        Takes::Texts(op) => pattern::texts(written, op, node, subject, cx),
        Takes::Length(op) => size(op, node, row.name, cx),
        Takes::Count => count(node, cx).map(Test::Count),
        Takes::Types => types(node, subject, cx).map(Test::Is),
        Takes::Detectors => detectors(node, cx).map(Test::Detects),
        Takes::Typed(_) | Takes::Ports(_) | Takes::TypedFlag(_) => typed::test(written, node, cx),
    }
}

fn size(op: SizeOp, node: &Node, name: &str, cx: &mut Cx<'_>) -> Option<Test> {
    let bound = length(node, name, cx)?;
    if op == SizeOp::Shorter && bound == 0 {
        bad(cx, node.span, "nothing is shorter than 0 characters", "an empty string is `equals: \"\"`");
        return None;
    }
    Some(Test::Size(op, bound))
}

/// A number, or a map of comparisons.
fn count(node: &Node, cx: &mut Cx<'_>) -> Option<Vec<Comparison>> {
    let Some(entries) = node.as_map() else {
        return length(node, "count", cx).map(|exactly| vec![Comparison::Exactly(exactly)]);
    };
    if entries.is_empty() {
        cx.error(Code::EmptyValue, node.span, "`count` says nothing", "write `count: 3`, or `count: { at_least: 1 }`");
        return None;
    }
    let comparisons: Vec<Option<Comparison>> = entries.iter().map(|entry| comparison(entry, cx)).collect();
    comparisons.into_iter().collect()
}

fn comparison(entry: &Entry, cx: &mut Cx<'_>) -> Option<Comparison> {
    let Some((_, op)) = COMPARISONS.iter().find(|(name, _)| *name == entry.key) else {
        let message = format!("`{}` is not an operator of `count`", excerpt(&entry.key));
        let help = match did_you_mean(&entry.key, COMPARISONS.iter().map(|(name, _)| *name)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`count` takes a number, or `greater_than`, `at_least`, `less_than`, `at_most`".to_owned(),
        };
        cx.error(Code::UnknownOperator, entry.key_span, message, help);
        return None;
    };
    let bound = number(&entry.value, &entry.key, cx)?;
    if *op == OrderOp::Less && (bound.is_zero() || bound.is_negative()) || *op == OrderOp::AtMost && bound.is_negative()
    {
        bad(cx, entry.value.span, "no count is below 0", "nothing at all is `count: 0`");
        return None;
    }
    Some(Comparison::Order(*op, bound))
}

fn types(node: &Node, subject: &Subject<'_>, cx: &mut Cx<'_>) -> Option<Vec<JsonType>> {
    let mut types = Vec::new();
    for item in each(node, "is", cx)? {
        let word = item.as_scalar().map(|scalar| scalar.text.as_str()).unwrap_or_default();
        match JsonType::ALL.iter().find(|(name, _)| *name == word) {
            Some((_, known)) => types.push(*known),
            None => {
                let known = JsonType::ALL.iter().map(|(name, _)| *name);
                let help = match did_you_mean(word, known) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "the types are `string`, `number`, `boolean`, `list`, `object` and `null`".to_owned(),
                };
                bad(cx, item.span, format!("{} is not a type", item.describe()), help);
                return None;
            }
        }
    }
    match subject.json_type() {
        Some(fixed) if !types.contains(&fixed) && !types.contains(&JsonType::Null) => {
            let message = format!("`{}` always yields {}", subject.shown, subject.shape.describe());
            bad(cx, node.span, message, "leave the test out");
            None
        }
        _ => Some(types),
    }
}

fn detectors(node: &Node, cx: &mut Cx<'_>) -> Option<Vec<DetectKind>> {
    let mut kinds = Vec::new();
    for item in each(node, "detects", cx)? {
        let word = super::operand::text(item, "detects", cx)?;
        match DetectKind::parse(&word) {
            Ok(kind) => kinds.push(kind),
            Err(error) => {
                cx.report(super::operand::refused(item.span, error));
                return None;
            }
        }
    }
    Some(kinds)
}
