//! Numbers with six places, which are exact or are not there.

use sqlparser::ast::BinaryOperator;

/// One, in millionths.
const ONE: i128 = 1_000_000;
/// Digits after the point.
const PLACES: usize = 6;
/// The highest power that is worked out.
const HIGHEST_POWER: i128 = 16;

/// A number, in millionths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Fixed(i128);

/// What is done with two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Power,
    BitAnd,
    BitOr,
    BitXor,
}

impl Arithmetic {
    pub(super) fn of(op: &BinaryOperator) -> Option<Arithmetic> {
        match op {
            BinaryOperator::Plus => Some(Arithmetic::Add),
            BinaryOperator::Minus => Some(Arithmetic::Subtract),
            BinaryOperator::Multiply => Some(Arithmetic::Multiply),
            BinaryOperator::Divide => Some(Arithmetic::Divide),
            BinaryOperator::Modulo => Some(Arithmetic::Remainder),
            BinaryOperator::PGExp => Some(Arithmetic::Power),
            BinaryOperator::BitwiseAnd => Some(Arithmetic::BitAnd),
            BinaryOperator::BitwiseOr => Some(Arithmetic::BitOr),
            BinaryOperator::PGBitwiseXor => Some(Arithmetic::BitXor),
            _ => None,
        }
    }
}

impl Fixed {
    pub(super) const ZERO: Fixed = Fixed(0);

    pub(super) fn of(whole: i64) -> Fixed {
        Fixed(i128::from(whole).saturating_mul(ONE))
    }

    /// `12`, `0.5`, `-3.`: no exponent, no other base.
    pub(super) fn parse(text: &str) -> Option<Fixed> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let fraction = fraction.trim_end_matches('0');
        let are_digits = whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit());
        if !are_digits || !digits.bytes().any(|byte| byte.is_ascii_digit()) || fraction.len() > PLACES {
            return None;
        }
        let millionths: i128 = format!("{whole}{fraction:0<PLACES$}").parse().ok()?;
        Some(Fixed(if negative { millionths.checked_neg()? } else { millionths }))
    }

    /// A number for a text that is none, in the order of texts: a moment is both to some databases.
    pub(super) fn in_place_of(text: &str) -> Fixed {
        if text.is_empty() {
            return Fixed(i128::MIN);
        }
        let bytes = text.bytes().chain(std::iter::repeat(0)).take(12);
        let number = bytes.fold(0_i128, |number, byte| number.saturating_mul(256).saturating_add(i128::from(byte)));
        Fixed(number.saturating_mul(ONE))
    }

    pub(super) fn is_whole(self) -> bool {
        self.whole().is_some()
    }

    fn whole(self) -> Option<i128> {
        (self.0.checked_rem(ONE)? == 0).then(|| self.0.checked_div(ONE))?
    }

    fn of_whole(whole: i128) -> Option<Fixed> {
        whole.checked_mul(ONE).map(Fixed)
    }

    /// `None` where it is too large, or not exact.
    pub(super) fn calculate(self, what: Arithmetic, other: Fixed) -> Option<Fixed> {
        match what {
            Arithmetic::Add => self.0.checked_add(other.0).map(Fixed),
            Arithmetic::Subtract => self.0.checked_sub(other.0).map(Fixed),
            Arithmetic::Multiply => self.times(other),
            Arithmetic::Divide => {
                let raised = self.0.checked_mul(ONE)?;
                (raised.checked_rem(other.0)? == 0).then(|| raised.checked_div(other.0).map(Fixed))?
            }
            // Of a negative number databases differ, and keys are none.
            Arithmetic::Remainder if self < Fixed::ZERO => None,
            Arithmetic::Remainder => Fixed::of_whole(self.whole()?.checked_rem(other.whole()?)?),
            Arithmetic::Power => self.power(other),
            Arithmetic::BitAnd => Fixed::of_whole(self.whole()? & other.whole()?),
            Arithmetic::BitOr => Fixed::of_whole(self.whole()? | other.whole()?),
            Arithmetic::BitXor => Fixed::of_whole(self.whole()? ^ other.whole()?),
        }
    }

    fn times(self, other: Fixed) -> Option<Fixed> {
        match (self.whole(), other.whole()) {
            (Some(whole), _) => whole.checked_mul(other.0).map(Fixed),
            (None, Some(whole)) => whole.checked_mul(self.0).map(Fixed),
            (None, None) => {
                let product = self.0.checked_mul(other.0)?;
                (product.checked_rem(ONE)? == 0).then(|| product.checked_div(ONE).map(Fixed))?
            }
        }
    }

    fn power(self, exponent: Fixed) -> Option<Fixed> {
        let times = exponent.whole().filter(|times| (0..=HIGHEST_POWER).contains(times))?;
        (0..times).try_fold(Fixed(ONE), |product, _| product.times(self))
    }
}

impl std::fmt::Display for Fixed {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(whole) = self.whole() {
            return write!(out, "{whole}");
        }
        let one = ONE.unsigned_abs();
        let size = self.0.unsigned_abs();
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, rest) = (size.checked_div(one).unwrap_or(0), size.checked_rem(one).unwrap_or(0));
        let digits = format!("{rest:0>PLACES$}");
        write!(out, "{sign}{whole}.{}", digits.trim_end_matches('0'))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{Arithmetic, Fixed};

    #[test]
    fn what_is_not_exact_is_not_there() {
        let number = |text: &str| Fixed::parse(text).unwrap();
        for (left, what, right, expected) in [
            ("1.5", Arithmetic::Add, "-2", Some("-0.5")),
            ("0.5", Arithmetic::Multiply, "0.5", Some("0.25")),
            ("0.000001", Arithmetic::Multiply, "0.1", None),
            ("3", Arithmetic::Divide, "4", Some("0.75")),
            ("1", Arithmetic::Divide, "3", None),
            ("1", Arithmetic::Divide, "0", None),
            ("7", Arithmetic::Remainder, "3", Some("1")),
            ("-7", Arithmetic::Remainder, "3", None),
            ("1", Arithmetic::Remainder, "0", None),
            ("2", Arithmetic::Power, "0", Some("1")),
            ("2", Arithmetic::Power, "10", Some("1024")),
            ("2", Arithmetic::Power, "0.5", None),
            ("6", Arithmetic::BitAnd, "3", Some("2")),
            ("9999999999999999999999999999999", Arithmetic::Multiply, "1000000000", None),
        ] {
            let came = number(left).calculate(what, number(right)).map(|number| number.to_string());
            assert_eq!(came.as_deref(), expected, "{left} {what:?} {right}");
        }
    }

    #[test]
    fn only_plain_digits_are_read() {
        for (text, expected) in [("007", "7"), ("1.50", "1.5"), (".5", "0.5"), ("-3.", "-3"), ("1.0000000", "1")] {
            assert_eq!(Fixed::parse(text).unwrap().to_string(), expected, "{text}");
        }
        for text in ["", "-", ".", "1e3", "0x10", "1_000", "0.0000001", "+1", " 1", "9".repeat(40).as_str()] {
            assert_eq!(Fixed::parse(text), None, "{text}");
        }
    }
}
