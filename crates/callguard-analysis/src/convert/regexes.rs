//! Regexes of Python as ours.

use regex_automata::nfa::thompson::{Compiler, Config, WhichCaptures};
use regex_syntax::ParserBuilder;
use std::iter::Peekable;
use std::str::Chars;

/// A regex in our words.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Regex {
    /// It holds where this is found.
    Finds(String),
    /// It holds where this is not found.
    Lacks(String),
}

/// What a regex of a policy may take, compiled.
const SIZE_LIMIT: usize = 256 << 10;

/// The regex in our words; why there is none, if there is none.
pub(super) fn converted(pattern: &str) -> Result<Regex, String> {
    if let Some(refused) = refused_beginning(pattern) {
        return checked(format!("^(?:{})", translated(refused))).map(Regex::Lacks);
    }
    checked(translated(pattern)).map(Regex::Finds)
}

/// `X` of `^(?!X)` and `^(?!X).*`, which find where `^X` does not.
fn refused_beginning(pattern: &str) -> Option<&str> {
    let inner = pattern.strip_prefix("^(?!")?;
    let inner = inner.strip_suffix(".*").unwrap_or(inner).strip_suffix(')')?;
    // Of an inner one that ends elsewhere, the beginning alone is no regex.
    (!is_multiline(inner) && ParserBuilder::new().build().parse(&translated(inner)).is_ok()).then_some(inner)
}

fn checked(regex: String) -> Result<String, String> {
    if let Err(error) = ParserBuilder::new().build().parse(&regex) {
        let said = error.to_string();
        return Err(said.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned());
    }
    let config = Config::new().which_captures(WhichCaptures::None).nfa_size_limit(Some(SIZE_LIMIT));
    match Compiler::new().configure(config).build(&regex) {
        Ok(_) => Ok(regex),
        Err(_) => Err("it takes more than 256 KiB".to_owned()),
    }
}

/// Whether `$` is also the end of a line.
fn is_multiline(pattern: &str) -> bool {
    pattern.split("(?").skip(1).any(|rest| {
        let flags: String = rest.chars().take_while(char::is_ascii_alphabetic).collect();
        flags.contains('m') && matches!(rest.chars().nth(flags.len()), Some(')' | ':'))
    })
}

/// The same in our syntax: `$` may stand before the last line end, `\Z` is the end of the text, a brace that counts nothing
/// is a letter, and a set has no sets within.
fn translated(pattern: &str) -> String {
    let is_multiline = is_multiline(pattern);
    let (mut out, mut letters) = (String::new(), pattern.chars().peekable());
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => escape(&mut letters, &mut out),
            '$' if !is_multiline => out.push_str(r"\n?\z"),
            '[' => set(&mut letters, &mut out),
            '{' => braces(&mut letters, &mut out),
            other => out.push(other),
        }
    }
    out
}

fn escape(letters: &mut Peekable<Chars<'_>>, out: &mut String) {
    match letters.next() {
        Some('Z') => out.push_str(r"\z"),
        Some(letter @ ('<' | '>')) => out.push(letter),
        letter => {
            out.push('\\');
            out.extend(letter);
        }
    }
}

fn set(letters: &mut Peekable<Chars<'_>>, out: &mut String) {
    out.push('[');
    out.extend(letters.next_if_eq(&'^'));
    if letters.next_if_eq(&']').is_some() {
        out.push_str(r"\]");
    }
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => escape(letters, out),
            ']' => return out.push(']'),
            '[' | '&' | '~' => out.extend(['\\', letter]),
            other => out.push(other),
        }
    }
}

/// `{n}`, `{n,}`, `{,m}`, `{n,m}`; every other brace is itself.
fn braces(letters: &mut Peekable<Chars<'_>>, out: &mut String) {
    let rest: String = letters.clone().take_while(|letter| letter.is_ascii_digit() || *letter == ',').collect();
    let ends = letters.clone().nth(rest.len()) == Some('}');
    let mut bounds = rest.split(',');
    match (bounds.next(), bounds.next(), bounds.next()) {
        (Some(least), most, None) if ends && !rest.is_empty() => {
            letters.by_ref().take(rest.len().saturating_add(1)).for_each(drop);
            let least = if least.is_empty() { "0" } else { least };
            let most = most.map(|most| format!(",{most}")).unwrap_or_default();
            out.push_str(&format!("{{{least}{most}}}"));
        }
        _ => out.push_str(r"\{"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(pattern: &str) -> String {
        match converted(pattern) {
            Ok(Regex::Finds(regex)) => regex,
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn ends_braces_and_sets_are_those_of_python() {
        assert_eq!(finds(r"^a\$[$]b$"), r"^a\$[$]b\n?\z");
        assert_eq!(finds(r"a\Z"), r"a\z");
        assert_eq!(finds("(?im)^a$"), "(?im)^a$");
        assert_eq!(finds(":(){.*};:"), r":()\{.*};:");
        assert_eq!(finds(r"\d{3}-x{,4}{}"), r"\d{3}-x{0,4}\{}");
        assert_eq!(finds("[]a[&]"), r"[\]a\[\&]");
        assert_eq!(finds(r"\<b\>"), "<b>");
    }

    #[test]
    fn what_must_not_come_first_is_what_is_not_found() {
        assert_eq!(converted("^(?!/workspace/).*"), Ok(Regex::Lacks("^(?:/workspace/)".to_owned())));
        assert_eq!(converted("^(?!a|b)"), Ok(Regex::Lacks("^(?:a|b)".to_owned())));
        for look_around in ["^(?!a)(?=b).*", "(?!a).*", "^(?!a).+", "(?=x)"] {
            assert!(converted(look_around).is_err_and(|why| why.contains("look-around")), "{look_around}");
        }
        assert!(converted(r"(a)\1").is_err());
        assert!(converted(r"\w{900}").is_err());
    }
}
