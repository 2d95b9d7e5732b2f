//! One linear look at a script before a real parser sees it.
//!
//! The parser takes exponential time on unmatched `(` and its stack grows with nesting, so what it is given is
//! matched, short and shallow.

use std::str::Chars;

/// Bytes of a script, quoted here-document bodies aside.
const LONGEST_SCRIPT: usize = 16 * 1024;
/// Bytes of a script, all counted.
const LONGEST_TEXT: usize = 256 * 1024;
/// Words, and what stands between commands: what is read and looked up in a few milliseconds.
const MOST_PARTS: usize = 1024;
/// Quotes, substitutions and groups within each other: what a stack of 256 KiB holds.
const DEEPEST: usize = 16;

const TWO_READINGS: &str = "parentheses that are arithmetic to one reader and commands to another";
/// Of a keyword, and one byte more.
const LONGEST_KEYWORD: usize = 7;

/// What encloses the place that is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Within {
    Paren,
    /// `((…))`
    Arithmetic,
    /// `${…}`
    Brace,
    Double,
    Backquote,
}

/// A here-document that has been announced and whose body is still to come.
struct HereDocument {
    end: String,
    strip_tabs: bool,
    quoted: bool,
}

struct Scanner<'a> {
    rest: Chars<'a>,
    within: Vec<Within>,
    pending: Vec<HereDocument>,
    /// Whether a word starts here, so that `#` begins a comment.
    at_word_start: bool,
    compounds: usize,
    words: usize,
    signs: usize,
    /// `!` and `time` in a row.
    prefixes: usize,
    /// A list has just ended: what follows is a command, or closes one.
    ended: bool,
    /// A group has just been opened, and nothing of it has been seen.
    opened: bool,
    quoted_bodies: usize,
}

/// Whether the script can be given to the parser.
pub(super) fn check(text: &str) -> Result<(), &'static str> {
    if text.len() > LONGEST_TEXT {
        return Err("a command is longer than 256 KiB");
    }
    if text.contains(['\0', '\r']) {
        return Err("a command holds a character that shells take differently");
    }
    let mut scanner = Scanner::new(text);
    while scanner.step()?.is_some() {}
    if !scanner.within.is_empty() {
        return Err("a quote, parenthesis or brace is not closed");
    }
    if !scanner.pending.is_empty() {
        return Err("a here-document does not end");
    }
    if text.len().saturating_sub(scanner.quoted_bodies) > LONGEST_SCRIPT {
        return Err("a command is longer than 16 KiB");
    }
    Ok(())
}

/// The source between an opening `(` that has just been read and its partner, and what follows.
pub(super) fn to_closing_paren(text: &str) -> Option<(&str, &str)> {
    let mut scanner = Scanner::new(text);
    match text.strip_prefix('(') {
        Some(expression) => {
            scanner.rest = expression.chars();
            scanner.within.push(Within::Arithmetic);
        }
        None => scanner.within.push(Within::Paren),
    }
    while scanner.step().ok()?.is_some() {
        if scanner.within.is_empty() {
            return closed(text, scanner.rest.as_str());
        }
    }
    None
}

/// The source between an opening `${` that has just been read and its `}`, and what follows.
pub(super) fn to_closing_brace(text: &str) -> Option<(&str, &str)> {
    let mut scanner = Scanner::new(text);
    scanner.within.push(Within::Brace);
    while scanner.step().ok()?.is_some() {
        if scanner.within.is_empty() {
            return closed(text, scanner.rest.as_str());
        }
    }
    None
}

/// What stands before the sign of one byte that has just closed it, and what follows.
fn closed<'a>(text: &'a str, after: &'a str) -> Option<(&'a str, &'a str)> {
    let end = text.len().checked_sub(after.len())?.checked_sub(1)?;
    Some((text.get(..end)?, after))
}

