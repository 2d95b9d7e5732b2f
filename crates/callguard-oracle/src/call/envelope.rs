//! Calls: a tool, arguments, and what the host says around them.

use crate::Draw;
use crate::constants as all;
use crate::near;
use crate::policy::fields::{ARGUMENTS, CLAIMS, Field, METADATA};
use crate::pool::{Kind, Pool};
use crate::setup::Setup;
use callguard_engine::call::{Principal, ToolEnvelope};
use callguard_engine::value::{Number, Object, Value};
use jiff::Timestamp;

/// A call near the constants of the policies.
pub(crate) fn envelope(setup: &Setup, draw: &mut Draw<'_>) -> ToolEnvelope {
    let pool = &setup.pool;
    let mut call = ToolEnvelope::new(tool(pool, draw), args(setup, draw), timestamp(draw));
    call.call_id = format!("call-{}", draw.below(3));
    call.environment = draw.maybe(80, |draw| name(pool, &["production", "staging", ""], draw));
    call.server = draw.maybe(50, |draw| (draw.one(all::SERVERS)).to_owned());
    call.session_id = draw.maybe(60, |draw| format!("s{}", draw.below(2)));
    call.cwd = draw.maybe(50, |draw| (draw.one(&["/workspace", "/workspace/src", "/etc", "relative", ""])).to_owned());
    call.principal = principal(pool, draw);
    if draw.chance(60) {
        call.metadata = filled(METADATA, pool, draw);
    }
    call
}

fn tool(pool: &Pool, draw: &mut Draw<'_>) -> String {
    match draw.below(20) {
        0 => draw.one(all::ODD_TOOLS).to_string(),
        1 => format!("{}{}", draw.one(&["read_", "mcp__fs__", "tool-"]), draw.below(4_000)),
        2..=3 => draw.one(all::TOOLS).to_string(),
        _ => draw.one(&pool.tools).to_string(),
    }
}

/// A name of the host's: one of the pool's words, one of a few, or almost one of them.
fn name(pool: &Pool, few: &[&str], draw: &mut Draw<'_>) -> String {
    match draw.below(5) {
        0 | 1 => pool.word(draw).to_owned(),
        2 | 3 => (draw.one(few)).to_owned(),
        _ => near::text(pool.word(draw), draw),
    }
}

fn args(setup: &Setup, draw: &mut Draw<'_>) -> Object {
    let mut args = Object::default();
    for ((argument, kind), named) in ARGUMENTS.iter().zip(&setup.named) {
        if draw.chance(if *named { 72 } else { 6 }) {
            args.insert(*argument, near::value(*kind, &setup.pool, draw));
        }
    }
    if draw.chance(5) {
        args.insert("extra", near::value(Kind::Object, &setup.pool, draw));
    }
    args
}

/// Around the ends of overrides, of hours and of days, in every time zone that policies name.
fn timestamp(draw: &mut Draw<'_>) -> Timestamp {
    const TIMES: &[&str] = &[
        "2026-03-02T10:00:00Z",
        "2026-03-01T22:59:59.999Z",
        "2026-03-01T23:00:00Z",
        "2026-03-02T04:59:59Z",
        "2026-03-02T18:30:00Z",
        "2026-03-02T23:59:59Z",
        "2026-03-03T00:00:00Z",
        "2026-03-03T05:00:00Z",
        "2026-03-04T09:15:00Z",
        "2026-02-28T01:10:00Z",
    ];
    draw.one(TIMES).parse().expect("it is a time")
}

fn principal(pool: &Pool, draw: &mut Draw<'_>) -> Principal {
    if draw.chance(15) {
        return Principal::default();
    }
    Principal {
        user_id: draw.maybe(70, |draw| name(pool, &["alice", ""], draw)),
        service_id: draw.maybe(30, |draw| name(pool, &["ci"], draw)),
        org_id: draw.maybe(50, |draw| name(pool, &["acme"], draw)),
        role: draw.maybe(75, |draw| name(pool, &["admin", "sre", "intern"], draw)),
        roles: (0..draw.below(3)).map(|_| name(pool, &["admin", "sre"], draw)).collect(),
        environment: draw.maybe(50, |draw| name(pool, &["production"], draw)),
        ticket_ref: draw.maybe(40, |draw| name(pool, &["OPS-1"], draw)),
        claims: if draw.chance(60) { filled(CLAIMS, pool, draw) } else { Object::default() },
    }
}

/// Values for fields, each root once.
pub(crate) fn filled(fields: &[Field], pool: &Pool, draw: &mut Draw<'_>) -> Object {
    let mut object = Object::default();
    for field in fields {
        let kind = match field.path {
            path if path.contains("[*]") => Kind::List,
            path if path.contains(".a.b") => Kind::Object,
            _ => field.kind,
        };
        if object.get(field.root).is_none() && draw.chance(65) {
            object.insert(field.root, near::value(kind, pool, draw));
        }
    }
    object
}

/// A call as JSON, for people.
pub(crate) fn to_value(call: &ToolEnvelope) -> Value {
    let mut object = Object::default();
    object.insert("tool", Value::from(call.tool.as_str()));
    object.insert("args", Value::Object(call.args.clone()));
    object.insert("timestamp", Value::from(call.timestamp.to_string()));
    object.insert("principal", call.principal.to_value());
    let texts = [
        ("environment", &call.environment),
        ("server", &call.server),
        ("session_id", &call.session_id),
        ("cwd", &call.cwd),
    ];
    for (key, text) in texts {
        if let Some(text) = text {
            object.insert(key, Value::from(text.as_str()));
        }
    }
    if !call.metadata.is_empty() {
        object.insert("metadata", Value::Object(call.metadata.clone()));
    }
    Value::Object(object)
}

/// A small number.
pub(crate) fn small(draw: &mut Draw<'_>) -> u64 {
    draw.one(&[0, 1, 2, 3, 4, 5, 10, 11, 600])
}

/// A number as a value.
pub(crate) fn number(text: &str) -> Value {
    Number::parse(text).map_or(Value::Null, Value::Number)
}
