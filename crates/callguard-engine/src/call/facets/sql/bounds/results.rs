//! What is known of results whatever columns they are made of: numbers between two others, texts that are always empty.

use super::fixed::Fixed;
use super::reading::{Part, bare};
use super::value::Value;
use sqlparser::ast::{BinaryOperator, Expr, Value as Literal};

/// Functions that give no number below nought.
const NEVER_BELOW_NOUGHT: [&str; 26] = [
    "length",
    "len",
    "char_length",
    "character_length",
    "octet_length",
    "bit_length",
    "datalength",
    "cardinality",
    "array_length",
    "json_array_length",
    "jsonb_array_length",
    "json_length",
    "count",
    "sqrt",
    "square",
    "strpos",
    "instr",
    "locate",
    "charindex",
    "patindex",
    "regexp_count",
    "regexp_instr",
    "bit_count",
    "crc32",
    "ascii",
    "levenshtein",
];

/// Functions, and parts of a moment, whose results lie between two numbers, these included.
const BETWEEN: [(&str, i64, i64); 26] = [
    ("sign", -1, 1),
    ("sin", -1, 1),
    ("cos", -1, 1),
    ("sind", -1, 1),
    ("cosd", -1, 1),
    ("tanh", -1, 1),
    ("erf", -1, 1),
    ("strcmp", -1, 1),
    ("isnumeric", 0, 1),
    ("similarity", 0, 1),
    ("word_similarity", 0, 1),
    ("quarter", 1, 4),
    ("month", 1, 12),
    ("week", 0, 53),
    ("weekofyear", 0, 53),
    ("doy", 1, 366),
    ("dayofyear", 1, 366),
    ("day", 1, 31),
    ("dayofmonth", 1, 31),
    ("dow", 0, 6),
    ("isodow", 1, 7),
    ("dayofweek", 1, 7),
    ("weekday", 0, 6),
    ("hour", 0, 23),
    ("minute", 0, 59),
    ("second", 0, 60),
];

/// Functions that ask for the column, not for what it holds.
const SAME_FOR_ALL: [&str; 2] = ["pg_typeof", "typeof"];

/// More letters than texts of a column have, as far as anyone counts on it.
const MANY_LETTERS: i64 = 1000;

/// Where the results of a function, or of a part of a moment, lie: the lowest, and the highest if there is one.
pub(super) fn range_of(name: &str) -> Option<(Fixed, Option<Fixed>)> {
    if NEVER_BELOW_NOUGHT.contains(&name) {
        return Some((Fixed::ZERO, None));
    }
    let (_, low, high) = BETWEEN.iter().find(|(known, ..)| *known == name)?;
    Some((Fixed::of(*low), Some(Fixed::of(*high))))
}

/// The part of a moment that `date_part` and its like are asked for.
pub(super) fn part_of_moment(name: &str, parts: &[Part]) -> Option<(Fixed, Option<Fixed>)> {
    match (name, parts) {
        ("date_part" | "datepart" | "extract", [field, _]) => match field.constant() {
            Some(Value::Text(field)) => range_of(field.trim().to_lowercase().as_str()),
            _ => None,
        },
        _ => None,
    }
}

/// A part of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// None of it, whatever the text is.
    Nothing,
    /// It may be all of it, or none, whatever the text is.
    Unknown,
    Some,
}

/// What a function takes from a text by numbers alone.
pub(super) fn cut(name: &str, parts: &[Part]) -> Cut {
    let count = match (name, parts) {
        ("left" | "right" | "repeat" | "replicate" | "lpad" | "rpad", [_, count, ..]) => count,
        ("substr" | "substring" | "mid", [_, _, count]) => count,
        ("substr" | "substring" | "mid", [_, start]) => start,
        ("space", [count]) => count,
        _ => return Cut::Some,
    };
    let takes_a_start = parts.len() == 2 && matches!(name, "substr" | "substring" | "mid");
    let is_far =
        |part: &Part| number(part).is_some_and(|number| number < Fixed::ZERO || number > Fixed::of(MANY_LETTERS));
    match number(count) {
        Some(number) if number == Fixed::ZERO && !takes_a_start => Cut::Nothing,
        Some(number) if takes_a_start && number <= Fixed::of(1) => Cut::Unknown,
        _ if parts.iter().skip(1).any(is_far) => Cut::Unknown,
        _ => Cut::Some,
    }
}

fn number(part: &Part) -> Option<Fixed> {
    if let Some(Value::Number(number)) = part.constant() { Some(*number) } else { None }
}

/// Whether a function gives every row the same: by its name, or because it is given the same thing twice.
pub(super) fn is_same_for_all(name: &str, parts: &[Part]) -> bool {
    let mut others = parts.iter().filter(|part| part.varies);
    let mut is_given_twice = false;
    while let Some(part) = others.next() {
        is_given_twice |= others.clone().any(|other| other.key == part.key);
    }
    is_given_twice || SAME_FOR_ALL.contains(&name)
}

/// Whether a sign holds between everything and a constant beside it: a network that has every address, a list that is part
/// of every list.
pub(super) fn holds_of_all(op: &BinaryOperator, left: &Expr, right: &Expr) -> bool {
    const SIGNS: [&str; 7] = ["<<", "<<=", ">>", ">>=", "@>", "<@", "&&"];
    let sign = op.to_string();
    SIGNS.iter().any(|known| sign.contains(known)) && [left, right].into_iter().any(is_part_of_all)
}

fn is_part_of_all(expr: &Expr) -> bool {
    let mut expr = bare(expr);
    while let Expr::Cast { expr: inner, .. } = expr {
        expr = bare(inner);
    }
    let text = match expr {
        Expr::Array(array) => return array.elem.is_empty(),
        Expr::Value(value) => &value.value,
        Expr::TypedString(typed) => &typed.value.value,
        _ => return false,
    };
    match text {
        Literal::SingleQuotedString(text) => {
            let text = text.trim();
            text.ends_with("/0") || matches!(text, "{}" | "[]" | "(,)" | "[,]")
        }
        _ => false,
    }
}
