//! Where a log that is there already stands.

use super::disk::private;
use crate::audit_log::{Head, Lines, LogFile, LogFiles, Record};
use crate::sink::intents::Intents;
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::Arc;

/// What was found.
pub(super) struct Found {
    /// The last record; `None` of a log that begins.
    pub(super) head: Option<Head>,
    pub(super) intents: Intents,
    /// The file that is gone on with.
    pub(super) active: Option<ActiveFile>,
    /// What was put aside.
    pub(super) torn: Option<Value>,
    /// Records behind the last checkpoint.
    pub(super) uncovered: u64,
}

/// The file that is gone on with.
pub(super) struct ActiveFile {
    pub(super) first: u64,
    pub(super) length: u64,
    pub(super) opened: Option<Timestamp>,
}

/// Reads the newest file that holds records, and puts aside what a crash left behind them.
pub(super) fn resume(files: &LogFiles) -> io::Result<Found> {
    let mut list = files.list()?;
    let active = list.pop_if(|file| file.first().is_none());
    let mut found = Found { head: None, intents: Intents::default(), active: None, torn: None, uncovered: 0 };
    let (mut good, mut lines) = (0, 0);
    if let Some(active) = &active {
        (good, lines) = read(active, &mut found, true)?;
    }
    if found.head.is_none()
        && let Some(before) = list.last()
    {
        read(before, &mut found, false)?;
        found.uncovered = 0;
    }
    let Some(active) = active else { return Ok(found) };
    let length = fs::metadata(active.path())?.len();
    if found.active.is_none() && lines > 0 {
        let says = "the file holds lines that are no records of a log; move it away";
        return Err(io::Error::new(io::ErrorKind::InvalidData, says));
    }
    if length > good {
        let next = found.head.as_ref().map_or(1, |head| head.seq.saturating_add(1));
        found.torn = Some(put_aside(files, good, next)?);
    }
    match found.active {
        // Nothing but the start of a first line: the next writer makes the file anew.
        None => fs::remove_file(active.path())?,
        Some(ref mut kept) => kept.length = good,
    }
    Ok(found)
}

/// Reads a file to its last record; how many bytes that takes, and how many whole lines there were.
fn read(file: &LogFile, found: &mut Found, is_active: bool) -> io::Result<(u64, u64)> {
    let (mut good, mut at, mut count) = (0_u64, 0_u64, 0_u64);
    for line in Lines::open(file, Arc::default())? {
        let line = line?;
        at = at.saturating_add(u64::try_from(line.bytes.len()).unwrap_or(u64::MAX)).saturating_add(1);
        if !line.is_whole {
            break;
        }
        count = count.saturating_add(1);
        let Ok(record) = Record::read(&line.bytes) else { continue };
        if is_active && found.active.is_none() {
            let opened = record.content().get("timestamp").and_then(Value::as_str);
            let opened = opened.and_then(|time| time.parse().ok());
            found.active = Some(ActiveFile { first: record.seq(), length: 0, opened });
        }
        found.uncovered = match record.kind() {
            Some("checkpoint") => 0,
            _ => found.uncovered.saturating_add(1),
        };
        found.intents.see(record.content());
        found.head = Some(record.head());
        good = at;
    }
    Ok((good, count))
}

/// Moves the bytes behind the last record into a file of their own.
fn put_aside(files: &LogFiles, good: u64, next: u64) -> io::Result<Value> {
    let mut file = File::options().read(true).write(true).open(files.active())?;
    file.seek(SeekFrom::Start(good))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let path = files.torn(next);
    let mut aside = private(&path, false)?;
    aside.write_all(&bytes)?;
    aside.sync_all()?;
    file.set_len(good)?;
    file.sync_all()?;
    Ok(json!({
        "torn_bytes": bytes.len(),
        "torn_sha256": data_encoding::HEXLOWER.encode(&Sha256::digest(&bytes)),
        "torn_file": path.file_name().map(|name| name.to_string_lossy().into_owned()),
    }))
}
