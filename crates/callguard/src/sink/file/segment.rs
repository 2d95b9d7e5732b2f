//! The file that is written to.

use super::disk::{Disk, DiskFile};
use jiff::Timestamp;
use std::io;
use std::path::Path;

/// The file that is written to, and how much of it is known to be there.
pub(super) struct Segment {
    file: Box<dyn DiskFile>,
    /// The number of its first record.
    pub(super) first: u64,
    /// The bytes that were written without an error, and synced where that is wanted.
    pub(super) length: u64,
    pub(super) opened: Timestamp,
    /// Whether there is something to sync.
    dirty: bool,
}

impl Segment {
    /// A new file.
    pub(super) fn create(disk: &dyn Disk, path: &Path, first: u64, now: Timestamp) -> io::Result<Segment> {
        let file = disk.open(path, true)?;
        if let Err(error) = disk.sync_folder(path) {
            std::fs::remove_file(path)?;
            return Err(error);
        }
        Ok(Segment { file, first, length: 0, opened: now, dirty: false })
    }

    /// A file that is there.
    pub(super) fn go_on(
        disk: &dyn Disk,
        path: &Path,
        first: u64,
        length: u64,
        opened: Timestamp,
    ) -> io::Result<Segment> {
        Ok(Segment { file: disk.open(path, false)?, first, length, opened, dirty: false })
    }

    /// Writes whole lines. After an error nothing is known of the file but its first `length` bytes.
    pub(super) fn write(&mut self, lines: &[u8], sync: bool) -> io::Result<()> {
        self.dirty = true;
        self.file.write_all(lines)?;
        if sync {
            self.file.sync()?;
            self.dirty = false;
        }
        self.length = self.length.saturating_add(u64::try_from(lines.len()).unwrap_or(u64::MAX));
        Ok(())
    }

    pub(super) fn sync(&mut self) -> io::Result<()> {
        if self.dirty {
            self.file.sync()?;
            self.dirty = false;
        }
        Ok(())
    }

    /// Cuts off what an error left behind the known bytes.
    pub(super) fn cut(mut self) -> io::Result<()> {
        self.file.cut(self.length)
    }
}
