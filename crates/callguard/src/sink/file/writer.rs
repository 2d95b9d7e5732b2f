//! Chains records, writes them in groups, starts new files.

use super::disk::{private, replace};
use super::lock::lock;
use super::options::{FileAuditOptions, Sync};
use super::resume::{Found, resume};
use super::segment::Segment;
use crate::audit_log::{Head, LogFiles, chain_record};
use crate::sink::intents::Intents;
use callguard_engine::audit::event::AuditEvent;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::Duration;
use ulid::Ulid;

/// Of the log's own records.
const FORMAT: u32 = 1;
/// A group is written once it holds so many records or bytes.
const GROUP: u64 = 1024;
const GROUP_BYTES: usize = 1 << 20;
/// What waits in memory at most while nothing can be written; what comes then is lost, and the log says how much.
const MOST_WAITING: usize = 8 << 20;

pub(super) struct Writer {
    files: LogFiles,
    options: FileAuditOptions,
    head: Head,
    /// The file; none where the next write starts one.
    segment: Option<Segment>,
    /// The first record and the known length of a file that is not written to any more and still has the log's name.
    given_up: Option<(u64, u64)>,
    /// Whether the log's next records say that a file was given up.
    is_recovering: bool,
    /// Records that are chained and not yet known to be written.
    waiting: Vec<u8>,
    waiting_count: u64,
    /// The number of the first of them.
    waiting_first: u64,
    intents: Intents,
    /// Records behind the last checkpoint.
    uncovered: u64,
    checkpoint_at: Timestamp,
    /// The last checkpoint's line, until it is kept beside the log.
    new_head: Option<Vec<u8>>,
    /// Events that could not be taken.
    lost: u64,
    compressing: Vec<JoinHandle<io::Result<()>>>,
    is_closed: bool,
    /// Held for as long as this writes.
    _lock: File,
}

impl Writer {
    pub(super) fn open(path: &Path, options: FileAuditOptions) -> io::Result<Writer> {
        let files = LogFiles::of(path);
        let lock = lock(&files)?;
        let found = resume(&files)?;
        let now = options.clock.now();
        let is_new = found.head.is_none();
        let head = found.head.clone().unwrap_or_else(|| Head::start(Ulid::new().to_string()));
        let segment = match &found.active {
            Some(active) => Some(Segment::go_on(
                &*options.disk,
                files.active(),
                active.first,
                active.length,
                active.opened.unwrap_or(now),
            )?),
            None => None,
        };
        let mut writer = Writer {
            waiting_first: head.seq.saturating_add(1),
            files,
            options,
            head,
            segment,
            given_up: None,
            is_recovering: false,
            waiting: Vec::new(),
            waiting_count: 0,
            intents: Intents::default(),
            uncovered: found.uncovered,
            checkpoint_at: now,
            new_head: None,
            lost: 0,
            compressing: Vec::new(),
            is_closed: false,
            _lock: lock,
        };
        writer.begin(found, is_new);
        writer.flush()?;
        Ok(writer)
    }

    /// The first records of this writer.
    fn begin(&mut self, found: Found, is_new: bool) {
        let mut intents = found.intents;
        if let Some(Value::Object(mut torn)) = found.torn {
            torn.insert("because".to_owned(), "a line was cut off".into());
            self.own("recovered", torn);
        }
        for event in intents.unknown(self.options.clock.now()) {
            self.append(&event);
        }
        let because = if is_new { "a new log" } else { "another process" };
        self.own("opened", Map::from_iter([("because".to_owned(), because.into())]));
    }

    pub(super) fn path(&self) -> &Path {
        self.files.active()
    }

    /// Takes an event; it is written with its group.
    pub(super) fn event(&mut self, event: &AuditEvent) -> io::Result<()> {
        if self.waiting.len() >= MOST_WAITING
            && let Err(error) = self.commit()
        {
            self.lost = self.lost.saturating_add(1);
            return Err(error);
        }
        self.say_lost();
        self.append(event);
        self.intents.take(event);
        if self.uncovered >= self.options.checkpoint_every {
            self.checkpoint("count");
        }
        if self.is_full() || self.options.sync == Sync::Every { self.commit() } else { Ok(()) }
    }

    /// Whether what waits is a whole group, or fills the file.
    fn is_full(&self) -> bool {
        let written = self.segment.as_ref().map_or(0, |segment| segment.length);
        let waiting = u64::try_from(self.waiting.len()).unwrap_or(u64::MAX);
        self.waiting_count >= GROUP
            || self.waiting.len() >= GROUP_BYTES
            || written.saturating_add(waiting) >= self.options.rotate_size
    }

