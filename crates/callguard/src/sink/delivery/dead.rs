//! Events that the receiver will not take, with its reason: one JSON object a line.

use super::Entry;
use crate::sink::file::private;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Past that the file begins anew, and the one before it is kept.
const MOST: u64 = 64 << 20;

#[derive(Debug)]
pub(super) struct DeadLetters {
    path: PathBuf,
}

impl DeadLetters {
    pub(super) fn in_folder(folder: &Path) -> DeadLetters {
        DeadLetters { path: folder.join("dead-letters.jsonl") }
    }

    pub(super) fn write(&self, entries: &[Entry], why: &str, now: Timestamp) -> io::Result<()> {
        if fs::metadata(&self.path).is_ok_and(|found| found.len() > MOST) {
            fs::rename(&self.path, self.path.with_extension("1.jsonl"))?;
        }
        let mut text = Vec::new();
        for entry in entries {
            // What cannot be read as JSON is kept as text; it was JSON when it was written.
            let event = serde_json::from_slice(&entry.payload)
                .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&entry.payload).into_owned()));
            let letter = json!({ "at": now.to_string(), "why": why, "event": event });
            text.extend_from_slice(letter.to_string().as_bytes());
            text.push(b'\n');
        }
        let mut file = private(&self.path, false)?;
        file.write_all(&text)?;
        file.sync_data()
    }
}
