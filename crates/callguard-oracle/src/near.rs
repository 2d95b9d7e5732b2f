//! What is almost a constant: values on which leaves are true, false and unknown.

use crate::Draw;
use crate::constants as all;
use crate::pool::{Kind, Pool, Scalar};
use callguard_engine::value::{Number, Object, Value};

/// A value for an argument that is meant as `kind`.
pub(crate) fn value(kind: Kind, pool: &Pool, draw: &mut Draw<'_>) -> Value {
    if draw.chance(12) {
        return oddity(pool, draw);
    }
    if matches!(kind, Kind::Word | Kind::Secret) && draw.chance(2) {
        return Value::String(long(pool, draw));
    }
    match kind {
        Kind::List => Value::List(members(pool, draw)),
        Kind::Rows => Value::List((0..draw.below(4)).map(|_| row(pool, draw)).collect()),
        Kind::Object => object(pool, draw),
        Kind::Secret => Value::String(secretive(pool, draw)),
        Kind::Command if draw.chance(8) => argv(pool, draw),
        scalar => one(scalar, pool, draw),
    }
}

/// A value of no or of any type.
fn oddity(pool: &Pool, draw: &mut Draw<'_>) -> Value {
    const KINDS: [Kind; 9] = [
        Kind::Word,
        Kind::Number,
        Kind::Flag,
        Kind::List,
        Kind::Object,
        Kind::Rows,
        Kind::Path,
        Kind::Command,
        Kind::Secret,
    ];
    if draw.chance(30) { Value::Null } else { value(draw.one(&KINDS), pool, draw) }
}

fn members(pool: &Pool, draw: &mut Draw<'_>) -> Vec<Value> {
    let member = |draw: &mut Draw<'_>| match draw.chance(12) {
        true => one(Kind::Number, pool, draw),
        false => one(Kind::Word, pool, draw),
    };
    (0..draw.below(4)).map(|_| member(draw)).collect()
}

fn row(pool: &Pool, draw: &mut Draw<'_>) -> Value {
    if draw.chance(8) {
        return one(Kind::Word, pool, draw);
    }
    let mut row = Object::default();
    if draw.chance(85) {
        row.insert("name", one(Kind::Word, pool, draw));
    }
    if draw.chance(85) {
        row.insert("price", one(Kind::Number, pool, draw));
    }
    if draw.chance(50) {
        row.insert("file", one(Kind::Path, pool, draw));
    }
    Value::Object(row)
}

fn object(pool: &Pool, draw: &mut Draw<'_>) -> Value {
    let mut inner = Object::default();
    if draw.chance(85) {
        inner.insert("b", one(Kind::Word, pool, draw));
    }
    let mut object = Object::default();
    object.insert("a", Value::Object(inner));
    for (key, kind) in [("level", Kind::Number), ("name", Kind::Word), ("file", Kind::Path)] {
        if draw.chance(60) {
            object.insert(key, one(kind, pool, draw));
        }
    }
    if draw.chance(40) {
        object.insert("list", Value::List(members(pool, draw)));
    }
    Value::Object(object)
}

fn argv(pool: &Pool, draw: &mut Draw<'_>) -> Value {
    let line = pool.text(Kind::Command, draw);
    Value::List(line.split(' ').map(Value::from).collect())
}

/// A text in which many constants stand, some of them often.
fn long(pool: &Pool, draw: &mut Draw<'_>) -> String {
    const KINDS: [Kind; 7] = [Kind::Word, Kind::Moment, Kind::Path, Kind::Command, Kind::Url, Kind::Host, Kind::Sql];
    let once: Vec<&str> = KINDS.iter().map(|kind| pool.text(*kind, draw)).collect();
    once.join(draw.one(&[" ", "", "\n"])).repeat(draw.one(&[1, 1, 1, 1, 1, 2, 2, 12]))
}

fn secretive(pool: &Pool, draw: &mut Draw<'_>) -> String {
    let word = pool.word(draw);
    if draw.chance(40) { word.to_owned() } else { format!("{word}: {}", draw.one(all::SECRETS)) }
}

/// A scalar of that kind: a constant, or what is almost one.
fn one(kind: Kind, pool: &Pool, draw: &mut Draw<'_>) -> Value {
    if draw.chance(45) {
        return exact(pool.scalar(kind, draw));
    }
    let odd: &[&str] = match kind {
        Kind::Path => all::ODD_PATHS,
        Kind::Command => all::ODD_COMMANDS,
        Kind::Url => all::ODD_URLS,
        Kind::Host => all::ODD_HOSTS,
        Kind::Sql => all::ODD_STATEMENTS,
        _ => &[],
    };
    match kind {
        Kind::Number => number(pool.text(Kind::Number, draw), draw),
        Kind::Flag => flag(draw),
        _ if !odd.is_empty() && draw.chance(60) => Value::from(draw.one(odd)),
        other => Value::String(text(pool.text(other, draw), draw)),
    }
}

/// The constant itself.
pub(crate) fn exact(scalar: Scalar) -> Value {
    match scalar {
        Scalar::Text(text) => Value::String(text),
        Scalar::Number(number) => parsed(&number),
        Scalar::Flag(flag) => Value::Bool(flag),
    }
}

fn parsed(number: &str) -> Value {
    Number::parse(number).map_or_else(|| Value::from(number), Value::Number)
}

/// Another spelling of a text, or a text beside it.
pub(crate) fn text(text: &str, draw: &mut Draw<'_>) -> String {
    let half = text.char_indices().nth(text.chars().count() / 2).map_or(0, |(at, _)| at);
    match draw.below(13) {
        0 => text.to_uppercase(),
        1 => text.to_lowercase(),
        2 => folded(text),
        3 => text[..half].to_owned(),
        4 => text[half..].to_owned(),
        5 => format!("{text}x"),
        6 => format!("x{text}"),
        7 => format!("{text}/{text}"),
        8 => format!(" {text} "),
        9 => text.replace(['e', 'a', '*'], "?"),
        10 => format!("{text}\n"),
        11 => text.replace('/', "//").replace('.', "\u{2024}"),
        _ => String::new(),
    }
}

/// With letters that fold to the same ones.
fn folded(text: &str) -> String {
    let fold = |letter: char| match letter {
        's' | 'S' => 'ſ',
        'k' | 'K' => '\u{212a}',
        'ß' => 'ẞ',
        'i' => 'İ',
        'İ' => 'i',
        'ς' | 'Σ' => 'σ',
        'Å' | 'å' => '\u{212b}',
        other => other,
    };
    text.chars().map(fold).collect()
}

/// The number beside it, or the same in another spelling, type or size.
fn number(number: &str, draw: &mut Draw<'_>) -> Value {
    let whole = number.parse::<i64>().ok();
    match (draw.below(9), whole) {
        (0, Some(whole)) => Value::from(whole.saturating_sub(1)),
        (1, Some(whole)) => Value::from(whole.saturating_add(1)),
        (2, Some(_)) => parsed(&format!("{number}.0")),
        (3, Some(_)) => parsed(&format!("{number}.000000000000000000000000000001")),
        (4, Some(_)) => parsed(&format!("{number}e0")),
        (5, _) => Value::from(number),
        (6, _) => Value::String(format!(" {number} ")),
        (7, _) => Value::String(format!("+{number}")),
        (_, _) => parsed(draw.one(all::NUMBERS)),
    }
}

fn flag(draw: &mut Draw<'_>) -> Value {
    match draw.below(5) {
        0 => Value::from("true"),
        1 => Value::from("TRUE"),
        2 => Value::from(1),
        3 => Value::from("yes"),
        _ => Value::from("False"),
    }
}
