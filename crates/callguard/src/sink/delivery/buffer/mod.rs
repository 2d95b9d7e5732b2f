//! The buffer of one sink: records in segments on the disk, written at one end and acknowledged at the other.
//!
//! A record is a length, a CRC-32C over the rest, an id that goes up by one, and the event. A whole segment is removed once
//! everything in it was acknowledged; how far that is stands in the ledger. What a crash cut off is cut off here as well.

mod record;
mod slot;
#[cfg(test)]
mod tests;

pub(crate) use record::Entry;

use crate::sink::file::private;
use record::{HEADER, Place, Scan};
use slot::Slot;
use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What is collected before it is written without being asked.
const COLLECT: usize = 64 << 10;

/// A file of that size begins anew once nothing in it waits.
const RESTART: u64 = 1 << 20;

/// What happens to an event that does not fit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhenFull {
    /// It is dropped, and counted.
    #[default]
    DropNewest,
    /// It waits, and with it every call and every other sink.
    Block,
}

/// How large a buffer may get.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) bytes: u64,
    pub(crate) segment: u64,
    pub(crate) when_full: WhenFull,
    pub(crate) durable: bool,
}

/// What became of an event that was pushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pushed {
    Kept,
    Dropped,
}

pub(crate) struct Buffer {
    slot: Slot,
    bounds: Bounds,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    segments: VecDeque<Segment>,
    /// Of the last segment.
    writer: Option<File>,
    /// Records that are not written yet.
    collected: Vec<u8>,
    next_id: u64,
    /// The last id that is written.
    written: u64,
    acked: u64,
    /// Where the record behind the acknowledged ones begins.
    reader: Place,
    /// Bytes of segments, written and collected.
    bytes: u64,
    /// Records that could not be read.
    unreadable: u64,
    is_closing: bool,
}

#[derive(Clone, Debug)]
struct Segment {
    first: u64,
    bytes: u64,
}

impl Buffer {
    /// Opens the first free buffer in a folder, and what lies in it.
    pub(crate) fn open(folder: &Path, bounds: Bounds) -> io::Result<Buffer> {
        let slot = Slot::claim(folder)?;
        let bounds = Bounds { segment: bounds.segment.min(bounds.bytes / 4).max(1), ..bounds };
        let state = State::read(&slot)?;
        Ok(Buffer { slot, bounds, state: Mutex::new(state), changed: Condvar::new() })
    }

