//! What is refused before the parser sees it.

use std::borrow::Cow;

use super::findings::Findings;
use super::text::Text;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::tree::excerpt;

/// The text as the parser may read it, character for character as long as the original.
///
/// The parser takes NUL for the end of the text, lets other control characters through, and reads a lone carriage
/// return as a line break that editors do not show. It copies the prefix of a `%TAG` for every tag that uses it
/// (quadratic), and counts the name of another directive in bytes where it counts all else in characters. All are
/// errors, and are replaced so that the errors behind them are found as well.
pub(super) fn readable<'a>(text: &Text<'a>, findings: &mut Findings) -> Cow<'a, str> {
    let mut changed: Option<String> = None;
    let mut line_start = true;
    let mut chars = text.raw().char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let lone_return = c == '\r' && chars.peek().is_none_or(|(_, next)| *next != '\n');
        let replacement = if lone_return {
            findings.tell(Code::UnsupportedYaml, || carriage_return(text, at));
            ' '
        } else if !printable(c) {
            findings.tell(Code::YamlSyntax, || unprintable(text, at, c));
            char::REPLACEMENT_CHARACTER
        } else if line_start && c == '%' && refused(line(text, at)) {
            findings.tell(Code::UnsupportedYaml, || directive(text, at, line(text, at)));
            '#'
        } else {
            c
        };
        if replacement != c && changed.is_none() {
            changed = Some(text.before(at).to_owned());
        }
        if let Some(changed) = &mut changed {
            changed.push(replacement);
        }
        line_start = c == '\n' || (line_start && c == '\u{feff}');
    }
    changed.map_or(Cow::Borrowed(text.raw()), Cow::Owned)
}

/// `c-printable` of YAML 1.2.2, section 5.1.
fn printable(c: char) -> bool {
    match c {
        '\t' | '\n' | '\r' | '\u{85}' => true,
        '\u{fffe}' | '\u{ffff}' => false,
        c => !c.is_control(),
    }
}

fn unprintable(text: &Text<'_>, at: usize, c: char) -> Diagnostic {
    let code = u32::from(c);
    let span = text.span(at, at.saturating_add(c.len_utf8()));
    let escape = if code < 0x100 { format!("\\x{code:02x}") } else { format!("\\u{code:04x}") };
    Diagnostic::error(Code::YamlSyntax, span, format!("the character U+{code:04X} cannot stand in YAML"))
        .help(format!("remove it, or write `{escape}` within double quotes"))
}

fn carriage_return(text: &Text<'_>, at: usize) -> Diagnostic {
    let span = text.span(at, at.saturating_add(1));
    let message = "a carriage return without a line feed, which YAML takes for a line break and editors hide";
    Diagnostic::error(Code::UnsupportedYaml, span, message).help("end lines with a line feed")
}

fn line<'a>(text: &Text<'a>, at: usize) -> &'a str {
    text.after(at).lines().next().unwrap_or_default()
}

/// Whether a line is a directive to refuse: all of them but `%YAML 1.2`.
fn refused(line: &str) -> bool {
    let mut words = line.split([' ', '\t']).filter(|word| !word.is_empty());
    (words.next(), words.next()) != (Some("%YAML"), Some("1.2"))
}

fn directive(text: &Text<'_>, at: usize, line: &str) -> Diagnostic {
    let line = line.trim_end();
    let span = text.span(at, at.saturating_add(line.len()));
    let message = format!("`{}` is a directive, which policies do not use", excerpt(line));
    let found = Diagnostic::error(Code::UnsupportedYaml, span, message);
    found.help("policies are YAML 1.2, which needs no directive; remove the line, or indent it if it is text")
}