    /// Everything taken so far is written, as durably as the options say.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        if self.uncovered > 0 && self.until_checkpoint().is_zero() {
            self.checkpoint("time");
        }
        self.commit()
    }

    /// How long until [`flush`](Writer::flush) has something to do though nothing is written.
    pub(super) fn due(&self) -> Option<Duration> {
        let checkpoint = (self.uncovered > 0).then(|| self.until_checkpoint());
        // What an error left waiting is tried again.
        let again = (!self.waiting.is_empty()).then_some(Duration::from_secs(1));
        [checkpoint, again].into_iter().flatten().min()
    }

    pub(super) fn close(&mut self) -> io::Result<()> {
        if self.is_closed {
            return Ok(());
        }
        self.say_lost();
        if self.uncovered > 0 {
            self.checkpoint("close");
        }
        self.commit()?;
        if let Some(segment) = &mut self.segment {
            segment.sync()?;
        }
        self.is_closed = true;
        self.finish_compressing(true)
    }

    fn until_checkpoint(&self) -> Duration {
        let passed = self.options.clock.now().duration_since(self.checkpoint_at);
        let passed = Duration::try_from(passed).unwrap_or_default();
        self.options.checkpoint_after.saturating_sub(passed)
    }

    fn say_lost(&mut self) {
        if self.lost > 0 {
            let lost = std::mem::take(&mut self.lost);
            self.own("lost", Map::from_iter([("events".to_owned(), lost.into())]));
        }
    }

    /// A record that the log keeps about itself; those that may begin a file list the open intents.
    fn own(&mut self, record: &str, mut content: Map<String, Value>) {
        content.insert("record".to_owned(), record.into());
        content.insert("timestamp".to_owned(), self.options.clock.now().to_string().into());
        if matches!(record, "opened" | "recovered") {
            content.insert("format".to_owned(), FORMAT.into());
            content.insert("engine_version".to_owned(), env!("CARGO_PKG_VERSION").into());
            content.insert("open_intents".to_owned(), self.intents.list());
        }
        self.append(&content);
    }

    /// Chains a record; it is written with its group.
    pub(super) fn append(&mut self, content: &impl Serialize) {
        chain_record(&mut self.head, content, &mut self.waiting);
        self.waiting_count = self.waiting_count.saturating_add(1);
        self.uncovered = self.uncovered.saturating_add(1);
    }

    fn checkpoint(&mut self, because: &str) {
        let now = self.options.clock.now();
        let timestamp = now.to_string();
        let mut content = json!({ "record": "checkpoint", "because": because, "timestamp": timestamp });
        if let (Some(key), Value::Object(content)) = (&self.options.key, &mut content) {
            content.insert("key_id".to_owned(), key.id().into());
            content.insert("signature".to_owned(), key.sign(&self.head.signed_text(&timestamp)).into());
        }
        let from = self.waiting.len();
        if let Value::Object(content) = content {
            self.append(&content);
        }
        self.new_head = self.waiting.get(from..).map(<[u8]>::to_vec);
        self.uncovered = 0;
        self.checkpoint_at = now;
    }

    fn commit(&mut self) -> io::Result<()> {
        self.write_out()?;
        self.keep_head()?;
        self.rotate_if_due()
    }

    /// Writes what waits. After an error the file is given up and another one is tried, once.
    fn write_out(&mut self) -> io::Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        if let Err(error) = self.write_waiting() {
            self.give_up(&error);
            self.write_waiting().inspect_err(|error| self.give_up(error))?;
        }
        self.waiting.clear();
        self.waiting_count = 0;
        self.waiting_first = self.head.seq.saturating_add(1);
        self.is_recovering = false;
        Ok(())
    }

    fn write_waiting(&mut self) -> io::Result<()> {
        self.make_way()?;
        let segment = match &mut self.segment {
            Some(segment) => segment,
            None => {
                let now = self.options.clock.now();
                let made = Segment::create(&*self.options.disk, self.files.active(), self.waiting_first, now)?;
                self.segment.insert(made)
            }
        };
        segment.write(&self.waiting, self.options.sync != Sync::Flush)
    }

    /// A file whose write or sync failed is never tried again: nobody knows which pages the system has dropped. What is not
    /// known to be written goes into another file.
    fn give_up(&mut self, error: &io::Error) {
        let Some(segment) = self.segment.take() else { return };
        self.given_up = Some((segment.first, segment.length));
        let cut = match segment.cut() {
            Ok(()) => String::new(),
            Err(error) => format!("; what it left could not be cut off: {}", error.kind()),
        };
        if !self.is_recovering {
            self.is_recovering = true;
            let because = format!("a write or sync failed: {}{cut}", error.kind());
            self.own("recovered", Map::from_iter([("because".to_owned(), because.into())]));
        }
    }

    /// Moves a file that is not written to any more out of the next one's place.
    fn make_way(&mut self) -> io::Result<()> {
        match self.given_up {
            None => return Ok(()),
            Some((_, 0)) => fs::remove_file(self.files.active())?,
            Some((first, _)) => self.options.disk.rename(self.files.active(), &self.files.rotated(first))?,
        }
        self.given_up = None;
        Ok(())
    }

    fn keep_head(&mut self) -> io::Result<()> {
        let Some(line) = &self.new_head else { return Ok(()) };
        replace(&self.files.head(), line, self.options.sync != Sync::Flush)?;
        self.new_head = None;
        Ok(())
    }

    fn rotate_if_due(&mut self) -> io::Result<()> {
        let Some(segment) = &self.segment else { return Ok(()) };
        let age = Duration::try_from(self.options.clock.now().duration_since(segment.opened)).unwrap_or_default();
        let is_due = segment.length >= self.options.rotate_size
            || self.options.rotate_after.is_some_and(|after| age >= after) && segment.length > 0;
        if !is_due {
            return Ok(());
        }
        let first = segment.first;
        self.checkpoint("rotate");
        self.write_out()?;
        self.keep_head()?;
        let synced = match &mut self.segment {
            Some(segment) if segment.first == first => segment.sync(),
            // It was given up: the new file is neither full nor old.
            _ => return Ok(()),
        };
        if let Err(error) = synced {
            self.give_up(&error);
            return Err(error);
        }
        let Some(segment) = self.segment.take() else { return Ok(()) };
        self.given_up = Some((segment.first, segment.length));
        self.own("opened", Map::from_iter([("because".to_owned(), "the file before was full or old".into())]));
        self.make_way()?;
        self.prune()?;
        self.compress(self.files.rotated(first))
    }

    /// Takes out the oldest files beyond those that are kept, after saying so.
    fn prune(&mut self) -> io::Result<()> {
        let Some(keep) = self.options.keep else { return Ok(()) };
        let rotated: Vec<_> = self.files.list()?.into_iter().filter(|file| file.first().is_some()).collect();
        let Some(count) = rotated.len().checked_sub(keep).filter(|count| *count > 0) else { return Ok(()) };
        let next = rotated.get(count).and_then(|file| file.first()).unwrap_or(self.waiting_first);
        let through = next.saturating_sub(1);
        self.own("pruned", Map::from_iter([("through_seq".to_owned(), through.into())]));
        self.write_out()?;
        rotated.iter().take(count).try_for_each(|file| fs::remove_file(file.path()))
    }

    /// Compresses a rotated file beside the writing.
    fn compress(&mut self, path: PathBuf) -> io::Result<()> {
        if self.options.compress {
            let name = "callguard-audit-gzip".to_owned();
            self.compressing.push(std::thread::Builder::new().name(name).spawn(move || compress(&path))?);
        }
        self.finish_compressing(false)
    }

    fn finish_compressing(&mut self, wait: bool) -> io::Result<()> {
        let (done, rest) = std::mem::take(&mut self.compressing).into_iter().partition(|job| wait || job.is_finished());
        self.compressing = rest;
        let done: Vec<JoinHandle<io::Result<()>>> = done;
        done.into_iter().try_for_each(|job| job.join().unwrap_or_else(|_| Err(io::Error::other("compressing failed"))))
    }
}

/// The compressed file is whole before the plain one goes.
fn compress(path: &Path) -> io::Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(".gz");
    let done = PathBuf::from(&name);
    name.push(".new");
    let aside = PathBuf::from(name);
    match fs::remove_file(&aside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut gzip = flate2::write::GzEncoder::new(private(&aside, true)?, flate2::Compression::default());
    match File::open(path) {
        // It was pruned meanwhile.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return fs::remove_file(&aside),
        file => io::copy(&mut file?, &mut gzip)?,
    };
    let mut file = gzip.finish()?;
    file.flush()?;
    file.sync_all()?;
    fs::rename(&aside, &done)?;
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => fs::remove_file(&done),
        removed => removed,
    }
}
