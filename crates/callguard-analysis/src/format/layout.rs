//! Where lines begin, and the spaces between signs within one.

use super::parsed::{Parsed, bytes};
use callguard_engine::source::{Entry, Node, NodeKind};
use std::ops::Range;

/// Columns of a level.
const STEP: usize = 2;

/// The text with each level two columns further in.
pub(super) fn laid_out(parsed: &Parsed) -> Option<String> {
    let mut layout = Layout { parsed, wanted: vec![Line::Free; parsed.lines.len()], edits: Vec::new() };
    for document in &parsed.documents {
        layout.block(document, 0)?;
    }
    let mut edits = layout.indents();
    edits.extend(layout.edits);
    Some(applied(&parsed.text, edits))
}

/// The text with one space within braces, behind commas and behind colons.
pub(super) fn spaced(parsed: &Parsed) -> Option<String> {
    let mut edits = Vec::new();
    parsed.documents.iter().for_each(|document| gaps(parsed, document, &mut edits));
    Some(applied(&parsed.text, edits))
}

type Edit = (Range<usize>, String);

/// What is known of a line.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Line {
    /// Blank, or a comment.
    Free,
    /// It begins here.
    At(usize),
    /// It goes on with what begins in another line.
    With(usize),
}

struct Layout<'a> {
    parsed: &'a Parsed,
    wanted: Vec<Line>,
    edits: Vec<Edit>,
}

impl Layout<'_> {
    /// A node whose first line begins in that column. `None` where it is written in a way that is not known.
    fn block(&mut self, node: &Node, column: usize) -> Option<()> {
        match &node.kind {
            NodeKind::Map(entries) if !self.is_flow(node) => {
                entries.iter().try_for_each(|entry| self.entry(entry, column))
            }
            NodeKind::List(items) if !self.is_flow(node) => items.iter().try_for_each(|item| self.item(item, column)),
            _ => {
                self.goes_on(node, self.parsed.line(bytes(node.span).start));
                Some(())
            }
        }
    }

    fn entry(&mut self, entry: &Entry, column: usize) -> Option<()> {
        let key = bytes(entry.key_span).start;
        let line = self.parsed.line(key);
        self.begins(line, key, column);
        self.below(&entry.value, line, column)
    }

    fn item(&mut self, item: &Node, column: usize) -> Option<()> {
        let start = self.start(item);
        let before = self.parsed.text.get(..start)?;
        let dash = before.trim_end_matches(' ').len().checked_sub(1)?;
        if before.as_bytes().get(dash) != Some(&b'-') {
            return None;
        }
        let line = self.parsed.line(dash);
        self.begins(line, dash, column);
        self.edits.push((dash.saturating_add(1)..start, " ".to_owned()));
        self.block(item, column.saturating_add(STEP))
    }

    /// A value: beneath its key, or behind it.
    fn below(&mut self, value: &Node, key_line: usize, column: usize) -> Option<()> {
        let start = self.start(value);
        let line = self.parsed.line(start);
        if line > key_line && !bytes(value.span).is_empty() {
            let inner = column.saturating_add(STEP);
            if self.is_flow(value) || matches!(value.kind, NodeKind::Scalar(_)) {
                self.begins(line, start, inner);
            }
            return self.block(value, inner);
        }
        if !self.is_flow(value) && !matches!(value.kind, NodeKind::Scalar(_)) {
            // An anchor, a tag or an alias stands before it.
            return None;
        }
        self.goes_on(value, key_line);
        Some(())
    }

    /// Says where a line begins, if it begins with this.
    fn begins(&mut self, line: usize, at: usize, column: usize) {
        if self.parsed.first(line).0 == at
            && let Some(wanted) = self.wanted.get_mut(line)
        {
            *wanted = Line::At(column);
        }
    }

    /// The further lines of a node move as its first one does.
    fn goes_on(&mut self, node: &Node, owner: usize) {
        let range = bytes(node.span);
        let last = self.parsed.line(range.end.saturating_sub(1).max(range.start));
        for line in owner.saturating_add(1)..=last {
            if let Some(wanted) = self.wanted.get_mut(line).filter(|wanted| **wanted == Line::Free) {
                *wanted = Line::With(owner);
            }
        }
    }

    /// Where a node's text starts: of a block its first key or dash.
    fn start(&self, node: &Node) -> usize {
        match &node.kind {
            NodeKind::Map(entries) if !self.is_flow(node) => {
                entries.first().map_or(bytes(node.span).start, |entry| bytes(entry.key_span).start)
            }
            _ => bytes(node.span).start,
        }
    }

    fn is_flow(&self, node: &Node) -> bool {
        is_flow(self.parsed, node)
    }

    /// How far a line moves, and in which direction.
    fn shift(&self, line: usize) -> Option<isize> {
        match self.wanted.get(line)? {
            Line::At(column) => {
                let (_, old) = self.parsed.first(line);
                isize::try_from(*column).ok()?.checked_sub(isize::try_from(old).ok()?)
            }
            // A line goes on with one that begins, or with a comment's.
            Line::With(owner) if *owner < line => self.shift(*owner),
            _ => None,
        }
    }

    /// A comment moves with the line below it that begins where it does, else with one above, else with the next.
    fn comment_shift(&self, line: usize) -> isize {
        let (_, own) = self.parsed.first(line);
        let begins = |other: &usize| matches!(self.wanted.get(*other), Some(Line::At(_)));
        let next = (line..self.wanted.len()).find(begins);
        let alike = |other: &usize| self.parsed.first(*other).1 == own;
        let above = (0..line).rev().filter(begins).find(alike);
        let chosen = next.filter(alike).or(above).or(next).or_else(|| (0..line).rev().find(begins));
        chosen.and_then(|other| self.shift(other)).unwrap_or_default()
    }

    /// The edits of the spaces before lines.
    fn indents(&self) -> Vec<Edit> {
        let mut edits = Vec::new();
        for line in 0..self.wanted.len() {
            let (first, spaces) = self.parsed.first(line);
            let rest = self.parsed.text.get(first..).unwrap_or_default();
            if rest.is_empty() || rest.starts_with(['\n', '\r']) {
                continue;
            }
            let shift = match self.wanted.get(line) {
                Some(Line::Free) if rest.starts_with('#') => self.comment_shift(line),
                _ => self.shift(line).unwrap_or_default(),
            };
            let column = spaces.saturating_add_signed(shift);
            if column != spaces {
                edits.push((first.saturating_sub(spaces)..first, " ".repeat(column)));
            }
        }
        edits
    }
}

