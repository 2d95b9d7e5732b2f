//! Syntax errors in words that say what to do.

use saphyr_parser::ScanError;

use super::sentences::{Help, sentence};
use super::text::Text;
use super::{MAX_DEPTH, quote};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;
use crate::source::tree::excerpt;

/// A syntax error as a diagnostic.
pub(super) fn explain(error: &ScanError, text: &Text<'_>) -> Diagnostic {
    let (info, at) = (error.info(), text.offset(*error.marker()));
    if info.contains("recursion limit") {
        return too_deep(text.word(at));
    }
    if info.contains("unknown anchor") {
        return unknown_anchor(at, text);
    }
    let (span, at) = place(info, at, text);
    let mended = quote::help(text.raw(), at);
    let found = |message: String| Diagnostic::error(Code::YamlSyntax, span, message);
    if let Some(refused) = info.strip_prefix("unexpected character: `").and_then(|rest| rest.chars().next()) {
        let refused = if refused == '`' { "a backtick".to_owned() } else { format!("`{refused}`") };
        return found(format!("a value cannot start with {refused}")).help(mended.unwrap_or_default());
    }
    let Some(known) = sentence(info) else {
        return found(format!("this is not YAML: {info}")).help(mended.unwrap_or_else(|| "quote the value".to_owned()));
    };
    let found = match known.help {
        Help::Do(help) => found(known.message.to_owned()).help(help),
        Help::QuoteOr(help) => found(known.message.to_owned()).help(mended.unwrap_or_else(|| help.to_owned())),
    };
    match open_bracket(text.before(at)) {
        Some(open) => found.related(text.span(open, open.saturating_add(1)), "this bracket is open"),
        None => found,
    }
}

/// Lists and mappings in each other beyond the limit.
pub(super) fn too_deep(span: Span) -> Diagnostic {
    let message = format!("lists and mappings are nested deeper than {MAX_DEPTH}");
    Diagnostic::error(Code::TooLarge, span, message).help("flatten the policy")
}

fn unknown_anchor(at: usize, text: &Text<'_>) -> Diagnostic {
    let alias = quote::value_from(text.raw(), at);
    let written = text.raw().get(alias.clone()).unwrap_or_default();
    let span = text.span(alias.start, alias.end);
    let message = format!("`{}` is an alias of an anchor that does not exist", excerpt(written));
    Diagnostic::error(Code::YamlSyntax, span, message).help(quote::help_for(written))
}

/// What to underline, and where the value at fault is looked for.
fn place(info: &str, at: usize, text: &Text<'_>) -> (Span, usize) {
    let behind = text.after(at).trim_start().is_empty() || info.contains("simple key expect");
    if !behind {
        return (text.word(at), at);
    }
    // The parser only notices at the next token; what is at fault is the last line before it.
    let end = text.before(at).trim_end().len();
    let start = text.line_start(end);
    let line = text.raw().get(start..end).unwrap_or_default();
    let start = end.saturating_sub(line.trim_start().len());
    (text.span(start, end), start)
}

/// The innermost bracket that `before` leaves open. Brackets and quotes within plain text do not count.
fn open_bracket(before: &str) -> Option<usize> {
    let mut open = Vec::new();
    let (mut at, mut last, mut blank) = (0_usize, '\n', true);
    while let Some((c, rest)) = before.get(at..).and_then(|rest| Some((rest.chars().next()?, rest))) {
        let starts = !open.is_empty() && matches!(last, ',' | '[' | '{') || blank && matches!(last, '\n' | ':' | '-');
        let passed = match c {
            '#' if blank => rest.find('\n').unwrap_or(rest.len()),
            '\'' | '"' if starts => quote::quoted_length(rest).unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        match c {
            '[' | '{' if starts => open.push(at),
            ']' | '}' => drop(open.pop()),
            _ => {}
        }
        at = at.saturating_add(passed);
        blank = c.is_whitespace();
        last = if blank && c != '\n' { last } else { c };
    }
    open.pop()
}
