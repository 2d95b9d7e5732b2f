//! Amounts as the scripts add them up: Lua's numbers are exact to fifteen digits only.

use callguard_engine::value::Decimal;

/// Digits of a limb.
const DIGITS: usize = 15;
const LIMB: i64 = 1_000_000_000_000_000;
/// Places after the point.
const PLACES: usize = 18;

/// The amount in units of 10^-18, in three limbs: `high:middle:low`. What has more than 27 digits before the point is the
/// most there is.
pub(super) fn limbs(amount: Decimal) -> String {
    let text = amount.to_string();
    let (negative, text) = text.strip_prefix('-').map_or((false, text.as_str()), |text| (true, text));
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = format!("{whole}{fraction:0<PLACES$}");
    let [high, middle, low] = match digits.len() > 3 * DIGITS {
        true => [LIMB - 1; 3],
        false => split(&format!("{digits:0>width$}", width = 3 * DIGITS)),
    };
    // Only the high limb carries the sign: the others are counted up from below.
    let (low, borrowed) = if negative && low > 0 { (LIMB - low, 1) } else { (low, 0) };
    let (middle, borrowed) = match negative {
        true if middle + borrowed > 0 => ((LIMB - middle - borrowed) % LIMB, 1),
        _ => (middle, 0),
    };
    let high = if negative { -high - borrowed } else { high };
    format!("{high}:{middle}:{low}")
}

fn split(digits: &str) -> [i64; 3] {
    // INVARIANT: 45 digits, so each part is one of fifteen.
    let limb = |place: usize| digits.get(place * DIGITS..(place + 1) * DIGITS).and_then(|part| part.parse().ok());
    [0, 1, 2].map(|place| limb(place).unwrap_or(LIMB - 1))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;
    use callguard_engine::value::Number;
    use proptest::prelude::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::try_from(&Number::parse(text).unwrap()).unwrap()
    }

    fn value(text: &str) -> i128 {
        let limbs: Vec<i128> = limbs(decimal(text)).split(':').map(|limb| limb.parse().unwrap()).collect();
        assert!(limbs.iter().skip(1).all(|limb| (0..i128::from(LIMB)).contains(limb)), "{limbs:?}");
        limbs.iter().fold(0, |sum, limb| sum * i128::from(LIMB) + limb)
    }

    #[test]
    fn amounts_are_written_in_limbs() {
        assert_eq!(limbs(decimal("0")), "0:0:0");
        assert_eq!(limbs(decimal("1")), "0:1000:0");
        assert_eq!(limbs(decimal("-1")), "-1:999999999999000:0");
        assert_eq!(limbs(decimal("0.000000000000000001")), "0:0:1");
        assert_eq!(limbs(decimal("-0.000000000000000001")), "-1:999999999999999:999999999999999");
        assert_eq!(limbs(decimal("1e27")), "999999999999999:999999999999999:999999999999999");
    }

    proptest! {
        #[test]
        fn limbs_are_worth_what_was_written(coefficient in -10_i128.pow(37)..10_i128.pow(37)) {
            let text = format!("{coefficient}e-18");
            prop_assert_eq!(value(&text), coefficient);
        }
    }
}
