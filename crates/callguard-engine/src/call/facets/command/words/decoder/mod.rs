//! One word, character by character.

mod escapes;
mod text;

use super::super::scan::{to_closing_brace, to_closing_paren};
use super::parameter::{self, Parameter};
use super::{NUMBER, Open, Scope, Variables, Word};
use compact_str::CompactString;
use std::str::Chars;

/// A decoded word, and the sources of the substitutions within it.
#[derive(Debug, Default)]
pub(in super::super) struct Decoded {
    pub(in super::super) word: Word,
    pub(in super::super) substitutions: Vec<String>,
    /// Why it may run more.
    pub(in super::super) doubt: Option<&'static str>,
}

/// Decodes the source of one word, its braces expanded already.
pub(in super::super) fn decode(source: &str, scope: Scope<'_>) -> Decoded {
    let mut decoder = Decoder::new(source, scope);
    decoder.tilde();
    while let Some(c) = decoder.next_sign() {
        decoder.unquoted(c);
    }
    decoder.finish(source)
}

/// Decodes what is assigned: it is not split, and its globs stay as they are.
pub(in super::super) fn decode_assigned(source: &str, scope: Scope<'_>) -> Decoded {
    let mut decoder = Decoder { assigned: true, ..Decoder::new(source, scope) };
    decoder.tilde();
    while let Some(c) = decoder.next_sign() {
        decoder.unquoted(c);
    }
    let mut decoded = decoder.finish(source);
    let word = &mut decoded.word;
    // Characters of a glob beside what is one already.
    if word.open == Some(Open::Pattern) && word.glob.as_deref().is_some_and(|glob| glob.contains('\\')) {
        (word.open, word.glob) = (Some(Open::Expansion), None);
    }
    decoded
}

/// Adds what stands in the bodies of parameters, however deep, without recursion.
fn look_into(mut bodies: Vec<String>, scope: Scope<'_>, out: &mut Decoded) {
    while let Some(body) = bodies.pop() {
        let mut decoder = Decoder::new(&body, scope);
        while let Some(c) = decoder.rest.next() {
            decoder.double_quoted(c);
        }
        out.substitutions.append(&mut decoder.out.substitutions);
        out.doubt = out.doubt.or(decoder.out.doubt);
        bodies.append(&mut decoder.bodies);
    }
}

/// What the body of an unquoted here-document holds: its substitutions, and its text if that is known.
pub(in super::super) fn substitutions_of_body(body: &str, scope: Scope<'_>) -> Decoded {
    let mut decoder = Decoder::new(body, scope);
    while let Some(c) = decoder.rest.next() {
        decoder.double_quoted(c);
    }
    decoder.finish(body)
}

struct Decoder<'a> {
    rest: Chars<'a>,
    out: Decoded,
    scope: Scope<'a>,
    /// What stands within parameters, still to be looked into.
    bodies: Vec<String>,
    /// The text so far as a glob, what was quoted in it escaped.
    glob: CompactString,
    /// It is assigned to a variable.
    assigned: bool,
    /// What is being read stands between quotes.
    quoted: bool,
}

