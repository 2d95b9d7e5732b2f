//! What is legal YAML and probably not what was meant.

use super::plain::{self, Plain};
use super::tree::excerpt;
use super::{Node, NodeKind, Scalar, ScalarStyle};
use crate::diagnostic::{Code, Diagnostic};

/// Both lints of a value position: [`lint_plain_scalars`] and [`lint_control_characters`].
///
/// For operands, definitions and patterns. A string field takes the scalar as written, so it does not lint.
pub fn lint_operand(node: &Node) -> Vec<Diagnostic> {
    let mut found = lint_plain_scalars(node);
    found.extend(lint_control_characters(node));
    found
}

/// Plain scalars that YAML 1.1 reads otherwise (`no`, `0777`, `12:30`), at any depth; keys are text anyway.
pub fn lint_plain_scalars(node: &Node) -> Vec<Diagnostic> {
    scalars(node).filter_map(|(node, scalar)| plain_scalar(node, scalar)).collect()
}

/// Control characters that an escape put into a double-quoted scalar (`"\brm\b"` is a backspace), at any depth.
pub fn lint_control_characters(node: &Node) -> Vec<Diagnostic> {
    scalars(node).filter_map(|(node, scalar)| control_character(node, scalar)).collect()
}

fn scalars(node: &Node) -> impl Iterator<Item = (&Node, &Scalar)> {
    let mut rest = vec![node];
    std::iter::from_fn(move || {
        while let Some(node) = rest.pop() {
            match &node.kind {
                NodeKind::Scalar(scalar) => return Some((node, scalar)),
                NodeKind::List(items) => rest.extend(items.iter().rev()),
                NodeKind::Map(entries) => rest.extend(entries.iter().rev().map(|entry| &entry.value)),
            }
        }
        None
    })
}

fn plain_scalar(node: &Node, scalar: &Scalar) -> Option<Diagnostic> {
    let elsewhere = if scalar.is_plain() { yaml_1_1(&scalar.text)? } else { return None };
    let shown = excerpt(&scalar.text);
    let here = match plain::resolve(&scalar.text) {
        Plain::Number(number) => format!("the number {}", excerpt(number.as_str())),
        Plain::Null | Plain::Bool(_) | Plain::Text => "text".to_owned(),
    };
    let message = format!("`{shown}` is {here} here, and {elsewhere} to readers of YAML 1.1");
    let found = Diagnostic::warning(Code::PlainScalar, node.span, message);
    let found = found.help(format!("write `\"{shown}\"` if you mean the text"));
    Some(match elsewhere {
        Elsewhere::True => found.help("write `true` if you mean the boolean"),
        Elsewhere::False => found.help("write `false` if you mean the boolean"),
        Elsewhere::Octal | Elsewhere::Number => found.help("write a plain decimal if you mean a number"),
        Elsewhere::Text | Elsewhere::Minutes => found,
    })
}

/// What a reader of YAML 1.1 makes of a scalar that is something else here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Elsewhere {
    True,
    False,
    Octal,
    Minutes,
    Number,
    Text,
}

impl std::fmt::Display for Elsewhere {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Elsewhere::True => "`true`",
            Elsewhere::False => "`false`",
            Elsewhere::Octal => "an octal number",
            Elsewhere::Minutes => "a number in base 60",
            Elsewhere::Number => "a number",
            Elsewhere::Text => "text",
        })
    }
}

/// How YAML 1.1's types (yaml.org/type) read a scalar, where that differs from the core schema of 1.2.
fn yaml_1_1(text: &str) -> Option<Elsewhere> {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => return Some(Elsewhere::True),
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => return Some(Elsewhere::False),
        ".nan" | ".NaN" | ".NAN" => return Some(Elsewhere::Number),
        _ => {}
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    match unsigned.get(..2) {
        Some("0o") if text == unsigned => plain_number(text).then_some(Elsewhere::Text),
        Some("0x") => (!plain_number(text) && grouped(unsigned.get(2..)?, 16)).then_some(Elsewhere::Number),
        Some("0b") => grouped(unsigned.get(2..)?, 2).then_some(Elsewhere::Number),
        _ if matches!(unsigned, ".inf" | ".Inf" | ".INF") => Some(Elsewhere::Number),
        Some(_) if unsigned.starts_with('0') && unsigned.bytes().all(|byte| byte.is_ascii_digit()) => {
            Some(Elsewhere::Octal)
        }
        _ if sexagesimal(unsigned) => Some(Elsewhere::Minutes),
        _ => {
            let whole = unsigned.split_once('.').map_or(unsigned, |(whole, _)| whole);
            let number = !whole.starts_with('_') && whole.contains('_') && grouped(whole, 10);
            number.then_some(Elsewhere::Number)
        }
    }
}

fn plain_number(text: &str) -> bool {
    matches!(plain::resolve(text), Plain::Number(_))
}

/// Digits, with underscores between them.
fn grouped(text: &str, radix: u32) -> bool {
    text.chars().any(|c| c != '_') && text.chars().all(|c| c == '_' || c.is_digit(radix))
}

/// `12:30`, `190:20:30.5`: groups of at most 59 after the first.
fn sexagesimal(unsigned: &str) -> bool {
    let whole = unsigned.split_once('.').map_or(unsigned, |(whole, _)| whole);
    let mut groups = whole.split(':');
    let first = groups.next().is_some_and(|group| !group.is_empty() && group.bytes().all(|b| b.is_ascii_digit()));
    let mut rest = groups.peekable();
    first && rest.peek().is_some() && rest.all(|group| matches!(group.parse::<u8>(), Ok(0..60)) && group.len() <= 2)
}

fn control_character(node: &Node, scalar: &Scalar) -> Option<Diagnostic> {
    if scalar.style != ScalarStyle::Double {
        return None;
    }
    let first = scalar.text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\t'))?;
    let message = format!("in double quotes `{}` is {}", escape(first), name(first));
    let meant: String = scalar.text.chars().take(60).map(escape).collect();
    let found = Diagnostic::warning(Code::ControlCharacter, node.span, message);
    Some(found.help(format!("write `'{meant}'` in single quotes, where a backslash is itself")))
}

/// The shortest escape of YAML for a control character; other characters as they are.
fn escape(c: char) -> String {
    match c {
        '\0' => "\\0".to_owned(),
        '\u{7}' => "\\a".to_owned(),
        '\u{8}' => "\\b".to_owned(),
        '\t' => "\\t".to_owned(),
        '\n' => "\\n".to_owned(),
        '\u{b}' => "\\v".to_owned(),
        '\u{c}' => "\\f".to_owned(),
        '\r' => "\\r".to_owned(),
        '\u{1b}' => "\\e".to_owned(),
        c if c.is_control() => format!("\\x{:02x}", u32::from(c)),
        c => c.to_string(),
    }
}

fn name(c: char) -> String {
    match c {
        '\0' => "a NUL".to_owned(),
        '\u{7}' => "a bell".to_owned(),
        '\u{8}' => "a backspace".to_owned(),
        '\u{b}' => "a vertical tab".to_owned(),
        '\u{c}' => "a form feed".to_owned(),
        '\r' => "a carriage return".to_owned(),
        '\u{1b}' => "an escape character".to_owned(),
        c => format!("the control character U+{:04X}", u32::from(c)),
    }
}
