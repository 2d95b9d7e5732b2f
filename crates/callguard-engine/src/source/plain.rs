//! What a plain scalar is: the core schema of YAML 1.2.2, section 10.3.2.

use crate::value::Number;

/// A plain scalar as the core schema reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Plain {
    Null,
    Bool(bool),
    Number(Number),
    Text,
}

/// Reads a plain scalar. What has no exact decimal (`.inf`, hexadecimal beyond 128 bits) is text.
pub(super) fn resolve(text: &str) -> Plain {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Plain::Null,
        "true" | "True" | "TRUE" => Plain::Bool(true),
        "false" | "False" | "FALSE" => Plain::Bool(false),
        _ => number(text).map_or(Plain::Text, Plain::Number),
    }
}

fn number(text: &str) -> Option<Number> {
    let radix = |digits: &str, radix| {
        let valid = !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix));
        let value = valid.then(|| u128::from_str_radix(digits, radix).ok()).flatten()?;
        Number::parse(&value.to_string())
    };
    match (text.strip_prefix("0x"), text.strip_prefix("0o")) {
        (Some(digits), _) => radix(digits, 16),
        (_, Some(digits)) => radix(digits, 8),
        (None, None) => decimal(text),
    }
}

/// `[-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`, put into JSON's grammar.
fn decimal(text: &str) -> Option<Number> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !unsigned.starts_with(|first: char| first.is_ascii_digit() || first == '.') {
        return None;
    }
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => unsigned.split_at_checked(at)?,
        None => (unsigned, ""),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let sign = if text.starts_with('-') { "-" } else { "" };
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        digits => digits,
    };
    let point = if fraction.is_empty() { "" } else { "." };
    Number::parse(&format!("{sign}{whole}{point}{fraction}{exponent}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]

    use super::*;

    #[track_caller]
    fn reads(text: &str, number: &str) {
        assert_eq!(resolve(text), Plain::Number(Number::parse(number).unwrap()), "{text}");
    }

    #[test]
    fn numbers_of_the_core_schema_are_exact() {
        reads("12", "12");
        reads("+12", "12");
        reads("-0", "0");
        reads("0777", "777");
        reads("00", "0");
        reads("0o17", "15");
        reads("0xfF", "255");
        reads(".5", "0.5");
        reads("-.5", "-0.5");
        reads("5.", "5");
        reads("1.e3", "1000");
        reads("1E+3", "1000");
        reads("0.1000000000000000000000000000000001", "0.1000000000000000000000000000000001");
        reads("0xffffffffffffffffffffffffffffffff", "340282366920938463463374607431768211455");
    }

    #[test]
    fn what_only_looks_like_a_number_is_text() {
        let texts = [
            ".",
            "-",
            "+",
            "+-1",
            "--1",
            "e3",
            "1e",
            "1e+",
            "0x",
            "0xg",
            "0o8",
            "-0x1",
            "1_000",
            "1.2.3",
            "12:30",
            ".inf",
            "-.INF",
            ".nan",
            "0x1ffffffffffffffffffffffffffffffff",
            "1e99999999999999999999",
            "١",
            "1 2",
        ];
        for text in texts {
            assert_eq!(resolve(text), Plain::Text, "{text}");
        }
    }

    #[test]
    fn only_the_core_schemas_words_are_booleans_and_null() {
        for text in ["", "~", "null", "Null", "NULL"] {
            assert_eq!(resolve(text), Plain::Null);
        }
        assert_eq!(resolve("True"), Plain::Bool(true));
        assert_eq!(resolve("FALSE"), Plain::Bool(false));
        for text in ["no", "yes", "on", "tRUE", "nUll", "none"] {
            assert_eq!(resolve(text), Plain::Text);
        }
    }
}
