//! Tokens that the readers of AWK, Python and JavaScript share.

use std::str::Chars;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Name(String),
    Number,
    /// The text between the quotes, escapes as they stand.
    Text(String),
    /// A template or formatted text: the code within it.
    Template(Vec<String>),
    Regex,
    Newline,
    Sign(char),
}

/// What differs between the languages.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    pub(super) quotes: &'static str,
    pub(super) hash_comments: bool,
    pub(super) slash_comments: bool,
    pub(super) regexes: bool,
    /// Quotes take letters before them and come in threes.
    pub(super) python: bool,
    /// Back quotes hold templates.
    pub(super) templates: bool,
}

/// Splits code into tokens. `None`: something does not end, or a name is not plain ASCII.
pub(super) fn tokens(code: &str, rules: Rules) -> Option<Vec<Token>> {
    let mut lexer = Lexer { rest: code.chars(), rules, out: Vec::new() };
    while let Some(c) = lexer.rest.next() {
        lexer.token(c)?;
    }
    Some(lexer.out)
}

struct Lexer<'a> {
    rest: Chars<'a>,
    rules: Rules,
    out: Vec<Token>,
}

impl Lexer<'_> {
    fn token(&mut self, c: char) -> Option<()> {
        let next = self.rest.clone().next();
        match c {
            '\n' => self.out.push(Token::Newline),
            c if c.is_ascii_whitespace() => {}
            '\\' if next == Some('\n') => drop(self.rest.next()),
            '#' if self.rules.hash_comments => self.skip_line(),
            '/' if self.rules.slash_comments && next == Some('/') => self.skip_line(),
            '/' if self.rules.slash_comments && next == Some('*') => {
                let (_, after) = self.rest.as_str().split_once("*/")?;
                self.rest = after.chars();
            }
            '/' if self.rules.regexes && self.starts_regex() => self.regex()?,
            '`' if self.rules.templates => self.template()?,
            c if self.rules.quotes.contains(c) => self.quoted(c, "")?,
            c if c.is_ascii_digit() => {
                self.skip_while(|c| c.is_ascii_alphanumeric() || c == '.' || c == '_');
                self.out.push(Token::Number);
            }
            c if c.is_ascii_alphabetic() || c == '_' => {
                let mut name = String::from(c);
                while let Some(c) = self.rest.clone().next().filter(|c| c.is_ascii_alphanumeric() || *c == '_') {
                    self.rest.next();
                    name.push(c);
                }
                let quote = self.rest.clone().next().filter(|c| self.rules.python && self.rules.quotes.contains(*c));
                match quote.filter(|_| name.len() <= 2) {
                    Some(quote) => {
                        self.rest.next();
                        self.quoted(quote, &name.to_ascii_lowercase())?;
                    }
                    None => self.out.push(Token::Name(name)),
                }
            }
            // Python folds the letters of names: what looks odd may be `eval`.
            c if !c.is_ascii() || c.is_ascii_control() => return None,
            c => self.out.push(Token::Sign(c)),
        }
        Some(())
    }

    fn skip_line(&mut self) {
        let text = self.rest.as_str();
        let end = text.find('\n').unwrap_or(text.len());
        self.rest = text.split_at_checked(end).map_or("", |(_, after)| after).chars();
    }

    fn skip_while(&mut self, wanted: impl Fn(char) -> bool) {
        while self.rest.clone().next().is_some_and(&wanted) {
            self.rest.next();
        }
    }

    /// A `/` divides after a value and opens a regular expression elsewhere.
    fn starts_regex(&self) -> bool {
        match self.out.last() {
            Some(Token::Name(name)) => matches!(name.as_str(), "return" | "print" | "in" | "case" | "typeof"),
            Some(Token::Sign(')' | ']' | '$')) => false,
            Some(Token::Sign(_) | Token::Newline) | None => true,
            Some(_) => false,
        }
    }

    fn regex(&mut self) -> Option<()> {
        let mut in_class = false;
        loop {
            match self.rest.next()? {
                '\\' => drop(self.rest.next()),
                '[' => in_class = true,
                ']' => in_class = false,
                '\n' => return None,
                '/' if !in_class => break,
                _ => {}
            }
        }
        if self.rules.templates {
            self.skip_while(|c| c.is_ascii_alphabetic());
        }
        self.out.push(Token::Regex);
        Some(())
    }

    fn quoted(&mut self, quote: char, prefix: &str) -> Option<()> {
        let three = format!("{quote}{quote}");
        let end = if self.rules.python && self.rest.as_str().starts_with(&three) {
            self.rest = self.rest.as_str().strip_prefix(&three)?.chars();
            format!("{quote}{three}")
        } else {
            quote.to_string()
        };
        let mut text = String::new();
        loop {
            if let Some(after) = self.rest.as_str().strip_prefix(end.as_str()) {
                self.rest = after.chars();
                break;
            }
            match self.rest.next()? {
                '\n' if end.len() == 1 => return None,
                '\\' => text.extend(['\\', self.rest.next()?]),
                c => text.push(c),
            }
        }
        let formatted = prefix.contains('f') || prefix.contains('t');
        self.out.push(if formatted { Token::Template(holes(&text, "{")?) } else { Token::Text(text) });
        Some(())
    }

    fn template(&mut self) -> Option<()> {
        let mut text = String::new();
        loop {
            match self.rest.next()? {
                '`' => break,
                '\\' => text.extend(['\\', self.rest.next()?]),
                c => text.push(c),
            }
        }
        self.out.push(Token::Template(holes(&text, "${")?));
        Some(())
    }
}

/// The code in the holes of a template. What comes after a `:` in Python's is looked at too: it may have holes.
fn holes(text: &str, open: &str) -> Option<Vec<String>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once(open) {
        if open == "{" && after.starts_with('{') {
            rest = after.strip_prefix('{')?;
            continue;
        }
        let mut depth = 1_usize;
        let end = after.char_indices().find(|(_, c)| {
            match c {
                '{' => depth = depth.saturating_add(1),
                '}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth == 0
        });
        let (inner, after) = after.split_at_checked(end?.0)?;
        // A conversion or a format is no code.
        let code = if open == "{" { inner.split(['!', ':']).next().unwrap_or_default() } else { inner };
        if inner.len() > code.len() && inner.contains('{') || code.contains('\\') {
            return None;
        }
        found.push(code.to_owned());
        rest = after;
    }
    Some(found)
}

/// The text of a quoted literal without escapes. `None` if it has any.
pub(super) fn plain(text: &str) -> Option<&str> {
    if text.contains('\\') { None } else { Some(text) }
}
