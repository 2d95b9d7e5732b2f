//! The folder of one process's buffer. Processes that share a setting take the first that is free, and with it what a
//! process left there that is gone.

use super::segment_path;
use crate::sink::file::private;
use std::fs::{self, DirBuilder, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// More processes do not share a setting.
const MOST: usize = 256;

pub(super) struct Slot {
    path: PathBuf,
    /// Held for as long as the buffer is open.
    _lock: File,
}

impl Slot {
    pub(super) fn claim(folder: &Path) -> io::Result<Slot> {
        for number in 0..MOST {
            let path = folder.join(number.to_string());
            let mut builder = DirBuilder::new();
            builder.recursive(true);
            #[cfg(unix)]
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
            builder.create(&path)?;
            let lock = private(&path.join("lock"), false)?;
            match lock.try_lock() {
                Ok(()) => return Ok(Slot { path, _lock: lock }),
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
        Err(io::Error::new(io::ErrorKind::WouldBlock, format!("{MOST} processes use it already")))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn segment(&self, first: u64) -> PathBuf {
        segment_path(&self.path, first)
    }

    /// The first ids of the segments that are there.
    pub(super) fn segments(&self) -> io::Result<Vec<u64>> {
        let mut firsts = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            let name = entry?.file_name();
            let first = name.to_str().and_then(|name| name.strip_suffix(".seg"));
            firsts.extend(first.and_then(|first| first.parse::<u64>().ok()));
        }
        Ok(firsts)
    }
}

/// The last id that was acknowledged: 8 bytes and their CRC-32C. One that a crash spoiled means that events come twice.
pub(super) fn read_ledger(slot: &Slot) -> io::Result<u64> {
    let bytes = match fs::read(slot.path.join("ledger")) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(error),
    };
    let Some((id, rest)) = bytes.split_first_chunk::<8>() else { return Ok(0) };
    let sum = rest.first_chunk::<4>().map(|sum| u32::from_le_bytes(*sum));
    Ok(if sum == Some(crc32c::crc32c(id)) { u64::from_le_bytes(*id) } else { 0 })
}

pub(super) fn write_ledger(slot: &Slot, acked: u64) -> io::Result<()> {
    let id = acked.to_le_bytes();
    let bytes = [&id[..], &crc32c::crc32c(&id).to_le_bytes()].concat();
    crate::sink::file::replace(&slot.path.join("ledger"), &bytes, false)
}
