//! Redaction of results: `redact: { detect, patterns, fields, truncate, with }` of a postcondition.

mod fields;
mod template;
#[cfg(test)]
mod tests;

use super::detect::DetectKind;
use super::hits::{Hit, Scan, Signs, replaced, telling, through_escapes};
use super::pattern;
use crate::call::facets::OperandError;
use crate::policy::model::FieldPath;
use crate::value::{JsonError, JsonErrorKind, JsonLimits, Object, Value, parse_json_with, write_json};
use regex::Regex;
use template::Template;

/// What a postcondition replaces in a result.
#[derive(Clone, Debug, Default)]
pub struct ResultRedaction {
    kinds: Vec<DetectKind>,
    patterns: Vec<Regex>,
    fields: Vec<FieldPath>,
    truncate: Option<usize>,
    with: Template,
}

/// Why a redaction cannot be carried out. Holds nothing of the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the result cannot be redacted: {reason}")]
pub struct CannotRedact {
    reason: &'static str,
}

impl CannotRedact {
    fn shape() -> CannotRedact {
        CannotRedact { reason: "it has another shape than its `fields` say" }
    }

    fn unreadable() -> CannotRedact {
        CannotRedact { reason: "a text in it looks like JSON and cannot be read, so its `fields` cannot be found" }
    }

    fn nested() -> CannotRedact {
        CannotRedact { reason: "JSON is nested in its texts too deep to be read" }
    }
}

impl ResultRedaction {
    /// Replaces what a detector finds.
    pub fn detect(&mut self, kind: DetectKind) {
        if !self.kinds.contains(&kind) {
            self.kinds.push(kind);
        }
    }

    /// Replaces what a regex matches.
    ///
    /// # Errors
    /// It cannot be read, is too large, or matches the empty text.
    pub fn pattern(&mut self, pattern: &str) -> Result<(), OperandError> {
        self.patterns.push(pattern::compile(pattern)?);
        Ok(())
    }

    /// Replaces the value of a field, whatever it is. The path starts at the result, at the `structuredContent` of an
    /// MCP result, and at every text that is JSON.
    ///
    /// # Errors
    /// The path is empty.
    pub fn field(&mut self, path: FieldPath) -> Result<(), OperandError> {
        if path.segments.is_empty() {
            return Err(OperandError {
                message: "a field to redact has no name".to_owned(),
                help: Some("write where it stands in the result, e.g. `user.ssn` or `items[*].ssn`".to_owned()),
            });
        }
        self.fields.push(path);
        Ok(())
    }

    /// Cuts every text after so many characters.
    ///
    /// # Errors
    /// It is none, or more than can be counted.
    pub fn truncate(&mut self, characters: u64) -> Result<(), OperandError> {
        let most = usize::try_from(characters).ok().filter(|most| *most > 0);
        self.truncate = Some(most.ok_or_else(|| OperandError {
            message: format!("a text cannot be cut after {characters} characters"),
            help: Some("to show nothing of a result, write `action: withhold`".to_owned()),
        })?);
        Ok(())
    }

    /// What stands in place of what was found; `{kind}` is what it was (`pattern`, `field` where it has no kind).
    ///
    /// # Errors
    /// A placeholder other than `{kind}`, a stray brace, more than 200 characters.
    pub fn with(&mut self, template: &str) -> Result<(), OperandError> {
        self.with = Template::parse(template)?;
        Ok(())
    }

    /// Whether there is nothing to look for: a redaction that can never apply.
    pub fn is_empty(&self) -> bool {
        self.kinds.is_empty() && self.patterns.is_empty() && self.fields.is_empty() && self.truncate.is_none()
    }

    /// The result with everything replaced; `None` if there was nothing to replace.
    ///
    /// # Errors
    /// A field cannot be looked for: then nothing of the result may be shown.
    pub fn apply(&self, result: &Value) -> Result<Option<Value>, CannotRedact> {
        let mut value = result.clone();
        let mut changed = self.value(&mut value, MAX_EMBEDDED)?;
        changed |= self.replace_fields(&mut value, true)?;
        if let Some(most) = self.truncate {
            changed |= cut_texts(&mut value, most);
        }
        Ok(changed.then_some(value))
    }

    /// Everything but cutting, and but the fields of this value itself.
    fn value(&self, value: &mut Value, embedded: usize) -> Result<bool, CannotRedact> {
        match value {
            Value::Null | Value::Bool(_) => Ok(false),
            Value::Number(number) => {
                let found = self.found(number.as_str());
                Ok(found.map(|text| *value = Value::String(text)).is_some())
            }
            Value::String(text) => {
                let found = self.text(text, embedded)?;
                Ok(found.map(|found| *text = found).is_some())
            }
            Value::List(items) => {
                items.iter_mut().try_fold(false, |changed, item| Ok(self.value(item, embedded)? || changed))
            }
            Value::Object(object) => self.object(object, embedded),
        }
    }

