//! Calls that may run and whose outcome is not in the buffer yet, beside it on the disk: what a process leaves there that
//! ends becomes `unknown_outcome` in the next.
//!
//! A call is written down before the buffer is flushed, its end after that: a crash between may say `unknown_outcome` of a
//! call that had one, and never says nothing.

use crate::sink::file::{private, replace};
use crate::sink::intents::Intents;
use callguard_engine::audit::event::AuditEvent;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Past that, and twice what is open, the file is written anew.
const MOST: u64 = 1 << 20;

pub(super) struct OpenCalls {
    path: PathBuf,
    file: File,
    intents: Intents,
    begun: Vec<u8>,
    ended: Vec<u8>,
    length: u64,
    most: u64,
}

impl OpenCalls {
    pub(super) fn open(folder: &Path) -> io::Result<OpenCalls> {
        let path = folder.join("open-calls.jsonl");
        let file = private(&path, false)?;
        let text = fs::read(&path)?;
        let mut intents = Intents::default();
        // What a crash cut off was not said to be written.
        for line in text.split(|byte| *byte == b'\n') {
            if let Ok(Value::Object(content)) = serde_json::from_slice(line) {
                intents.see(&content);
            }
        }
        let length = u64::try_from(text.len()).unwrap_or(u64::MAX);
        Ok(OpenCalls { path, file, intents, begun: Vec::new(), ended: Vec::new(), length, most: MOST })
    }

    /// What the process before left, as events. They are to be in the buffer before [`OpenCalls::forget`].
    pub(super) fn left(&mut self, now: Timestamp) -> Vec<Map<String, Value>> {
        self.intents.unknown(now)
    }

    /// Nothing is open any more.
    pub(super) fn forget(&mut self) -> io::Result<()> {
        self.length = 0;
        self.file.set_len(0)
    }

    pub(super) fn see(&mut self, event: &AuditEvent) {
        let Some(call_id) = event.call_id() else { return };
        let was_open = self.intents.of(call_id).is_some();
        self.intents.take(event);
        match (was_open, self.intents.of(call_id)) {
            (false, Some(kept)) => {
                let rest = kept.strip_prefix('{').unwrap_or_default();
                self.begun.extend_from_slice(format!("{{\"action\":\"{}\",{rest}\n", event.action()).as_bytes());
            }
            (true, None) => line(&mut self.ended, &json!({ "action": event.action(), "call_id": call_id })),
            _ => {}
        }
    }

    /// Before the buffer is flushed.
    pub(super) fn write_begun(&mut self) -> io::Result<()> {
        let begun = std::mem::take(&mut self.begun);
        self.append(&begun)
    }

    /// After that.
    pub(super) fn write_ended(&mut self) -> io::Result<()> {
        let ended = std::mem::take(&mut self.ended);
        self.append(&ended)?;
        if self.length <= self.most {
            return Ok(());
        }
        let mut text = Vec::new();
        line(&mut text, &json!({ "open_intents": self.intents.list() }));
        replace(&self.path, &text, false)?;
        self.file = private(&self.path, false)?;
        self.length = u64::try_from(text.len()).unwrap_or(u64::MAX);
        self.most = self.length.saturating_mul(2).max(MOST);
        Ok(())
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        self.length = self.length.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        self.file.write_all(bytes)
    }
}

fn line(text: &mut Vec<u8>, value: &Value) {
    text.extend_from_slice(value.to_string().as_bytes());
    text.push(b'\n');
}
