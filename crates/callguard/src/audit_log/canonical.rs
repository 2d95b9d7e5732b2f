//! JSON in its canonical form (RFC 8785): members sorted by UTF-16, numbers as ECMAScript writes them.
//!
//! Our own, because the crate for it takes ten times as long; a test holds the two to the same bytes. `serde_json` does the
//! quoting.

use callguard_engine::value::Number;
use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::{CharEscape, CompactFormatter, Formatter};
use std::cmp::Ordering;
use std::io::{self, Write};

/// Above it a double does not hold every whole number.
const EXACT: u64 = 1 << 53;

/// A value in its canonical form.
pub(super) fn to_vec(value: &impl Serialize) -> Vec<u8> {
    Text::of(value).bytes
}

/// An object in its canonical form, open for members to be put in.
pub(crate) struct Body(Text);

impl Body {
    pub(crate) fn of(object: &impl Serialize) -> Body {
        Body(Text::of(object))
    }

    /// The object as it is.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0.bytes
    }

    /// The object with these members put in, which are sorted and not in it yet; their values are canonical JSON.
    pub(crate) fn write_with(&self, more: &[(&str, &str)], out: &mut Vec<u8>) {
        let text = &self.0;
        let end = text.bytes.len().saturating_sub(1);
        let mut done = 0;
        for (name, value) in more {
            let behind = |member: &&Member| match text.plain(member) {
                Some(other) if name.is_ascii() => other > name.as_bytes(),
                _ => by_utf16(&text.name(member), name) == Ordering::Greater,
            };
            let place = text.members.iter().find(behind).map_or(end, |member| member.start);
            out.extend_from_slice(text.bytes.get(done..place).unwrap_or_default());
            if !matches!(out.last(), Some(b'{' | b',')) {
                out.push(b',');
            }
            for part in ["\"", name, "\":", value, ","] {
                out.extend_from_slice(part.as_bytes());
            }
            done = place;
        }
        if done == end && out.last() == Some(&b',') {
            out.pop();
        }
        out.extend_from_slice(text.bytes.get(done..).unwrap_or_default());
    }
}

/// Canonical text as it grows.
#[derive(Default)]
struct Text {
    bytes: Vec<u8>,
    /// Of the objects that are open; at the end, of the outermost.
    members: Vec<Member>,
    /// The objects that are open.
    open: Vec<Open>,
    /// Where members are put in order.
    sorted: Vec<u8>,
}

struct Open {
    /// Where its brace is.
    start: usize,
    /// How many members there were before it.
    members: usize,
}

/// A member's name in its quotes, its value and a comma.
struct Member {
    start: usize,
    value: usize,
    end: usize,
    /// Whether the name is ASCII and stands there as it is.
    is_plain: bool,
}

impl Text {
    fn of(value: &impl Serialize) -> Text {
        let mut text = Text { bytes: Vec::with_capacity(1024), ..Text::default() };
        // INVARIANT: memory takes every byte, and nothing that is written has other names than strings.
        let _never = value.serialize(&mut Serializer::with_formatter(io::sink(), Canonical(&mut text)));
        text
    }

    /// The name in its quotes: there is a colon behind it.
    fn quoted(&self, member: &Member) -> &[u8] {
        self.bytes.get(member.start..member.value.saturating_sub(1)).unwrap_or_default()
    }

    fn plain(&self, member: &Member) -> Option<&[u8]> {
        let name = self.bytes.get(member.start.saturating_add(1)..member.value.saturating_sub(2));
        name.filter(|_| member.is_plain)
    }

    fn name(&self, member: &Member) -> String {
        // INVARIANT: it was written as a JSON string.
        serde_json::from_slice(self.quoted(member)).unwrap_or_default()
    }

    fn order(&self, left: &Member, right: &Member) -> Ordering {
        match (self.plain(left), self.plain(right)) {
            (Some(left), Some(right)) => left.cmp(right),
            _ => by_utf16(&self.name(left), &self.name(right)),
        }
    }

