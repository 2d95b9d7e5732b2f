//! The lines of source that a diagnostic shows: few, and none of them long.

use std::borrow::Cow;
use std::ops::Range;

use annotate_snippets::normalize_untrusted_str;

use super::Diagnostic;
use crate::source::{Sources, Span};

/// Lines that places may lie apart and still be shown together.
const NEAR: usize = 6;

/// Bytes of a line that are shown to either side of what is underlined.
const AROUND: usize = 200;

/// A piece of one file, with what to underline. The name and the labels hold nothing that a terminal obeys; the text is
/// left to the renderer.
#[derive(Debug)]
pub(super) struct Excerpt {
    pub(super) file: String,
    /// Where the first mark is, as the whole file counts.
    pub(super) line: usize,
    pub(super) column: usize,
    /// The column within what is shown of that line.
    pub(super) shown_column: usize,
    pub(super) first_line: usize,
    pub(super) text: String,
    pub(super) marks: Vec<Mark>,
}

/// Something to underline, by its bytes within the excerpt's text.
#[derive(Debug)]
pub(super) struct Mark {
    pub(super) range: Range<usize>,
    pub(super) label: Option<String>,
    pub(super) primary: bool,
}

/// The place of a finding and the places that belong to it, together where they are near each other.
pub(super) fn excerpts(found: &Diagnostic, sources: &Sources) -> Vec<Excerpt> {
    let primary = found.span.map(|span| (span, found.label.clone(), true));
    let related = found.related.iter().map(|(span, label)| (*span, Some(label.clone()), false));
    let mut groups: Vec<Vec<Place<'_>>> = Vec::new();
    for (span, label, primary) in primary.into_iter().chain(related) {
        let Some(place) = Place::new(span, label, primary, sources) else { continue };
        let near = groups.iter_mut().find(|group| group.first().is_some_and(|first| first.near(&place)));
        match near {
            Some(group) => group.push(place),
            None => groups.push(vec![place]),
        }
    }
    groups.into_iter().filter_map(|places| excerpt(places, sources)).collect()
}

/// The part of a span that is underlined: what stands on its first line.
struct Place<'a> {
    span: Span,
    name: &'a str,
    line: usize,
    column: usize,
    label: Option<String>,
    primary: bool,
}

impl<'a> Place<'a> {
    fn new(span: Span, label: Option<String>, primary: bool, sources: &'a Sources) -> Option<Place<'a>> {
        let name = sources.file(span.file)?.name.as_str();
        let (line, column) = sources.line_column(span);
        Some(Place { span, name, line, column, label, primary })
    }

    fn near(&self, other: &Place<'_>) -> bool {
        self.span.file == other.span.file && self.line.abs_diff(other.line) <= NEAR
    }
}

fn excerpt(places: Vec<Place<'_>>, sources: &Sources) -> Option<Excerpt> {
    let first = places.first()?;
    let (file, line, column) = (harmless(first.name), first.line, first.column);
    let id = first.span.file;
    let first_line = places.iter().map(|place| place.line).min()?;
    let last_line = places.iter().map(|place| place.line).max()?;
    let (mut text, mut marks, mut shown_column) = (String::new(), Vec::new(), column);
    for number in first_line..=last_line {
        let (start, written) = sources.line(id, number)?;
        let here = || places.iter().filter(|place| place.line == number);
        let within = |span: Span| {
            let at = |offset: u32| usize::try_from(offset).ok()?.checked_sub(start);
            let range = at(span.start)?..at(span.end)?.max(at(span.start)?);
            Some(range.start.min(written.len())..range.end.min(written.len()))
        };
        let wanted = here().find_map(|place| within(place.span)).unwrap_or(0..0);
        let cut = Cut::new(written, &wanted);
        let base = text.len();
        for place in here() {
            let range = cut.shift(written, within(place.span)?, base);
            if std::ptr::eq(place, first) && !cut.lead.is_empty() {
                let before =
                    cut.shown(written).get(..range.start.saturating_sub(base)).map(|text| text.chars().count());
                shown_column = before.unwrap_or(0).saturating_add(1);
            }
            marks.push(Mark { range, label: place.label.as_deref().map(harmless), primary: place.primary });
        }
        text.push_str(&visible(&cut.shown(written)));
        if number != last_line {
            text.push('\n');
        }
    }
    Some(Excerpt { file, line, column, shown_column, first_line, text, marks })
}

/// What is shown of a line.
struct Cut {
    window: Range<usize>,
    lead: &'static str,
    tail: &'static str,
}

impl Cut {
    fn new(line: &str, wanted: &Range<usize>) -> Cut {
        let start = floor(line, wanted.start.saturating_sub(AROUND));
        let end = floor(line, wanted.end.min(wanted.start.saturating_add(AROUND)).saturating_add(AROUND));
        let lead = if start > 0 { "…" } else { "" };
        let tail = if end < line.len() { "…" } else { "" };
        Cut { window: start..end, lead, tail }
    }

    fn shown(&self, line: &str) -> String {
        format!("{}{}{}", self.lead, line.get(self.window.clone()).unwrap_or_default(), self.tail)
    }

    /// A range of the line as a range of the excerpt, in which this line starts at `base`.
    fn shift(&self, line: &str, range: Range<usize>, base: usize) -> Range<usize> {
        let within = |at: usize| {
            let at = floor(line, at).clamp(self.window.start, self.window.end).saturating_sub(self.window.start);
            base.saturating_add(self.lead.len()).saturating_add(at)
        };
        within(range.start)..within(range.end)
    }
}

/// Text of someone else's that stands in a message: nothing in it is obeyed by a terminal.
pub(super) fn harmless(text: &str) -> String {
    normalize_untrusted_str(&visible(text))
}

/// Text in which what the renderer lets through, and terminals obey or hide, is replaced byte for byte: the control
/// characters of Latin-1 (U+009B starts an escape sequence), marks of direction, line separators, byte order marks.
fn visible(text: &str) -> Cow<'_, str> {
    let hidden = |c: char| match c {
        '\u{80}'..='\u{9f}' | '\u{61c}' => Some('¿'),
        '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' => {
            Some(char::REPLACEMENT_CHARACTER)
        }
        _ => None,
    };
    if text.chars().any(|c| hidden(c).is_some()) {
        text.chars().map(|c| hidden(c).unwrap_or(c)).collect::<String>().into()
    } else {
        text.into()
    }
}

/// The last place between two characters that is not behind `at`.
fn floor(text: &str, at: usize) -> usize {
    text.floor_char_boundary(at)
}
