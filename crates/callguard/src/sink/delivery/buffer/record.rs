//! One record of a segment: length (4 bytes), CRC-32C (4), id (8), event; numbers with the least byte first.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

/// What stands before the event.
pub(super) const HEADER: u64 = 16;
/// A length beyond that is no length.
const MOST: u32 = 64 << 20;

/// A record as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) id: u64,
    pub(crate) payload: Vec<u8>,
    /// Where the next one begins.
    pub(super) end: Place,
}

#[cfg(test)]
impl Entry {
    pub(crate) fn of(id: u64, payload: Vec<u8>) -> Entry {
        Entry { id, payload, end: Place::default() }
    }
}

/// A place in the segments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) segment: u64,
    pub(super) offset: u64,
}

/// What was read of a segment.
#[derive(Debug, Default)]
pub(super) struct Scan {
    pub(super) entries: Vec<Entry>,
    /// Behind the last record that was taken.
    pub(super) end: u64,
    pub(super) last_id: Option<u64>,
    /// Whether nothing that can be read follows.
    pub(super) is_end: bool,
}

pub(super) fn write(id: u64, payload: &[u8], out: &mut Vec<u8>) {
    // INVARIANT: an event is a line of an audit log, which has at most a few megabytes.
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
    let id = id.to_le_bytes();
    let sum = crc32c::crc32c_append(crc32c::crc32c(&id), payload);
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&sum.to_le_bytes());
    out.extend_from_slice(&id);
    out.extend_from_slice(payload);
}

/// Reads records from a place on, as long as `take` wants them and they are whole.
pub(super) fn scan(path: &Path, from: u64, most: usize, mut take: impl FnMut(&Entry) -> bool) -> io::Result<Scan> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(from))?;
    let mut reader = BufReader::with_capacity(1 << 16, file);
    let segment = path.file_stem().and_then(|name| name.to_str()).and_then(|name| name.parse().ok()).unwrap_or(0);
    let mut scan = Scan { end: from, ..Scan::default() };
    let keeps = most != usize::MAX;
    for _ in 0..most {
        let Some((id, payload)) = read(&mut reader)? else {
            scan.is_end = true;
            return Ok(scan);
        };
        let size = HEADER.saturating_add(u64::try_from(payload.len()).unwrap_or(u64::MAX));
        let end = Place { segment, offset: scan.end.saturating_add(size) };
        let entry = Entry { id, payload, end };
        if !take(&entry) {
            return Ok(scan);
        }
        scan.end = end.offset;
        scan.last_id = Some(id);
        if keeps {
            scan.entries.push(entry);
        }
    }
    Ok(scan)
}

/// The next whole record.
fn read(reader: &mut impl Read) -> io::Result<Option<(u64, Vec<u8>)>> {
    let mut header = [0; 16];
    if !fill(reader, &mut header)? {
        return Ok(None);
    }
    let (length, rest) = split::<4>(&header);
    let (sum, id) = split::<4>(rest);
    let (id, _) = split::<8>(id);
    let length = u32::from_le_bytes(length);
    if length > MOST {
        return Ok(None);
    }
    let mut payload = vec![0; usize::try_from(length).unwrap_or(0)];
    if !fill(reader, &mut payload)? {
        return Ok(None);
    }
    let found = crc32c::crc32c_append(crc32c::crc32c(&id), &payload);
    Ok((found == u32::from_le_bytes(sum)).then(|| (u64::from_le_bytes(id), payload)))
}

fn split<const N: usize>(bytes: &[u8]) -> ([u8; N], &[u8]) {
    // INVARIANT: the header is as long as its parts.
    bytes.split_first_chunk::<N>().map_or(([0; N], &[]), |(first, rest)| (*first, rest))
}

/// Whether there was as much.
fn fill(reader: &mut impl Read, bytes: &mut [u8]) -> io::Result<bool> {
    match reader.read_exact(bytes) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}
