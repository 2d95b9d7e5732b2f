//! One glob over one name: `*`, `?`, `[a-z]`, `[!a-z]`, `\` before a literal. Quadratic at worst, no recursion.

use super::fold::{fold, skeleton};
use std::str::Chars;

/// A compiled glob. `*` and `?` match any characters; what a name may hold is up to the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Glob {
    /// None, if this matches one text only.
    tokens: Vec<Token>,
    /// That text.
    literal: Option<Box<str>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Literal(char),
    One,
    Many,
    Class { negated: bool, ranges: Vec<(char, char)> },
}

impl Glob {
    /// Reads a pattern. An unclosed `[` is itself, as in a shell.
    pub(in super::super) fn parse(pattern: &str) -> Glob {
        Glob::read(pattern).0
    }

    /// Whether a `[` is never closed: most likely a slip.
    pub(in super::super) fn has_unclosed_class(pattern: &str) -> bool {
        Glob::read(pattern).1
    }

    fn read(pattern: &str) -> (Glob, bool) {
        if !pattern.bytes().any(|byte| matches!(byte, b'*' | b'?' | b'[' | b'\\')) {
            return (Glob::literal(pattern), false);
        }
        let mut unclosed = false;
        let mut tokens = Vec::new();
        let mut rest = pattern.chars();
        while let Some(c) = rest.next() {
            let token = match c {
                '*' => Token::Many,
                '?' => Token::One,
                '[' => class(&mut rest).unwrap_or_else(|| {
                    unclosed = true;
                    Token::Literal('[')
                }),
                '\\' => Token::Literal(rest.next().unwrap_or('\\')),
                literal => Token::Literal(literal),
            };
            if token != Token::Many || tokens.last() != Some(&Token::Many) {
                tokens.push(token);
            }
        }
        (Glob::of(tokens), unclosed)
    }

    fn of(tokens: Vec<Token>) -> Glob {
        match tokens.iter().map(Token::letter).collect::<Option<String>>() {
            Some(literal) => Glob { tokens: Vec::new(), literal: Some(literal.into_boxed_str()) },
            None => Glob { tokens, literal: None },
        }
    }

    /// A glob that matches this text and nothing else.
    pub(in super::super) fn literal(text: &str) -> Glob {
        Glob { tokens: Vec::new(), literal: Some(text.into()) }
    }

    /// The text, if this matches one text only.
    pub(in super::super) fn as_literal(&self) -> Option<&str> {
        self.literal.as_deref()
    }

    /// A text that stands in every path with a matching name, `/` before the name included; none that is not ASCII.
    pub(super) fn fragment(&self) -> Option<String> {
        let mut runs: Vec<String> = vec!["/".to_owned()];
        for letter in self.letters() {
            match (letter, runs.last_mut()) {
                (Some(letter), Some(run)) => run.push(letter),
                _ => runs.push(String::new()),
            }
        }
        runs.into_iter().filter(|run| run.len() > 2 && run.is_ascii()).max_by_key(String::len)
    }

    /// Each character of it, in order; `None` where it takes others.
    fn letters(&self) -> impl DoubleEndedIterator<Item = Option<char>> {
        let literal = self.literal.iter().flat_map(|text| text.chars()).map(Some);
        literal.chain(self.tokens.iter().map(Token::letter))
    }

    /// Whether some name could match both, as far as their ends tell; a `.` at the start is matched by itself alone.
    pub(in super::super) fn may_meet(&self, other: &Glob) -> bool {
        self.is_hidden() == other.is_hidden() && self.ends_meet(other)
    }

    /// Whether it matches names that start with a `.`.
    pub(super) fn is_hidden(&self) -> bool {
        self.letters().next() == Some(Some('.'))
    }

    /// The same, where a `.` is a character like any other.
    pub(in super::super) fn ends_meet(&self, other: &Glob) -> bool {
        agree(self.letters(), other.letters()) && agree(self.letters().rev(), other.letters().rev())
    }

    /// Whether every text matches.
    pub(in super::super) fn matches_all(&self) -> bool {
        self.tokens == [Token::Many]
    }

    /// The same glob over folded names.
    pub(in super::super) fn folded(&self) -> Glob {
        self.map_literals(fold)
    }

    /// The same glob over skeletons of folded names.
    pub(in super::super) fn skeleton(&self) -> Glob {
        self.map_literals(|text| skeleton(&fold(text)))
    }

