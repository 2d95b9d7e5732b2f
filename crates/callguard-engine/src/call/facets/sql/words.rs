//! The words of `statement`.

use crate::call::facets::OperandError;
use crate::diagnostic::did_you_mean;
use sqlparser::ast::Statement;
use std::fmt::Write;

/// Every word that `statement` takes.
const WORDS: [&str; 48] = [
    "alter",
    "analyze",
    "attach",
    "begin",
    "call",
    "close",
    "comment",
    "commit",
    "copy",
    "create",
    "deallocate",
    "declare",
    "delete",
    "deny",
    "detach",
    "discard",
    "do",
    "drop",
    "execute",
    "explain",
    "fetch",
    "flush",
    "grant",
    "insert",
    "kill",
    "listen",
    "load",
    "lock",
    "merge",
    "notify",
    "open",
    "optimize",
    "pragma",
    "prepare",
    "release",
    "rename",
    "reset",
    "revoke",
    "rollback",
    "savepoint",
    "select",
    "set",
    "show",
    "truncate",
    "unlisten",
    "unlock",
    "update",
    "use",
];
/// Words that PostgreSQL has beside those.
const MORE: [&str; 1] = ["vacuum"];

/// The word for a statement: its first, in the spelling of [`WORDS`].
pub(super) fn word_of(statement: &Statement) -> String {
    let mut first = FirstWord(String::new());
    // Ends with an error as soon as the word is complete.
    let _ = write!(first, "{statement}");
    match first.0.as_str() {
        "start" => "begin".to_owned(),
        "end" => "commit".to_owned(),
        "replace" => "insert".to_owned(),
        "exec" => "execute".to_owned(),
        "desc" | "describe" => "explain".to_owned(),
        _ => first.0,
    }
}

/// Takes the first word of what is written to it, in lower case, and refuses the rest.
struct FirstWord(String);

impl Write for FirstWord {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        for c in text.chars() {
            if c.is_ascii_alphabetic() {
                self.0.push(c.to_ascii_lowercase());
            } else if !self.0.is_empty() {
                return Err(std::fmt::Error);
            }
        }
        Ok(())
    }
}

/// Checks an operand of `statement`.
pub(super) fn parse_word(word: &str) -> Result<String, OperandError> {
    let known = || WORDS.iter().chain(&MORE).copied();
    if known().any(|name| name == word) {
        return Ok(word.to_owned());
    }
    let lower = word.trim().to_lowercase();
    let help = match did_you_mean(&lower, known()) {
        _ if known().any(|name| name == lower) => format!("write it in lower case: `{lower}`"),
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("known are {}", known().collect::<Vec<_>>().join(", ")),
    };
    Err(OperandError { message: format!("`{word}` is not a kind of SQL statement"), help: Some(help) })
}
