//! Words of a script: quotes removed, the home expanded, everything else that a shell would change recognised.

use super::scan::{to_closing_brace, to_closing_paren};
use std::str::Chars;

/// A word as the program gets it, as far as that is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Word {
    /// The text; up to the first unknown part if it is not complete.
    pub(super) text: String,
    /// What is not known of it.
    pub(super) open: Option<Open>,
    /// The glob, if that is all that is open.
    pub(super) glob: Option<String>,
    /// A `/` stands in it, known part or not.
    pub(super) has_slash: bool,
}

/// Why a word is not known in full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Open {
    /// A variable or substitution: any text, and unquoted any number of words.
    Expansion,
    /// A glob: the names that it matches, one word each.
    Pattern,
}

/// What `~`, `$HOME` and `$PWD` stand for at one place of a script.
#[derive(Clone, Copy, Debug)]
pub(super) struct Home<'a> {
    pub(super) home: Option<&'a str>,
    pub(super) cwd: Option<&'a str>,
}

/// A decoded word, and the sources of the substitutions within it.
#[derive(Debug, Default)]
pub(super) struct Decoded {
    pub(super) word: Word,
    pub(super) substitutions: Vec<String>,
}

impl Word {
    /// A word known in full.
    pub(super) fn literal(text: impl Into<String>) -> Word {
        let text = text.into();
        Word { has_slash: text.contains('/'), text, open: None, glob: None }
    }

    /// A word of which nothing is known.
    pub(super) fn unknown() -> Word {
        Word { open: Some(Open::Expansion), ..Word::default() }
    }

    /// The text, if it is known in full.
    pub(super) fn known(&self) -> Option<&str> {
        if self.open.is_none() { Some(&self.text) } else { None }
    }

    /// Whether it may be an option: it starts with `-`, or nobody knows what it starts with.
    pub(super) fn may_be_option(&self) -> bool {
        self.text.starts_with('-') || self.open.is_some() && self.text.is_empty()
    }

    /// What follows a literal prefix, equally known.
    pub(super) fn after(&self, prefix: &str) -> Option<Word> {
        let text = self.text.strip_prefix(prefix)?.to_owned();
        let glob = self.glob.as_deref().and_then(|glob| glob.strip_prefix(prefix)).map(str::to_owned);
        Some(Word { text, open: self.open, glob, has_slash: self.has_slash })
    }
}

/// Decodes the source of one word.
pub(super) fn decode(source: &str, home: Home<'_>) -> Decoded {
    let mut decoder = Decoder::new(source, home);
    decoder.tilde();
    while let Some(c) = decoder.rest.next() {
        decoder.unquoted(c);
    }
    decoder.finish(source)
}

/// The sources of the substitutions in the body of an unquoted here-document.
pub(super) fn substitutions_of_body(body: &str) -> Vec<String> {
    let mut decoder = Decoder::new(body, Home { home: None, cwd: None });
    while let Some(c) = decoder.rest.next() {
        decoder.double_quoted(c);
    }
    decoder.out.substitutions
}

struct Decoder<'a> {
    rest: Chars<'a>,
    out: Decoded,
    home: Home<'a>,
    /// The text so far as a glob, what was quoted in it escaped.
    glob: String,
    braces: Braces,
}

/// How much of a brace expansion has been seen, and how long the text was before it.
#[derive(Clone, Copy, Debug)]
enum Braces {
    None,
    Open(usize),
    Separated(usize),
    Closed(usize),
}

