//! Verifies a log: every record against its hash, its place against its neighbours', every checkpoint against its key.

mod finding;

pub use finding::{Finding, FindingKind};

use super::record::Checkpoint;
use super::{Hash, Line, Lines, LogFile, LogFiles, LogPublicKey, Record};
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// How a log is verified.
#[derive(Clone, Debug, Default)]
pub struct Verifier {
    keys: Vec<LogPublicKey>,
    head: Option<PathBuf>,
}

/// What verifying found.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Verification {
    /// How many files were read.
    pub files: usize,
    /// How many records, events and the log's own.
    pub records: u64,
    /// How many of them are events.
    pub events: u64,
    /// The chain's name.
    pub chain: Option<String>,
    /// The number of the first record.
    pub first: Option<u64>,
    /// The number and hash of the last record.
    pub last: Option<(u64, Hash)>,
    /// Checkpoints whose signature holds.
    pub signed_checkpoints: u64,
    /// Checkpoints that nobody signed, or that no given key is for.
    pub unchecked_checkpoints: u64,
    /// Records behind the last checkpoint whose signature holds; without the key nobody could change those before it.
    pub unsigned_tail: u64,
    /// Whether somebody is writing to it now.
    pub is_live: bool,
    /// Everything that is wrong, in the order of the files.
    pub findings: Vec<Finding>,
}

impl Verification {
    /// Whether nothing is wrong.
    pub fn holds(&self) -> bool {
        self.findings.is_empty()
    }
}

impl Verifier {
    /// With a key that checkpoints may be signed with. Once one is given, an unsigned checkpoint is a finding.
    #[must_use]
    pub fn key(mut self, key: LogPublicKey) -> Verifier {
        self.keys.push(key);
        self
    }

    /// With a checkpoint that was kept elsewhere: the log must still hold what it names.
    #[must_use]
    pub fn head(mut self, path: impl Into<PathBuf>) -> Verifier {
        self.head = Some(path.into());
        self
    }

    /// Reads every file of the log. `progress` is called with the bytes read so far.
    ///
    /// # Errors
    /// There is no such log, or a file cannot be read.
    pub fn verify(&self, files: &LogFiles, mut progress: impl FnMut(u64)) -> io::Result<Verification> {
        let mut walk =
            Walk { verifier: self, report: Verification::default(), expected: None, pruned: Vec::new(), unread: 0 };
        walk.report.is_live = is_live(&files.lock());
        // Before the files: what is written meanwhile only makes them longer.
        let heads = [(files.head(), false)].into_iter().chain(self.head.clone().map(|path| (path, true)));
        let heads = heads.map(|(path, wanted)| (read_head(&path, wanted), path)).collect::<Vec<_>>();
        let list = files.list()?;
        if list.is_empty() {
            return Err(io::Error::new(io::ErrorKind::NotFound, "there is no such log"));
        }
        let read = Arc::new(AtomicU64::new(0));
        let mut watched = Watched { wanted: Vec::new(), found: Vec::new() };
        for (head, path) in heads {
            match head? {
                Some(Ok(record)) => watched.wanted.push((record, path)),
                Some(Err(says)) => walk.report.findings.push(Finding::of_file(FindingKind::Head, &path, says)),
                None => {}
            }
        }
        for file in &list {
            let mut lines = Lines::open(file, Arc::clone(&read))?;
            walk.file(file, &mut lines, &mut watched, &mut progress)?;
        }
        walk.finish(files.active(), watched);
        Ok(walk.report)
    }
}

/// The records that heads name, and those of them that the log still holds.
struct Watched {
    wanted: Vec<(Record, PathBuf)>,
    found: Vec<(u64, Hash)>,
}

/// A head's file: none, its record, or what is wrong with it.
fn read_head(path: &Path, must_be: bool) -> io::Result<Option<Result<Record, &'static str>>> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound && !must_be => return Ok(None),
        Err(error) => return Err(error),
    };
    let Some(line) = bytes.strip_suffix(b"\n") else { return Ok(Some(Err("the kept checkpoint is cut off"))) };
    Ok(Some(Record::read(line).map_err(|_| "the kept checkpoint is not the one that was written")))
}

