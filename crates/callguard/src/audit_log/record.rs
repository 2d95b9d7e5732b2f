//! One record of the log: a line, and its place in the chain.

use super::canonical::Body;
use serde::Serialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::fmt;

/// What every hash of the chain begins with.
const DOMAIN: &[u8] = b"callguard-audit-v1\0";
/// What every signed text begins with.
const CHECKPOINT_DOMAIN: &[u8] = b"callguard-checkpoint-v1\0";
/// The letters of a chain's name, a ULID.
const CHAIN_LENGTH: usize = 26;

/// SHA-256 of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Hash([u8; 32]);

impl Hash {
    /// From 64 hexadecimal digits in lower case.
    pub fn parse(text: &str) -> Option<Hash> {
        let bytes = data_encoding::HEXLOWER.decode(text.as_bytes()).ok()?;
        bytes.try_into().ok().map(Hash)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

/// Where a chain stands: its last record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) chain: String,
    pub(crate) seq: u64,
    pub(crate) hash: Hash,
}

impl Head {
    /// Before the first record.
    pub(crate) fn start(chain: String) -> Head {
        Head { chain, seq: 0, hash: Hash::default() }
    }

    /// What a checkpoint of it signs.
    pub(crate) fn signed_text(&self, timestamp: &str) -> Vec<u8> {
        [CHECKPOINT_DOMAIN, self.chain.as_bytes(), &self.seq.to_be_bytes(), &self.hash.0, timestamp.as_bytes()].concat()
    }
}

/// Writes the record that follows the head, with a line end, and moves the head on.
pub(crate) fn chain_record(head: &mut Head, content: &impl Serialize, out: &mut Vec<u8>) {
    let body = Body::of(content);
    let prev = head.hash;
    head.seq = head.seq.saturating_add(1);
    head.hash = hash_of(&head.chain, head.seq, prev, &body);
    write_line(&body, head, prev, out);
    out.push(b'\n');
}

fn hash_of(chain: &str, seq: u64, prev: Hash, body: &Body) -> Hash {
    let mut hash = Sha256::new();
    for part in [DOMAIN, chain.as_bytes(), &seq.to_be_bytes(), &prev.0, body.bytes()] {
        hash.update(part);
    }
    Hash(hash.finalize().into())
}

fn write_line(body: &Body, link: &Head, prev: Hash, out: &mut Vec<u8>) {
    let (chain, seq) = (format!("\"{}\"", link.chain), link.seq.to_string());
    let (hash, prev) = (format!("\"{}\"", link.hash), format!("\"{prev}\""));
    body.write_with(&[("chain", &chain), ("hash", &hash), ("prev_hash", &prev), ("seq", &seq)], out);
}

/// A record as it was read, and found to be what its own hash says.
#[derive(Clone, Debug)]
pub struct Record {
    chain: String,
    seq: u64,
    prev: Hash,
    hash: Hash,
    content: Map<String, Value>,
}

/// Why a line is no record, or not the one that was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// It is no JSON object.
    NotJson,
    /// It has no place in a chain.
    Unchained,
    /// It does not say what its hash was made of.
    Altered,
}

impl Fault {
    /// In words.
    pub fn as_str(self) -> &'static str {
        match self {
            Fault::NotJson => "the line is no JSON object",
            Fault::Unchained => "the line has no place in a chain",
            Fault::Altered => "the line does not say what its hash was made of",
        }
    }
}

