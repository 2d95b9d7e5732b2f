//! Operands: the scalars and lists that stand under operators.

use super::Cx;
use crate::call::facets::OperandError;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Node, NodeKind, Span};
use crate::value::Number;

/// Reports an operand that the operator does not take, or that nothing could meet.
pub(super) fn bad(cx: &mut Cx<'_>, span: Span, message: impl Into<String>, help: impl Into<String>) {
    cx.error(Code::BadOperand, span, message, help);
}

/// What a facet says of an operand.
pub(super) fn refused(span: Span, error: OperandError) -> Diagnostic {
    let found = Diagnostic::error(Code::BadOperand, span, error.message);
    error.help.into_iter().fold(found, Diagnostic::help)
}

/// The scalars of an operand: the one that stands there, or those of a list that is not empty.
pub(super) fn each<'n>(node: &'n Node, operator: &str, cx: &mut Cx<'_>) -> Option<&'n [Node]> {
    let items = match &node.kind {
        NodeKind::Scalar(_) => std::slice::from_ref(node),
        NodeKind::List(items) if items.is_empty() => {
            let help = "name at least one; whether there is a value at all is `exists`";
            cx.error(Code::EmptyValue, node.span, format!("`{operator}` has an empty list"), help);
            return None;
        }
        NodeKind::List(items) => items,
        NodeKind::Map(_) => {
            let message = format!("`{operator}` takes a scalar or a list of scalars, not {}", node.describe());
            bad(cx, node.span, message, "a part of an argument is named by the selector: `args.a.b`");
            return None;
        }
    };
    match items.iter().find(|item| item.as_scalar().is_none()) {
        Some(nested) => {
            let message = format!("`{operator}` takes a list of scalars, and this is {}", nested.describe());
            bad(cx, nested.span, message, "write the scalars themselves");
            None
        }
        None => Some(items),
    }
}

/// Whether the operand is `null`, which nothing is compared with.
pub(super) fn is_null(node: &Node, operator: &str, cx: &mut Cx<'_>) -> bool {
    if !node.is_null() {
        return false;
    }
    let (exists, word) = if operator.starts_with("not_") { ("true", "present") } else { ("false", "missing") };
    let help = format!("a value that is {word} is `exists: {exists}`; the word is `\"null\"`");
    bad(cx, node.span, format!("`{operator}` compares with nothing: this is null"), help);
    true
}

/// A text, as written.
pub(super) fn text(node: &Node, operator: &str, cx: &mut Cx<'_>) -> Option<String> {
    if is_null(node, operator, cx) {
        return None;
    }
    node.as_scalar().map(|scalar| scalar.text.clone())
}

/// `true` or `false`.
pub(super) fn flag(node: &Node, operator: &str, cx: &mut Cx<'_>) -> Option<bool> {
    let flag = node.as_bool();
    if flag.is_none() {
        let message = format!("`{operator}` takes `true` or `false`, not {}", node.describe());
        bad(cx, node.span, message, format!("write `{operator}: true`"));
    }
    flag
}

/// A number, exact.
pub(super) fn number(node: &Node, operator: &str, cx: &mut Cx<'_>) -> Option<Number> {
    let number = node.as_number();
    if number.is_none() {
        bad(cx, node.span, format!("`{operator}` takes a number, not {}", node.describe()), "write a plain number");
    }
    number
}

/// A whole number from 0.
pub(super) fn length(node: &Node, operator: &str, cx: &mut Cx<'_>) -> Option<u64> {
    let whole = node.as_number().and_then(|number| number.as_u64());
    if whole.is_none() {
        let message = format!("`{operator}` takes a whole number from 0, not {}", node.describe());
        bad(cx, node.span, message, "write a plain number: `3`");
    }
    whole
}

/// What `"${…}"` as a whole scalar holds.
pub(super) fn field(text: &str) -> Option<&str> {
    text.strip_prefix("${")?.strip_suffix('}')
}

/// `$$name` is the text `$name`, `$${x}` the text `${x}`.
pub(super) fn unescaped(text: &str) -> &str {
    match text.strip_prefix('$') {
        Some(rest) if field(rest).is_some() || is_reference(rest) => rest,
        _ => text,
    }
}

fn is_reference(text: &str) -> bool {
    let name = text.strip_prefix('$').unwrap_or_default();
    let starts = name.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_');
    starts && name.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-'))
}
