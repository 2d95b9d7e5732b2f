//! The classes into which bounds part numbers: the bounds themselves, and what lies between.

use callguard_engine::value::{Decimal, Number, Value};
use std::collections::BTreeSet;

/// A number, whether it is the only one of its class, and whether tests by number agree on the class.
pub(crate) type NumberClass = (Value, bool, bool);

/// Digits after the point that bounds may have.
const MOST_PLACES: usize = 12;

/// Classes of all numbers.
pub(crate) fn all(bounds: &[Number]) -> Vec<NumberClass> {
    let places =
        bounds.iter().map(places).collect::<Option<Vec<_>>>().and_then(|all| all.into_iter().max().or(Some(0)));
    let scaled = places.and_then(|places| Some((places, scaled(bounds, places)?)));
    let Some((places, bounds)) = scaled else { return unparted(bounds) };
    let unit = 10_i128.checked_pow(u32::try_from(places).unwrap_or(0)).unwrap_or(1);
    let mut found: Vec<NumberClass> = Vec::new();
    let (Some(first), Some(last)) = (bounds.first(), bounds.last()) else { return vec![(Value::from(0), false, true)] };
    found.extend(below(*first, unit).and_then(|whole| number(whole, places, false)));
    for bound in &bounds {
        found.extend(number(*bound, places, true));
    }
    for (from, to) in bounds.iter().zip(bounds.iter().skip(1)) {
        found.extend(between(*from, *to, unit, places));
    }
    found.extend(below(last.saturating_neg(), unit).and_then(|whole| number(whole.saturating_neg(), places, false)));
    found
}

/// Classes of counts: whole numbers of at least `least`.
pub(crate) fn counts(least: u64, bounds: &[Number]) -> Vec<NumberClass> {
    let mut cuts: BTreeSet<u64> = BTreeSet::from([least]);
    let mut parted = true;
    for bound in bounds {
        match places(bound).and_then(|_| Decimal::try_from(bound).ok()) {
            Some(decimal) if decimal.is_negative() => {}
            Some(decimal) => {
                let whole = decimal.to_string().split('.').next().and_then(|whole| whole.parse::<u64>().ok());
                match whole {
                    Some(whole) => cuts.extend([whole.saturating_sub(1), whole, whole.saturating_add(1)]),
                    None => parted = false,
                }
            }
            None => parted = false,
        }
    }
    let last = cuts.last().copied().unwrap_or(least);
    // Between two cuts that are no neighbours every count is like the one after the first.
    let inner: Vec<u64> = cuts.iter().map(|cut| cut.saturating_add(1)).collect();
    cuts.extend(inner);
    cuts.insert(last.saturating_add(1));
    cuts.into_iter().filter(|cut| *cut >= least).map(|cut| (Value::from(cut), false, parted)).collect()
}

/// Digits after the point; `None` of numbers too long to work with.
fn places(number: &Number) -> Option<usize> {
    let text = Decimal::try_from(number).ok()?.to_string();
    let places = text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    (places <= MOST_PLACES && text.len() <= 24).then_some(places)
}

/// The numbers times a power of ten, in order.
fn scaled(bounds: &[Number], places: usize) -> Option<Vec<i128>> {
    let scale = |number: &Number| {
        let text = Decimal::try_from(number).ok()?.to_string();
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        format!("{whole}{fraction:0<places$}").parse::<i128>().ok()
    };
    let all: Option<BTreeSet<i128>> = bounds.iter().map(scale).collect();
    Some(all?.into_iter().collect())
}

/// The whole number next below.
fn below(scaled: i128, unit: i128) -> Option<i128> {
    scaled.checked_sub(1)?.checked_div_euclid(unit)?.checked_mul(unit)
}

/// What lies between two neighbouring bounds: a whole number if there is one.
fn between(from: i128, to: i128, unit: i128, places: usize) -> Option<NumberClass> {
    let whole = from.checked_div_euclid(unit)?.checked_add(1)?.checked_mul(unit)?;
    if whole < to {
        return number(whole, places, false);
    }
    number(from.checked_mul(10)?.checked_add(1)?, places.saturating_add(1), false)
}

fn number(scaled: i128, places: usize, only: bool) -> Option<NumberClass> {
    let digits = scaled.unsigned_abs().to_string();
    let width = places.saturating_add(1);
    let digits = format!("{digits:0>width$}");
    let (whole, fraction) = digits.split_at_checked(digits.len().saturating_sub(places))?;
    let sign = if scaled < 0 { "-" } else { "" };
    let fraction = fraction.trim_end_matches('0');
    let text = if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") };
    Some((Value::Number(Number::parse(&text)?), only, true))
}

/// Where the bounds cannot be worked with: they themselves, and everything else.
fn unparted(bounds: &[Number]) -> Vec<NumberClass> {
    let mut found: Vec<NumberClass> = bounds.iter().map(|bound| (Value::Number(bound.clone()), true, true)).collect();
    found.push((Value::from(0), false, false));
    found
}

#[cfg(test)]
mod tests {
    use super::{all, counts};
    use callguard_engine::value::{Number, write_json};

    fn shown(classes: Vec<super::NumberClass>) -> Vec<String> {
        classes
            .into_iter()
            .map(|(value, only, _)| format!("{}{}", write_json(&value), if only { "!" } else { "" }))
            .collect()
    }

    fn numbers(texts: &[&str]) -> Vec<Number> {
        texts.iter().map(|text| Number::parse(text).unwrap()).collect()
    }

    #[test]
    fn bounds_and_what_lies_between() {
        assert_eq!(
            shown(all(&numbers(&["5", "6", "1e1", "-0.5"]))),
            ["-1", "-0.5!", "5!", "6!", "10!", "0", "5.01", "7", "11"]
        );
        assert_eq!(shown(all(&numbers(&["0.1", "0.2"]))), ["0", "0.1!", "0.2!", "0.11", "1"]);
        assert_eq!(shown(all(&[])), ["0"]);
    }

    #[test]
    fn counts_around_their_bounds() {
        assert_eq!(shown(counts(0, &numbers(&["3"]))), ["0", "1", "2", "3", "4", "5"]);
        assert_eq!(shown(counts(1, &numbers(&["10.5"]))), ["1", "2", "9", "10", "11", "12"]);
    }
}
