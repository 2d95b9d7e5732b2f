//! Events in a file: one record a line, chained by hashes, with signed checkpoints.

mod disk;
mod lock;
mod options;
mod resume;
mod segment;
#[cfg(test)]
mod tests;
mod writer;

pub use options::{FileAuditOptions, Sync};

use super::AuditSink;
use callguard_engine::audit::event::AuditEvent;
use std::io;
use std::path::Path;
use std::time::Duration;
use writer::Writer;

#[cfg(feature = "delivery")]
pub(super) use disk::{private, replace};

/// Appends to a log that only its owner can read. One writer at a time; the format is that of [`crate::audit_log`].
pub struct FileAuditSink {
    writer: Writer,
}

impl FileAuditSink {
    /// Opens the log at `path`, creating it or going on where it ends: [`FileAuditOptions::open`] with every default.
    ///
    /// # Errors
    /// Those of [`FileAuditOptions::open`].
    pub fn open(path: impl AsRef<Path>) -> io::Result<FileAuditSink> {
        FileAuditOptions::default().open(path)
    }

    /// How a log is written.
    pub fn options() -> FileAuditOptions {
        FileAuditOptions::default()
    }

    /// The file that is written to.
    pub fn path(&self) -> &Path {
        self.writer.path()
    }
}

impl AuditSink for FileAuditSink {
    fn write(&mut self, event: &AuditEvent) -> io::Result<()> {
        self.writer.event(event)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }

    fn due(&self) -> Option<Duration> {
        self.writer.due()
    }

    fn close(&mut self) -> io::Result<()> {
        self.writer.close()
    }
}

impl Drop for FileAuditSink {
    fn drop(&mut self) {
        // Who wanted to know has called `close` before; a second one does nothing.
        let _nobody = self.writer.close();
    }
}

impl std::fmt::Debug for FileAuditSink {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("FileAuditSink").field("path", &self.path()).finish_non_exhaustive()
    }
}