    pub(crate) fn folder(&self) -> &Path {
        self.slot.path()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes an event. It can be read once it was written: at the next flush, or when enough has come together.
    pub(crate) fn push(&self, payload: &[u8]) -> io::Result<Pushed> {
        let size = HEADER.saturating_add(u64::try_from(payload.len()).unwrap_or(u64::MAX));
        let mut state = self.state();
        while state.bytes.saturating_add(size) > self.bounds.bytes {
            if self.bounds.when_full == WhenFull::DropNewest || state.is_closing || size > self.bounds.bytes {
                return Ok(Pushed::Dropped);
            }
            // What is collected can be read and acknowledged only once it is written.
            state.write(&self.slot, self.bounds)?;
            self.changed.notify_all();
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let id = state.next_id;
        record::write(id, payload, &mut state.collected);
        state.next_id = id.saturating_add(1);
        state.bytes = state.bytes.saturating_add(size);
        if state.collected.len() >= COLLECT {
            state.write(&self.slot, self.bounds)?;
            self.changed.notify_all();
        }
        Ok(Pushed::Kept)
    }

    /// What was pushed is written, and survives a loss of power where that is wanted.
    pub(crate) fn flush(&self) -> io::Result<()> {
        let mut state = self.state();
        if state.collected.is_empty() {
            return Ok(());
        }
        let written = state.write(&self.slot, self.bounds);
        self.changed.notify_all();
        written
    }

    /// The oldest records that are not acknowledged, within those limits; at least one, if there is one.
    pub(crate) fn peek(&self, most: usize, most_bytes: usize) -> io::Result<Vec<Entry>> {
        let mut state = self.state();
        let mut found: Vec<Entry> = Vec::new();
        let (mut bytes, mut count) = (0_usize, 0_usize);
        let mut place = state.reader;
        while found.len() < most && state.written > found.last().map_or(state.acked, |last| last.id) {
            let Some(segment) = state.segments.iter().find(|segment| segment.first == place.segment).cloned() else {
                break;
            };
            let limit = most.saturating_sub(found.len());
            let scan = record::scan(&self.slot.segment(segment.first), place.offset, limit, |entry| {
                bytes = bytes.saturating_add(entry.payload.len());
                count = count.saturating_add(1);
                bytes <= most_bytes || count == 1
            })?;
            found.extend(scan.entries);
            if !scan.is_end {
                break;
            }
            let read = found.last().map_or(state.acked, |last| last.id);
            let (behind, next) = state.behind(&segment);
            if behind > read {
                // What is left of the segment cannot be read. It is left out once what was read before it is done with.
                if found.is_empty() {
                    state.skip(behind, next);
                }
                break;
            }
            place = next;
        }
        Ok(found)
    }

    /// Everything up to this record is done with.
    pub(crate) fn acknowledge(&self, last: &Entry) -> io::Result<()> {
        let mut state = self.state();
        state.acked = last.id;
        state.reader = last.end;
        state.remove_done(&self.slot, self.bounds)?;
        slot::write_ledger(&self.slot, last.id)?;
        self.changed.notify_all();
        Ok(())
    }

    /// Waits until there may be something to read, the time is over, or nothing comes any more; whether that is so.
    pub(crate) fn wait(&self, at_most: Option<Duration>, for_records: bool) -> bool {
        let state = self.state();
        let waits = |state: &mut State| !(state.is_closing || for_records && state.written > state.acked);
        // A lock that a panic left behind: the thread that waits ends as well.
        match at_most {
            Some(most) => {
                let waited = self.changed.wait_timeout_while(state, most, waits);
                waited.map_or(true, |(state, _)| state.is_closing)
            }
            None => self.changed.wait_while(state, waits).map_or(true, |state| state.is_closing),
        }
    }

    /// Nothing comes any more.
    pub(crate) fn close(&self) {
        self.state().is_closing = true;
        self.changed.notify_all();
    }

    /// How many records wait, and the bytes of the segments that hold them.
    pub(crate) fn waiting(&self) -> (u64, u64) {
        let state = self.state();
        (state.next_id.saturating_sub(1).saturating_sub(state.acked), state.bytes)
    }

    /// Records that could not be read since the last time this was asked.
    pub(crate) fn take_unreadable(&self) -> u64 {
        std::mem::take(&mut self.state().unreadable)
    }
}

impl State {
    fn read(slot: &Slot) -> io::Result<State> {
        let mut firsts = slot.segments()?;
        firsts.sort_unstable();
        let acked = slot::read_ledger(slot)?;
        let mut segments = VecDeque::new();
        for first in &firsts {
            segments.push_back(Segment { first: *first, bytes: fs::metadata(slot.segment(*first))?.len() });
        }
        let mut written = acked;
        let mut writer = None;
        if let Some(last) = segments.back_mut() {
            let path = slot.segment(last.first);
            let Scan { end, last_id, .. } = record::scan(&path, 0, usize::MAX, |_| true)?;
            if end < last.bytes {
                File::options().write(true).open(&path)?.set_len(end)?;
                last.bytes = end;
            }
            written = last_id.unwrap_or(last.first.saturating_sub(1)).max(acked);
            writer = Some(private(&path, false)?);
        }
        let bytes = segments.iter().map(|segment| segment.bytes).sum();
        let acked = match firsts.first() {
            // The ledger is older than what was removed.
            Some(first) if acked.saturating_add(1) < *first => first.saturating_sub(1),
            _ => acked,
        };
        let reader = reader_of(slot, &segments, acked)?;
        Ok(State {
            segments,
            writer,
            collected: Vec::new(),
            next_id: written.saturating_add(1),
            written,
            acked,
            reader,
            bytes,
            unreadable: 0,
            is_closing: false,
        })
    }

    /// The last id that stands in a segment, and where what follows it begins.
    fn behind(&self, segment: &Segment) -> (u64, Place) {
        match self.segments.iter().map(|other| other.first).find(|first| *first > segment.first) {
            Some(next) => (next.saturating_sub(1), Place { segment: next, offset: 0 }),
            None => (self.written, Place { segment: segment.first, offset: segment.bytes }),
        }
    }

    /// Leaves out records that cannot be read.
    fn skip(&mut self, through: u64, next: Place) {
        self.unreadable = self.unreadable.saturating_add(through.saturating_sub(self.acked));
        self.acked = through;
        self.reader = next;
    }

    /// Writes what is collected. A file on which that fails is not written to again.
    fn write(&mut self, slot: &Slot, bounds: Bounds) -> io::Result<()> {
        if self.collected.is_empty() {
            return Ok(());
        }
        let is_full = self.segments.back().is_some_and(|last| last.bytes >= bounds.segment);
        let first = self.written.saturating_add(1);
        if self.writer.is_none() || is_full {
            self.writer = None;
            let made = private(&slot.segment(first), true)?;
            if self.written == self.acked {
                self.reader = Place { segment: first, offset: 0 };
            }
            self.writer = Some(made);
            self.segments.push_back(Segment { first, bytes: 0 });
            self.remove_done(slot, bounds)?;
        }
        let (Some(writer), Some(segment)) = (&mut self.writer, self.segments.back_mut()) else { return Ok(()) };
        let written = writer.write_all(&self.collected);
        let written = written.and_then(|()| if bounds.durable { writer.sync_data() } else { Ok(()) });
        if let Err(error) = written {
            let cut = writer.set_len(segment.bytes);
            self.writer = None;
            if segment.bytes == 0 {
                let first = segment.first;
                self.segments.pop_back();
                fs::remove_file(slot.segment(first))?;
            }
            cut?;
            return Err(error);
        }
        segment.bytes = segment.bytes.saturating_add(u64::try_from(self.collected.len()).unwrap_or(u64::MAX));
        self.collected.clear();
        self.written = self.next_id.saturating_sub(1);
        Ok(())
    }

    /// Removes segments of which everything is acknowledged; never the one that is written to.
    fn remove_done(&mut self, slot: &Slot, bounds: Bounds) -> io::Result<()> {
        while let (Some(oldest), Some(next)) = (self.segments.front(), self.segments.get(1)) {
            if next.first.saturating_sub(1) > self.acked {
                break;
            }
            let (first, bytes, next) = (oldest.first, oldest.bytes, next.first);
            fs::remove_file(slot.segment(first))?;
            self.segments.pop_front();
            self.bytes = self.bytes.saturating_sub(bytes);
            if self.reader.segment == first {
                self.reader = Place { segment: next, offset: 0 };
            }
        }
        // The one that is written to: where everything is acknowledged, it may begin anew.
        let large = bounds.segment.min(RESTART);
        if self.acked == self.written
            && self.collected.is_empty()
            && let Some(only) = self.segments.front().filter(|only| only.bytes >= large && self.segments.len() == 1)
        {
            let only = only.clone();
            self.writer = None;
            fs::remove_file(slot.segment(only.first))?;
            self.segments.pop_front();
            self.bytes = 0;
        }
        Ok(())
    }
}

/// Where the record behind the acknowledged ones begins.
fn reader_of(slot: &Slot, segments: &VecDeque<Segment>, acked: u64) -> io::Result<Place> {
    let within = segments.iter().rev().find(|segment| segment.first <= acked.saturating_add(1));
    let Some(within) = within else {
        return Ok(Place { segment: segments.front().map_or(1, |segment| segment.first), offset: 0 });
    };
    let mut behind = 0;
    record::scan(&slot.segment(within.first), 0, usize::MAX, |entry| {
        if entry.id <= acked {
            behind = entry.end.offset;
        }
        entry.id <= acked
    })?;
    Ok(Place { segment: within.first, offset: behind })
}

fn segment_path(folder: &Path, first: u64) -> PathBuf {
    folder.join(format!("{first:020}.seg"))
}