impl<'a> Scanner<'a> {
    fn new(text: &'a str) -> Scanner<'a> {
        Scanner {
            rest: text.chars(),
            within: Vec::new(),
            pending: Vec::new(),
            at_word_start: true,
            compounds: 0,
            words: 0,
            signs: 0,
            prefixes: 0,
            ended: true,
            opened: false,
            quoted_bodies: 0,
        }
    }

    /// Goes on by one character, or one quoted part. `None` at the end.
    fn step(&mut self) -> Result<Option<()>, &'static str> {
        let word_start = std::mem::take(&mut self.at_word_start);
        if word_start && self.within.last() != Some(&Within::Double) {
            self.count_compound()?;
        }
        let Some(c) = self.rest.next() else { return Ok(None) };
        let opened = std::mem::take(&mut self.opened);
        self.count_part(c, word_start)?;
        self.ended = matches!(c, ';' | '\n') || self.ended && matches!(c, ' ' | '\t');
        match (c, self.within.last()) {
            ('\\', _) => self.opened = self.rest.next() == Some('\n') && opened,
            ('"', Some(Within::Double)) => self.leave(),
            ('`', Some(Within::Backquote)) => self.leave(),
            ('`', _) => self.enter(Within::Backquote)?,
            ('$', within) => self.dollar(within == Some(&Within::Double))?,
            (_, Some(Within::Double)) => {}
            ('\'', _) => self.skip_to('\'')?,
            ('"', _) => self.enter(Within::Double)?,
            ('(', within) => {
                // The parser takes `( (` for `((`, and with it a command for a number.
                if opened && within != Some(&Within::Arithmetic) {
                    return Err(TWO_READINGS);
                }
                self.open_paren()?;
                self.opened = self.within.last() == Some(&Within::Paren);
            }
            (')', Some(Within::Paren)) => self.leave(),
            (')', Some(Within::Arithmetic)) => self.close_arithmetic()?,
            ('}', Some(Within::Brace)) => self.leave(),
            (_, Some(Within::Brace)) => {}
            ('#', _) if word_start => {
                self.skip_comment();
                self.opened = opened;
            }
            ('<', within) if within != Some(&Within::Arithmetic) => self.less_than()?,
            ('\n', _) => {
                self.newline()?;
                self.opened = opened;
            }
            (c, _) => {
                self.at_word_start = matches!(c, ' ' | '\t' | ';' | '&' | '|');
                self.opened = opened && matches!(c, ' ' | '\t');
            }
        }
        if is_plain(c) {
            self.rest = self.rest.as_str().trim_start_matches(is_plain).chars();
        }
        Ok(Some(()))
    }

