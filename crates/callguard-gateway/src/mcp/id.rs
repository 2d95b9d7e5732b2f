//! Request ids: when two of them are the same one to some reader.

use serde_json::value::RawValue;

/// An id as the most lenient reader compares it: numbers as doubles, a string that spells a number as that number.
///
/// Servers round large integers and some clients turn an answer's `"3"` into `3`. Two requests in flight whose ids are
/// equal so would let the answer to one pass for the answer to the other.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum IdKey {
    Number(u64),
    Text(String),
}

impl IdKey {
    /// The key of an id's text; `None` unless it is a string or an integer that a double can hold.
    pub(crate) fn of(id: &RawValue) -> Option<IdKey> {
        IdKey::of_text(id.get())
    }

    /// As [`IdKey::of`].
    pub(crate) fn of_text(id: &str) -> Option<IdKey> {
        if id.starts_with('"') {
            return serde_json::from_str(id).ok().map(IdKey::of_string);
        }
        let number: f64 = serde_json::from_str::<serde_json::Number>(id).ok()?.as_str().parse().ok()?;
        (number.is_finite() && number.fract() == 0.0).then(|| IdKey::of_number(number))
    }

    /// The key of an id that is a string.
    pub(crate) fn of_string(id: String) -> IdKey {
        match spelt_number(id.trim()) {
            Some(number) if number.is_finite() => IdKey::of_number(number),
            _ => IdKey::Text(id),
        }
    }

    fn of_number(number: f64) -> IdKey {
        // Adding zero turns -0 into 0.
        IdKey::Number((number + 0.0).to_bits())
    }
}

/// The number that JavaScript's `Number(text)` finds in trimmed text.
fn spelt_number(text: &str) -> Option<f64> {
    let radix = |digits: &str, radix| u64::from_str_radix(digits, radix).ok().map(|number| number as f64);
    match text.split_at_checked(2) {
        _ if text.is_empty() => Some(0.0),
        Some(("0x" | "0X", digits)) => radix(digits, 16),
        Some(("0o" | "0O", digits)) => radix(digits, 8),
        Some(("0b" | "0B", digits)) => radix(digits, 2),
        _ => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_some_reader_confuses_are_equal() {
        for (one, other) in [
            ("1", "1.0"),
            ("1", "\"1\""),
            ("1", "\" 0x1 \""),
            ("0", "\"\""),
            ("-0", "0"),
            ("10", "1e1"),
            ("9007199254740993", "9007199254740992"),
            ("\"a\"", "\"\\u0061\""),
        ] {
            assert!(IdKey::of_text(one).is_some());
            assert_eq!(IdKey::of_text(one), IdKey::of_text(other), "{one} {other}");
        }
        assert_ne!(IdKey::of_text("\"a\""), IdKey::of_text("\"A\""));
    }

    #[test]
    fn what_is_no_id_has_no_key() {
        for id in ["null", "true", "[1]", "{}", "1e400", "1.5", "\"\\ud800\""] {
            assert_eq!(IdKey::of_text(id), None, "{id}");
        }
    }
}