/// Whether a writer holds the lock.
fn is_live(lock: &Path) -> bool {
    let held = |file: File| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock));
    File::open(lock).is_ok_and(held)
}

struct Walk<'v> {
    verifier: &'v Verifier,
    report: Verification,
    /// Where the chain stands; its hash is unknown behind a line that cannot be read.
    expected: Option<Expected>,
    /// Up to where older records were taken out on purpose.
    pruned: Vec<u64>,
    /// Lines before the first record that can be read.
    unread: u64,
}

struct Expected {
    chain: String,
    seq: u64,
    prev: Option<Hash>,
}

impl Walk<'_> {
    fn file(
        &mut self,
        file: &LogFile,
        lines: &mut Lines,
        watched: &mut Watched,
        progress: &mut impl FnMut(u64),
    ) -> io::Result<()> {
        self.report.files = self.report.files.saturating_add(1);
        loop {
            let line = match lines.next() {
                None => return Ok(()),
                Some(Ok(line)) => line,
                // A compressed file that was changed cannot be read on.
                Some(Err(error)) if file.is_compressed() => {
                    let says = format!("the compressed file cannot be read on: {error}");
                    self.report.findings.push(Finding::of_file(FindingKind::Altered, file.path(), says));
                    return Ok(());
                }
                Some(Err(error)) => return Err(error),
            };
            self.line(file.path(), &line, watched);
            progress(lines.bytes_read());
        }
    }

    fn line(&mut self, path: &Path, line: &Line, watched: &mut Watched) {
        if !line.is_whole {
            // Of a live log the writer is in the middle of it.
            if !self.report.is_live {
                self.find(FindingKind::Truncated, path, line, None, "the line is cut off".to_owned());
            }
            return;
        }
        let record = match Record::read(&line.bytes) {
            Ok(record) => record,
            Err(fault) => {
                let seq = self.expected.as_ref().map(|expected| expected.seq);
                self.find(FindingKind::Altered, path, line, seq, fault.as_str().to_owned());
                match &mut self.expected {
                    None => self.unread = self.unread.saturating_add(1),
                    Some(expected) => {
                        expected.seq = expected.seq.saturating_add(1);
                        expected.prev = None;
                    }
                }
                return;
            }
        };
        if watched.wanted.iter().any(|(wanted, _)| wanted.seq() == record.seq()) {
            watched.found.push((record.seq(), record.hash()));
        }
        self.count(&record);
        self.place(path, line, &record);
        self.checkpoint(path, line, &record);
    }

    fn count(&mut self, record: &Record) {
        self.report.records = self.report.records.saturating_add(1);
        match record.kind() {
            None => self.report.events = self.report.events.saturating_add(1),
            Some("pruned") => {
                let through = record.content().get("through_seq").and_then(serde_json::Value::as_u64);
                self.pruned.extend(through);
            }
            Some(_) => {}
        }
        self.report.first.get_or_insert(record.seq());
        self.report.chain.get_or_insert_with(|| record.chain().to_owned());
        self.report.unsigned_tail = self.report.unsigned_tail.saturating_add(1);
    }

    /// Holds the record to the one before it.
    fn place(&mut self, path: &Path, line: &Line, record: &Record) {
        let seq = record.seq();
        let problem = match &self.expected {
            None => (seq == 1 && record.prev() != Hash::default())
                .then(|| (FindingKind::Altered, "the first record follows another".to_owned())),
            Some(expected) if expected.chain != record.chain() => {
                Some((FindingKind::Foreign, format!("the record is of another chain, `{}`", record.chain())))
            }
            Some(expected) if seq < expected.seq => Some((
                FindingKind::Misplaced,
                format!("record {seq} stands behind record {}", expected.seq.saturating_sub(1)),
            )),
            Some(expected) if seq > expected.seq => {
                Some((FindingKind::Missing, missing(expected.seq, seq.saturating_sub(1))))
            }
            Some(expected) => expected
                .prev
                .filter(|prev| *prev != record.prev())
                .map(|_| (FindingKind::Inserted, format!("record {seq} does not follow from the record before it"))),
        };
        let moves_on =
            problem.as_ref().is_none_or(|(kind, _)| !matches!(kind, FindingKind::Misplaced | FindingKind::Foreign));
        if let Some((kind, says)) = problem {
            self.find(kind, path, line, Some(seq), says);
        }
        if moves_on {
            let chain = record.chain().to_owned();
            self.expected = Some(Expected { chain, seq: seq.saturating_add(1), prev: Some(record.hash()) });
            self.report.last = Some((seq, record.hash()));
        }
    }

    fn checkpoint(&mut self, path: &Path, line: &Line, record: &Record) {
        let Some(checkpoint) = Checkpoint::of(record) else { return };
        match self.signature(record, &checkpoint) {
            Signed::Holds => {
                self.report.signed_checkpoints = self.report.signed_checkpoints.saturating_add(1);
                self.report.unsigned_tail = 0;
            }
            Signed::Unchecked => {
                self.report.unchecked_checkpoints = self.report.unchecked_checkpoints.saturating_add(1);
            }
            Signed::Fails(says) => self.find(FindingKind::Signature, path, line, Some(record.seq()), says),
        }
    }

    fn signature(&self, record: &Record, checkpoint: &Checkpoint<'_>) -> Signed {
        let keys = &self.verifier.keys;
        let Some(signature) = &checkpoint.signature else {
            return match keys.is_empty() {
                true => Signed::Unchecked,
                false => Signed::Fails("nobody signed the checkpoint".to_owned()),
            };
        };
        let Some(key) = keys.iter().find(|key| key.id() == signature.key_id) else {
            return match keys.is_empty() {
                true => Signed::Unchecked,
                false => Signed::Fails(format!("the checkpoint is signed with another key, `{}`", signature.key_id)),
            };
        };
        match key.verifies(&record.before().signed_text(checkpoint.timestamp), signature.text) {
            true => Signed::Holds,
            false => Signed::Fails("the signature of the checkpoint does not hold".to_owned()),
        }
    }

    /// What shows only at the end: a beginning or an end that is gone.
    fn finish(&mut self, active: &Path, watched: Watched) {
        let before = self.report.first.map_or(0, |first| first.saturating_sub(1));
        if before > self.unread && !self.pruned.contains(&before) {
            let finding = Finding::of_file(FindingKind::Missing, active, missing(1, before));
            self.report.findings.insert(0, finding);
        }
        for (record, path) in &watched.wanted {
            let seq = record.seq();
            let holds = watched.found.iter().any(|(found, hash)| *found == seq && *hash == record.hash());
            let (last, first) = (self.report.last.map_or(0, |(last, _)| last), self.report.first.unwrap_or(1));
            let is_pruned = seq < first && self.pruned.iter().any(|through| *through >= seq);
            if holds || is_pruned {
                continue;
            }
            let named = path.display();
            let (kind, says) = match seq > last {
                true => (
                    FindingKind::Truncated,
                    format!("{}; `{named}` names the last one", missing(last.saturating_add(1), seq)),
                ),
                false => (FindingKind::Rewritten, format!("record {seq} is not the one that `{named}` names")),
            };
            self.report.findings.push(Finding::of_file(kind, active, says));
        }
    }

    fn find(&mut self, kind: FindingKind, path: &Path, line: &Line, seq: Option<u64>, says: String) {
        self.report.findings.push(Finding { kind, path: path.to_path_buf(), line: Some(line.number), seq, says });
    }
}

enum Signed {
    Holds,
    Unchecked,
    Fails(String),
}

fn missing(first: u64, last: u64) -> String {
    match first == last {
        true => format!("record {first} is missing"),
        false => format!("records {first} to {last} are missing"),
    }
}