impl<'a> Decoder<'a> {
    fn new(source: &'a str, home: Home<'a>) -> Decoder<'a> {
        Decoder { rest: source.chars(), out: Decoded::default(), home, glob: String::new(), braces: Braces::None }
    }

    fn finish(mut self, source: &str) -> Decoded {
        if let Braces::Closed(before) = self.braces {
            self.out.word.text.truncate(before);
            self.out.word.open = Some(Open::Expansion);
        }
        if self.out.word.open == Some(Open::Pattern) {
            // Quotes within a class change what it means.
            if self.glob.contains('[') && source.contains(['\'', '"', '\\']) {
                self.out.word.open = Some(Open::Expansion);
            } else {
                self.out.word.glob = Some(self.glob);
            }
        }
        self.out
    }

    fn push(&mut self, c: char) {
        if matches!(c, '*' | '?' | '[' | '\\') {
            self.glob.push('\\');
        }
        self.glob.push(c);
        self.out.word.has_slash |= c == '/';
        if self.out.word.open.is_none() {
            self.out.word.text.push(c);
        }
    }

    fn push_all(&mut self, text: &str) {
        text.chars().for_each(|c| self.push(c));
    }

    fn unknown(&mut self) {
        self.out.word.open = Some(Open::Expansion);
    }

    fn pattern(&mut self, c: char) {
        self.glob.push(c);
        self.out.word.open.get_or_insert(Open::Pattern);
    }

    /// A comma or `..` between braces makes them an expansion.
    fn brace(&mut self, c: char) {
        self.braces = match (self.braces, c) {
            (Braces::None, '{') => Braces::Open(self.out.word.text.len()),
            (Braces::Open(before), ',') => Braces::Separated(before),
            (Braces::Open(before), '.') if self.rest.as_str().starts_with('.') => Braces::Separated(before),
            (Braces::Separated(before), '}') => Braces::Closed(before),
            (braces, _) => braces,
        };
        self.push(c);
    }

    fn tilde(&mut self) {
        let Some(after) = self.rest.as_str().strip_prefix('~') else { return };
        let end = after.find(['/', ':']).unwrap_or(after.len());
        let Some((user, rest)) = after.split_at_checked(end) else { return };
        let known = match user {
            "" => self.home.home,
            "+" => self.home.cwd,
            name if name.contains(['\'', '"', '\\', '$', '`']) => return,
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
                while let Some(c) = self.rest.next().filter(|c| *c != '\'') {
                    self.push(c);
                }
            }
            '"' => self.double_quotes(),
            '$' => self.dollar(false),
            '`' => self.backquoted(),
            '[' if !self.rest.as_str().contains(']') => self.push(c),
            '*' | '?' | '[' => self.pattern(c),
            '{' | ',' | '.' | '}' => self.brace(c),
            c => self.push(c),
        }
    }

    fn double_quotes(&mut self) {
        while let Some(c) = self.rest.next().filter(|c| *c != '"') {
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
            '`' => self.backquoted(),
            c => self.push(c),
        }
    }

    fn dollar(&mut self, quoted: bool) {
        let text = self.rest.as_str();
        let mut next = text.chars();
        match next.next() {
            Some('(') => self.substitution(next.as_str()),
            Some('{') => self.parameter(next.as_str(), quoted),
            Some('\'') if !quoted => {
                self.rest = next;
                self.ansi_quoted();
            }
            Some('"') if !quoted => {
                self.rest = next;
                self.double_quotes();
            }
            Some(c) if c.is_ascii_alphabetic() || c == '_' => {
                let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
                let Some((name, after)) = text.split_at_checked(end) else { return };
                self.rest = after.chars();
                self.variable(name, quoted);
            }
            Some(c) if c.is_ascii_digit() || "@*#?-$!".contains(c) => {
                self.rest = next;
                self.unknown();
            }
            _ => self.push('$'),
        }
    }

    fn substitution(&mut self, after: &str) {
        self.unknown();
        // The scan has matched every parenthesis, so there is a partner; without one nothing more is known.
        let (inner, rest) = to_closing_paren(after).unwrap_or((after, ""));
        let rest = rest.len();
        self.out.substitutions.push(inner.to_owned());
        self.keep_last(rest);
    }

    fn parameter(&mut self, after: &str, quoted: bool) {
        let (inner, rest) = to_closing_brace(after).unwrap_or((after, ""));
        let rest = rest.len();
        if inner.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            self.variable(inner, quoted);
        } else {
            self.unknown();
            self.out.substitutions.extend(substitutions_of_body(inner));
        }
        self.keep_last(rest);
    }

    /// Goes on with the last `length` bytes.
    fn keep_last(&mut self, length: usize) {
        let text = self.rest.as_str();
        let skip = text.len().saturating_sub(length);
        self.rest = text.split_at_checked(skip).map_or("", |(_, after)| after).chars();
    }

    /// `$HOME` and `$PWD`, where they stay one word.
    fn variable(&mut self, name: &str, quoted: bool) {
        let value = match name {
            "HOME" => self.home.home,
            "PWD" => self.home.cwd,
            _ => None,
        };
        match value.filter(|value| quoted || !value.contains([' ', '\t', '\n', '*', '?', '['])) {
            Some(value) => self.push_all(value),
            None => self.unknown(),
        }
    }

    fn backquoted(&mut self) {
        self.unknown();
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
        self.out.substitutions.push(inner);
    }

    /// `$'…'`: C's escapes. One that gives a byte beyond ASCII, or NUL, is not followed.
    fn ansi_quoted(&mut self) {
        while let Some(c) = self.rest.next().filter(|c| *c != '\'') {
            if c != '\\' {
                self.push(c);
                continue;
            }
            match self.escape() {
                Some(c) => self.push(c),
                None => self.unknown(),
            }
        }
    }

    fn escape(&mut self) -> Option<char> {
        let c = self.rest.next()?;
        let code = match c {
            'a' => 0x07,
            'b' => 0x08,
            'e' | 'E' => 0x1b,
            'f' => 0x0c,
            'n' => 0x0a,
            'r' => 0x0d,
            't' => 0x09,
            'v' => 0x0b,
            '\\' | '\'' | '"' | '?' => return Some(c),
            'x' => self.digits(0, 16, 2).filter(|code| *code < 0x80)?,
            'u' => self.digits(0, 16, 4)?,
            'U' => self.digits(0, 16, 8)?,
            '0'..='7' => {
                let first = c.to_digit(8)?;
                self.digits(first, 8, 2).unwrap_or(first)
            }
            _ => return None,
        };
        let is_octal = c.is_ascii_digit();
        char::from_u32(code).filter(|found| *found != '\0' && (!is_octal || found.is_ascii()))
    }

    /// Up to `most` digits after a first value. `None` if there is none, or it is too large.
    fn digits(&mut self, first: u32, radix: u32, most: usize) -> Option<u32> {
        let text = self.rest.as_str();
        let count = text.chars().take(most).take_while(|c| c.is_digit(radix)).count();
        let (digits, after) = text.split_at_checked(count).filter(|(digits, _)| !digits.is_empty())?;
        self.rest = after.chars();
        digits.chars().try_fold(first, |value, c| value.checked_mul(radix)?.checked_add(c.to_digit(radix)?))
    }
}
