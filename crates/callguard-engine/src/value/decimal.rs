//! Sums of money and the like: exact, or refused.

use super::Number;
use std::cmp::Ordering;

/// Digits after the point that a [`Decimal`] can hold.
const MAX_SCALE: u32 = 18;

/// A decimal with at most 18 places, to add up. Every operation is exact or says that it cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Decimal {
    /// The value is `coefficient / 10^scale`.
    // INVARIANT: `scale` is the smallest that holds the value, so equal values are equal fields.
    coefficient: i128,
    scale: u32,
}

/// A number that cannot be summed exactly: more than 18 decimal places, or too many digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the number has more than 18 decimal places or too many digits to be added up exactly")]
pub struct DecimalRange;

impl Decimal {
    /// Nothing.
    pub const ZERO: Decimal = Decimal { coefficient: 0, scale: 0 };

    /// The sum; `None` where it does not fit.
    #[must_use]
    pub fn checked_add(self, other: Decimal) -> Option<Decimal> {
        let (left, right, scale) = self.aligned(other)?;
        Some(Decimal::reduced(left.checked_add(right)?, scale))
    }

    /// The difference; `None` where it does not fit.
    #[must_use]
    pub fn checked_sub(self, other: Decimal) -> Option<Decimal> {
        let (left, right, scale) = self.aligned(other)?;
        Some(Decimal::reduced(left.checked_sub(right)?, scale))
    }

    /// Whether the value is below zero.
    pub fn is_negative(self) -> bool {
        self.coefficient < 0
    }

    /// The value, if it is a whole number.
    pub fn as_integer(self) -> Option<i128> {
        (self.scale == 0).then_some(self.coefficient)
    }

    /// Both coefficients at the larger of the two scales.
    fn aligned(self, other: Decimal) -> Option<(i128, i128, u32)> {
        let scale = self.scale.max(other.scale);
        Some((self.at_scale(scale)?, other.at_scale(scale)?, scale))
    }

    fn at_scale(self, scale: u32) -> Option<i128> {
        self.coefficient.checked_mul(10_i128.checked_pow(scale.checked_sub(self.scale)?)?)
    }

    fn reduced(mut coefficient: i128, mut scale: u32) -> Decimal {
        while scale > 0 && coefficient % 10 == 0 {
            coefficient /= 10;
            scale -= 1;
        }
        Decimal { coefficient, scale }
    }

    /// The whole part and the fraction in units of `10^-18`, both with the sign of the value.
    fn parts(self) -> (i128, i128) {
        // INVARIANT: `scale <= MAX_SCALE`, so both powers are at most 10^18.
        let unit = 10_i128.pow(self.scale);
        (self.coefficient / unit, self.coefficient % unit * 10_i128.pow(MAX_SCALE - self.scale))
    }
}

impl TryFrom<&Number> for Decimal {
    type Error = DecimalRange;

    fn try_from(number: &Number) -> Result<Decimal, DecimalRange> {
        exact(number).ok_or(DecimalRange)
    }
}

fn exact(number: &Number) -> Option<Decimal> {
    let sign = if number.is_negative() { -1 } else { 1 };
    let mut coefficient = 0_i128;
    let mut count = 0_i64;
    for digit in number.digits() {
        // Signed from the start: the smallest value has no positive counterpart.
        coefficient = coefficient.checked_mul(10)?.checked_add(sign * i128::from(digit - b'0'))?;
        count += 1;
    }
    match number.exponent().checked_sub(count)? {
        places @ ..0 => {
            let scale = u32::try_from(places.checked_neg()?).ok().filter(|scale| *scale <= MAX_SCALE)?;
            Some(Decimal { coefficient, scale })
        }
        zeros => {
            let factor = 10_i128.checked_pow(u32::try_from(zeros).ok()?)?;
            Some(Decimal { coefficient: coefficient.checked_mul(factor)?, scale: 0 })
        }
    }
}

impl From<u64> for Decimal {
    fn from(number: u64) -> Decimal {
        Decimal { coefficient: i128::from(number), scale: 0 }
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Decimal) -> Ordering {
        self.parts().cmp(&other.parts())
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Decimal) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl std::fmt::Display for Decimal {
    /// Plain digits, in JSON's grammar: `-0.05`, `1200`.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (whole, fraction) = self.parts();
        if self.coefficient < 0 {
            out.write_str("-")?;
        }
        write!(out, "{}", whole.unsigned_abs())?;
        if self.scale > 0 {
            let places = format!("{:018}", fraction.unsigned_abs());
            write!(out, ".{}", places.trim_end_matches('0'))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;
    use proptest::prelude::*;

    fn decimal(text: &str) -> Option<Decimal> {
        Decimal::try_from(&Number::parse(text).unwrap()).ok()
    }

    #[test]
    fn holds_what_it_can_hold_exactly_and_refuses_the_rest() {
        let cases = [
            ("0", Some("0")),
            ("-0.00", Some("0")),
            ("1e3", Some("1000")),
            ("0.1", Some("0.1")),
            ("-0.050", Some("-0.05")),
            ("1200.50", Some("1200.5")),
            ("0.000000000000000001", Some("0.000000000000000001")),
            ("0.0000000000000000001", None),
            ("170141183460469231731687303715884105727", Some("170141183460469231731687303715884105727")),
            ("-170141183460469231731687303715884105728", Some("-170141183460469231731687303715884105728")),
            ("170141183460469231731687303715884105728", None),
            ("1e38", Some("100000000000000000000000000000000000000")),
            ("1e39", None),
            ("1e400", None),
            ("1e-400", None),
            ("1e9223372036854775806", None),
            ("1e-9223372036854775807", None),
        ];
        for (text, shown) in cases {
            assert_eq!(decimal(text).map(|value| value.to_string()).as_deref(), shown, "{text}");
        }
    }

    #[test]
    fn adds_what_a_float_would_not() {
        let tenth = decimal("0.1").unwrap();
        let fifth = decimal("0.2").unwrap();
        assert_eq!(tenth.checked_add(fifth), decimal("0.3"));
        assert_eq!(tenth.checked_sub(fifth), decimal("-0.1"));
        assert_eq!(decimal("1e38").unwrap().checked_add(decimal("1e38").unwrap()), None);
        assert_eq!(decimal("1e38").unwrap().checked_add(tenth), None);
    }

    proptest! {
        #[test]
        fn agrees_with_whole_numbers(left in -1_000_000_000_i64..1_000_000_000, right in -1_000_000_000_i64..1_000_000_000) {
            // Thousandths, written with a point, against integers.
            let thousandths = |value: i64| decimal(&format!("{}{}.{:03}", if value < 0 { "-" } else { "" },
                value.abs() / 1000, value.abs() % 1000)).unwrap();
            let (a, b) = (thousandths(left), thousandths(right));
            prop_assert_eq!(a.cmp(&b), left.cmp(&right));
            prop_assert_eq!(a.checked_add(b), Some(thousandths(left + right)));
            prop_assert_eq!(a.checked_sub(b), Some(thousandths(left - right)));
            prop_assert_eq!(decimal(&a.to_string()), Some(a));
        }

        #[test]
        fn orders_as_numbers_do(left in "-?(0|[1-9][0-9]{0,18})(\\.[0-9]{1,17})?", right in "-?(0|[1-9][0-9]{0,18})(\\.[0-9]{1,17})?") {
            let (a, b) = (Number::parse(&left).unwrap(), Number::parse(&right).unwrap());
            prop_assert_eq!(decimal(&left).unwrap().cmp(&decimal(&right).unwrap()), a.cmp(&b));
        }
    }
}
