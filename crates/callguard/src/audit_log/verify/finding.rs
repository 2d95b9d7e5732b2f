//! What may be wrong with a log.

use std::path::{Path, PathBuf};

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// What sort of thing.
    pub kind: FindingKind,
    /// In which file.
    pub path: PathBuf,
    /// On which line, from 1.
    pub line: Option<u64>,
    /// About which record.
    pub seq: Option<u64>,
    /// In words.
    pub says: String,
}

impl Finding {
    pub(super) fn of_file(kind: FindingKind, path: &Path, says: impl Into<String>) -> Finding {
        Finding { kind, path: path.to_path_buf(), line: None, seq: None, says: says.into() }
    }
}

/// What sorts of things there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FindingKind {
    /// A line was changed.
    Altered,
    /// Records were taken out.
    Missing,
    /// A record was put in, or the one before it was replaced.
    Inserted,
    /// A record stands where it was not written.
    Misplaced,
    /// A record is of another log.
    Foreign,
    /// The end is gone.
    Truncated,
    /// The log was written anew.
    Rewritten,
    /// A checkpoint is not signed by a key that was given.
    Signature,
    /// The checkpoint that is kept beside the log is damaged.
    Head,
}

impl FindingKind {
    /// The word in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            FindingKind::Altered => "altered",
            FindingKind::Missing => "missing",
            FindingKind::Inserted => "inserted",
            FindingKind::Misplaced => "misplaced",
            FindingKind::Foreign => "foreign",
            FindingKind::Truncated => "truncated",
            FindingKind::Rewritten => "rewritten",
            FindingKind::Signature => "signature",
            FindingKind::Head => "head",
        }
    }
}