/// Whether a list or mapping is written in brackets.
fn is_flow(parsed: &Parsed, node: &Node) -> bool {
    let opens = parsed.text.get(bytes(node.span)).is_some_and(|text| text.starts_with(['{', '[']));
    opens && !matches!(node.kind, NodeKind::Scalar(_))
}

/// The edits of what stands between the scalars of a node.
fn gaps(parsed: &Parsed, node: &Node, edits: &mut Vec<Edit>) {
    if is_flow(parsed, node) {
        edits.extend(flow(parsed, bytes(node.span)));
        return;
    }
    match &node.kind {
        NodeKind::Scalar(_) => {}
        NodeKind::List(items) => items.iter().for_each(|item| gaps(parsed, item, edits)),
        NodeKind::Map(entries) => {
            for entry in entries {
                let gap = bytes(entry.key_span).end..bytes(entry.value.span).start;
                let colon = parsed.text.get(gap.clone()).is_some_and(|gap| gap.trim() == ":" && !gap.contains('\n'));
                if colon && gap.end < bytes(entry.value.span).end {
                    edits.push((gap, ": ".to_owned()));
                }
                gaps(parsed, &entry.value, edits);
            }
        }
    }
}

/// The edits within brackets on one line; none where something else than signs stands between the scalars.
fn flow(parsed: &Parsed, range: Range<usize>) -> Vec<Edit> {
    let whole = parsed.text.get(range.clone()).unwrap_or_default();
    if whole.contains('\n') {
        return Vec::new();
    }
    let inside = parsed.scalars.iter().filter(|scalar| range.start <= scalar.start && scalar.end <= range.end);
    let mut edits = Vec::new();
    let mut at = range.start;
    for scalar in inside.cloned().chain(std::iter::once(range.end..range.end)) {
        let gap = at..scalar.start.max(at);
        let Some(signs) = parsed.text.get(gap.clone()).and_then(signs) else { return Vec::new() };
        edits.push((gap, signs));
        at = scalar.end.max(at);
    }
    edits
}

/// Signs with the spaces that belong to them.
fn signs(gap: &str) -> Option<String> {
    let mut out = String::new();
    let mut before = None;
    for sign in gap.chars().filter(|letter| !matches!(letter, ' ' | '\t')) {
        match sign {
            '{' => out.push_str("{ "),
            '}' if before == Some('{') => {
                out.pop();
                out.push('}');
            }
            '}' if out.ends_with(' ') => out.push('}'),
            '}' => out.push_str(" }"),
            '[' => out.push('['),
            ']' => {
                out.truncate(out.trim_end().len());
                out.push(']');
            }
            ',' => {
                out.truncate(out.trim_end().len());
                out.push_str(", ");
            }
            ':' => out.push_str(": "),
            _ => return None,
        }
        before = Some(sign);
    }
    Some(out)
}

/// The text with the edits, none of which overlaps another.
fn applied(text: &str, mut edits: Vec<Edit>) -> String {
    edits.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
    let mut out = text.to_owned();
    for (range, with) in edits {
        if out.get(range.clone()).is_some() {
            out.replace_range(range, &with);
        }
    }
    out
}
