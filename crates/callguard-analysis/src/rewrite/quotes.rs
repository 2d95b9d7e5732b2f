//! One word of a command in other quotes, or by way of a variable, a brace, a glob, a substitution.

use super::Way;
use super::draw::Draw;
use super::line::{Line, is_plain, quoted};
use std::fmt::Write as _;

pub(super) const WAYS: &[Way] = &[
    ("double quotes", |text, draw| one(text, draw, |word, _| format!("\"{word}\""))),
    ("single quotes", |text, draw| one(text, draw, |word, _| quoted(word))),
    ("part in quotes", |text, draw| {
        one(text, draw, |word, draw| cut(word, draw, |before, after| format!("{before}\"{after}\"")))
    }),
    ("empty quotes", |text, draw| {
        let empty = draw.one(&["\"\"", "''", "$''"]);
        one(text, draw, |word, draw| cut(word, draw, |before, after| format!("{before}{empty}{after}")))
    }),
    ("backslash", |text, draw| {
        one(text, draw, |word, draw| cut(word, draw, |before, after| format!("{before}\\{after}")))
    }),
    ("continued line", |text, draw| {
        one(text, draw, |word, draw| cut(word, draw, |before, after| format!("{before}\\\n{after}")))
    }),
    ("escapes of C", |text, draw| one(text, draw, escapes)),
    ("variable", variable),
    ("half in a variable", half_in_variable),
    ("default of a variable", |text, draw| one(text, draw, |word, _| format!("${{NOT_SET:-{word}}}"))),
    ("substitution", |text, draw| {
        let (open, close) = draw.one(&[("$(echo ", ")"), ("`echo ", "`"), ("$(printf %s ", ")")]);
        one(text, draw, |word, _| format!("{open}{word}{close}"))
    }),
    ("braces", braces),
    ("blanks", |text, draw| {
        let blank = draw.one(&["  ", "\t", " \t ", " \\\n"]);
        let mut line = Line::parse(text)?;
        line.tokens.iter_mut().filter(|token| !token.gap.is_empty()).for_each(|token| token.gap = blank.to_owned());
        Some(line.text())
    }),
    ("case of the program", |text, _| {
        let mut line = Line::parse(text)?;
        let program = *line.command()?.first()?;
        line.tokens[program].text = line.tokens[program].text.to_uppercase();
        Some(line.text())
    }),
];

/// On the disk of the published bypasses.
pub(super) const OF_BYPASSES: &[Way] = &[("glob", glob)];

fn one(text: &str, draw: &mut Draw<'_>, make: impl FnOnce(&str, &mut Draw<'_>) -> String) -> Option<String> {
    let mut line = Line::parse(text)?;
    let words = line.plain_words();
    let word = &mut line.tokens[*words.get(draw.below(words.len()))?].text;
    *word = make(word, draw);
    Some(line.text())
}

/// Cut where both parts hold something.
fn cut(word: &str, draw: &mut Draw<'_>, make: impl FnOnce(&str, &str) -> String) -> String {
    if word.len() < 2 {
        return format!("\"{word}\"");
    }
    let (before, after) = word.split_at(1 + draw.below(word.len() - 1));
    make(before, after)
}

fn escapes(word: &str, draw: &mut Draw<'_>) -> String {
    let mut out = "$'".to_owned();
    for c in word.chars() {
        let code = u32::from(c);
        // Writing to a string does not fail.
        let _ = match draw.below(5) {
            0 => write!(out, "\\x{code:02x}"),
            1 => write!(out, "\\{code:03o}"),
            2 => write!(out, "\\u{code:04x}"),
            _ => write!(out, "{c}"),
        };
    }
    out + "'"
}

fn variable(text: &str, draw: &mut Draw<'_>) -> Option<String> {
    let mut line = Line::parse(text)?;
    let words = line.plain_words();
    let word = &mut line.tokens[*words.get(draw.below(words.len()))?].text;
    let name = draw.one(&["v", "_x", "CMD"]);
    let used = draw.one(&["$N", "${N}", "\"$N\"", "\"${N}\""]).replace('N', name);
    let value = std::mem::replace(word, used);
    let separator = draw.one(&["; ", " && ", "\n"]);
    Some(format!("{name}={value}{separator}{}", line.text()))
}

fn half_in_variable(text: &str, draw: &mut Draw<'_>) -> Option<String> {
    let mut line = Line::parse(text)?;
    let words = line.plain_words();
    let word = &mut line.tokens[*words.get(draw.below(words.len()))?].text;
    if word.len() < 2 {
        return None;
    }
    let (before, after) = word.split_at(1 + draw.below(word.len() - 1));
    let (assigned, used) = if draw.chance(50) {
        (format!("h={before}"), format!("${{h}}{after}"))
    } else {
        (format!("h={after}"), format!("{before}$h"))
    };
    *word = used;
    Some(format!("{assigned}; {}", line.text()))
}

/// `{rm,-rf,/x}`
fn braces(text: &str, _: &mut Draw<'_>) -> Option<String> {
    let words: Vec<&str> = text.split(' ').collect();
    let fits = words.len() > 1 && words.iter().all(|word| is_plain(word) && !word.contains([',', '=']));
    fits.then(|| format!("{{{}}}", words.join(",")))
}

/// Files and directories that there are, from the root: a glob that matches one of them is that one.
const THERE: &[&str] = &[
    "etc/shadow",
    "work/victim",
    "work/victim/a",
    "work/victim/b",
    "home/agent/.ssh/id_rsa",
    "home/agent/.aws/credentials",
    "work/project/.env",
    "work/project/secrets/api-keys.json",
];

fn glob(text: &str, draw: &mut Draw<'_>) -> Option<String> {
    let mut line = Line::parse(text)?;
    let words = line.plain_words();
    let is_there = |at: &usize| line.tokens[*at].text.strip_prefix('/').is_some_and(|path| THERE.contains(&path));
    let words: Vec<usize> = words.into_iter().filter(is_there).collect();
    let at = *words.get(draw.below(words.len()))?;
    // Where a file is opened for the shell a glob may stay what it is.
    if at.checked_sub(1).is_some_and(|before| line.tokens[before].is_operator) {
        return None;
    }
    let word = &mut line.tokens[at].text;
    let last = word.pop()?;
    word.push_str(&match draw.below(4) {
        0 => "?".to_owned(),
        1 => format!("[{last}]"),
        2 => "[!0]".to_owned(),
        _ => format!("{last}*"),
    });
    Some(line.text())
}