impl Record {
    /// Reads a line without its end.
    ///
    /// # Errors
    /// It is not, byte for byte, a record that was written.
    pub fn read(line: &[u8]) -> Result<Record, Fault> {
        let Ok(Value::Object(mut content)) = serde_json::from_slice(line) else { return Err(Fault::NotJson) };
        let mut taken = |name: &str| content.shift_remove(name);
        let (chain, hash, prev, seq) = (taken("chain"), taken("hash"), taken("prev_hash"), taken("seq"));
        let hash_in = |value: Option<Value>| value.as_ref().and_then(Value::as_str).and_then(Hash::parse);
        let (Some(Value::String(chain)), Some(hash), Some(prev), Some(seq)) =
            (chain, hash_in(hash), hash_in(prev), seq.as_ref().and_then(Value::as_u64))
        else {
            return Err(Fault::Unchained);
        };
        if chain.len() != CHAIN_LENGTH || !chain.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(Fault::Unchained);
        }
        let body = Body::of(&content);
        let wanted = hash_of(&chain, seq, prev, &body);
        let mut written = Vec::with_capacity(line.len());
        write_line(&body, &Head { chain: chain.clone(), seq, hash: wanted }, prev, &mut written);
        if written != line {
            return Err(Fault::Altered);
        }
        Ok(Record { chain, seq, prev, hash, content })
    }

    /// Which chain it belongs to.
    pub fn chain(&self) -> &str {
        &self.chain
    }

    /// Its number in the chain, from 1.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// The hash of the record before it.
    pub fn prev(&self) -> Hash {
        self.prev
    }

    /// Its own hash.
    pub fn hash(&self) -> Hash {
        self.hash
    }

    /// What it says, without its place in the chain.
    pub fn content(&self) -> &Map<String, Value> {
        &self.content
    }

    /// Of a record that the log keeps about itself: `opened`, `checkpoint`, `recovered`, `lost`, `pruned`. Events have none.
    pub fn kind(&self) -> Option<&str> {
        self.content.get("record").and_then(Value::as_str)
    }

    pub(crate) fn head(&self) -> Head {
        Head { chain: self.chain.clone(), seq: self.seq, hash: self.hash }
    }

    /// What stands right before it.
    pub(crate) fn before(&self) -> Head {
        Head { chain: self.chain.clone(), seq: self.seq.saturating_sub(1), hash: self.prev }
    }
}

/// What a checkpoint says beside its place: who signed the head before it, and when.
pub(crate) struct Checkpoint<'r> {
    pub(crate) timestamp: &'r str,
    pub(crate) signature: Option<Signature<'r>>,
}

/// A signature over a head.
pub(crate) struct Signature<'r> {
    pub(crate) key_id: &'r str,
    pub(crate) text: &'r str,
}

impl<'r> Checkpoint<'r> {
    /// Of a record that is one.
    pub(crate) fn of(record: &'r Record) -> Option<Checkpoint<'r>> {
        let text = |name: &str| record.content.get(name).and_then(Value::as_str);
        let signed = text("key_id").zip(text("signature"));
        let signature = signed.map(|(key_id, text)| Signature { key_id, text });
        (record.kind() == Some("checkpoint"))
            .then(|| Checkpoint { timestamp: text("timestamp").unwrap_or_default(), signature })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may")]
    use super::*;

    #[test]
    fn what_is_written_reads_back_and_no_other_byte_does() {
        let mut head = Head::start("01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned());
        let content =
            serde_json::json!({"action": "call_allowed", "tool": "ä\n", "n": 1.5, "z": {"b": [1], "a": null}});
        let mut out = Vec::new();
        chain_record(&mut head, &content, &mut out);
        let line = out.strip_suffix(b"\n").unwrap();
        let record = Record::read(line).unwrap();
        assert_eq!((record.head(), record.prev(), record.seq()), (head, Hash::default(), 1));
        assert_eq!(Value::Object(record.content().clone()), content);
        for at in 0..line.len() * 8 {
            let mut flipped = line.to_vec();
            flipped[at / 8] ^= 1 << (at % 8);
            assert!(Record::read(&flipped).is_err(), "bit {at}: {}", String::from_utf8_lossy(&flipped));
        }
        let spaced = String::from_utf8(line.to_vec()).unwrap().replace("\":", "\": ");
        assert_eq!(Record::read(spaced.as_bytes()).unwrap_err(), Fault::Altered);
    }
}
