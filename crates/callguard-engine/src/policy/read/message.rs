//! Messages: text with `{selector}` placeholders.

use super::{Cx, Scope, parse_selector, text};
use crate::diagnostic::{Code, Diagnostic};
use crate::policy::model::{Kind, Message, Piece, Selector};
use crate::source::Node;

use super::selector::narrow;

/// Reads a message: every placeholder is a selector that may stand in a contract of that kind; `{{` is a brace.
///
/// A selector with many values shows its first.
pub(crate) fn read_message(node: &Node, cx: &mut Cx<'_>, kind: Kind) -> Option<Message> {
    let written = text(node, "message", cx)?.value;
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let mut sound = true;
    let mut rest = written.as_str();
    while let Some((before, after)) = rest.split_once('{') {
        plain.push_str(before);
        if let Some(after) = after.strip_prefix('{') {
            plain.push('{');
            rest = after;
            continue;
        }
        let start = written.len().saturating_sub(after.len());
        let Some((inner, after)) = placeholder(after) else {
            let place = narrow(node.span, &written, start.saturating_sub(1), 1);
            cx.error(Code::BadMessage, place, "a `{` that no `}` closes", "write `{{` for a brace");
            return None;
        };
        match field(node, &written, start, inner, kind, cx) {
            Some(selector) => {
                if !plain.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut plain)));
                }
                pieces.push(Piece::Field(selector));
            }
            None => sound = false,
        }
        rest = after;
    }
    plain.push_str(rest);
    if !plain.is_empty() {
        pieces.push(Piece::Text(plain));
    }
    sound.then_some(Message { pieces })
}

/// What stands before the closing brace, and what after it; a brace in a quoted key closes nothing.
fn placeholder(text: &str) -> Option<(&str, &str)> {
    let mut quoted = false;
    let mut escaped = false;
    for (at, letter) in text.char_indices() {
        match letter {
            '}' if !quoted => return Some((text.get(..at)?, text.get(at.checked_add(1)?..)?)),
            '"' if !escaped => quoted = !quoted,
            _ => {}
        }
        escaped = letter == '\\' && !escaped;
    }
    None
}

fn field(node: &Node, written: &str, start: usize, inner: &str, kind: Kind, cx: &mut Cx<'_>) -> Option<Selector> {
    if inner.trim().is_empty() {
        let place = narrow(node.span, written, start, inner.len().max(1));
        cx.error(
            Code::BadMessage,
            place,
            "a placeholder without a selector",
            "write `{principal.role}`, or `{{` for a brace",
        );
        return None;
    }
    match parse_selector(inner, &Scope { place: kind.into(), facts: &cx.facts }) {
        Ok(selector) => Some(selector),
        Err(error) => {
            let found: Diagnostic = error.into_diagnostic(node.span, written, start);
            cx.report(found.help("write `{{` for a brace"));
            None
        }
    }
}
