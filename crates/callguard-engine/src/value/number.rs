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
        let mut number = Number { text: text.into(), negative: false, exponent: 0 };
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
        Number { negative, exponent, text: text.into() }
    }
}

impl std::fmt::Display for Number {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may")]
    use super::*;
    use proptest::prelude::*;

    fn number(text: &str) -> Number {
        Number::parse(text).unwrap()
    }

    #[test]
    fn numbers_of_one_value_are_equal_however_they_are_written() {
        let same: &[&[&str]] = &[
            &["0", "-0", "0.0", "-0.000", "0e0", "0E+999", "0e-999"],
            &["1", "1.0", "1e0", "10e-1", "0.1e1", "0.001e+3", "100.00e-2"],
            &["120", "1.2e2", "120.0", "12e1", "0.0012E5"],
            &["-0.05", "-5e-2", "-0.0500"],
            &["1e400", "10e399", "0.1e401"],
        ];
        for (at, group) in same.iter().enumerate() {
            for (left, right) in group.iter().flat_map(|left| group.iter().map(move |right| (left, right))) {
                assert_eq!(number(left), number(right), "{left} {right}");
            }
            for other in same.iter().skip(at + 1) {
                assert_ne!(number(group[0]), number(other[0]));
            }
        }
    }

    #[test]
    fn order_is_by_value() {
        let ascending = [
            "-1e400",
            "-1000.0000000000000001",
            "-1000",
            "-12.3",
            "-12",
            "-1e-400",
            "0",
            "1e-400",
            "0.1",
            "0.12",
            "0.123",
            "1",
            "9",
            "10",
            "12",
            "12.000000000000000000001",
            "123",
            "1000",
            "1000.0000000000000001",
            "9007199254740992",
            "9007199254740993",
            "1e400",
            "1.0000001e400",
            "1e9223372036854775806",
        ];
        for pair in ascending.windows(2) {
            assert!(number(pair[0]) < number(pair[1]), "{pair:?}");
            assert!(number(pair[1]) > number(pair[0]), "{pair:?}");
        }
    }

    #[test]
    fn only_the_grammar_of_json_is_read() {
        for text in [
            "",
            "-",
            "+1",
            "01",
            "-01",
            "1.",
            ".5",
            "1e",
            "1e+",
            "1.5e1.5",
            "0x1",
            "1_000",
            " 1",
            "1 ",
            "NaN",
            "inf",
            "--1",
            "1e9223372036854775808",
            "1e-9223372036854775809",
            "1e9223372036854775807",
            "１",
        ] {
            assert!(Number::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_count_is_a_whole_number_that_fits() {
        for (text, count) in [("3", Some(3)), ("3.0", Some(3)), ("3e2", Some(300)), ("3.5", None), ("-1", None)] {
            assert_eq!(number(text).as_u64(), count, "{text}");
        }
        assert_eq!(number("18446744073709551615").as_u64(), Some(u64::MAX));
        assert_eq!(number("18446744073709551616").as_u64(), None);
    }

    #[test]
    fn multiples_are_exact() {
        for (value, divisor, multiple) in [
            ("0.3", "0.1", Some(true)),
            ("0.35", "0.1", Some(false)),
            ("19.99", "0.01", Some(true)),
            ("1070468.14", "0.01", Some(true)),
            ("19.999", "0.01", Some(false)),
            ("0", "7", Some(true)),
            ("-21", "7", Some(true)),
            ("1e400", "3", Some(false)),
            ("3e400", "3", Some(true)),
            ("1e400", "0.25", Some(true)),
            ("1e-400", "0.01", Some(false)),
            ("5e-400", "5e-401", Some(true)),
            ("9007199254740993", "2", Some(false)),
            ("1e9223372036854775806", "7", Some(false)),
            ("7e9223372036854775806", "7e-9223372036854775807", Some(true)),
            ("1", "0", None),
            ("1", "1234567890123456789", None),
            ("150", "100", Some(false)),
            ("300", "1e2", Some(true)),
        ] {
            assert_eq!(number(value).is_multiple_of(&number(divisor)), multiple, "{value} {divisor}");
        }
    }

    #[test]
    fn whole_numbers_are_whole_however_they_are_written() {
        for (text, whole) in [
            ("1", true),
            ("1.0", true),
            ("1.50e1", true),
            ("1.5", false),
            ("0.0", true),
            ("1e400", true),
            ("1e-400", false),
            ("10e-1", true),
            ("12e-1", false),
        ] {
            assert_eq!(number(text).is_integer(), whole, "{text}");
        }
    }

    /// The value in plain digits, 40 before and 40 after the point: text order is value order.
    fn plain(text: &str) -> (bool, String) {
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let negative = mantissa.starts_with('-');
        let (whole, fraction) =
            mantissa.trim_start_matches('-').split_once('.').unwrap_or((mantissa.trim_start_matches('-'), ""));
        let shift: i32 = exponent.parse().unwrap();
        let point = usize::try_from(40 - shift).unwrap() - whole.len();
        let mut digits = "0".repeat(point) + whole + fraction;
        digits.push_str(&"0".repeat(80 - digits.len()));
        (negative && digits.contains(|digit| digit != '0'), digits)
    }

    fn reference(left: &str, right: &str) -> Ordering {
        match (plain(left), plain(right)) {
            ((false, a), (false, b)) => a.cmp(&b),
            ((true, a), (true, b)) => b.cmp(&a),
            ((negative, _), _) => {
                if negative {
                    Ordering::Less
                } else {
                    Ordering::Greater
                }
            }
        }
    }

    proptest! {
        #[test]
        fn order_is_that_of_plain_digits(
            left in "-?(0|[1-9][0-9]{0,5})(\\.[0-9]{1,5})?([eE][+-]?(1[0-9]|[0-9]))?",
            right in "-?(0|[1-9][0-9]{0,5})(\\.[0-9]{1,5})?([eE][+-]?(1[0-9]|[0-9]))?",
        ) {
            let (a, b) = (number(&left), number(&right));
            prop_assert_eq!(a.as_str(), &left);
            prop_assert_eq!(a.cmp(&b), reference(&left, &right));
            prop_assert_eq!(a == b, reference(&left, &right) == Ordering::Equal);
            prop_assert_eq!(a == b, a.canonical() == b.canonical());
        }

        #[test]
        fn multiples_are_those_of_integers(value in -1_000_000_i64..1_000_000, divisor in 1_i64..2_000, shift in 0_usize..4) {
            // Both with as many places after the point: the quotient is that of the integers.
            let scaled = |value: i64| number(&format!("{value}e-{shift}"));
            prop_assert_eq!(scaled(value).is_multiple_of(&scaled(divisor)), Some(value % divisor == 0));
        }

        #[test]
        fn integers_are_as_their_text(value in any::<i64>(), count in any::<u64>()) {
            prop_assert_eq!(Number::from(value), number(&value.to_string()));
            prop_assert_eq!(Number::from(count), number(&count.to_string()));
            prop_assert_eq!(Number::from(count).as_u64(), Some(count));
        }
    }
}
