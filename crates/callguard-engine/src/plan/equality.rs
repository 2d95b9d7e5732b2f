//! Equality as a hash: two values whose hashes all differ are certainly unequal.

use super::hits::{Hits, Place};
use crate::decide::fold;
use crate::value::{Number, Value};
use foldhash::fast::FixedState;
use smallvec::SmallVec;
use std::collections::HashMap;
use std::hash::BuildHasher;

/// A hash that equal values share, and values of which one spells the other.
pub(super) type Key = u64;

/// Contracts by key.
pub(super) type ByKey = HashMap<Key, Vec<Place>, FixedState>;

/// A letter is folded into at least a third of its bytes (`K`, the kelvin sign, into `k`).
const MOST_SHRINKING: usize = 3;

/// Contracts that want a value to equal a literal.
#[derive(Debug, Default)]
pub(super) struct Equality {
    by_key: ByKey,
    /// Every one.
    all: Vec<Place>,
    /// Bytes of the longest folded literal: a text that is much longer equals none.
    longest: usize,
    /// Whether a literal is a number or a boolean, or spells one.
    spells: bool,
}

impl Equality {
    pub(super) fn insert(&mut self, place: Place, literal: &Value) {
        for key in keys_of_literal(literal) {
            self.by_key.entry(key).or_default().push(place);
        }
        self.all.push(place);
        self.spells |= match literal {
            Value::String(text) => spelled(text).is_some(),
            _ => true,
        };
        if let Value::String(text) = literal {
            self.longest = self.longest.max(fold(text).len());
        }
    }

    /// Every contract: of a value that cannot be compared.
    pub(super) fn all(&self, hits: &mut Hits) {
        hits.add(&self.all);
    }

    pub(super) fn look_up(&self, value: &Value, hits: &mut Hits) {
        if self.all.is_empty() {
            return;
        }
        match value {
            Value::Null => {}
            Value::String(text) => self.look_up_text(text, hits),
            Value::Number(number) => self.hit(number_key(number), hits),
            Value::Bool(flag) => self.hit(flag_key(*flag), hits),
            Value::List(_) | Value::Object(_) => self.all(hits),
        }
    }

    pub(super) fn look_up_text(&self, text: &str, hits: &mut Hits) {
        if self.all.is_empty() {
            return;
        }
        if text.len() <= self.longest.saturating_mul(MOST_SHRINKING) {
            self.hit(text_key(text), hits);
        }
        if let Some(key) = if self.spells { spelled(text) } else { None } {
            self.hit(key, hits);
        }
    }

    fn hit(&self, key: Key, hits: &mut Hits) {
        if let Some(places) = self.by_key.get(&key) {
            hits.add(places);
        }
    }
}

/// The keys under which a literal of a policy stands: its own, and that of what it spells.
pub(super) fn keys_of_literal(literal: &Value) -> SmallVec<[Key; 2]> {
    let mut keys = SmallVec::new();
    match literal {
        Value::String(text) => {
            keys.push(text_key(text));
            keys.extend(spelled(text));
        }
        Value::Number(number) => keys.push(number_key(number)),
        Value::Bool(flag) => keys.push(flag_key(*flag)),
        Value::Null | Value::List(_) | Value::Object(_) => {}
    }
    keys
}

/// Without regard to case: what ignores it is found, and what does not is judged again.
fn text_key(text: &str) -> Key {
    let mut folded: SmallVec<[u8; 256]> = SmallVec::new();
    if text.is_ascii() {
        folded.extend_from_slice(text.as_bytes());
        folded.make_ascii_lowercase();
    } else {
        folded.extend_from_slice(fold(text).as_bytes());
    }
    hash(&(0_u8, folded.as_slice()))
}

fn number_key(number: &Number) -> Key {
    let (negative, digits, exponent) = number.parts();
    let digits: SmallVec<[u8; 32]> = digits.collect();
    hash(&(1_u8, negative, digits.as_slice(), exponent))
}

fn flag_key(flag: bool) -> Key {
    hash(&(2_u8, flag))
}

/// The key of the number or boolean that a text spells.
fn spelled(text: &str) -> Option<Key> {
    let text = text.trim();
    match text.as_bytes().first()? {
        b'0'..=b'9' | b'-' | b'+' => Number::parse(text.trim_start_matches('+')).as_ref().map(number_key),
        b't' | b'T' if text.eq_ignore_ascii_case("true") => Some(flag_key(true)),
        b'f' | b'F' if text.eq_ignore_ascii_case("false") => Some(flag_key(false)),
        _ => None,
    }
}

fn hash(value: &impl std::hash::Hash) -> u64 {
    FixedState::with_seed(0).hash_one(value)
}
