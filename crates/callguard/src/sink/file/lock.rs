//! One writer at a time.

use super::disk::private;
use crate::audit_log::LogFiles;
use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::Path;
use std::sync::OnceLock;
use ulid::Ulid;

/// Held by the one writer; what is in it says which process that is.
pub(super) fn lock(files: &LogFiles) -> io::Result<File> {
    let mut lock = private(&files.lock(), false)?;
    match lock.try_lock() {
        Ok(()) => {
            lock.set_len(0)?;
            lock.write_all(this_process().as_bytes())?;
            Ok(lock)
        }
        Err(TryLockError::WouldBlock) => Err(io::Error::new(io::ErrorKind::WouldBlock, holder(&files.lock()))),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Who writes, and what to do.
fn holder(lock: &Path) -> &'static str {
    match fs::read_to_string(lock) {
        Ok(process) if process == this_process() => {
            "another writer (in this process) has it; give guards the same sink, or each its own file"
        }
        Ok(_) => "another process writes to it; give each its own file",
        // Where a lock keeps others from reading, too.
        Err(_) => "another writer has it; give each its own file",
    }
}

/// This process and no other: numbers of processes come again, and are the same in two containers.
fn this_process() -> String {
    static STARTED: OnceLock<Ulid> = OnceLock::new();
    format!("{} {}\n", std::process::id(), STARTED.get_or_init(Ulid::new))
}
