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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::source::{Sources, read_documents};
    use std::collections::BTreeSet;

    fn read(yaml: &str, kind: Kind) -> (Option<Message>, Vec<String>) {
        let mut sources = Sources::default();
        let file = sources.add("policy.yaml", yaml);
        let (documents, _) = read_documents(&sources, file);
        let operators = BTreeSet::new();
        let mut cx = Cx::new(&sources, &operators);
        let message = read_message(documents.first().unwrap(), &mut cx, kind);
        let found = cx.into_diagnostics().into_iter().map(|found| {
            let under = found.span.map_or("", |span| sources.text(span));
            format!("{} `{under}`: {}", found.code, found.message)
        });
        (message, found.collect())
    }

    #[test]
    fn placeholders_are_pieces_and_two_braces_are_one() {
        let (message, found) = read("\"a {{ {principal.role}{args[\\\"}\\\"]} }} b\"", Kind::Precondition);
        assert!(found.is_empty(), "{found:?}");
        let shown: Vec<String> = message
            .unwrap()
            .pieces
            .into_iter()
            .map(|piece| match piece {
                Piece::Text(text) => text,
                Piece::Field(selector) => format!("<{selector}>"),
            })
            .collect();
        assert_eq!(shown, ["a { ", "<principal.role>", "<args[\"}\"]>", " }} b"]);
    }

    #[test]
    fn every_wrong_placeholder_is_reported_where_it_stands() {
        let table: [(&str, &[&str]); 6] = [
            (
                "You are {principal.rol} in {env}",
                &["CG0301 `principal.rol`: `principal.rol` is not a selector", "CG0301 `env`: `env` is not a selector"],
            ),
            ("It was {output.text}.", &["CG0303 `output.text`: `output.text` cannot stand in a precondition"]),
            ("You are {principal.role.", &["CG0407 `{`: a `{` that no `}` closes"]),
            ("'{}'", &["CG0407 `}`: a placeholder without a selector"]),
            ("plain", &[]),
            ("\"{facts.x}\"", &["CG0304 `facts.x`: the fact `x` is not declared"]),
        ];
        for (text, expected) in table {
            let (message, found) = read(text, Kind::Precondition);
            assert_eq!(found, expected, "{text}");
            assert_eq!(message.is_some(), expected.is_empty(), "{text}");
        }
        assert!(read("It was {output.text}.", Kind::Postcondition).0.is_some());
    }
}