    fn map_literals(&self, change: impl Fn(&str) -> String) -> Glob {
        if let Some(literal) = &self.literal {
            return Glob { tokens: Vec::new(), literal: Some(change(literal).into_boxed_str()) };
        }
        let mut tokens = Vec::with_capacity(self.tokens.len());
        let mut run = String::new();
        for token in &self.tokens {
            match token {
                Token::Literal(c) => run.push(*c),
                other => {
                    tokens.extend(change(&run).chars().map(Token::Literal));
                    run.clear();
                    tokens.push(other.folded());
                }
            }
        }
        tokens.extend(change(&run).chars().map(Token::Literal));
        Glob::of(tokens)
    }

    /// Whether the whole of `text` matches.
    pub(in super::super) fn matches(&self, text: &str) -> bool {
        if let Some(literal) = &self.literal {
            return **literal == *text;
        }
        let ends_otherwise = |token: &Token| text.chars().next_back().is_none_or(|last| !token.accepts(last));
        if self.tokens.last().is_some_and(|token| !matches!(token, Token::Many) && ends_otherwise(token)) {
            return false;
        }
        let mut tokens = self.tokens.as_slice();
        let mut rest = text.chars();
        let mut retry: Option<(&[Token], Chars<'_>)> = None;
        loop {
            let mut ahead = rest.clone();
            match (tokens.split_first(), ahead.next()) {
                (None, None) => return true,
                (Some((Token::Many, after)), _) => {
                    retry = Some((after, rest.clone()));
                    tokens = after;
                    continue;
                }
                (Some(_), None) => return false,
                (Some((token, after)), Some(c)) if token.accepts(c) => {
                    tokens = after;
                    rest = ahead;
                    continue;
                }
                _ => {}
            }
            let Some((after, from)) = retry.as_mut() else { return false };
            if from.next().is_none() {
                return false;
            }
            tokens = after;
            rest = from.clone();
        }
    }
}

impl Token {
    /// The one character that it takes.
    fn letter(&self) -> Option<char> {
        if let Token::Literal(letter) = self { Some(*letter) } else { None }
    }

    fn accepts(&self, c: char) -> bool {
        match self {
            Token::Literal(literal) => *literal == c,
            Token::One | Token::Many => true,
            Token::Class { negated, ranges } => {
                ranges.iter().any(|(low, high)| (*low..=*high).contains(&c)) != *negated
            }
        }
    }

    /// A class takes both cases, since folded names are lower case.
    fn folded(&self) -> Token {
        let Token::Class { negated, ranges } = self else { return self.clone() };
        let lower = |c: char| c.to_lowercase().next().unwrap_or(c);
        let both = ranges.iter().copied().chain(ranges.iter().map(|(low, high)| (lower(*low), lower(*high)))).collect();
        Token::Class { negated: *negated, ranges: both }
    }
}

/// Whether two globs agree until one of them is open.
fn agree(left: impl Iterator<Item = Option<char>>, right: impl Iterator<Item = Option<char>>) -> bool {
    for pair in left.zip(right) {
        match pair {
            (Some(a), Some(b)) if a != b => return false,
            (Some(_), Some(_)) => {}
            _ => return true,
        }
    }
    true
}

/// The rest of a class, after its `[`. Takes nothing if it is not closed.
fn class(rest: &mut Chars<'_>) -> Option<Token> {
    let mut ahead = rest.clone();
    let negated = matches!(ahead.as_str().chars().next(), Some('!' | '^'));
    if negated {
        ahead.next();
    }
    let mut ranges: Vec<(char, char)> = Vec::new();
    loop {
        let low = match ahead.next()? {
            ']' if !ranges.is_empty() => break,
            '\\' => ahead.next()?,
            c => c,
        };
        ranges.push((low, high_end(&mut ahead, low)?));
    }
    *rest = ahead;
    Some(Token::Class { negated, ranges })
}

/// The end of a range that starts with `low`: itself unless `-x` follows (`-` before `]` is a literal).
fn high_end(ahead: &mut Chars<'_>, low: char) -> Option<char> {
    let mut peek = ahead.clone();
    if peek.next() != Some('-') || peek.as_str().starts_with(']') {
        return Some(low);
    }
    let high = match peek.next()? {
        '\\' => peek.next()?,
        c => c,
    };
    *ahead = peek;
    Some(high)
}
