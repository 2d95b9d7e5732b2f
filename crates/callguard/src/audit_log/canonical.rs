//! JSON in its canonical form (RFC 8785): members sorted by UTF-16, numbers as ECMAScript writes them.
//!
//! Our own, because the crate for it takes ten times as long; a test holds the two to the same bytes.

use callguard_engine::value::Number;
use serde_json::{Map, Value};
use std::cmp::Ordering;

/// Above it a double does not hold every whole number.
const EXACT: u64 = 1 << 53;

/// An object in its canonical form, open for members to be put in.
pub(crate) struct Body<'o> {
    /// Every member with a comma behind it.
    text: Vec<u8>,
    /// Each member's name, and where it begins.
    members: Vec<(&'o str, usize)>,
}

impl<'o> Body<'o> {
    pub(crate) fn of(object: &'o Map<String, Value>) -> Body<'o> {
        let mut text = Vec::with_capacity(1024);
        let mut members = Vec::with_capacity(object.len());
        for (name, value) in sorted(object) {
            members.push((name.as_str(), text.len()));
            member(name, value, &mut text);
            text.push(b',');
        }
        Body { text, members }
    }

    /// The members without the braces around them.
    pub(crate) fn inner(&self) -> &[u8] {
        self.text.strip_suffix(b",").unwrap_or(&self.text)
    }

    /// The object with these members put in, which are sorted and not in it yet; their values are canonical JSON.
    pub(crate) fn write_with(&self, more: &[(&str, &str)], out: &mut Vec<u8>) {
        out.push(b'{');
        let mut done = 0;
        for (name, value) in more {
            let behind = |(other, _): &&(&str, usize)| by_utf16(other, name) == Ordering::Greater;
            let place = self.members.iter().find(behind).map_or(self.text.len(), |(_, place)| *place);
            out.extend_from_slice(self.text.get(done..place).unwrap_or_default());
            for part in ["\"", name, "\":", value, ","] {
                out.extend_from_slice(part.as_bytes());
            }
            done = place;
        }
        out.extend_from_slice(self.text.get(done..).unwrap_or_default());
        if out.last() == Some(&b',') {
            out.pop();
        }
        out.push(b'}');
    }
}

/// A value in its canonical form.
pub(super) fn write(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Number(number) => write_number(number, out),
        Value::String(text) => write_string(text, out),
        Value::Array(items) => {
            out.push(b'[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                write(item, out);
            }
            out.push(b']');
        }
        Value::Object(object) => {
            out.push(b'{');
            for (at, (name, value)) in sorted(object).into_iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                member(name, value, out);
            }
            out.push(b'}');
        }
    }
}

fn member(name: &str, value: &Value, out: &mut Vec<u8>) {
    write_string(name, out);
    out.push(b':');
    write(value, out);
}

fn sorted(object: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut members: Vec<_> = object.iter().collect();
    members.sort_unstable_by(|(left, _), (right, _)| by_utf16(left, right));
    members
}

fn by_utf16(left: &str, right: &str) -> Ordering {
    match left.is_ascii() && right.is_ascii() {
        true => left.cmp(right),
        false => left.encode_utf16().cmp(right.encode_utf16()),
    }
}

/// A number that a double does not hold exactly is written as the text of its digits: RFC 8785, appendix D.
fn write_number(number: &serde_json::Number, out: &mut Vec<u8>) {
    let text = number.as_str();
    let digits = text.strip_prefix('-').unwrap_or(text);
    let whole = digits.len() <= 16 && digits.bytes().all(|byte| byte.is_ascii_digit());
    if whole && digits.parse().is_ok_and(|number: u64| number <= EXACT) && text != "-0" {
        out.extend_from_slice(text.as_bytes());
        return;
    }
    let mut buffer = ryu_js::Buffer::new();
    let double = text.parse::<f64>().ok().filter(|double| double.is_finite());
    let script = double.map(|double| buffer.format_finite(double));
    match script.filter(|script| is_same(text, script)) {
        Some(script) => out.extend_from_slice(script.as_bytes()),
        None => write_string(text, out),
    }
}

fn is_same(left: &str, right: &str) -> bool {
    // ECMAScript writes `1e+21`, which is JSON as well.
    matches!((Number::parse(left), Number::parse(right)), (Some(left), Some(right)) if left == right)
}

fn write_string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let bytes = text.as_bytes();
    let mut done = 0;
    for (at, byte) in bytes.iter().enumerate() {
        let short = match byte {
            b'"' | b'\\' => *byte,
            0x08 => b'b',
            0x09 => b't',
            0x0a => b'n',
            0x0c => b'f',
            0x0d => b'r',
            0x00..=0x1f => b'u',
            _ => continue,
        };
        out.extend_from_slice(bytes.get(done..at).unwrap_or_default());
        out.extend_from_slice(&[b'\\', short]);
        if short == b'u' {
            out.extend_from_slice(format!("{byte:04x}").as_bytes());
        }
        done = at.saturating_add(1);
    }
    out.extend_from_slice(bytes.get(done..).unwrap_or_default());
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;

    fn canonical(text: &str) -> String {
        let mut out = Vec::new();
        write(&serde_json::from_str(text).unwrap(), &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_examples_of_the_rfc() {
        let text = r#"{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],
            "string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}"#;
        // 333333333.33333329 is no double: it stays as it was written.
        let wanted = r#"{"literals":[null,true,false],"numbers":["333333333.33333329",1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}"#;
        assert_eq!(canonical(text), wanted);
        let names = r#"{"\u20ac":1,"\r":2,"\ufb33":3,"1":4,"\ud83d\ude00":5,"\u0080":6,"\u00f6":7}"#;
        assert_eq!(canonical(names), "{\"\\r\":2,\"1\":4,\"\u{80}\":6,\"ö\":7,\"€\":1,\"😀\":5,\"\u{fb33}\":3}");
    }

    #[test]
    fn what_a_double_cannot_hold_keeps_its_digits() {
        for (text, wanted) in [
            ("9007199254740992", "9007199254740992"),
            ("9007199254740993", "\"9007199254740993\""),
            ("12345678901234567890", "\"12345678901234567890\""),
            ("-0", "0"),
            ("1e400", "\"1e+400\""),
            ("0.1", "0.1"),
            ("100000000000000000000", "100000000000000000000"),
            ("1.50", "1.5"),
        ] {
            assert_eq!(canonical(text), wanted);
        }
    }

    #[test]
    fn members_are_put_in_at_their_place() {
        let object = serde_json::json!({"b": 1, "d": 2});
        let body = Body::of(object.as_object().unwrap());
        let mut out = Vec::new();
        body.write_with(&[("a", "0"), ("c", "[]"), ("e", "3")], &mut out);
        assert_eq!(out, br#"{"a":0,"b":1,"c":[],"d":2,"e":3}"#);
        let mut out = Vec::new();
        Body::of(&Map::new()).write_with(&[("a", "0")], &mut out);
        assert_eq!(out, br#"{"a":0}"#);
    }
}

#[cfg(test)]
mod properties {
    use super::*;
    use proptest::prelude::*;

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            any::<f64>().prop_filter("finite", |number| number.is_finite()).prop_map(Value::from),
            "\\PC{0,20}".prop_map(Value::from),
            "[\\x00-\\x7f]{0,20}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 64, 8, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
                prop::collection::vec(("\\PC{0,6}", inner), 0..8)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn it_is_what_the_crate_writes(value in any_json()) {
            let mut out = Vec::new();
            write(&value, &mut out);
            prop_assert_eq!(serde_json_canonicalizer::to_vec(&value).ok(), Some(out));
        }
    }
}
