//! The parser's events as items: byte spans, tags resolved, nesting bounded.

use std::borrow::Cow;

use saphyr_parser::{Event, Parser, ScalarStyle as Style, ScanError, Span as Marks, StrInput, Tag};

use super::findings::Findings;
use super::text::Text;
use super::{MAX_DEPTH, build, quote, syntax};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::plain::{self, Plain};
use crate::source::tree::excerpt;
use crate::source::{Node, Scalar, ScalarStyle, Span};

/// One part of a document in the order of the text. Lists and mappings run to their [`ItemKind::End`].
#[derive(Debug)]
pub(super) struct Item {
    pub(super) kind: ItemKind,
    pub(super) span: Span,
    /// The parser's number of the anchor that is set here; 0 for none.
    pub(super) anchor: usize,
}

#[derive(Debug)]
pub(super) enum ItemKind {
    Scalar(Scalar),
    List,
    Map,
    End,
    Alias(usize),
}

/// Every document that is whole.
pub(super) fn read(readable: &str, text: &Text<'_>, findings: &mut Findings) -> Vec<Node> {
    let reader = Reader {
        parser: Parser::new_from_str(readable),
        text,
        findings,
        items: Vec::new(),
        depth: 0,
        recovered: None,
        documents: Vec::new(),
    };
    reader.run()
}

struct Reader<'a> {
    parser: Parser<'a, StrInput<'a>>,
    text: &'a Text<'a>,
    findings: &'a mut Findings,
    items: Vec<Item>,
    depth: usize,
    /// The character at which the last error stood that did not end the reading.
    recovered: Option<usize>,
    documents: Vec<Node>,
}

