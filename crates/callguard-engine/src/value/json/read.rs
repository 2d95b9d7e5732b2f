//! The reader: jiter splits the text, exact numbers and distinct keys are ours.

use super::{JsonError, JsonErrorKind};
use crate::value::{Number, Object, Value};
use jiter::{Jiter, JiterResult, Peek};
use std::collections::HashSet;

/// What a JSON text may be at most.
#[derive(Clone, Copy, Debug)]
pub struct JsonLimits {
    /// Bytes of text.
    pub bytes: usize,
    /// Depth of nesting: `[]` is 1 deep.
    pub depth: usize,
}

impl JsonLimits {
    /// A call's arguments: 1 MiB, 64 deep.
    pub const ARGUMENTS: JsonLimits = JsonLimits { bytes: 1 << 20, depth: 64 };
    /// A tool's result: 16 MiB, 64 deep.
    pub const RESULT: JsonLimits = JsonLimits { bytes: 16 << 20, depth: 64 };
}

/// Reads arguments: at most 1 MiB, 64 deep.
///
/// # Errors
/// As [`parse_json_with`].
pub fn parse_json(text: &[u8]) -> Result<Value, JsonError> {
    parse_json_with(text, JsonLimits::ARGUMENTS)
}

/// Reads JSON within `limits`, in linear time and without recursion.
///
/// # Errors
/// What is not strictly RFC 8259, a byte order mark, a key that stands twice in its object (after unescaping), half a
/// surrogate pair, invalid UTF-8, an integer part of more than 4,300 digits, an exponent beyond an `i64`.
pub fn parse_json_with(text: &[u8], limits: JsonLimits) -> Result<Value, JsonError> {
    if text.len() > limits.bytes {
        return Err(JsonError::new(JsonErrorKind::TooLarge, limits.bytes));
    }
    if text.starts_with(b"\xEF\xBB\xBF") {
        return Err(JsonError::new(JsonErrorKind::ByteOrderMark, 0));
    }
    Reader { text, jiter: Jiter::new(text), depth: limits.depth }.read()
}

struct Reader<'t> {
    text: &'t [u8],
    jiter: Jiter<'t>,
    depth: usize,
}

/// A list or object that is not closed yet.
enum Open {
    List(Vec<Value>),
    Object(OpenObject),
}

impl Reader<'_> {
    fn read(mut self) -> Result<Value, JsonError> {
        let mut open: Vec<Open> = Vec::new();
        let first = self.jiter.peek();
        let mut next = self.checked(first)?;
        loop {
            let mut value = match self.begin(next, &mut open)? {
                Begun::Opened(inner) => {
                    next = inner;
                    continue;
                }
                Begun::Value(value) => value,
            };
            // The value may be the last one of its parent, which may be the last one of its own.
            loop {
                let Some(mut parent) = open.pop() else {
                    let end = self.jiter.finish();
                    return self.checked(end).map(|()| value);
                };
                match self.place(value, &mut parent)? {
                    Some(sibling) => {
                        open.push(parent);
                        next = sibling;
                        break;
                    }
                    None => value = parent.close(),
                }
            }
        }
    }

    /// A whole value, or the first step into one.
    fn begin(&mut self, next: Peek, open: &mut Vec<Open>) -> Result<Begun, JsonError> {
        if matches!(next, Peek::Array | Peek::Object) && open.len() >= self.depth {
            return Err(JsonError::new(JsonErrorKind::TooDeep, self.jiter.current_index()));
        }
        match next {
            Peek::Array => {
                let first = self.jiter.known_array();
                match self.checked(first)? {
                    None => Ok(Begun::Value(Value::List(Vec::new()))),
                    Some(first) => {
                        open.push(Open::List(Vec::new()));
                        Ok(Begun::Opened(first))
                    }
                }
            }
            Peek::Object => {
                let first = self.jiter.known_object().map(|key| key.map(str::to_owned));
                match self.checked(first)? {
                    None => Ok(Begun::Value(Value::Object(Object::default()))),
                    Some(key) => {
                        open.push(Open::Object(OpenObject { key, ..OpenObject::default() }));
                        self.peek().map(Begun::Opened)
                    }
                }
            }
            scalar => self.scalar(scalar).map(Begun::Value),
        }
    }

    /// Puts a finished value into its parent; the start of the next one, unless the parent ends here.
    fn place(&mut self, value: Value, parent: &mut Open) -> Result<Option<Peek>, JsonError> {
        match parent {
            Open::List(items) => {
                items.push(value);
                let step = self.jiter.array_step();
                self.checked(step)
            }
            Open::Object(object) => {
                object.put(value);
                let before = self.jiter.current_index();
                let step = self.jiter.next_key().map(|key| key.map(str::to_owned));
                let Some(key) = self.checked(step)? else { return Ok(None) };
                if !object.expect(key) {
                    return Err(JsonError::new(JsonErrorKind::DuplicateKey, self.quote_after(before)));
                }
                self.peek().map(Some)
            }
        }
    }

    fn scalar(&mut self, next: Peek) -> Result<Value, JsonError> {
        match next {
            Peek::Null => {
                let null = self.jiter.known_null();
                self.checked(null).map(|()| Value::Null)
            }
            Peek::True | Peek::False => {
                let flag = self.jiter.known_bool(next);
                self.checked(flag).map(Value::Bool)
            }
            Peek::String => {
                let string = self.jiter.known_str().map(str::to_owned);
                self.checked(string).map(Value::String)
            }
            _ => self.number(next),
        }
    }

    fn number(&mut self, next: Peek) -> Result<Value, JsonError> {
        let start = self.jiter.current_index();
        let bytes = self.jiter.known_number_bytes(next).map(<[u8]>::to_vec);
        let bytes = self.checked(bytes)?;
        let number = std::str::from_utf8(&bytes).ok().and_then(Number::parse);
        number.map(Value::Number).ok_or(JsonError::new(JsonErrorKind::Number, start))
    }

    fn peek(&mut self) -> Result<Peek, JsonError> {
        let next = self.jiter.peek();
        self.checked(next)
    }

    fn checked<T>(&self, result: JiterResult<T>) -> Result<T, JsonError> {
        result.map_err(|error| JsonError::from_jiter(&error, self.text))
    }

    /// Where the key begins that was read after `before`.
    fn quote_after(&self, before: usize) -> usize {
        let rest = self.text.get(before..).unwrap_or_default();
        before.saturating_add(rest.iter().position(|byte| *byte == b'"').unwrap_or(0))
    }
}

enum Begun {
    Opened(Peek),
    Value(Value),
}

impl Open {
    fn close(self) -> Value {
        match self {
            Open::List(items) => Value::List(items),
            Open::Object(object) => Value::Object(Object::from_distinct(object.entries)),
        }
    }
}

/// From how many entries on a set is cheaper than looking through them.
const SET_FROM: usize = 16;

#[derive(Default)]
struct OpenObject {
    /// The key whose value is being read.
    key: String,
    entries: Vec<(String, Value)>,
    /// The keys of `entries` once they are many.
    seen: HashSet<String>,
}

impl OpenObject {
    fn put(&mut self, value: Value) {
        let key = std::mem::take(&mut self.key);
        self.entries.push((key, value));
    }

    /// Takes the next key; `false` if it is there already.
    fn expect(&mut self, key: String) -> bool {
        let new = if self.entries.len() < SET_FROM {
            self.entries.iter().all(|(known, _)| *known != key)
        } else {
            if self.seen.is_empty() {
                self.seen.extend(self.entries.iter().map(|(known, _)| known.clone()));
            }
            self.seen.insert(key.clone())
        };
        self.key = key;
        new
    }
}