    fn count_part(&mut self, c: char, word_start: bool) -> Result<(), &'static str> {
        if matches!(c, ';' | '&' | '|' | '\n' | '(' | '`' | '<' | '>') {
            self.signs = self.signs.saturating_add(1);
        } else if word_start && !c.is_ascii_whitespace() {
            self.words = self.words.saturating_add(1);
        }
        if self.words.max(self.signs) > MOST_PARTS { Err("a command has too many parts") } else { Ok(()) }
    }

    fn enter(&mut self, within: Within) -> Result<(), &'static str> {
        self.within.push(within);
        self.at_word_start = within != Within::Double;
        if self.within.len() > DEEPEST { Err("a command is nested too deeply") } else { Ok(()) }
    }

    fn leave(&mut self) {
        self.within.pop();
    }

    fn dollar(&mut self, in_double: bool) -> Result<(), &'static str> {
        let text = self.rest.as_str();
        if text.starts_with('(') {
            self.rest.next();
            self.open_paren()
        } else if text.starts_with('{') {
            self.rest.next();
            self.enter(Within::Brace)?;
            self.at_word_start = false;
            Ok(())
        } else if text.starts_with('\'') && !in_double {
            self.rest.next();
            self.skip_ansi_quoted()
        } else {
            Ok(())
        }
    }

    fn open_paren(&mut self) -> Result<(), &'static str> {
        if self.rest.as_str().starts_with('(') {
            self.rest.next();
            return self.enter(Within::Arithmetic);
        }
        self.enter(Within::Paren)
    }

    /// `((a); b)` opens like arithmetic and is two groups: to a shell, not to every reader. Within arithmetic it is neither.
    fn close_arithmetic(&mut self) -> Result<(), &'static str> {
        self.leave();
        if self.rest.as_str().starts_with(')') {
            self.rest.next();
        } else if self.within.last() == Some(&Within::Arithmetic) {
            self.within.push(Within::Paren);
        } else {
            return Err(TWO_READINGS);
        }
        Ok(())
    }

    fn skip_to(&mut self, end: char) -> Result<(), &'static str> {
        if self.rest.any(|c| c == end) { Ok(()) } else { Err("a quote is not closed") }
    }

    fn skip_ansi_quoted(&mut self) -> Result<(), &'static str> {
        while let Some(c) = self.rest.next() {
            match c {
                '\\' => drop(self.rest.next()),
                '\'' => return Ok(()),
                _ => {}
            }
        }
        Err("a quote is not closed")
    }

    fn skip_comment(&mut self) {
        let text = self.rest.as_str();
        let end = text.find('\n').unwrap_or(text.len());
        self.rest = text.split_at_checked(end).map_or("", |(_, after)| after).chars();
    }

    /// Compound commands nest by keywords, which may also be plain words: all are counted. One is taken back where a
    /// list has ended and nothing encloses it, for there the word closes a compound, or the text does not parse.
    fn count_compound(&mut self) -> Result<(), &'static str> {
        const KEYWORDS: [&str; 8] = ["{", "if", "while", "until", "for", "case", "select", "coproc"];
        let text = self.rest.as_str();
        let ends = |byte: u8| matches!(byte, b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b'(' | b'<' | b'>');
        // No further than a keyword is long: this may be looked at from many places of one long word.
        let end = text.bytes().take(LONGEST_KEYWORD).position(ends).unwrap_or(LONGEST_KEYWORD.min(text.len()));
        let word = text.get(..end).unwrap_or("word");
        if matches!(word, "!" | "time") {
            self.prefixes = self.prefixes.saturating_add(1);
        } else if !word.is_empty() {
            self.prefixes = 0;
        }
        if KEYWORDS.contains(&word) {
            self.compounds = self.compounds.saturating_add(1);
        } else if self.ended && self.within.is_empty() && matches!(word, "}" | "fi" | "done" | "esac") {
            self.compounds = self.compounds.saturating_sub(1);
        }
        if self.compounds.max(self.prefixes) > DEEPEST {
            Err("a command has too many compound commands")
        } else {
            Ok(())
        }
    }

    fn less_than(&mut self) -> Result<(), &'static str> {
        let text = self.rest.as_str();
        let Some(after) = text.strip_prefix('<') else { return Ok(()) };
        if let Some(here_string) = after.strip_prefix('<') {
            self.rest = here_string.chars();
            return Ok(());
        }
        let (strip_tabs, after) = match after.strip_prefix('-') {
            Some(after) => (true, after),
            None => (false, after),
        };
        let (end, quoted, after) = delimiter(after.trim_start_matches([' ', '\t']))?;
        self.pending.push(HereDocument { end, strip_tabs, quoted });
        self.rest = after.chars();
        Ok(())
    }

    fn newline(&mut self) -> Result<(), &'static str> {
        self.at_word_start = true;
        for document in std::mem::take(&mut self.pending) {
            let before = self.rest.as_str().len();
            self.skip_body(&document)?;
            if document.quoted {
                let body = before.saturating_sub(self.rest.as_str().len());
                self.quoted_bodies = self.quoted_bodies.saturating_add(body);
            }
        }
        Ok(())
    }

    fn skip_body(&mut self, document: &HereDocument) -> Result<(), &'static str> {
        while !self.rest.as_str().is_empty() {
            let text = self.rest.as_str();
            let (line, after) = text.split_once('\n').unwrap_or((text, ""));
            self.rest = after.chars();
            let line = if document.strip_tabs { line.trim_start_matches('\t') } else { line };
            if line == document.end {
                return Ok(());
            }
        }
        Err("a here-document does not end")
    }
}

/// Within a word it ends nothing and begins nothing.
fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | ',' | ':' | '=' | '@' | '%' | '+')
}

/// The delimiter of a here-document without its quotes, whether it had any, and what follows.
fn delimiter(text: &str) -> Result<(String, bool, &str), &'static str> {
    let (mut end, mut quoted) = (String::new(), false);
    let mut rest = text.chars();
    loop {
        let mut ahead = rest.clone();
        match ahead.next() {
            Some(quote @ ('\'' | '"')) => {
                quoted = true;
                let (inner, after) = ahead.as_str().split_once(quote).ok_or("a quote is not closed")?;
                end.push_str(inner);
                rest = after.chars();
            }
            Some('\\') => {
                quoted = true;
                end.extend(ahead.next());
                rest = ahead;
            }
            Some(c) if !matches!(c, ' ' | '\t' | '\n' | ';' | '&' | '|' | '<' | '>' | '(' | ')' | '$' | '`') => {
                end.push(c);
                rest = ahead;
            }
            _ if end.is_empty() => return Err("a here-document without a plain delimiter"),
            _ => return Ok((end, quoted, rest.as_str())),
        }
    }
}