impl Reader<'_> {
    fn run(mut self) -> Vec<Node> {
        while let Some(next) = self.parser.next_event() {
            match next {
                Ok((event, marks)) => self.event(event, marks),
                Err(error) if self.recovers(&error) => {}
                Err(error) => {
                    self.findings.push(syntax::explain(&error, self.text));
                    break;
                }
            }
        }
        // What is left is a document that broke off: its errors are told, itself is not.
        build::build(&self.items, self.text, self.findings);
        self.documents
    }

    /// Whether the parser goes on after an error: at an alias without an anchor it does, behind the alias.
    fn recovers(&mut self, error: &ScanError) -> bool {
        let at = error.marker().index();
        if self.recovered.is_some_and(|last| at <= last) || !error.info().contains("unknown anchor") {
            return false;
        }
        self.recovered = Some(at);
        self.findings.tell(Code::YamlSyntax, || syntax::explain(error, self.text));
        let start = self.text.offset(*error.marker());
        self.push(ItemKind::Scalar(nothing()), self.text.span(start, start.saturating_add(1)), 0);
        true
    }

    fn event(&mut self, event: Event<'_>, marks: Marks) {
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) => {}
            Event::DocumentEnd => {
                self.documents.extend(build::build(&self.items, self.text, self.findings));
                self.items.clear();
            }
            Event::Alias(anchor) => self.push(ItemKind::Alias(anchor), self.exact(marks), 0),
            Event::Scalar(text, style, anchor, tag) => self.scalar(text, style, anchor, tag.as_deref(), marks),
            Event::SequenceStart(anchor, tag) => self.open(ItemKind::List, anchor, tag.as_deref(), marks),
            Event::MappingStart(anchor, tag) => self.open(ItemKind::Map, anchor, tag.as_deref(), marks),
            Event::SequenceEnd | Event::MappingEnd => self.close(marks),
        }
    }

    fn push(&mut self, kind: ItemKind, span: Span, anchor: usize) {
        if self.depth <= MAX_DEPTH {
            self.items.push(Item { kind, span, anchor });
        }
    }

    /// Opens a list or a mapping. One that is nested too deep is told once, and read as nothing.
    fn open(&mut self, kind: ItemKind, anchor: usize, tag: Option<&Tag>, marks: Marks) {
        let start = self.content_start(marks, anchor != 0 || tag.is_some());
        let span = self.text.span(start, start.saturating_add(1));
        if let Some(tag) = tag {
            self.collection_tag(tag, &kind, marks);
        }
        if self.depth == MAX_DEPTH {
            self.findings.tell(Code::TooLarge, || syntax::too_deep(span));
            self.push(ItemKind::Scalar(nothing()), span, anchor);
        }
        self.depth = self.depth.saturating_add(1);
        self.push(kind, span, anchor);
    }

    fn close(&mut self, marks: Marks) {
        let at = self.text.offset(marks.start);
        // A flow collection ends at its bracket; a block has no end of its own, but that of its last part.
        let bracket = !marks.is_empty() && self.text.after(at).starts_with([']', '}']);
        self.push(ItemKind::End, self.text.span(at, at.saturating_add(usize::from(bracket))), 0);
        self.depth = self.depth.saturating_sub(1);
    }

    fn scalar(&mut self, text: Cow<'_, str>, style: Style, anchor: usize, tag: Option<&Tag>, marks: Marks) {
        let style = match style {
            Style::Plain => ScalarStyle::Plain,
            Style::SingleQuoted => ScalarStyle::Single,
            Style::DoubleQuoted => ScalarStyle::Double,
            Style::Literal | Style::Folded => ScalarStyle::Block,
        };
        // Copied, not taken: the parser's string has room for much more than it holds.
        let mut scalar = Scalar { text: (*text).to_owned(), style };
        let properties = (anchor != 0 || tag.is_some()) && !(scalar.is_plain() && scalar.text.is_empty());
        let start = self.content_start(marks, properties);
        let end = self.scalar_end(start, self.text.offset(marks.end), style);
        let span = self.text.span(start, end);
        if scalar.is_plain() && !scalar.text.is_empty() {
            self.lint_comment(&scalar, end);
        }
        if let Some(tag) = tag {
            self.scalar_tag(tag, &mut scalar, span, marks);
        }
        self.push(ItemKind::Scalar(scalar), span, anchor);
    }

    fn exact(&self, marks: Marks) -> Span {
        self.text.span(self.text.offset(marks.start), self.text.offset(marks.end))
    }

    /// Where a node starts. The parser counts its anchor and its tag in.
    fn content_start(&self, marks: Marks, properties: bool) -> usize {
        let start = self.text.offset(marks.start);
        if properties { self.text.behind_properties(start) } else { start }
    }

    /// Where a scalar ends. The parser counts the blanks and the comment after a closing quote in, and the breaks
    /// after a block.
    fn scalar_end(&self, start: usize, end: usize, style: ScalarStyle) -> usize {
        let written = self.text.raw().get(start..end).unwrap_or_default();
        let length = match style {
            ScalarStyle::Plain => written.len(),
            ScalarStyle::Block => written.trim_end().len(),
            ScalarStyle::Single | ScalarStyle::Double => quote::quoted_length(written).unwrap_or(written.len()),
        };
        start.saturating_add(length)
    }

    /// A comment that starts without a blank is probably the rest of the value: `see ticket #42`.
    fn lint_comment(&mut self, scalar: &Scalar, end: usize) {
        let rest = self.text.after(end);
        let comment = rest.trim_start_matches([' ', '\t']);
        let glued = comment.strip_prefix('#').and_then(|inner| inner.chars().next());
        if comment.len() == rest.len() || glued.is_none_or(|c| c.is_whitespace() || matches!(c, '#' | '!')) {
            return;
        }
        self.findings.tell(Code::CutByComment, || {
            let start = end.saturating_add(rest.len().saturating_sub(comment.len()));
            let comment = comment.lines().next().unwrap_or_default().trim_end();
            let span = self.text.span(start, start.saturating_add(comment.len()));
            let message = format!("` #` starts a comment, so the value is only `{}`", excerpt(&scalar.text));
            let whole = quote::quoted(&format!("{} {comment}", scalar.text));
            Diagnostic::warning(Code::CutByComment, span, message)
                .label("this is a comment")
                .help(format!("if it belongs to the value, quote this: `{whole}`"))
                .help("if it is a comment, put a blank after the `#`")
        });
    }

    /// `!!str` and `!` make a string; the other tags of the core schema must fit what is written.
    fn scalar_tag(&mut self, tag: &Tag, scalar: &mut Scalar, span: Span, marks: Marks) {
        let read = plain::resolve(&scalar.text);
        let fits = match core_name(tag) {
            Some("str" | "!") => {
                scalar.style = if scalar.is_plain() { ScalarStyle::Single } else { scalar.style };
                return;
            }
            Some("null") => read == Plain::Null,
            Some("bool") => matches!(read, Plain::Bool(_)),
            Some("int") => matches!(&read, Plain::Number(number) if !number.as_str().contains(['.', 'e', 'E'])),
            Some("float") => matches!(read, Plain::Number(_)),
            _ => return self.refuse_tag(marks),
        };
        if fits {
            scalar.style = ScalarStyle::Plain;
        } else {
            self.findings.tell(Code::UnsupportedYaml, || {
                let message = format!("`{}` does not fit its tag", excerpt(&scalar.text));
                Diagnostic::error(Code::UnsupportedYaml, span, message).help("remove the tag")
            });
        }
    }

    fn collection_tag(&mut self, tag: &Tag, kind: &ItemKind, marks: Marks) {
        let fits = match core_name(tag) {
            Some("!") => true,
            Some("seq") => matches!(kind, ItemKind::List),
            Some("map") => matches!(kind, ItemKind::Map),
            _ => false,
        };
        if !fits {
            self.refuse_tag(marks);
        }
    }

    fn refuse_tag(&mut self, marks: Marks) {
        let text = self.text;
        self.findings.tell(Code::UnsupportedYaml, || {
            let start = text.offset(marks.start);
            let anchored = if text.after(start).starts_with('&') { text.after(start).find('!') } else { None };
            let start = start.saturating_add(anchored.unwrap_or(0));
            let written = text.raw().get(quote::value_from(text.raw(), start)).unwrap_or_default();
            let tag = written.split_whitespace().next().unwrap_or_default();
            let message = format!("`{}` is a YAML tag, which policies do not use", excerpt(tag));
            let span = text.span(start, start.saturating_add(tag.len()));
            let help = if tag.starts_with("!!") { "remove the tag".to_owned() } else { quote::help_for(written) };
            Diagnostic::error(Code::UnsupportedYaml, span, message).help(help)
        });
    }
}

/// The name of a tag of the core schema; `!` for the tag that says "not plain".
fn core_name(tag: &Tag) -> Option<&str> {
    const CORE: &str = "tag:yaml.org,2002:";
    match (tag.handle.as_str(), tag.suffix.as_str()) {
        (CORE, name) => Some(name),
        ("", "!") => Some("!"),
        ("", verbatim) => verbatim.strip_prefix(CORE),
        _ => None,
    }
}

/// What stands in for something that was refused.
fn nothing() -> Scalar {
    Scalar { text: String::new(), style: ScalarStyle::Plain }
}