    fn close(&mut self) {
        let Some(open) = self.open.pop() else { return };
        let mut members = self.members.split_off(open.members);
        if !members.is_sorted_by(|left, right| self.order(left, right) == Ordering::Less) {
            members.sort_by(|left, right| self.order(left, right));
            self.put_in_order(&mut members, open.start.saturating_add(1));
        }
        if !members.is_empty() {
            self.bytes.pop();
        }
        self.bytes.push(b'}');
        if self.open.is_empty() {
            self.members = members;
        }
    }

    fn put_in_order(&mut self, members: &mut [Member], first: usize) {
        self.sorted.clear();
        for member in members {
            let start = first.saturating_add(self.sorted.len());
            self.sorted.extend_from_slice(self.bytes.get(member.start..member.end).unwrap_or_default());
            let value = start.saturating_add(member.value.saturating_sub(member.start));
            *member = Member { start, value, end: first.saturating_add(self.sorted.len()), is_plain: member.is_plain };
        }
        self.bytes.truncate(first);
        self.bytes.extend_from_slice(&self.sorted);
    }

    fn number(&mut self, text: &str) {
        let double = text.parse::<f64>().ok().filter(|double| double.is_finite());
        let mut buffer = ryu_js::Buffer::new();
        match double.map(|double| buffer.format_finite(double)).filter(|script| is_same(text, script)) {
            Some(script) => self.bytes.extend_from_slice(script.as_bytes()),
            // RFC 8785, appendix D: what a double does not hold exactly is written as the text of its digits.
            None => [b"\"", text.as_bytes(), b"\""].iter().for_each(|part| self.bytes.extend_from_slice(part)),
        }
    }
}

fn is_same(left: &str, right: &str) -> bool {
    // ECMAScript writes `1e+21`, which is JSON as well.
    matches!((Number::parse(left), Number::parse(right)), (Some(left), Some(right)) if left == right)
}

fn by_utf16(left: &str, right: &str) -> Ordering {
    match left.is_ascii() && right.is_ascii() {
        true => left.cmp(right),
        false => left.encode_utf16().cmp(right.encode_utf16()),
    }
}

/// Writes to the text; the writer that it is given gets nothing.
struct Canonical<'t>(&'t mut Text);

/// Whole numbers of a type.
macro_rules! whole {
    ($($name:ident: $type:ty),*) => {$(
        fn $name<W: ?Sized + Write>(&mut self, _: &mut W, number: $type) -> io::Result<()> {
            match u64::try_from(number).is_ok_and(|number| number <= EXACT) {
                true => write!(self.0.bytes, "{number}"),
                false => Ok(self.0.number(&number.to_string())),
            }
        }
    )*};
}

