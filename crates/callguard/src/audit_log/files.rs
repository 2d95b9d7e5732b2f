//! The files of one log: what was rotated, in order, and the one that is written to.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Digits of a rotated file's first record, so that names sort as numbers do.
const DIGITS: usize = 20;

/// One file of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFile {
    path: PathBuf,
    first: Option<u64>,
}

impl LogFile {
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The number of its first record, for a rotated one.
    pub fn first(&self) -> Option<u64> {
        self.first
    }

    /// Whether it is compressed.
    pub fn is_compressed(&self) -> bool {
        self.path.extension().is_some_and(|extension| extension == "gz")
    }
}

/// Where the files of a log lie: `audit.jsonl`, and beside it `audit.00000000000000000001.jsonl`, compressed or not.
#[derive(Clone, Debug)]
pub struct LogFiles {
    active: PathBuf,
}

impl LogFiles {
    /// Of the log that is written to `active`.
    pub fn of(active: impl Into<PathBuf>) -> LogFiles {
        LogFiles { active: active.into() }
    }

    /// The file that is written to.
    pub fn active(&self) -> &Path {
        &self.active
    }

    /// Where the last checkpoint is kept beside the log, so that a tail that was cut off is missed.
    pub fn head(&self) -> PathBuf {
        self.beside(".head")
    }

    /// What the one writer holds.
    pub fn lock(&self) -> PathBuf {
        self.beside(".lock")
    }

    /// Where the end of a line goes that a crash cut off.
    pub(crate) fn torn(&self, next: u64) -> PathBuf {
        self.beside(&format!(".{next:0DIGITS$}.torn"))
    }

    /// What a file becomes when it is rotated.
    pub(crate) fn rotated(&self, first: u64) -> PathBuf {
        let mut name = self.stem();
        name.push(format!(".{first:0DIGITS$}"));
        if let Some(extension) = self.active.extension() {
            name.push(".");
            name.push(extension);
        }
        self.active.with_file_name(name)
    }

    /// Every file there is, the oldest first.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn list(&self) -> io::Result<Vec<LogFile>> {
        let folder = match self.active.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let mut found = Vec::new();
        for entry in fs::read_dir(folder)? {
            let name = entry?.file_name();
            if let Some(first) = self.first_of(&name) {
                found.push(LogFile { path: self.active.with_file_name(name), first: Some(first) });
            }
        }
        // Where both are there, compressing was not finished or its source is about to go: the plain one is whole.
        found.sort_by_key(|file| (file.first, file.is_compressed()));
        found.dedup_by_key(|file| file.first);
        if self.active.try_exists()? {
            found.push(LogFile { path: self.active.clone(), first: None });
        }
        Ok(found)
    }

    /// The number in a rotated file's name.
    fn first_of(&self, name: &OsString) -> Option<u64> {
        let stem = self.stem();
        let rest = name.to_str()?.strip_prefix(stem.to_str()?)?.strip_prefix('.')?;
        let rest = rest.strip_suffix(".gz").unwrap_or(rest);
        let digits = match self.active.extension().and_then(|extension| extension.to_str()) {
            Some(extension) => rest.strip_suffix(extension)?.strip_suffix('.')?,
            None => rest,
        };
        (digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| digits.parse().ok())?
    }

    fn stem(&self) -> OsString {
        self.active.file_stem().unwrap_or_default().to_owned()
    }

    fn beside(&self, ending: &str) -> PathBuf {
        let mut name = self.active.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;

    #[test]
    fn rotated_files_come_first_in_the_order_of_their_records() {
        let folder = tempfile::tempdir().unwrap();
        let files = LogFiles::of(folder.path().join("audit.jsonl"));
        let name = |path: PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
        assert_eq!(name(files.rotated(7)), "audit.00000000000000000007.jsonl");
        for path in [files.rotated(10), files.rotated(9), files.active().to_path_buf(), files.head(), files.lock()] {
            fs::write(path, "").unwrap();
        }
        for other in
            ["audit.00000000000000000009.jsonl.gz", "audit.00000000000000000003.jsonl.gz", "audit.x.jsonl", "b.jsonl"]
        {
            fs::write(folder.path().join(other), "").unwrap();
        }
        let listed: Vec<String> =
            files.list().unwrap().into_iter().map(|file| name(file.path().to_path_buf())).collect();
        assert_eq!(
            listed,
            [
                "audit.00000000000000000003.jsonl.gz",
                "audit.00000000000000000009.jsonl",
                "audit.00000000000000000010.jsonl",
                "audit.jsonl"
            ]
        );
    }
}
