//! Tests of numbers.

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
