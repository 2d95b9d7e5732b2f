//! Events in a file, one line of JSON each.

use super::AuditSink;
use callguard_engine::audit::event::AuditEvent;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Appends to a file that only its owner can read.
#[derive(Debug)]
pub struct FileAuditSink {
    path: PathBuf,
    file: BufWriter<File>,
}

impl FileAuditSink {
    /// Opens `path`, creating it (mode `0600`) and appending to what is there.
    ///
    /// # Errors
    /// It cannot be opened for writing.
    pub fn open(path: impl AsRef<Path>) -> io::Result<FileAuditSink> {
        let path = path.as_ref().to_path_buf();
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        Ok(FileAuditSink { file: BufWriter::new(options.open(&path)?), path })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl AuditSink for FileAuditSink {
    fn write(&mut self, event: &AuditEvent) -> io::Result<()> {
        writeln!(self.file, "{}", event.to_json())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
