//! Diagnostics as a person reads them.

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Renderer, Snippet};

use super::excerpt::{Excerpt, excerpts, harmless};
use super::{Diagnostic, Severity};
use crate::source::Sources;

/// How to render.
#[derive(Clone, Copy, Debug, Default)]
pub struct Render {
    /// Colours, for a terminal.
    pub colour: bool,
    /// Columns that source lines keep to; 100 if not said.
    pub width: Option<usize>,
}

/// The width where none is said.
const WIDTH: usize = 100;

/// The narrowest width that a source line can be shown in.
const MIN_WIDTH: usize = 40;

/// The finding with its code, place, underlined source and help; without a line break at the end.
pub fn render(diagnostic: &Diagnostic, sources: &Sources, how: Render) -> String {
    let level = match diagnostic.severity {
        Severity::Note => Level::NOTE,
        Severity::Warning => Level::WARNING,
        Severity::Error => Level::ERROR,
    };
    let title = level.primary_title(harmless(&diagnostic.message)).id(diagnostic.code.as_str());
    let excerpts = excerpts(diagnostic, sources);
    let help = diagnostic.help.iter().map(|help| Level::HELP.message(harmless(help)));
    let group = Group::with_title(title).elements(excerpts.iter().map(snippet)).elements(help);
    let renderer = if how.colour { Renderer::styled() } else { Renderer::plain() };
    let rendered = renderer.term_width(how.width.unwrap_or(WIDTH).max(MIN_WIDTH)).render(&[group]);
    excerpts.iter().filter(|excerpt| excerpt.column != excerpt.shown_column).fold(rendered, true_column)
}

/// Says where a place is in its line, rather than in the part of the line that is shown.
fn true_column(rendered: String, excerpt: &Excerpt) -> String {
    let place = format!("{}:{}:", excerpt.file, excerpt.line);
    rendered.replacen(&format!("{place}{}", excerpt.shown_column), &format!("{place}{}", excerpt.column), 1)
}

/// The lines of a place, underlined.
fn snippet(excerpt: &Excerpt) -> Snippet<'_, Annotation<'_>> {
    let marks = excerpt.marks.iter().map(|mark| -> Annotation<'_> {
        let kind = if mark.primary { AnnotationKind::Primary } else { AnnotationKind::Context };
        kind.span(mark.range.clone()).label(mark.label.as_deref())
    });
    let snippet = Snippet::source(excerpt.text.as_str()).path(excerpt.file.as_str());
    snippet.line_start(excerpt.first_line).annotations(marks)
}
