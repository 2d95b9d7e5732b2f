//! Text with its documents, where its scalars stand, and its comments.

use super::Unreadable;
use callguard_engine::diagnostic::Severity;
use callguard_engine::source::{Node, NodeKind, Sources, Span, read_documents};
use std::ops::Range;

/// Text that was read.
pub(super) struct Parsed {
    pub(super) text: String,
    pub(super) documents: Vec<Node>,
    /// Where scalars and keys stand, in order.
    pub(super) scalars: Vec<Range<usize>>,
    /// The first byte of each line.
    pub(super) lines: Vec<usize>,
    comments: Vec<String>,
}

/// The bytes of a span.
pub(super) fn bytes(span: Span) -> Range<usize> {
    let at = |offset: u32| usize::try_from(offset).unwrap_or(usize::MAX);
    at(span.start)..at(span.end)
}

impl Parsed {
    pub(super) fn read(name: &str, text: &str) -> Result<Parsed, Box<Unreadable>> {
        let mut sources = Sources::default();
        let file = sources.add(name, text);
        let (documents, diagnostics) = read_documents(&sources, file);
        if diagnostics.iter().any(|found| found.severity == Severity::Error) {
            return Err(Box::new(Unreadable { diagnostics, sources }));
        }
        let mut scalars = Vec::new();
        documents.iter().for_each(|document| gather(document, &mut scalars));
        scalars.retain(|range| range.start < range.end);
        scalars.sort_by_key(|range| (range.start, range.end));
        scalars.dedup();
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at.saturating_add(1))).collect();
        let comments = comments(text, &scalars);
        Ok(Parsed { text: text.to_owned(), documents, scalars, lines, comments })
    }

    /// Whether both are the same documents with the same comments.
    pub(super) fn says_the_same(&self, other: &Parsed) -> bool {
        let same = self.documents.len() == other.documents.len() && self.comments == other.comments;
        same && self.documents.iter().zip(&other.documents).all(|(one, other)| is_same(one, other))
    }

    /// The line in which a byte stands.
    pub(super) fn line(&self, at: usize) -> usize {
        self.lines.partition_point(|start| *start <= at).saturating_sub(1)
    }

    /// Where the first letter of a line stands that is no space, and how many spaces there are before.
    pub(super) fn first(&self, line: usize) -> (usize, usize) {
        let start = self.lines.get(line).copied().unwrap_or(self.text.len());
        let rest = self.text.get(start..).unwrap_or_default();
        let spaces = rest.bytes().take_while(|byte| *byte == b' ').count();
        (start.saturating_add(spaces), spaces)
    }

    /// Whether the byte stands within a scalar.
    pub(super) fn is_in_scalar(&self, at: usize) -> bool {
        let before = self.scalars.partition_point(|range| range.start < at);
        self.scalars.get(..before).unwrap_or_default().iter().rev().take(8).any(|range| at < range.end)
    }
}

fn gather(node: &Node, scalars: &mut Vec<Range<usize>>) {
    match &node.kind {
        NodeKind::Scalar(_) => scalars.push(bytes(node.span)),
        NodeKind::List(items) => items.iter().for_each(|item| gather(item, scalars)),
        NodeKind::Map(entries) => {
            for entry in entries {
                scalars.push(bytes(entry.key_span));
                gather(&entry.value, scalars);
            }
        }
    }
}

fn is_same(one: &Node, other: &Node) -> bool {
    match (&one.kind, &other.kind) {
        (NodeKind::Scalar(one), NodeKind::Scalar(other)) => one == other,
        (NodeKind::List(one), NodeKind::List(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_same(one, other))
        }
        (NodeKind::Map(one), NodeKind::Map(other)) => {
            one.len() == other.len()
                && one.iter().zip(other).all(|(one, other)| one.key == other.key && is_same(&one.value, &other.value))
        }
        _ => false,
    }
}

/// What stands behind a `#` that begins a comment, without white space at its end.
fn comments(text: &str, scalars: &[Range<usize>]) -> Vec<String> {
    let mut found = Vec::new();
    let mut scalars = scalars.iter().peekable();
    let mut at = 0_usize;
    while let Some(sign) = text.get(at..).and_then(|rest| rest.find('#')).map(|found| at.saturating_add(found)) {
        while scalars.next_if(|range| range.end <= sign).is_some() {}
        let within = scalars.peek().filter(|range| range.start < sign).map(|range| range.end);
        let before = text.get(..sign).and_then(|before| before.chars().next_back());
        let line_end =
            text.get(sign..).and_then(|rest| rest.find('\n')).map_or(text.len(), |end| sign.saturating_add(end));
        match within {
            Some(end) => at = end,
            None if before.is_none_or(char::is_whitespace) => {
                found.push(text.get(sign..line_end).unwrap_or_default().trim_end().to_owned());
                at = line_end;
            }
            None => at = sign.saturating_add(1),
        }
    }
    found
}
