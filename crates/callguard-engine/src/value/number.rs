//! Numbers that are never rounded: compared as decimals, printed as they were written.

use std::cmp::Ordering;

/// A JSON number. Equality and order are by decimal value (`1` is `1.0` is `1e0`), never through a float.
#[derive(Clone, Debug)]
pub struct Number {
    text: Box<str>,
    negative: bool,
    /// Significant decimal digits without leading or trailing zeros; empty for zero.
    digits: Box<[u8]>,
    /// Value is `0.DIGITS * 10^exponent`.
    exponent: i64,
}

impl Number {
    /// Reads a number in JSON's grammar; `None` if it is not one, or its exponent does not fit an `i64`.
    pub fn parse(text: &str) -> Option<Number> {
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, parse_exponent(exponent)?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((_, "")) => return None,
            Some(parts) => parts,
            None => (mantissa, ""),
        };
        let leading_zero = whole.len() > 1 && whole.starts_with('0');
        if whole.is_empty() || leading_zero || !all_digits(whole) || !all_digits(fraction) {
            return None;
        }
        let written = [whole.as_bytes(), fraction.as_bytes()].concat();
        let leading = written.iter().take_while(|digit| **digit == b'0').count();
        let trailing = written.iter().rev().take_while(|digit| **digit == b'0').count();
        let digits = written.get(leading..written.len().saturating_sub(trailing)).unwrap_or_default();
        let point = i64::try_from(whole.len()).ok()?.checked_sub(i64::try_from(leading).ok()?)?;
        let zero = digits.is_empty();
        Some(Number {
            text: text.into(),
            negative: negative && !zero,
            digits: digits.into(),
            exponent: if zero { 0 } else { exponent.checked_add(point)? },
        })
    }

    /// The number as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the value is below zero.
    pub fn is_negative(&self) -> bool {
        self.negative
    }

    fn magnitude(&self, other: &Number) -> Ordering {
        match (self.digits.is_empty(), other.digits.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => self.exponent.cmp(&other.exponent).then_with(|| self.digits.cmp(&other.digits)),
        }
    }
}

fn parse_exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !all_digits(digits) {
        return None;
    }
    text.parse().ok()
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

impl Ord for Number {
    fn cmp(&self, other: &Number) -> Ordering {
        match (self.negative, other.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => self.magnitude(other),
            (true, true) => other.magnitude(self),
        }
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Number) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Number) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Number {}

impl From<u64> for Number {
    fn from(number: u64) -> Number {
        let text = number.to_string();
        let digits = text.trim_end_matches('0').trim_start_matches('0').as_bytes();
        let exponent = if digits.is_empty() { 0 } else { i64::try_from(text.len()).unwrap_or(i64::MAX) };
        Number { negative: false, digits: digits.into(), exponent, text: text.into() }
    }
}

impl std::fmt::Display for Number {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.text)
    }
}
