//! How a log is written.

use super::FileAuditSink;
use super::disk::{Disk, RealDisk};
use super::writer::Writer;
use crate::audit_log::LogKey;
use crate::clock::{Clock, SystemClock};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// When what was written is made to survive a loss of power.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sync {
    /// When a file is full, and at the end. A crash of the process loses nothing that was flushed; a loss of power may.
    Flush,
    /// Many events at a time, before anybody is told that they are written.
    #[default]
    Group,
    /// Each event by itself.
    Every,
}

/// How a log is written. The default: grouped, a checkpoint every 1,000 records and 60 s, files of 128 MiB, none removed.
#[derive(Clone)]
pub struct FileAuditOptions {
    pub(super) sync: Sync,
    pub(super) key: Option<LogKey>,
    pub(super) checkpoint_every: u64,
    pub(super) checkpoint_after: Duration,
    pub(super) rotate_size: u64,
    pub(super) rotate_after: Option<Duration>,
    pub(super) keep: Option<usize>,
    pub(super) compress: bool,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) disk: Arc<dyn Disk>,
}

impl Default for FileAuditOptions {
    fn default() -> FileAuditOptions {
        FileAuditOptions {
            sync: Sync::default(),
            key: None,
            checkpoint_every: 1000,
            checkpoint_after: Duration::from_secs(60),
            rotate_size: 128 << 20,
            rotate_after: None,
            keep: None,
            compress: false,
            clock: Arc::new(SystemClock),
            disk: Arc::new(RealDisk),
        }
    }
}

impl FileAuditOptions {
    /// When what was written is made to survive a loss of power.
    #[must_use]
    pub fn sync(mut self, sync: Sync) -> Self {
        self.sync = sync;
        self
    }

    /// Checkpoints are signed with this key.
    #[must_use]
    pub fn signing_key(mut self, key: LogKey) -> Self {
        self.key = Some(key);
        self
    }

    /// A checkpoint after so many records (at least 1), and after so long where there is a record to cover.
    #[must_use]
    pub fn checkpoint(mut self, every: u64, after: Duration) -> Self {
        self.checkpoint_every = every.max(1);
        self.checkpoint_after = after;
        self
    }

    /// Another file once one has so many bytes.
    #[must_use]
    pub fn rotate_size(mut self, bytes: u64) -> Self {
        self.rotate_size = bytes;
        self
    }

    /// Another file once one is so old.
    #[must_use]
    pub fn rotate_after(mut self, age: Duration) -> Self {
        self.rotate_after = Some(age);
        self
    }

    /// At most so many rotated files are kept; the log says which records went.
    #[must_use]
    pub fn keep(mut self, files: usize) -> Self {
        self.keep = Some(files);
        self
    }

    /// Rotated files are compressed with gzip.
    #[must_use]
    pub fn compress(mut self, compress: bool) -> Self {
        self.compress = compress;
        self
    }

    /// On another clock than the machine's.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    #[cfg(test)]
    pub(super) fn disk(mut self, disk: Arc<dyn Disk>) -> Self {
        self.disk = disk;
        self
    }

    /// Opens the log at `path`. Where one is, it goes on: the end of a line that a crash cut off is put aside, and a call
    /// that was allowed and whose outcome nobody recorded becomes `unknown_outcome`.
    ///
    /// # Errors
    /// Another writer has it (`WouldBlock`), the file is no log (`InvalidData`), or it cannot be opened.
    pub fn open(self, path: impl AsRef<Path>) -> io::Result<FileAuditSink> {
        Ok(FileAuditSink { writer: Writer::open(path.as_ref(), self)? })
    }
}

impl std::fmt::Debug for FileAuditOptions {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("FileAuditOptions")
            .field("sync", &self.sync)
            .field("key", &self.key)
            .field("rotate_size", &self.rotate_size)
            .field("rotate_after", &self.rotate_after)
            .finish_non_exhaustive()
    }
}
