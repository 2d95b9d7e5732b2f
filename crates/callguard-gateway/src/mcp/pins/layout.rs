//! JSON for people and for `git diff`: one member a line, numbers as they were read.

use callguard::{Value, write_json};

/// As deep as definitions are read, which is bounded.
pub(super) fn pretty(value: &Value, indent: usize, out: &mut String) {
    let line = |out: &mut String, indent: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", indent));
    };
    let inner = indent.saturating_add(1);
    match value {
        Value::Object(object) if object.iter().next().is_some() => {
            for (place, (key, member)) in object.iter().enumerate() {
                out.push(if place == 0 { '{' } else { ',' });
                line(out, inner);
                out.push_str(&write_json(&Value::from(key)));
                out.push_str(": ");
                pretty(member, inner, out);
            }
            line(out, indent);
            out.push('}');
        }
        Value::List(items) if !items.is_empty() => {
            for (place, item) in items.iter().enumerate() {
                out.push(if place == 0 { '[' } else { ',' });
                line(out, inner);
                pretty(item, inner, out);
            }
            line(out, indent);
            out.push(']');
        }
        plain => out.push_str(&write_json(plain)),
    }
}
