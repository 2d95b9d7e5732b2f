//! Numbers that are never rounded: compared as decimals, printed as they were written.

use std::cmp::Ordering;

/// A JSON number. Equality and order are by decimal value (`1` is `1.0` is `1e0`), never through a float.
#[derive(Clone, Debug)]
pub struct Number {
    text: Box<str>,
    /// Below zero; `-0` is not.
    negative: bool,
    /// The value is `0.DIGITS * 10^exponent`, DIGITS being [`Number::significant`]; 0 for zero.
    exponent: i64,
    /// The value, where it is written as a small whole number: what most numbers are.
    small: Option<i64>,
}

impl Number {
    /// Reads a number in JSON's grammar; `None` if it is not one, or its exponent does not fit an `i64`.
    pub fn parse(text: &str) -> Option<Number> {
        let unsigned = text.strip_prefix('-').unwrap_or(text);
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
        let point = match whole {
            "0" => i64::try_from(fraction.len() - fraction.trim_start_matches('0').len()).ok()?.checked_neg()?,
            _ => i64::try_from(whole.len()).ok()?,
        };
        let mut number = Number { text: text.into(), negative: false, exponent: 0, small: small(text) };
        if !number.is_zero() {
            number.negative = text.starts_with('-');
            number.exponent = exponent.checked_add(point)?;
        }
        Some(number)
    }

    /// The number as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the value is below zero.
    pub fn is_negative(&self) -> bool {
        self.negative
    }

    /// Whether the value is zero, however it is written.
    pub fn is_zero(&self) -> bool {
        self.significant().is_empty()
    }

    /// The value as a count, if it is a whole number that fits (`3`, `3.0`, `3e0`).
    pub fn as_u64(&self) -> Option<u64> {
        super::Decimal::try_from(self).ok()?.as_integer().and_then(|whole| u64::try_from(whole).ok())
    }

    /// Whether the value is a whole number, however it is written (`1.0`, `1e400`).
    pub fn is_integer(&self) -> bool {
        let digits = i64::try_from(self.digits().count()).unwrap_or(i64::MAX);
        self.is_zero() || self.exponent >= digits
    }

    /// Whether the value divided by `divisor` is a whole number, exactly. `None` where the divisor is zero or has more
    /// than 18 significant digits.
    pub fn is_multiple_of(&self, divisor: &Number) -> Option<bool> {
        let by =
            divisor.digits().try_fold(0_u128, |by, digit| by.checked_mul(10)?.checked_add(u128::from(digit - b'0')));
        let by = by.filter(|by| (1..10_u128.pow(18)).contains(by))?;
        if self.is_zero() {
            return Some(true);
        }
        // Digits without zeros at their end are no multiple of ten: nothing to divide a power of ten out of.
        let power = self.last_place() - divisor.last_place();
        let Ok(power) = u128::try_from(power) else { return Some(false) };
        let rest = self.digits().fold(0, |rest, digit| (rest * 10 + u128::from(digit - b'0')) % by);
        Some((rest * power_of_ten(power, by)).is_multiple_of(by))
    }

    /// Sign, digits and exponent: the same of equal numbers, and only of those.
    pub(crate) fn parts(&self) -> (bool, impl Iterator<Item = u8>, i64) {
        (self.negative, self.digits(), self.exponent)
    }

    /// A text that equal numbers share and others do not.
    pub(crate) fn canonical(&self) -> String {
        let digits: String = self.digits().map(char::from).collect();
        let sign = if self.negative { "-" } else { "" };
        format!("{sign}{digits}e{}", self.exponent)
    }

    /// The power of ten of the last digit.
    fn last_place(&self) -> i128 {
        let digits = i128::try_from(self.digits().count()).unwrap_or(i128::MAX);
        i128::from(self.exponent).saturating_sub(digits)
    }

    /// `x` where the value is `0.x * 10^exponent`; digits are never zero at either end.
    pub(super) fn digits(&self) -> impl Iterator<Item = u8> {
        self.significant().bytes().filter(u8::is_ascii_digit)
    }

    /// See [`Number::digits`].
    pub(super) fn exponent(&self) -> i64 {
        self.exponent
    }

    /// The mantissa without sign and without zeros at either end; the point may stand within.
    fn significant(&self) -> &str {
        let mantissa = self.text.split_once(['e', 'E']).map_or(&*self.text, |(mantissa, _)| mantissa);
        let mantissa = mantissa.trim_start_matches(['-', '0', '.']);
        mantissa.trim_end_matches(['0', '.'])
    }

    fn magnitude(&self, other: &Number) -> Ordering {
        match (self.is_zero(), other.is_zero()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            // Digits of a fraction compare as text does: a shorter one that is a prefix is the smaller one.
            (false, false) => self.exponent.cmp(&other.exponent).then_with(|| self.digits().cmp(other.digits())),
        }
    }
}

/// `10^power` modulo `by`, which is below `10^18`.
fn power_of_ten(mut power: u128, by: u128) -> u128 {
    let (mut result, mut base) = (1 % by, 10 % by);
    while power > 0 {
        if power % 2 == 1 {
            result = result * base % by;
        }
        base = base * base % by;
        power /= 2;
    }
    result
}

fn small(text: &str) -> Option<i64> {
    if text.len() <= 18 { text.parse().ok() } else { None }
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
        if let (Some(left), Some(right)) = (self.small, other.small) {
            return left.cmp(&right);
        }
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
        Number::integer(number.to_string())
    }
}

impl From<i64> for Number {
    fn from(number: i64) -> Number {
        Number::integer(number.to_string())
    }
}

impl Number {
    /// A number of the text of a primitive integer.
    fn integer(text: String) -> Number {
        let negative = text.starts_with('-');
        let digits = text.len() - usize::from(negative);
        // At most 20 digits.
        let exponent = if text == "0" { 0 } else { i64::try_from(digits).unwrap_or(i64::MAX) };
        Number { negative, exponent, small: small(&text), text: text.into() }
    }
}

impl std::fmt::Display for Number {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests;