    fn object(&self, object: &mut Object, embedded: usize) -> Result<bool, CannotRedact> {
        let mut changed = false;
        for (_, value) in object.iter_mut() {
            changed |= self.value(value, embedded)?;
        }
        let keys: Vec<Option<String>> = object.iter().map(|(key, _)| self.found(key)).collect();
        if keys.iter().any(Option::is_some) {
            let entries = object.iter().zip(keys);
            let rekeyed = entries.map(|((key, value), found)| (found.map_or(key.into(), Into::into), value.clone()));
            *object = super::rekeyed(rekeyed);
            changed = true;
        }
        Ok(changed)
    }

    /// A text: by its structure if it is JSON, so that it stays JSON, then as it stands.
    fn text(&self, text: &str, embedded: usize) -> Result<Option<String>, CannotRedact> {
        let structured = self.json(text, embedded)?;
        Ok(self.found(structured.as_deref().unwrap_or(text)).or(structured))
    }

    fn json(&self, text: &str, embedded: usize) -> Result<Option<String>, CannotRedact> {
        let Some(json) = super::json_text(text) else {
            return self.without_structure(text).map(|()| None);
        };
        let mut value = match parse_json_with(json.as_bytes(), JsonLimits::RESULT) {
            Ok(value) => value,
            Err(error) => return self.unreadable(text, error).map(|()| None),
        };
        let embedded = embedded.checked_sub(1).ok_or(CannotRedact::nested())?;
        let changed = self.value(&mut value, embedded)? | self.replace_fields(&mut value, false)?;
        Ok(changed.then(|| write_json(&value)))
    }

    /// A text that does not end as JSON does: a part of JSON may hide a field.
    fn without_structure(&self, text: &str) -> Result<(), CannotRedact> {
        match !self.fields.is_empty() && fields::begins_as_object(text) {
            true => Err(CannotRedact::unreadable()),
            false => Ok(()),
        }
    }

    fn unreadable(&self, text: &str, error: JsonError) -> Result<(), CannotRedact> {
        if error.kind() == JsonErrorKind::TooDeep && !self.fields.is_empty() {
            return Err(CannotRedact::nested());
        }
        self.without_structure(text)
    }

    fn replace_fields(&self, value: &mut Value, outermost: bool) -> Result<bool, CannotRedact> {
        let mut with = String::new();
        self.with.write(&mut with, "field");
        let replacement = Value::String(with);
        let mut changed = false;
        for path in &self.fields {
            changed |= self.replace_field(value, path, &replacement, outermost)?;
        }
        Ok(changed)
    }

    fn replace_field(
        &self,
        value: &mut Value,
        path: &FieldPath,
        replacement: &Value,
        outermost: bool,
    ) -> Result<bool, CannotRedact> {
        let mut changed = false;
        if let Some(structured) = outermost.then(|| structured(value)).flatten() {
            changed |= fields::replace(structured, path, replacement)?;
        }
        // A result that is text has no fields; what it holds was looked through as text.
        if !matches!(value, Value::Object(_) | Value::List(_)) {
            return Ok(changed);
        }
        Ok(fields::replace(value, path, replacement)? || changed)
    }

    /// The text with what detectors and patterns find replaced.
    fn found(&self, text: &str) -> Option<String> {
        if self.kinds.is_empty() && self.patterns.is_empty() {
            return None;
        }
        let hits = through_escapes(text, self);
        replaced(text, hits, |out, label, _| self.with.write(out, label))
    }
}

impl Scan for ResultRedaction {
    fn text(&self, text: &str, _: Signs) -> Vec<Hit> {
        telling(text, &self.kinds, &self.patterns)
    }

    fn encoded(&self, text: &str) -> Vec<Hit> {
        telling(text, &self.kinds, &self.patterns)
    }
}

/// How often JSON may stand in a text of JSON.
const MAX_EMBEDDED: usize = 8;

/// The structured part of an MCP result.
fn structured(value: &mut Value) -> Option<&mut Value> {
    let Value::Object(object) = value else { return None };
    let found = object.iter_mut().find(|(key, _)| *key == "structuredContent")?;
    matches!(found.1, Value::Object(_) | Value::List(_)).then_some(found.1)
}

fn cut_texts(value: &mut Value, most: usize) -> bool {
    let mut changed = false;
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
        Value::String(text) => changed = cut_text(text, most),
        Value::List(items) => items.iter_mut().for_each(|item| changed |= cut_texts(item, most)),
        Value::Object(object) => object.iter_mut().for_each(|(_, item)| changed |= cut_texts(item, most)),
    }
    changed
}

fn cut_text(text: &mut String, most: usize) -> bool {
    let Some((at, _)) = text.char_indices().nth(most) else { return false };
    let rest = text.split_off(at);
    text.push_str(&format!("…[{} more characters]", rest.chars().count()));
    true
}
