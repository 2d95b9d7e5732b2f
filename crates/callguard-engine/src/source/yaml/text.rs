//! The raw text of a file, and what stands at a place in it.

use saphyr_parser::Marker;

use crate::source::{FileId, Span};

/// Characters between two places whose byte offset is kept.
const STRIDE: usize = 64;

/// A file's text, with the byte offset of every [`STRIDE`]th character: the parser counts in characters.
#[derive(Debug)]
pub(super) struct Text<'a> {
    file: FileId,
    raw: &'a str,
    offsets: Vec<usize>,
}

impl<'a> Text<'a> {
    pub(super) fn new(file: FileId, raw: &'a str) -> Text<'a> {
        Text { file, raw, offsets: raw.char_indices().step_by(STRIDE).map(|(at, _)| at).collect() }
    }

    pub(super) fn raw(&self) -> &'a str {
        self.raw
    }

    /// The byte at which the parser's marker points.
    pub(super) fn offset(&self, marker: Marker) -> usize {
        let block = marker.index().checked_div(STRIDE).unwrap_or(0);
        let Some(start) = self.offsets.get(block).copied() else { return self.raw.len() };
        let within = marker.index().checked_rem(STRIDE).unwrap_or(0);
        let mut chars = self.raw.get(start..).unwrap_or_default().char_indices();
        chars.nth(within).map_or(self.raw.len(), |(at, _)| start.saturating_add(at))
    }

    /// A span of bytes. What lies outside the text is pulled in, so that a span always fits.
    pub(super) fn span(&self, start: usize, end: usize) -> Span {
        let clamp = |at: usize| u32::try_from(at.min(self.raw.len())).unwrap_or(u32::MAX);
        Span { file: self.file, start: clamp(start), end: clamp(end.max(start)) }
    }

    /// What follows `at`; empty where `at` is no place in the text.
    pub(super) fn after(&self, at: usize) -> &'a str {
        self.raw.get(at..).unwrap_or_default()
    }

    /// What precedes `at`.
    pub(super) fn before(&self, at: usize) -> &'a str {
        self.raw.get(..at).unwrap_or_default()
    }

    /// Where the line that holds `at` starts.
    pub(super) fn line_start(&self, at: usize) -> usize {
        self.before(at).rfind('\n').map_or(0, |found| found.saturating_add(1))
    }

    /// Where a node starts whose anchor, tag and what is between stand at `at`.
    pub(super) fn behind_properties(&self, mut at: usize) -> usize {
        let blank = |c: char| matches!(c, ' ' | '\t' | '\r' | '\n');
        loop {
            let rest = self.after(at);
            let passed = match rest.chars().next() {
                Some('&') => rest.find(|c: char| blank(c) || "[]{},".contains(c)),
                Some('!') => rest.find(blank),
                // A directive here was told, and is a comment to the parser.
                Some('#' | '%') => rest.find('\n'),
                Some(c) if blank(c) => rest.find(|c| !blank(c)),
                _ => return at,
            };
            at = at.saturating_add(passed.unwrap_or(rest.len()));
        }
    }

    /// The word at `at`: up to white space, and one character at least where there is one.
    pub(super) fn word(&self, at: usize) -> Span {
        let rest = self.after(at);
        let first = rest.chars().next().filter(|c| !c.is_whitespace()).map_or(0, char::len_utf8);
        let word = rest.find(char::is_whitespace).unwrap_or(rest.len());
        self.span(at, at.saturating_add(word.max(first)))
    }
}
