//! The envelope of a frame: `id`, `method`, `params`, `result`, `error`, as raw text.
//!
//! Read so strictly that no other reader could find another message in the same bytes: one JSON value, valid UTF-8,
//! no envelope key twice or in another case, no raw carriage return inside (some servers read it as a line end).

use callguard::engine::value::{Value, write_json};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// Nesting beyond this is refused unread: nothing honest comes near, and many readers recurse.
const DEPTH: usize = 512;
/// Members of an object that is taken apart.
const MEMBERS: usize = 1_000;
/// Elements of an array that is taken apart: messages of a batch, tools of a page.
const ELEMENTS: usize = 100_000;
const ENVELOPE_KEYS: [&str; 6] = ["jsonrpc", "id", "method", "params", "result", "error"];

/// What a line holds.
#[derive(Debug)]
pub(crate) enum Message<'a> {
    /// Nothing but white space.
    Blank,
    /// One message.
    Single(Envelope<'a>),
    /// Several in an array; each is to be read with [`Envelope::read`].
    Batch(Vec<&'a RawValue>),
}

/// One message, taken apart.
#[derive(Debug)]
pub(crate) struct Envelope<'a> {
    /// Every member as it was written, in order.
    pub(crate) members: Vec<(String, &'a RawValue)>,
    pub(crate) id: Option<&'a RawValue>,
    pub(crate) method: Option<String>,
    pub(crate) params: Option<&'a RawValue>,
    pub(crate) result: Option<&'a RawValue>,
    pub(crate) error: Option<&'a RawValue>,
}

/// Why a frame is no message, and the `id` that an error can be sent to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Malformed {
    pub(crate) reason: &'static str,
    pub(crate) id: Option<String>,
}

impl Malformed {
    fn of(reason: &'static str) -> Malformed {
        Malformed { reason, id: None }
    }
}

/// Reads a line. The line end may be part of it.
pub(crate) fn peek(line: &[u8]) -> Result<Message<'_>, Malformed> {
    let text = std::str::from_utf8(line).map_err(|_| Malformed::of("the frame is not UTF-8"))?;
    let text = text.strip_suffix('\n').unwrap_or(text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    if text.contains('\r') {
        return Err(Malformed::of("the frame has a carriage return inside"));
    }
    if text.bytes().all(|byte| matches!(byte, b' ' | b'\t')) {
        return Ok(Message::Blank);
    }
    if deeper_than(DEPTH, text) {
        return Err(Malformed::of("the frame is nested too deeply"));
    }
    if text.trim_ascii_start().starts_with('[') {
        return elements(text).map(Message::Batch).ok_or(Malformed::of("the frame is not a JSON array of messages"));
    }
    Envelope::read(text).map(Message::Single)
}

impl<'a> Envelope<'a> {
    /// Reads one message from its own text.
    pub(crate) fn read(text: &'a str) -> Result<Envelope<'a>, Malformed> {
        let members = members(text).ok_or(Malformed::of("the frame is not a JSON object"))?;
        let id = only(&members, "id");
        let malformed = |reason| Malformed { reason, id: id.map(|id| id.get().to_owned()) };
        check_keys(&members).map_err(malformed)?;
        let method = match only(&members, "method") {
            Some(method) => Some(string(method).ok_or(malformed("the method is not a string"))?),
            None => None,
        };
        let envelope = Envelope {
            id,
            method,
            params: only(&members, "params"),
            result: only(&members, "result"),
            error: only(&members, "error"),
            members,
        };
        let answer = envelope.result.is_some() || envelope.error.is_some();
        if envelope.method.is_some() && answer || envelope.result.is_some() && envelope.error.is_some() {
            return Err(malformed("the frame is a request and an answer, or two answers, at once"));
        }
        Ok(envelope)
    }

    /// Whether the message answers a request.
    pub(crate) fn is_answer(&self) -> bool {
        self.result.is_some() || self.error.is_some()
    }

    /// The message as a line, every member as it was written but those that `replaced` has a text for.
    pub(crate) fn write_line(&self, replaced: impl Fn(&str) -> Option<String>) -> Vec<u8> {
        let mut line = write(&self.members, replaced).into_bytes();
        line.push(b'\n');
        line
    }
}

/// The text of an object of `members`, those aside that `replaced` has another text for.
pub(crate) fn write(members: &[(String, &RawValue)], replaced: impl Fn(&str) -> Option<String>) -> String {
    let members = members.iter().map(|(key, raw)| {
        let value = replaced(key).unwrap_or_else(|| raw.get().to_owned());
        format!("{}:{value}", write_json(&Value::from(key.as_str())))
    });
    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
}

/// The members of an object's text, in order; `None` if it is not an object, or has too many.
pub(crate) fn members(text: &str) -> Option<Vec<(String, &RawValue)>> {
    serde_json::from_str::<Members<'_>>(text).ok().map(|members| members.0)
}

/// The elements of an array's text; `None` if it is not an array, or has too many.
pub(crate) fn elements(text: &str) -> Option<Vec<&RawValue>> {
    serde_json::from_str::<Elements<'_>>(text).ok().map(|elements| elements.0)
}

/// The value under `key`, if it stands there exactly once.
pub(crate) fn only<'a>(members: &[(String, &'a RawValue)], key: &str) -> Option<&'a RawValue> {
    let mut found = members.iter().filter(|(name, _)| name == key).map(|(_, value)| *value);
    found.next().filter(|_| found.next().is_none())
}