impl Formatter for Canonical<'_> {
    whole!(write_u8: u8, write_u16: u16, write_u32: u32, write_u64: u64, write_u128: u128);
    whole!(write_i8: i8, write_i16: i16, write_i32: i32, write_i64: i64, write_i128: i128);

    fn write_f64<W: ?Sized + Write>(&mut self, _: &mut W, number: f64) -> io::Result<()> {
        self.0.bytes.extend_from_slice(ryu_js::Buffer::new().format(number).as_bytes());
        Ok(())
    }

    fn write_f32<W: ?Sized + Write>(&mut self, out: &mut W, number: f32) -> io::Result<()> {
        self.write_f64(out, f64::from(number))
    }

    fn write_number_str<W: ?Sized + Write>(&mut self, _: &mut W, text: &str) -> io::Result<()> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let is_whole = digits.len() < 16 && digits.bytes().all(|byte| byte.is_ascii_digit());
        match is_whole && text != "-0" {
            true => self.0.bytes.extend_from_slice(text.as_bytes()),
            false => self.0.number(text),
        }
        Ok(())
    }

    fn write_null<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        CompactFormatter.write_null(&mut self.0.bytes)
    }

    fn write_bool<W: ?Sized + Write>(&mut self, _: &mut W, flag: bool) -> io::Result<()> {
        CompactFormatter.write_bool(&mut self.0.bytes, flag)
    }

    fn begin_string<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        CompactFormatter.begin_string(&mut self.0.bytes)
    }

    fn end_string<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        CompactFormatter.end_string(&mut self.0.bytes)
    }

    fn write_string_fragment<W: ?Sized + Write>(&mut self, _: &mut W, fragment: &str) -> io::Result<()> {
        CompactFormatter.write_string_fragment(&mut self.0.bytes, fragment)
    }

    fn write_char_escape<W: ?Sized + Write>(&mut self, _: &mut W, escape: CharEscape) -> io::Result<()> {
        CompactFormatter.write_char_escape(&mut self.0.bytes, escape)
    }

    fn begin_array<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        CompactFormatter.begin_array(&mut self.0.bytes)
    }

    fn end_array<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        CompactFormatter.end_array(&mut self.0.bytes)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, _: &mut W, first: bool) -> io::Result<()> {
        CompactFormatter.begin_array_value(&mut self.0.bytes, first)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.0.open.push(Open { start: self.0.bytes.len(), members: self.0.members.len() });
        self.0.bytes.push(b'{');
        Ok(())
    }

    fn end_object<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.0.close();
        Ok(())
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, _: &mut W, _: bool) -> io::Result<()> {
        let start = self.0.bytes.len();
        self.0.members.push(Member { start, value: start, end: start, is_plain: false });
        Ok(())
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.0.bytes.push(b':');
        let text = &mut *self.0;
        if let Some(member) = text.members.last_mut() {
            member.value = text.bytes.len();
            let name = text.bytes.get(member.start..).unwrap_or_default();
            member.is_plain = name.is_ascii() && !name.contains(&b'\\');
        }
        Ok(())
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.0.bytes.push(b',');
        let end = self.0.bytes.len();
        self.0.members.last_mut().into_iter().for_each(|member| member.end = end);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;
    use serde_json::{Map, Value};

    fn canonical(text: &str) -> String {
        String::from_utf8(to_vec(&serde_json::from_str::<Value>(text).unwrap())).unwrap()
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
        let body = Body::of(&object);
        let mut out = Vec::new();
        body.write_with(&[("a", "0"), ("c", "[]"), ("e", "3")], &mut out);
        assert_eq!(out, br#"{"a":0,"b":1,"c":[],"d":2,"e":3}"#);
        let mut out = Vec::new();
        Body::of(&Map::new()).write_with(&[("a", "0")], &mut out);
        assert_eq!(out, br#"{"a":0}"#);
    }

    #[test]
    fn members_in_any_order_come_out_in_one() {
        let object = serde_json::json!({"z": {"y": 1, "x": {"b": [], "a": {}}}, "a": [{"d": 1, "c": 2}], "\u{1f600}": 1, "\u{fb33}": 2});
        let wanted =
            "{\"a\":[{\"c\":2,\"d\":1}],\"z\":{\"x\":{\"a\":{},\"b\":[]},\"y\":1},\"\u{1f600}\":1,\"\u{fb33}\":2}";
        assert_eq!(canonical(&object.to_string()), wanted);
        let mut out = Vec::new();
        Body::of(&object).write_with(&[("b", "0"), ("\u{1f601}", "3")], &mut out);
        let wanted = wanted.replace("\"z\"", "\"b\":0,\"z\"").replace("\"\u{fb33}\"", "\"\u{1f601}\":3,\"\u{fb33}\"");
        assert_eq!(String::from_utf8(out).unwrap(), wanted);
    }

    #[test]
    fn numbers_of_types_are_as_those_of_texts() {
        let numbers = (EXACT, EXACT + 1, i64::MIN, -1_i8, u64::MAX, 0.1_f64, 1e21_f64, -0.0_f64, f64::NAN);
        let wanted = r#"[9007199254740992,"9007199254740993","-9223372036854775808",-1,"18446744073709551615",0.1,1e+21,0,null]"#;
        assert_eq!(String::from_utf8(to_vec(&numbers)).unwrap(), wanted);
    }
}

#[cfg(test)]
mod properties {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

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
            prop_assert_eq!(serde_json_canonicalizer::to_vec(&value).ok(), Some(to_vec(&value)));
        }
    }
}
