//! "Quote this": text that YAML takes for something else.

use std::ops::Range;

use crate::source::tree::excerpt;
use crate::source::{Sources, Span};

/// What a plain scalar cannot start with.
const INDICATORS: &[char] = &['{', '}', '[', ']', '*', '&', '!', '@', '%', '`', '|', '>', '?', ',', '\'', '"'];

/// What starts text rather than YAML, where the rest of the line is no YAML.
const SURE: &[char] = &['*', '&', '!', '@', '%', '`'];

/// Bytes before and behind a place that are looked at: a line may be as long as a file.
const AROUND: usize = 4096;

/// The help line "quote this" for a value that was written without quotes and is a list, a mapping, an alias or a tag
/// where text was wanted: `message: {principal.role}`. `None` where quoting would not help.
pub fn quote_hint(sources: &Sources, span: Span) -> Option<String> {
    help(&sources.file(span.file)?.text, usize::try_from(span.start).ok()?)
}

/// The help line for the value that is at fault for an error at `at`, if quotes would mend it.
pub(super) fn help(raw: &str, at: usize) -> Option<String> {
    culprit(raw, at).and_then(|value| raw.get(value)).filter(|value| !value.is_empty()).map(help_for)
}

/// The help line for the whole value of the line that holds `at`.
pub(super) fn help_for_line(raw: &str, at: usize) -> Option<String> {
    raw.get(value_from(raw, value_start(raw, at))).map(help_for)
}

/// The help line for a value as it stands in the text.
pub(super) fn help_for(value: &str) -> String {
    let lead = if value.starts_with(SURE) { "quote this" } else { "if it is text, quote this" };
    format!("{lead}: `{}`", quoted(unquoted(value)))
}

/// The value from `at` on: to the end of its line, or of its item within brackets.
pub(super) fn value_from(raw: &str, at: usize) -> Range<usize> {
    let before = raw.get(line_start(raw, at)..at).unwrap_or_default();
    let within = before.matches(['[', '{']).count() > before.matches([']', '}']).count();
    let rest = line_from(raw, at);
    let rest = rest.split_once(" #").map_or(rest, |(value, _)| value);
    let item_end = rest.char_indices().skip(1).find(|(_, c)| within && matches!(c, ',' | ']' | '}'));
    let rest = item_end.and_then(|(end, _)| rest.get(..end)).unwrap_or(rest);
    at..at.saturating_add(rest.trim_end().trim_end_matches(',').len())
}

/// Text in quotes: double ones if nothing in it needs an escape there, else single ones.
pub(super) fn quoted(text: &str) -> String {
    let shown = excerpt(text);
    if shown.contains(['"', '\\']) { format!("'{}'", shown.replace('\'', "''")) } else { format!("\"{shown}\"") }
}

/// The bytes of a quoted scalar that starts `written`, quotes included; `None` if it does not end there.
pub(super) fn quoted_length(written: &str) -> Option<usize> {
    let mut chars = written.char_indices().peekable();
    let (_, quote) = chars.next()?;
    while let Some((at, c)) = chars.next() {
        if c == '\\' && quote == '"' {
            chars.next();
        } else if c == quote {
            let doubled = quote == '\'' && chars.next_if(|(_, next)| *next == '\'').is_some();
            if !doubled {
                return at.checked_add(1);
            }
        }
    }
    None
}

/// A value without the quotes around it, if both are there: `'it's'` is meant to be `it's`.
fn unquoted(value: &str) -> &str {
    let strip = |quote| value.strip_prefix(quote)?.strip_suffix(quote);
    strip('"').or_else(|| strip('\'')).unwrap_or(value)
}

fn culprit(raw: &str, at: usize) -> Option<Range<usize>> {
    let start = value_start(raw, at);
    if at > start && raw.get(at..)?.starts_with(INDICATORS) {
        return Some(value_from(raw, at));
    }
    let value = value_from(raw, start);
    let written = raw.get(value.clone())?;
    (written.starts_with(INDICATORS) || written.contains(": ")).then_some(value)
}

/// Where the value of the line that holds `at` starts: behind `- ` and `key: `.
fn value_start(raw: &str, at: usize) -> usize {
    let start = line_start(raw, at);
    let line = line_from(raw, start);
    let mut rest = line.trim_start();
    while let Some(item) = rest.strip_prefix("- ") {
        rest = item.trim_start();
    }
    let keyed = rest.split_once(": ").filter(|(key, _)| !key.contains(INDICATORS));
    let rest = keyed.map_or(rest, |(_, value)| value.trim_start());
    start.saturating_add(line.len().saturating_sub(rest.len()))
}

fn line_from(raw: &str, at: usize) -> &str {
    let end = raw.floor_char_boundary(at.saturating_add(AROUND).min(raw.len()));
    raw.get(at..end).unwrap_or_default().lines().next().unwrap_or_default()
}

fn line_start(raw: &str, at: usize) -> usize {
    let from = raw.floor_char_boundary(at.saturating_sub(AROUND));
    let before = raw.get(from..at).unwrap_or_default();
    before.rfind('\n').map_or(from, |found| from.saturating_add(found).saturating_add(1))
}
