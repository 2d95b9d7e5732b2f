//! What audit events and messages hide: `redaction` of a policy, and the rules that are built in.
//!
//! Hidden are the values of telling names, what the detectors find, what a policy's patterns match, and the secrets
//! that commands are given. A hidden part reads `[REDACTED:kind]`, or `[REDACTED:kind:tag]` where there is a key.

mod assignment;
mod command;
mod names;
mod quote;
mod tag;
#[cfg(test)]
mod tests;
mod words;

use super::detect::{DetectKind, Places};
use super::hits::{Hit, Scan, Signs, replaced, telling, telling_and_watched, through_escapes};
use super::pattern;
use crate::call::facets::OperandError;
use crate::value::{JsonLimits, Object, Value, parse_json_with, write_json};
use names::Names;
use regex::Regex;
use std::borrow::Cow;

pub use tag::Tagger;

/// What is cut off a longer value, in characters.
const MAX_VALUE: usize = 4096;

/// Rules of what to hide. The default is what is built in.
#[derive(Clone, Debug)]
pub struct RedactionRules {
    names: Names,
    patterns: Vec<Regex>,
    kinds: Vec<DetectKind>,
    max_value: usize,
    /// Whether commands and URLs are read for the secrets they are given.
    commands: bool,
    tagger: Option<Tagger>,
}

impl Default for RedactionRules {
    fn default() -> RedactionRules {
        RedactionRules {
            names: Names::builtin(),
            patterns: Vec::new(),
            kinds: vec![DetectKind::SECRET],
            max_value: MAX_VALUE,
            commands: true,
            tagger: None,
        }
    }
}

impl RedactionRules {
    /// Rules that hide nothing until something is added: `builtin: false`.
    pub fn without_builtin() -> RedactionRules {
        RedactionRules {
            names: Names::default(),
            patterns: Vec::new(),
            kinds: Vec::new(),
            max_value: MAX_VALUE,
            commands: false,
            tagger: None,
        }
    }

    /// Hides the values of a name, in every spelling (`badgeNumber`, `BADGE_NUMBER`) and at the end of longer names.
    ///
    /// # Errors
    /// It is not a name of one to five words.
    pub fn hide_key(&mut self, name: &str) -> Result<(), OperandError> {
        self.names.hide(name)
    }

    /// Leaves the values of exactly this name alone, in every spelling. What they hold is still searched.
    ///
    /// # Errors
    /// It is not a name of one to five words.
    pub fn keep_key(&mut self, name: &str) -> Result<(), OperandError> {
        self.names.keep(name)
    }

    /// Hides what a regex matches.
    ///
    /// # Errors
    /// It cannot be read, is too large, or matches the empty text.
    pub fn hide_pattern(&mut self, pattern: &str) -> Result<(), OperandError> {
        self.patterns.push(pattern::compile(pattern)?);
        Ok(())
    }

    /// Hides what a detector finds.
    pub fn hide_kind(&mut self, kind: DetectKind) {
        if !self.kinds.contains(&kind) {
            self.kinds.push(kind);
        }
    }

    /// Cuts values after so many characters.
    ///
    /// # Errors
    /// It is none, or more than can be counted.
    pub fn cut_after(&mut self, characters: u64) -> Result<(), OperandError> {
        self.max_value = usize::try_from(characters).ok().filter(|most| *most > 0).ok_or_else(|| OperandError {
            message: format!("`{characters}` is no length of a value"),
            help: Some("write how many characters of a value are kept, e.g. 4096".to_owned()),
        })?;
        Ok(())
    }

    /// Gives what is hidden a tag: `[REDACTED:kind:tag]`, the same for the same secret.
    pub fn tag_with(&mut self, tagger: Tagger) {
        self.tagger = Some(tagger);
    }

    /// The value without what the rules hide: under hidden names whole, in strings in part, keys too; strings cut.
    pub fn redact_value(&self, value: &Value) -> Value {
        self.value(value, self.max_value)
    }

