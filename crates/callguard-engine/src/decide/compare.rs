//! Equality and order of JSON values, and the one way in which case is folded.

use super::Truth;
use crate::value::{Number, Value};
use jiff::{Timestamp, civil::Date};
use std::cmp::Ordering;

/// Whether `value` equals a scalar `operand`. Values of another type are unequal, with two exceptions that are
/// unknown: a scalar that spells the operand (`"5"` for `5`), and a list or an object where a scalar is expected.
pub(super) fn equals(value: &Value, operand: &Value, ignore_case: bool) -> Truth {
    match (value, operand) {
        (Value::String(left), Value::String(right)) => {
            (left == right || (ignore_case && fold(left) == fold(right))).into()
        }
        (Value::Number(left), Value::Number(right)) => (left == right).into(),
        (Value::Bool(left), Value::Bool(right)) => (left == right).into(),
        (Value::List(_) | Value::Object(_), _) | (_, Value::List(_) | Value::Object(_)) => Truth::Unknown,
        (Value::String(text), scalar) | (scalar, Value::String(text)) if spells(text, scalar) => Truth::Unknown,
        _ => Truth::False,
    }
}

/// Whether `text` spells a number or a boolean.
fn spells(text: &str, scalar: &Value) -> bool {
    let text = text.trim();
    match scalar {
        Value::Bool(flag) => text.eq_ignore_ascii_case(if *flag { "true" } else { "false" }),
        Value::Number(number) => Number::parse(text.trim_start_matches('+')).is_some_and(|spelled| spelled == *number),
        _ => false,
    }
}

/// How `value` stands to `operand`: numbers by decimal value, RFC 3339 times by instant, dates by day. `None`: the two
/// cannot be ordered.
pub(super) fn order(value: &Value, operand: &Value) -> Option<Ordering> {
    match (value, operand) {
        (Value::Number(left), Value::Number(right)) => Some(left.cmp(right)),
        (Value::String(left), Value::String(right)) => time_order(left, right),
        _ => None,
    }
}

fn time_order(left: &str, right: &str) -> Option<Ordering> {
    if let (Some(left), Some(right)) = (parse_date(left), parse_date(right)) {
        return Some(left.cmp(&right));
    }
    Some(parse_time(left)?.cmp(&parse_time(right)?))
}

/// A date as RFC 3339 writes it: `2026-01-31`.
pub fn parse_date(text: &str) -> Option<Date> {
    if text.len() == 10 { text.parse().ok() } else { None }
}

/// A time as RFC 3339 writes it, with its offset.
pub fn parse_time(text: &str) -> Option<Timestamp> {
    if text.len() > 10 { text.parse().ok() } else { None }
}

/// Folds case: to upper and back to lower, so that letters with several lower forms (`ſ`, `ς`) meet.
pub fn fold(text: &str) -> String {
    text.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_spells_the_operand_is_unknown() {
        let five = Value::from(5);
        for text in ["5", " 5 ", "5.0", "+5", "5e0"] {
            assert_eq!(equals(&Value::from(text), &five, false), Truth::Unknown, "{text}");
            assert_eq!(equals(&five, &Value::from(text), false), Truth::Unknown, "{text} as operand");
        }
        assert_eq!(equals(&Value::from("six"), &five, false), Truth::False);
        assert_eq!(equals(&Value::from("TRUE"), &Value::from(true), false), Truth::Unknown);
        assert_eq!(equals(&Value::List(vec![five.clone()]), &five, false), Truth::Unknown);
    }

    #[test]
    fn case_folds_only_when_asked() {
        let (left, right) = (Value::from("Straße ſ"), Value::from("STRASSE S"));
        assert_eq!(equals(&left, &right, false), Truth::False);
        assert_eq!(equals(&left, &right, true), Truth::True);
    }

    #[test]
    fn times_and_dates_have_an_order_and_words_have_none() {
        let text = |text: &str| Value::from(text);
        assert_eq!(order(&text("2026-01-31"), &text("2026-02-01")), Some(Ordering::Less));
        assert_eq!(order(&text("2026-01-31T10:00:00+02:00"), &text("2026-01-31T08:00:00Z")), Some(Ordering::Equal));
        assert_eq!(order(&text("soon"), &text("2026-01-31")), None);
        assert_eq!(order(&text("2026-01-31"), &text("2026-01-31T08:00:00Z")), None);
    }
}
