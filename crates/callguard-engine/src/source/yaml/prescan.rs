//! What is refused before the parser sees it.

use std::borrow::Cow;

use super::findings::Findings;
use super::text::Text;
use crate::diagnostic::{Code, Diagnostic};

/// The text as the parser may read it, character for character as long as the original.
///
/// The parser takes NUL for the end of the text and lets other control characters through, reads a lone carriage
/// return as a line break that editors do not show, and copies the prefix of a `%TAG` for every tag that uses it
/// (quadratic). All three are errors, and are replaced so that the errors behind them are found as well.
pub(super) fn readable<'a>(text: &Text<'a>, findings: &mut Findings) -> Cow<'a, str> {
    let mut changed: Option<String> = None;
    let mut line_start = true;
    let mut chars = text.raw().char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let lone_return = c == '\r' && chars.peek().is_none_or(|(_, next)| *next != '\n');
        let replacement = if lone_return {
            findings.push(carriage_return(text, at));
            ' '
        } else if !printable(c) {
            findings.push(unprintable(text, at, c));
            char::REPLACEMENT_CHARACTER
        } else if line_start && c == '%' && directive(text, at, findings) {
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

/// Reports a directive that is not `%YAML 1.2`; says whether the parser must not see it.
fn directive(text: &Text<'_>, at: usize, findings: &mut Findings) -> bool {
    let line = text.after(at).lines().next().unwrap_or_default();
    let mut words = line.split_whitespace();
    let (name, value) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (message, help) = match name {
        "%TAG" => ("`%TAG` is refused: policies use no tags of their own", "remove the line"),
        "%YAML" if value != "1.2" => ("policies are read as YAML 1.2", "write `%YAML 1.2`, or remove the line"),
        _ => return false,
    };
    let span = text.span(at, at.saturating_add(line.trim_end().len()));
    findings.push(Diagnostic::error(Code::UnsupportedYaml, span, message).help(help));
    name == "%TAG"
}