    /// The text without what the rules hide, cut.
    pub fn redact_text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.text(text, self.max_value)
    }

    /// The text as a message may carry it: without what the rules hide, without control and invisible characters, cut to
    /// 120 characters, in quotes that it cannot leave.
    pub fn quote_for_message(&self, text: &str) -> String {
        quote::quoted(text, |visible| self.hide(visible))
    }

    /// The same for what stands in a field: one of the names on the way there may hide it whole.
    pub fn quote_field_for_message<'n>(&self, names: impl IntoIterator<Item = &'n str>, text: &str) -> String {
        match self.hidden_among(names) {
            Some(label) => format!("\"{}\"", self.marker(label, text)),
            None => self.quote_for_message(text),
        }
    }

    /// What the host itself says, as a message may carry it: without what the rules hide, without control and invisible
    /// characters, cut to 500 characters.
    pub fn say_for_message(&self, text: &str) -> String {
        quote::said(text, |visible| self.hide(visible))
    }

    /// [`RedactionRules::redact_text`] for what stands in a field: one of the names on the way may hide it whole.
    pub fn redact_field<'t, 'n>(&self, names: impl IntoIterator<Item = &'n str>, text: &'t str) -> Cow<'t, str> {
        match self.hidden_among(names) {
            Some(label) => Cow::Owned(self.marker(label, text)),
            None => self.redact_text(text),
        }
    }

    fn hidden_among<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> Option<&str> {
        names.into_iter().find_map(|name| self.names.hidden(name))
    }

    fn value(&self, value: &Value, most: usize) -> Value {
        match value {
            Value::Null | Value::Bool(_) => value.clone(),
            Value::Number(number) => match self.hide(number.as_str()) {
                Cow::Borrowed(_) => value.clone(),
                Cow::Owned(hidden) => Value::String(hidden),
            },
            Value::String(text) => Value::String(self.text(text, most).into_owned()),
            Value::List(items) => self.list(items, most),
            Value::Object(object) => Value::Object(self.object(object, most)),
        }
    }

    fn text<'t>(&self, text: &'t str, most: usize) -> Cow<'t, str> {
        match self.hide(text) {
            Cow::Borrowed(text) => cut(text, most),
            Cow::Owned(text) => Cow::Owned(cut(&text, most).into_owned()),
        }
    }

    fn object(&self, object: &Object, most: usize) -> Object {
        let pair = self.hidden_pair(object);
        super::rekeyed(object.iter().map(|(key, value)| {
            let hidden = self.names.hidden(key).or(pair.filter(|_| VALUE_KEYS.contains(&key)));
            let value = match hidden.filter(|_| !matches!(value, Value::Null | Value::Bool(_))) {
                Some(label) => Value::String(self.hidden_value(label, value)),
                None => self.value(value, most),
            };
            (self.text(key, most), value)
        }))
    }

    fn list(&self, items: &[Value], most: usize) -> Value {
        let words: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
        let given = match words.filter(|_| self.commands) {
            Some(words) => command::argv_hits(&words, &self.names),
            None => Vec::new(),
        };
        let given = given.into_iter().chain(std::iter::repeat(None));
        let redacted = items.iter().zip(given).map(|(item, hit)| match (item.as_str(), hit) {
            (Some(text), Some(hit)) => {
                let hidden = self.replace(text, [self.hits(text), vec![hit]].concat());
                Value::String(cut(&hidden.unwrap_or_default(), most).into_owned())
            }
            _ => self.value(item, most),
        });
        Value::List(redacted.collect())
    }

    /// `{ name: password, value: … }`: the hidden name whose value stands beside it.
    fn hidden_pair(&self, object: &Object) -> Option<&str> {
        NAME_KEYS.iter().find_map(|key| self.names.hidden(object.get(key)?.as_str()?))
    }

    /// Without what the rules hide; not cut.
    fn hide<'t>(&self, text: &'t str) -> Cow<'t, str> {
        // A text that is JSON is hidden by its structure first, so that it stays JSON.
        let structured = self.hide_json(text);
        let text = structured.map_or(Cow::Borrowed(text), Cow::Owned);
        match self.replace(&text, self.hits(&text)) {
            Some(hidden) => Cow::Owned(hidden),
            None => text,
        }
    }

    fn hide_json(&self, text: &str) -> Option<String> {
        let limits = JsonLimits { depth: EMBEDDED_DEPTH, ..JsonLimits::RESULT };
        let value = super::json_text(text).and_then(|text| parse_json_with(text.as_bytes(), limits).ok())?;
        let hidden = self.value(&value, usize::MAX);
        (hidden != value).then(|| write_json(&hidden))
    }

    fn replace(&self, text: &str, hits: Vec<Hit>) -> Option<String> {
        replaced(text, hits, |out, label, hidden| out.push_str(&self.marker(label, hidden)))
    }

    fn hits(&self, text: &str) -> Vec<Hit> {
        let mut hits = through_escapes(text, self);
        tag::outside_markers(text, &mut hits);
        hits
    }

    /// What stands for a value under a hidden name.
    fn hidden_value(&self, label: &str, value: &Value) -> String {
        match (&self.tagger, value) {
            (Some(_), Value::String(text)) => self.marker(label, text),
            (Some(_), Value::Number(number)) => self.marker(label, number.as_str()),
            (Some(_), other) => self.marker(label, &write_json(other)),
            (None, _) => self.marker(label, ""),
        }
    }

    fn marker(&self, label: &str, hidden: &str) -> String {
        match &self.tagger {
            None => format!("[REDACTED:{label}]"),
            Some(tagger) => format!("[REDACTED:{label}:{}]", tagger.of(hidden)),
        }
    }
}

impl Scan for RedactionRules {
    fn text(&self, text: &str, signs: Signs) -> Vec<Hit> {
        let mut setters = Places::new();
        let watched = self.commands.then_some(&mut setters);
        let mut hits = telling_and_watched(text, &self.kinds, &self.patterns, watched);
        if signs.separator {
            assignment::hits(text, &self.names, &mut hits);
        }
        if self.commands && (signs.dash || !setters.is_empty()) {
            command::hits(text, &setters, &self.names, &mut hits);
        }
        hits
    }

    fn encoded(&self, text: &str) -> Vec<Hit> {
        telling(text, &self.kinds, &self.patterns)
    }
}

/// How deep JSON within a string is read by its structure; deeper, it is text.
const EMBEDDED_DEPTH: usize = 16;

/// Where pairs keep their names, and their values.
const NAME_KEYS: [&str; 4] = ["name", "key", "header", "field"];
const VALUE_KEYS: [&str; 2] = ["value", "values"];

/// The first `most` characters and a word about the rest.
fn cut(text: &str, most: usize) -> Cow<'_, str> {
    if text.len() <= most {
        return Cow::Borrowed(text);
    }
    match text.char_indices().nth(most).and_then(|(at, _)| text.split_at_checked(at)) {
        Some((kept, rest)) => Cow::Owned(format!("{kept}…[+{} characters]", rest.chars().count())),
        None => Cow::Borrowed(text),
    }
}