/// The string that a JSON text spells.
pub(crate) fn string(raw: &RawValue) -> Option<String> {
    serde_json::from_str(raw.get()).ok()
}

/// Whether a lenient reader could take `text` for `word`: case, white space and invisible characters aside.
pub(crate) fn resembles(text: &str, word: &str) -> bool {
    folded(text).eq(folded(word))
}

fn folded(text: &str) -> impl Iterator<Item = char> {
    let visible = text.chars().filter(|c| !c.is_whitespace() && !c.is_control() && !is_ignorable(*c));
    // Upper case first: it alone takes `ſ` to `S`.
    visible.flat_map(char::to_uppercase).flat_map(char::to_lowercase)
}

/// Characters that are drawn as nothing.
fn is_ignorable(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
}

fn check_keys(members: &[(String, &RawValue)]) -> Result<(), &'static str> {
    for key in ENVELOPE_KEYS {
        let mut alike = members.iter().filter(|(name, _)| resembles(name, key));
        let first = alike.next();
        if alike.next().is_some() {
            return Err("an envelope key stands twice");
        }
        if first.is_some_and(|(name, _)| name != key) {
            return Err("an envelope key is written in another case");
        }
    }
    Ok(())
}

/// Whether the text nests deeper than `limit`, without recursion and before it is parsed.
fn deeper_than(limit: usize, text: &str) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => depth = depth.saturating_add(1),
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > limit {
            return true;
        }
    }
    false
}

struct Members<'a>(Vec<(String, &'a RawValue)>);
struct Elements<'a>(Vec<&'a RawValue>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Members<'de>;

            fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    if members.len() >= MEMBERS {
                        return Err(A::Error::custom("too many members"));
                    }
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Elements<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Elements<'de>;

            fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str("an array")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Elements<'de>, A::Error> {
                let mut elements = Vec::new();
                while let Some(element) = seq.next_element()? {
                    if elements.len() >= ELEMENTS {
                        return Err(A::Error::custom("too many elements"));
                    }
                    elements.push(element);
                }
                Ok(Elements(elements))
            }
        }
        deserializer.deserialize_seq(Reader)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;

    fn single(line: &str) -> Envelope<'_> {
        match peek(line.as_bytes()).unwrap() {
            Message::Single(envelope) => envelope,
            other => panic!("{other:?}"),
        }
    }

    fn reason(line: &[u8]) -> &'static str {
        peek(line).unwrap_err().reason
    }

    #[test]
    fn the_envelope_is_taken_apart_as_it_was_written() {
        let envelope = single("{ \"id\": 1e0, \"m\\u0065thod\":\"tools\\u002fcall\", \"x\":[ 1 ] }\r\n");
        assert_eq!(envelope.id.unwrap().get(), "1e0");
        assert_eq!(envelope.method.as_deref(), Some("tools/call"));
        assert_eq!(envelope.members.last().unwrap().1.get(), "[ 1 ]");
    }

    #[test]
    fn other_readings_are_refused() {
        assert_eq!(reason(br#"{"method":"a","method":"b"}"#), "an envelope key stands twice");
        assert_eq!(reason(br#"{"method":"a","\u006dethod":"b"}"#), "an envelope key stands twice");
        assert_eq!(reason(br#"{"method":"a","Method":"b"}"#), "an envelope key stands twice");
        assert_eq!(reason(br#"{"Method":"b"}"#), "an envelope key is written in another case");
        assert_eq!(reason("{\"param\u{17f}\":1}".as_bytes()), "an envelope key is written in another case");
        assert_eq!(reason(br#"{"method":["tools/call"]}"#), "the method is not a string");
        assert_eq!(reason(b"{\"a\":1}{\"a\":1}"), "the frame is not a JSON object");
        assert_eq!(reason(b"{\"a\":\r{}}\n"), "the frame has a carriage return inside");
        assert_eq!(reason(b"{\"a\":\"\xff\"}"), "the frame is not UTF-8");
        assert_eq!(reason(b"{\"a\":1}\0"), "the frame is not a JSON object");
        assert_eq!(reason("\u{feff}{}".as_bytes()), "the frame is not a JSON object");
        assert_eq!(reason(b"{\"a\":NaN}"), "the frame is not a JSON object");
        assert_eq!(reason(b"[1,2"), "the frame is not a JSON array of messages");
        assert_eq!(reason(&[b"{\"a\":".as_slice(), &b"[".repeat(100_000)].concat()), "the frame is nested too deeply");
        assert_eq!(
            peek(br#"{"id":5,"method":"a","result":1}"#).unwrap_err(),
            Malformed {
                reason: "the frame is a request and an answer, or two answers, at once",
                id: Some("5".to_owned())
            }
        );
    }

    #[test]
    fn blanks_and_batches_are_told_apart() {
        assert!(matches!(peek(b" \t\r\n"), Ok(Message::Blank)));
        assert!(matches!(peek(b" [ {\"id\":1}, 2 ]\n"), Ok(Message::Batch(batch)) if batch.len() == 2));
    }

    #[test]
    fn a_brace_in_a_string_is_no_nesting() {
        assert!(!deeper_than(1, r#"{"a":"{{{{\"[[["}"#));
        assert!(deeper_than(1, r#"{"a":[]}"#));
    }

    #[test]
    fn lookalikes_resemble() {
        assert!(resembles("Tools/Call ", "tools/call"));
        assert!(resembles("too\u{200b}ls/call", "tools/call"));
        assert!(!resembles("tools/calls", "tools/call"));
    }
}
