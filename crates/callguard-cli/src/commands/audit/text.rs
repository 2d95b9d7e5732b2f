//! One event on one line, for people.

use crate::screen::style;
use callguard::audit_log::Record;
use serde_json::{Map, Value};
use std::fmt::Write as _;

/// Time, what happened, tool, contract, who, why.
pub(super) fn line(record: &Record) -> String {
    let content = record.content();
    let action = text(content, "action");
    let style = style::of(word(action));
    let who = content.get("principal").and_then(|principal| {
        ["user_id", "service_id", "role"].iter().find_map(|name| principal.get(name)).and_then(Value::as_str)
    });
    let mut line = format!(
        "{}  {style}{action:17}{style:#}  {}",
        harmless(text(content, "timestamp")),
        harmless(text(content, "tool"))
    );
    for part in [content.get("decision_name").and_then(Value::as_str), who] {
        // INVARIANT: writing to a string does not fail.
        let _written = write!(line, "  {}", harmless(part.unwrap_or("-")));
    }
    if let Some(reason) = content.get("reason").and_then(Value::as_str) {
        let dim = style::DIM;
        let _written = write!(line, "  {dim}{}{dim:#}", harmless(reason));
    }
    line
}

fn word(action: &str) -> &'static str {
    match action {
        "call_denied" | "approval_denied" | "approval_timeout" | "result_withheld" | "policy_rejected" => "deny",
        "call_asked" | "call_would_deny" | "result_redacted" | "call_failed" | "unknown_outcome" => "ask",
        _ => "allow",
    }
}

fn text<'c>(content: &'c Map<String, Value>, name: &str) -> &'c str {
    content.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Without what a terminal would obey: names and reasons come from whom the log is about.
fn harmless(text: &str) -> String {
    let shown = |letter: char| match letter {
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        '\n' | '\r' | '\t' => ' ',
        letter if letter.is_control() => '\u{fffd}',
        letter => letter,
    };
    text.chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_has_nothing_to_obey() {
        assert_eq!(harmless("a\u{1b}[2Jb\nc\u{202e}d\u{9b}31m"), "a\u{fffd}[2Jb c\u{fffd}d\u{fffd}31m");
    }
}
