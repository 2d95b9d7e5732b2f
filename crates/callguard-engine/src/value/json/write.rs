//! The writer: compact, numbers as they were read, strings with the escapes that JSON demands.

use crate::value::Value;

/// Writes compact JSON; numbers as they were read.
pub fn write_json(value: &Value) -> String {
    let mut out = String::new();
    write_json_into(value, &mut out);
    out
}

/// Appends compact JSON to `out`.
pub fn write_json_into(value: &Value, out: &mut String) {
    // INVARIANT: every reader bounds the depth of a value at 64, so this recursion is bounded.
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => out.push_str(number.as_str()),
        Value::String(text) => write_string(text, out),
        Value::List(items) => {
            let mut separator = '[';
            for item in items {
                out.push(std::mem::replace(&mut separator, ','));
                write_json_into(item, out);
            }
            out.push_str(if items.is_empty() { "[]" } else { "]" });
        }
        Value::Object(object) => {
            let mut separator = '{';
            for (key, item) in object.iter() {
                out.push(std::mem::replace(&mut separator, ','));
                write_string(key, out);
                out.push(':');
                write_json_into(item, out);
            }
            out.push_str(if object.is_empty() { "{}" } else { "}" });
        }
    }
}

fn write_string(text: &str, out: &mut String) {
    out.push('"');
    write_escaped(text, out);
    out.push('"');
}

/// Appends what stands between the quotes.
pub(crate) fn write_escaped(text: &str, out: &mut String) {
    if !text.bytes().any(|byte| matches!(byte, b'"' | b'\\' | b'\0'..=b'\x1f')) {
        return out.push_str(text);
    }
    for part in text.split_inclusive(|letter: char| matches!(letter, '"' | '\\' | '\0'..='\x1f')) {
        let Some((last, escape)) = part.chars().next_back().and_then(|last| Some((last, escape(last)?))) else {
            out.push_str(part);
            continue;
        };
        out.push_str(part.strip_suffix(last).unwrap_or_default());
        out.push_str(&escape);
    }
}

fn escape(letter: char) -> Option<std::borrow::Cow<'static, str>> {
    Some(match letter {
        '"' => "\\\"".into(),
        '\\' => "\\\\".into(),
        '\n' => "\\n".into(),
        '\r' => "\\r".into(),
        '\t' => "\\t".into(),
        '\x08' => "\\b".into(),
        '\x0c' => "\\f".into(),
        '\0'..='\x1f' => format!("\\u{:04x}", u32::from(letter)).into(),
        _ => return None,
    })
}
