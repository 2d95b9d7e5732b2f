//! Results: text, structured, MCP's, errors, and those that hold what must not be seen.

use super::envelope::{filled, number};
use crate::Draw;
use crate::constants as all;
use crate::near;
use crate::policy::fields::OUTPUT;
use crate::pool::{Kind, Pool};
use callguard_engine::audit::output::{Output, OutputForm};
use callguard_engine::value::{Object, Value, write_json};

/// A result.
pub(crate) fn output(pool: &Pool, draw: &mut Draw<'_>) -> Output {
    let is_error = draw.chance(20);
    let plain = |value: Value| Output { value, is_error, form: OutputForm::Plain };
    match draw.below(10) {
        0 | 1 => plain(Value::String(text(pool, draw))),
        2..=4 => plain(structured(pool, draw)),
        5 => plain(Value::String(write_json(&structured(pool, draw)))),
        6 => plain(near::value(draw.one(&[Kind::Number, Kind::List, Kind::Rows, Kind::Flag]), pool, draw)),
        7 | 8 => Output::mcp(mcp(is_error, pool, draw)),
        _ => Output::unreadable("a key stands twice"),
    }
}

fn text(pool: &Pool, draw: &mut Draw<'_>) -> String {
    let word = near::text(pool.word(draw), draw);
    if draw.chance(50) { word } else { format!("{word} {}", draw.one(all::SECRETS)) }
}

fn structured(pool: &Pool, draw: &mut Draw<'_>) -> Value {
    let mut fields = filled(OUTPUT, pool, draw);
    if draw.chance(60) {
        fields.insert("cost", number(draw.one(&["0", "2.5", "10", "100", "-1", "1e40"])));
    }
    if draw.chance(8) { Value::List(vec![Value::Object(fields)]) } else { Value::Object(fields) }
}

fn mcp(is_error: bool, pool: &Pool, draw: &mut Draw<'_>) -> Value {
    let item = |draw: &mut Draw<'_>| {
        let mut item = Object::default();
        item.insert("type", Value::from("text"));
        item.insert("text", Value::String(text(pool, draw)));
        Value::Object(item)
    };
    let mut result = Object::default();
    result.insert("content", Value::List((0..draw.below(3)).map(|_| item(draw)).collect()));
    if draw.chance(50) {
        result.insert("structuredContent", structured(pool, draw));
    }
    if is_error {
        result.insert("isError", Value::Bool(true));
    }
    Value::Object(result)
}
