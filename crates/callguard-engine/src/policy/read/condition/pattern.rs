//! Operands of text operators: literals, wildcards, regexes.

use super::Cx;
use super::operand::{bad, each, field, text, unescaped};
use super::scalars::field_operand;
use super::subject::Subject;
use super::tests_of::Written;
use crate::diagnostic::{Code, Diagnostic};
use crate::policy::model::{Operand, Test, TextOp, TextPattern};
use crate::policy::read::regexes::RegexError;
use crate::policy::read::selector::{Scope, parse_selector};
use crate::source::Node;

/// A text, or several.
pub(super) fn texts(written: Written, op: TextOp, node: &Node, subject: &Subject<'_>, cx: &mut Cx<'_>) -> Option<Test> {
    let items = each(node, written.row.name, cx)?;
    let patterns: Vec<Option<TextPattern>> = items.iter().map(|item| pattern(written, op, item, subject, cx)).collect();
    let patterns = patterns.into_iter().collect::<Option<Vec<_>>>()?;
    Some(Test::Text(op, written.negatable(patterns)))
}

fn pattern(written: Written, op: TextOp, node: &Node, subject: &Subject<'_>, cx: &mut Cx<'_>) -> Option<TextPattern> {
    let source = text(node, written.row.name, cx)?;
    if source.is_empty() && op != TextOp::Like {
        let message = format!("every string meets `{}` with an empty text", written.row.name);
        bad(cx, node.span, message, "name what must stand there; the empty string is `equals: \"\"`");
        return None;
    }
    match (op, field(&source)) {
        // `$` is itself in a regex.
        (TextOp::Matches, Some(inner)) if is_selector(inner, subject, cx) => {
            let help = "compare with `equals`, `contains`, `starts_with` or `ends_with`";
            bad(cx, node.span, format!("`{}` takes no `\"${{selector}}\"`", written.row.name), help);
            None
        }
        (TextOp::Matches, _) if is_name(&source) => {
            let message = format!("the regex `{source}` can never match: `$` is the end of the text");
            let found = Diagnostic::error(Code::BadRegex, node.span, message);
            cx.report(found.help("in a regex `$` is itself, and no name of `define`; write the regex here"));
            None
        }
        (TextOp::Matches, _) => compile(node, &source, source.clone(), written.ignore_case, cx),
        (TextOp::StartsWith | TextOp::EndsWith, Some(inner)) => {
            match field_operand(written, node, inner, subject, cx)? {
                Operand::Field(selector) => Some(TextPattern::Field(selector)),
                Operand::Literal(_) => None,
            }
        }
        (TextOp::Like, Some(_)) => {
            let help = "compare with `equals`, `contains`, `starts_with` or `ends_with`; `$${…}` is the text itself";
            bad(cx, node.span, format!("`{}` takes no `\"${{selector}}\"`", written.row.name), help);
            None
        }
        (TextOp::Like, None) => {
            let literal = unescaped(&source);
            compile(node, literal, like(literal), written.ignore_case, cx)
        }
        (TextOp::StartsWith | TextOp::EndsWith, None) => Some(TextPattern::Literal(unescaped(&source).to_owned())),
    }
}

/// `$name`, as it stands for an entry of `define` everywhere but in a regex.
fn is_name(regex: &str) -> bool {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-');
    regex.strip_prefix('$').is_some_and(|name| !name.is_empty() && name.chars().all(is_part))
}

fn is_selector(text: &str, subject: &Subject<'_>, cx: &Cx<'_>) -> bool {
    parse_selector(text, &Scope { place: subject.place, facts: &cx.facts }).is_ok()
}

/// The regex of a wildcard pattern: the whole value, `*` for anything, `?` for one character.
fn like(pattern: &str) -> String {
    let mut regex = String::from(r"(?s)\A");
    for letter in pattern.chars() {
        match letter {
            '*' => regex.push_str(".*"),
            '?' => regex.push('.'),
            literal => regex.push_str(&regex::escape(literal.encode_utf8(&mut [0; 4]))),
        }
    }
    regex.push_str(r"\z");
    regex
}

fn compile(node: &Node, source: &str, regex: String, ignore_case: bool, cx: &mut Cx<'_>) -> Option<TextPattern> {
    match cx.regexes.check(&regex, ignore_case) {
        Ok(regex) => Some(TextPattern::Regex { source: source.to_owned(), regex: regex? }),
        Err(error) => {
            cx.report(refused(node, &error));
            None
        }
    }
}

fn refused(node: &Node, error: &RegexError) -> Diagnostic {
    let sentence = match error {
        RegexError::Syntax(sentence) => sentence,
        RegexError::TooLarge => {
            let found = Diagnostic::error(Code::BadRegex, node.span, "the regex is too large");
            return found.help("a compiled regex may take 256 KiB; repeat less, or use fewer Unicode classes");
        }
        RegexError::TooMany => {
            let message = "the regexes that are loaded together take too much to check";
            let found = Diagnostic::error(Code::TooMuchComposed, node.span, message);
            return found.help("repeat less, or use fewer Unicode classes");
        }
    };
    let found = Diagnostic::error(Code::BadRegex, node.span, format!("the regex cannot be read: {sentence}"));
    if sentence.contains("look-around") || sentence.contains("backreference") {
        return found.help("regexes run in linear time; write a second operator for what must not stand there");
    }
    found.help("a literal `\\`, `.`, `(`, `[`, `{`, `*`, `+`, `?`, `|`, `^` or `$` takes a `\\` before it")
}
