//! The grammar of selectors: a name, then `.key`, `["key"]`, `[0]`, `[*]`.

use super::SelectorError;
use crate::diagnostic::Code;
use crate::policy::model::is_plain_key_char;
use crate::value::{Value, parse_json};

const MAX_STEPS: usize = 64;

/// A selector as written.
pub(super) struct Written {
    /// What stands before the first `.` or `[`.
    pub(super) root: String,
    /// The steps after it, each with where it starts.
    pub(super) steps: Vec<(Step, usize)>,
}

/// A step as written.
#[derive(Debug)]
pub(super) enum Step {
    Key(String),
    Quoted(String),
    Index(usize),
    Every,
    /// `.**`
    Deep,
}

impl Written {
    pub(super) fn parse(text: &str) -> Result<Written, SelectorError> {
        let mut cursor = Cursor { text, rest: text };
        let root = cursor.plain_key()?;
        let mut steps = Vec::new();
        while !cursor.rest.is_empty() {
            let at = cursor.offset();
            steps.push((cursor.step()?, at));
            if steps.len() > MAX_STEPS {
                return Err(cursor.error(0, "a selector goes at most 64 steps deep", None));
            }
        }
        Ok(Written { root, steps })
    }

    /// The steps after `stem`, if it starts with that.
    pub(super) fn after(&self, stem: &str) -> Option<&[(Step, usize)]> {
        let mut keys = stem.split('.');
        if keys.next() != Some(&self.root) {
            return None;
        }
        let mut rest = self.steps.as_slice();
        for key in keys {
            match rest.split_first() {
                Some(((Step::Key(found), _), after)) if found == key => rest = after,
                _ => return None,
            }
        }
        Some(rest)
    }
}

struct Cursor<'a> {
    text: &'a str,
    rest: &'a str,
}

impl Cursor<'_> {
    fn offset(&self) -> usize {
        self.text.len().saturating_sub(self.rest.len())
    }

    fn error(&self, offset: usize, message: impl Into<String>, help: Option<String>) -> SelectorError {
        let len = self.text.len().saturating_sub(offset);
        SelectorError { code: Code::MalformedSelector, offset, len, message: message.into(), help }
    }

    fn take(&mut self, prefix: &str) -> bool {
        let after = self.rest.strip_prefix(prefix);
        self.rest = after.unwrap_or(self.rest);
        after.is_some()
    }

    fn step(&mut self) -> Result<Step, SelectorError> {
        if self.take(".**") {
            return Ok(Step::Deep);
        }
        if self.take(".") {
            return self.plain_key().map(Step::Key);
        }
        if self.take("[*]") {
            return Ok(Step::Every);
        }
        if self.rest.starts_with("[\"") {
            return self.quoted_key().map(Step::Quoted);
        }
        if self.rest.starts_with('[') {
            return self.index().map(Step::Index);
        }
        let found = self.rest.chars().next().unwrap_or_default();
        Err(self.error(
            self.offset(),
            format!("a selector cannot go on with `{}`", found.escape_debug()),
            self.quote_help(),
        ))
    }

    fn plain_key(&mut self) -> Result<String, SelectorError> {
        let end = self.rest.find(|letter| !is_plain_key_char(letter)).unwrap_or(self.rest.len());
        let (key, rest) = self.rest.split_at_checked(end).unwrap_or_default();
        if !key.is_empty() {
            self.rest = rest;
            return Ok(key.to_owned());
        }
        let at = self.offset();
        Err(match rest.chars().next() {
            None if self.text.is_empty() => self.error(0, "an empty selector", None),
            None => self.error(
                at,
                format!("`{}` ends with a dot", self.text),
                Some("name what follows, or drop the dot".to_owned()),
            ),
            Some('*') => {
                let help = "every element of a list is `[*]`, as in `args.items[*].price`; every string is `args.**`";
                self.error(at, "`*` is not a key", Some(help.to_owned()))
            }
            Some(letter) => {
                self.error(at, format!("a key cannot start with `{}`", letter.escape_debug()), self.quote_help())
            }
        })
    }

    fn quoted_key(&mut self) -> Result<String, SelectorError> {
        let start = self.offset();
        let inside = self.rest.strip_prefix('[').unwrap_or_default();
        let end = closing_quote(inside).filter(|end| inside.get(*end..).is_some_and(|after| after.starts_with(']')));
        let Some((quoted, after)) = end.and_then(|end| inside.split_at_checked(end)) else {
            return Err(self.error(start, "a quoted key ends with `\"]`", None));
        };
        let Ok(Value::String(key)) = parse_json(quoted.as_bytes()) else {
            return Err(self.error(
                start,
                "a quoted key is written as in JSON",
                Some("write a backslash twice".to_owned()),
            ));
        };
        self.rest = after.strip_prefix(']').unwrap_or_default();
        Ok(key)
    }

    fn index(&mut self) -> Result<usize, SelectorError> {
        let start = self.offset();
        let inside = self.rest.strip_prefix('[').unwrap_or_default();
        let index = inside.split_once(']').and_then(|(digits, after)| {
            let canonical = digits == "0" || !digits.starts_with(['0', '+']);
            Some((digits.parse().ok().filter(|_| canonical)?, after))
        });
        let Some((index, after)) = index else {
            let help = "write `[0]` for the first element, `[*]` for every one, `[\"key\"]` for an odd key";
            return Err(self.error(
                start,
                "in brackets stands an index, `*` or a key in double quotes",
                Some(help.to_owned()),
            ));
        };
        self.rest = after;
        Ok(index)
    }

    fn quote_help(&self) -> Option<String> {
        let (before, _) = self.text.split_at_checked(self.offset())?;
        let stem = before.trim_end_matches('.');
        (!stem.is_empty()).then(|| format!("a key with other characters is quoted: `{stem}[\"odd.key\"]`"))
    }
}

/// One past the quote that closes the string which `text` starts with.
fn closing_quote(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        match letter {
            '"' if !escaped => return at.checked_add(1),
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    None
}