impl<'a> Decoder<'a> {
    fn new(source: &'a str, scope: Scope<'a>) -> Decoder<'a> {
        Decoder {
            rest: source.chars(),
            out: Decoded::default(),
            scope,
            bodies: Vec::new(),
            glob: CompactString::default(),
            assigned: false,
            quoted: false,
        }
    }

    fn finish(mut self, source: &str) -> Decoded {
        look_into(std::mem::take(&mut self.bodies), self.scope, &mut self.out);
        if self.out.word.open == Some(Open::Pattern) {
            // Quotes within a class change what it means.
            let quoted_class = self.glob.replace(NUMBER, "").contains('[') && source.contains(['\'', '"', '\\']);
            if quoted_class {
                self.out.word.open = Some(Open::Expansion);
            } else {
                self.out.word.glob = Some(self.glob);
            }
        }
        self.out
    }

    fn unknown(&mut self) {
        self.out.word.open = Some(Open::Expansion);
        self.out.word.glob = None;
        self.out.word.many |= !self.quoted;
    }

    fn pattern(&mut self, c: char) {
        if self.assigned {
            return self.push(c);
        }
        self.glob.push(c);
        self.out.word.open.get_or_insert(Open::Pattern);
    }

    fn number(&mut self) {
        self.glob.push_str(NUMBER);
        self.out.word.open.get_or_insert(Open::Pattern);
    }

    fn tilde(&mut self) {
        let Some(after) = self.rest.as_str().strip_prefix('~') else { return };
        let end = after.find(['/', ':']).unwrap_or(after.len());
        let Some((user, rest)) = after.split_at_checked(end) else { return };
        let own = self.scope.home.and_then(|home| home.rsplit('/').next());
        let known = match user {
            "" => self.scope.home,
            "+" => self.scope.cwd,
            "root" => Some("/root"),
            name if name.contains(['\'', '"', '\\', '$', '`']) => return,
            name if own == Some(name) => self.scope.home,
            _ => None,
        };
        match known {
            Some(directory) => self.push_all(directory),
            None => self.unknown(),
        }
        self.rest = rest.chars();
    }

    fn unquoted(&mut self, c: char) {
        match c {
            '\\' => match self.rest.next() {
                Some('\n') | None => {}
                Some(escaped) => self.push(escaped),
            },
            '\'' => {
                let text = self.rest.as_str();
                let (quoted, after) = text.split_once('\'').unwrap_or((text, ""));
                self.push_all(quoted);
                self.rest = after.chars();
            }
            '"' => self.double_quotes(),
            '$' => self.dollar(false),
            '`' => self.backquoted(false),
            '[' if !self.rest.as_str().contains(']') => self.push(c),
            '*' | '?' | '[' => self.pattern(c),
            c => self.push(c),
        }
    }

    fn double_quotes(&mut self) {
        while let Some(c) = self.next_sign().filter(|c| *c != '"') {
            self.double_quoted(c);
        }
    }

    fn double_quoted(&mut self, c: char) {
        match c {
            '\\' => match self.rest.next() {
                Some('\n') | None => {}
                Some(c @ ('$' | '`' | '"' | '\\')) => self.push(c),
                Some(c) => {
                    self.push('\\');
                    self.push(c);
                }
            },
            '$' => self.dollar(true),
            '`' => self.backquoted(true),
            c => self.push(c),
        }
    }

    fn dollar(&mut self, quoted: bool) {
        let quoted = quoted || self.assigned;
        self.quoted = quoted;
        let text = self.rest.as_str();
        let mut next = text.chars();
        match next.next() {
            Some('(') => self.parenthesis(next.as_str(), quoted),
            Some('{') => self.parameter(next.as_str(), quoted),
            Some('\'') if !quoted || self.assigned => {
                self.quoted = true;
                self.rest = next;
                self.ansi_quoted();
            }
            Some('"') if !quoted || self.assigned => {
                self.rest = next;
                self.double_quotes();
            }
            Some(c) if c.is_ascii_alphabetic() || c == '_' => {
                let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
                let Some((name, after)) = text.split_at_checked(end) else { return };
                self.rest = after.chars();
                self.variable(name, quoted);
            }
            Some('$' | '#' | '?' | '!') => {
                self.rest = next;
                self.number();
            }
            Some(c) if c.is_ascii_digit() => {
                self.rest = next;
                self.variable(&c.to_string(), quoted);
            }
            Some('@' | '*' | '-') => {
                self.rest = next;
                self.several();
            }
            _ => self.push('$'),
        }
    }

    /// `$(…)`, or `$((…))` with a number.
    fn parenthesis(&mut self, after: &str, quoted: bool) {
        // The scan has matched every parenthesis, so there is a partner; without one nothing more is known.
        let (inner, rest) = to_closing_paren(after).unwrap_or((after, ""));
        let rest = rest.len();
        let arithmetic = inner.strip_prefix('(').and_then(|inner| inner.strip_suffix(')'));
        if arithmetic.is_some_and(|text| parameter::is_plain_arithmetic(text, self.scope.variables)) {
            self.number();
        } else if inner.trim() == "pwd" && self.scope.cwd.is_some() && self.scope.has_pwd {
            self.push_all(self.scope.cwd.unwrap_or_default());
        } else if let Some(arithmetic) = arithmetic {
            self.unknown();
            self.out.doubt = Some("arithmetic that may run code");
            self.bodies.push(arithmetic.to_owned());
        } else {
            match super::printed::printed(inner, self.scope) {
                Some(word) => self.value(&word, quoted),
                None => self.unknown(),
            }
            self.out.substitutions.push(inner.to_owned());
        }
        self.keep_last(rest);
    }

    fn parameter(&mut self, after: &str, quoted: bool) {
        let (inner, rest) = to_closing_brace(after).unwrap_or((after, ""));
        let rest = rest.len();
        match parameter::parse(inner) {
            Parameter::Plain(name) => self.variable(name, quoted),
            Parameter::Length => self.number(),
            Parameter::All => {
                self.several();
                self.bodies.push(inner.to_owned());
            }
            Parameter::Element { name, index } => match super::elements::at(name, index, self.scope.variables) {
                Some(word) => self.value(&word, quoted),
                None => self.other(inner),
            },
            Parameter::Cut { name, operator, pattern } => match self.cut(name, operator, pattern) {
                Some(word) => self.value(&word, quoted),
                None => self.other(inner),
            },
            Parameter::Default { name, word } => {
                match self.scope.variables.get(name).and_then(Option::as_ref).filter(|value| !value.text.is_empty()) {
                    Some(value) => self.value(value, quoted),
                    None => self.other(word),
                }
            }
            Parameter::Indirect => {
                self.other(inner);
                self.out.doubt = Some("a variable that is expanded twice");
            }
            Parameter::Other => self.other(inner),
        }
        self.keep_last(rest);
    }

    fn cut(&self, name: &str, operator: &str, pattern: &str) -> Option<Word> {
        let home = self.scope.home.filter(|_| name == "HOME").map(Word::literal);
        let value = home.or_else(|| self.scope.variables.get(name)?.clone())?;
        parameter::cut(&value, operator, pattern)
    }

    fn other(&mut self, inner: &str) {
        self.unknown();
        self.out.word.many |= inner.contains(['@', '*']);
        self.bodies.push(inner.to_owned());
    }

    /// What may be any number of words, quoted or not.
    fn several(&mut self) {
        self.unknown();
        self.out.word.many = true;
    }

    /// Goes on with the last `length` bytes.
    fn keep_last(&mut self, length: usize) {
        let text = self.rest.as_str();
        let skip = text.len().saturating_sub(length);
        self.rest = text.split_at_checked(skip).map_or("", |(_, after)| after).chars();
    }

    fn variable(&mut self, name: &str, quoted: bool) {
        const NUMBERS: [&str; 6] = ["RANDOM", "SECONDS", "LINENO", "UID", "EUID", "PPID"];
        let variables: &Variables = self.scope.variables;
        match (variables.get(name), name) {
            (Some(Some(value)), _) => self.value(value, quoted),
            (Some(None), _) => self.unknown(),
            (None, "HOME") => self.directory(self.scope.home, quoted),
            (None, "PWD") => self.directory(self.scope.cwd, quoted),
            (None, name) if NUMBERS.contains(&name) => self.number(),
            (None, _) => self.unknown(),
        }
    }

    /// `$HOME` and `$PWD`, where they stay one word.
    fn directory(&mut self, value: Option<&str>, quoted: bool) {
        match value.filter(|value| quoted || !value.contains([' ', '\t', '\n', '*', '?', '['])) {
            Some(value) => self.push_all(value),
            None => self.unknown(),
        }
    }

    /// What a variable holds. Unquoted, its own blanks and globs count.
    fn value(&mut self, value: &Word, quoted: bool) {
        match value.open {
            None if quoted => self.push_all(&value.text),
            None if value.text.contains([' ', '\t', '\n', '\\']) => self.unknown(),
            None => value.text.chars().for_each(|c| match c {
                '*' | '?' | '[' => self.pattern(c),
                c => self.push(c),
            }),
            Some(Open::Pattern) => {
                if self.out.word.open.is_none() {
                    self.out.word.text.push_str(&value.text);
                }
                let glob = value.glob.as_deref().unwrap_or_default();
                self.glob.push_str(glob);
                self.out.word.has_slash |= glob.contains('/');
                self.out.word.open.get_or_insert(Open::Pattern);
            }
            Some(Open::Below) if self.out.word.text.is_empty() && self.out.word.open.is_none() => {
                self.out.word = value.clone();
            }
            // A start that is known, and no more.
            Some(Open::Expansion) if quoted => {
                self.push_all(&value.text);
                self.unknown();
                self.out.word.many |= value.many;
            }
            Some(Open::Below | Open::Expansion) => self.unknown(),
        }
    }

    fn backquoted(&mut self, quoted: bool) {
        self.quoted = quoted || self.assigned;
        let mut inner = String::new();
        while let Some(c) = self.rest.next().filter(|c| *c != '`') {
            match c {
                '\\' => match self.rest.next() {
                    Some(c @ ('$' | '`' | '\\')) => inner.push(c),
                    Some(c) => inner.extend(['\\', c]),
                    None => {}
                },
                c => inner.push(c),
            }
        }
        self.unknown();
        self.out.substitutions.push(inner);
    }
}
