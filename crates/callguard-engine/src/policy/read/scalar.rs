//! Scalars: texts, words, numbers, durations, dates, names.

use super::{Cx, wrong_shape};
use crate::diagnostic::{Code, Diagnostic, did_you_mean};
use crate::source::{Node, Span, Spanned, excerpt};
use crate::value::Number;
use jiff::civil::Date;

/// A scalar, taken as written; nothing at all is not a text.
pub(crate) fn text(node: &Node, what: &str, cx: &mut Cx<'_>) -> Option<Spanned<String>> {
    match node.as_scalar() {
        Some(scalar) if !(scalar.is_plain() && scalar.text.is_empty()) => {
            Some(Spanned { value: scalar.text.clone(), span: node.span })
        }
        _ => {
            wrong_shape(node, what, "text", cx);
            None
        }
    }
}

/// `true` or `false`.
pub(crate) fn boolean(node: &Node, what: &str, cx: &mut Cx<'_>) -> Option<bool> {
    let flag = node.as_bool();
    if flag.is_none() {
        wrong_shape(node, what, "`true` or `false`", cx);
    }
    flag
}

/// A number, exact.
pub(crate) fn number(node: &Node, what: &str, cx: &mut Cx<'_>) -> Option<Number> {
    let number = node.as_number();
    if number.is_none() {
        wrong_shape(node, what, "a number", cx);
    }
    number
}

/// A whole number from 0.
pub(crate) fn count(node: &Node, what: &str, cx: &mut Cx<'_>) -> Option<u64> {
    let whole = node.as_number().and_then(|number| number.as_u64());
    if whole.is_none() {
        wrong_shape(node, what, "a whole number from 0", cx);
    }
    whole
}

/// One of the words that `what` takes.
pub(crate) fn word<T: Copy>(node: &Node, what: &str, words: &[(&str, T)], cx: &mut Cx<'_>) -> Option<T> {
    let written = text(node, what, cx)?;
    let found = words.iter().find(|(known, _)| *known == written.value).map(|(_, meaning)| *meaning);
    if found.is_none() {
        unknown_word(&written.value, written.span, what, words.iter().map(|(known, _)| *known), cx);
    }
    found
}

/// Reports a word that `what` does not take.
pub(crate) fn unknown_word<'k>(
    written: &str,
    span: Span,
    what: &str,
    known: impl Iterator<Item = &'k str> + Clone,
    cx: &mut Cx<'_>,
) {
    let takes: Vec<_> = known.clone().map(|known| format!("`{known}`")).collect();
    let found = Diagnostic::error(Code::UnknownWord, span, format!("`{what}` does not take `{}`", excerpt(written)));
    let found = match did_you_mean(written, known) {
        Some(near) => found.help(format!("did you mean `{near}`?")),
        None => found,
    };
    cx.report(found.help(format!("`{what}` takes {}", join_or(&takes))));
}

fn join_or(words: &[String]) -> String {
    match words {
        [] => "nothing".to_owned(),
        [one] => one.clone(),
        [head @ .., last] => format!("{} or {last}", head.join(", ")),
    }
}

/// A duration in milliseconds: a whole number and `ms`, `s`, `m`, `h` or `d`; more than nothing.
pub(crate) fn duration_millis(node: &Node, what: &str, cx: &mut Cx<'_>) -> Option<u64> {
    let written = text(node, what, cx)?;
    let millis = parse_duration(&written.value);
    if millis.is_none() {
        let message = format!("`{}` is not a duration", excerpt(&written.value));
        let help = "write a whole number and a unit: `500ms`, `10s`, `5m`, `1h`, `7d`; at most ten years";
        cx.error(Code::BadDuration, written.span, message, help);
    }
    millis
}

/// Ten years: adding it to a time cannot overflow.
const MAX_DURATION_MILLIS: u64 = 3_653 * 24 * 3_600_000;

/// The milliseconds of a duration as policies write it: `500ms`, `10s`, `5m`, `1h`, `7d`; at most ten years.
pub fn parse_duration(text: &str) -> Option<u64> {
    let split = text.find(|letter: char| !letter.is_ascii_digit())?;
    let (digits, unit) = text.split_at_checked(split)?;
    let unit_millis = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    let millis = digits.parse::<u64>().ok()?.checked_mul(unit_millis)?;
    (1..=MAX_DURATION_MILLIS).contains(&millis).then_some(millis)
}

/// A date: `2026-01-31`.
pub(crate) fn date(node: &Node, what: &str, cx: &mut Cx<'_>) -> Option<Date> {
    let written = text(node, what, cx)?;
    let date = (written.value.len() == 10).then(|| written.value.parse::<Date>().ok()).flatten();
    if date.is_none() {
        let message = format!("`{}` is not a date", excerpt(&written.value));
        cx.error(Code::BadDate, written.span, message, "write year, month and day: `2026-01-31`");
    }
    date
}

/// An id in `kebab-case`.
pub(crate) fn name(node: &Node, what: &str, cx: &mut Cx<'_>) -> Option<Spanned<String>> {
    let written = text(node, what, cx)?;
    if is_kebab(&written.value) {
        return Some(written);
    }
    let message = format!("`{}` is not a name in kebab-case", excerpt(&written.value));
    let help = match kebab(&written.value) {
        Some(meant) => format!("write `{meant}`"),
        None => "use lower-case letters, digits and single `-` between them, at most 63".to_owned(),
    };
    cx.error(Code::BadName, written.span, message, help);
    None
}

/// Whether it is lower-case letters, digits and single `-` between them, at most 63.
pub(crate) fn is_kebab(text: &str) -> bool {
    let part = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    text.len() <= 63 && text.split('-').all(part)
}

/// What the author may have meant.
fn kebab(text: &str) -> Option<String> {
    let mut out = String::new();
    for letter in text.chars() {
        match letter {
            'A'..='Z' | 'a'..='z' | '0'..='9' => out.push(letter.to_ascii_lowercase()),
            _ if out.ends_with('-') => {}
            _ => out.push('-'),
        }
    }
    let meant = out.trim_matches('-').to_owned();
    is_kebab(&meant).then_some(meant)
}

#[cfg(test)]
mod tests {
    use super::{is_kebab, kebab, parse_duration};

    #[test]
    fn durations_have_a_unit_and_an_end() {
        let table = [
            ("500ms", Some(500)),
            ("10s", Some(10_000)),
            ("5m", Some(300_000)),
            ("1h", Some(3_600_000)),
            ("7d", Some(604_800_000)),
            ("0s", None),
            ("5", None),
            ("m", None),
            ("1.5h", None),
            ("-1h", None),
            ("1h30m", None),
            ("99999d", None),
            ("99999999999999999999d", None),
        ];
        for (text, expected) in table {
            assert_eq!(parse_duration(text), expected, "{text}");
        }
    }

    #[test]
    fn names_are_kebab() {
        assert!(is_kebab("prod-deploy-2"));
        for wrong in ["", "-a", "a-", "a--b", "A", "a_b", "ä"] {
            assert!(!is_kebab(wrong), "{wrong}");
        }
        assert_eq!(kebab("Prod_Deploy needs").as_deref(), Some("prod-deploy-needs"));
        assert_eq!(kebab("ä"), None);
    }
}
