//! Where links lead, on the local disk.

use super::Disk;
use callguard_engine::call::facets::path::{Entry, FileId, PathResolver, Resolution, follow};
use std::collections::HashMap;
use std::fs::Metadata;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

impl PathResolver for Disk {
    fn resolve(&self, absolute: &str) -> Resolution {
        follow(absolute, |path| look(Path::new(path)))
    }

    fn for_one_call(&self) -> Option<Arc<dyn PathResolver + Send + Sync>> {
        Some(Arc::new(Snapshot::default()))
    }
}

/// The disk as one call sees it: many patterns start in few directories, and each is looked at once.
#[derive(Default)]
struct Snapshot(Mutex<Seen>);

#[derive(Default)]
struct Seen {
    entries: HashMap<String, Entry>,
    resolved: HashMap<String, Resolution>,
}

impl PathResolver for Snapshot {
    fn resolve(&self, absolute: &str) -> Resolution {
        let Seen { entries, resolved } = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = resolved.get(absolute) {
            return known.clone();
        }
        let resolution = follow(absolute, |path| match entries.get(path) {
            Some(entry) => entry.clone(),
            None => entries.entry(path.to_owned()).or_insert_with(|| look(Path::new(path))).clone(),
        });
        resolved.insert(absolute.to_owned(), resolution.clone());
        resolution
    }
}

fn look(path: &Path) -> Entry {
    match std::fs::symlink_metadata(path) {
        Ok(found) if found.is_symlink() => {
            match std::fs::read_link(path).map(|target| target.into_os_string().into_string()) {
                Ok(Ok(target)) => Entry::Link(target),
                Ok(Err(_)) => Entry::Unreadable("a link whose text is not UTF-8".to_owned()),
                Err(error) => unseen(error.kind()),
            }
        }
        Ok(found) => Entry::There(identity(&found)),
        Err(error) => unseen(error.kind()),
    }
}

/// What an error says of the entry: there is surely none, or nobody can say.
fn unseen(error: ErrorKind) -> Entry {
    match error {
        ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::InvalidFilename => Entry::Missing,
        other => Entry::Unreadable(other.to_string()),
    }
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "other systems have no such identity")]
fn identity(found: &Metadata) -> Option<FileId> {
    use std::os::unix::fs::MetadataExt;
    Some(FileId { device: found.dev(), inode: found.ino() })
}

#[cfg(not(unix))]
fn identity(_found: &Metadata) -> Option<FileId> {
    None
}

#[cfg(test)]
mod tests {
    use super::{Entry, unseen};
    use std::io::ErrorKind;

    #[test]
    fn only_what_is_surely_not_there_is_missing() {
        for kind in [ErrorKind::NotFound, ErrorKind::NotADirectory, ErrorKind::InvalidFilename] {
            assert_eq!(unseen(kind), Entry::Missing, "{kind:?}");
        }
        for kind in [ErrorKind::PermissionDenied, ErrorKind::StaleNetworkFileHandle, ErrorKind::Other] {
            assert!(matches!(unseen(kind), Entry::Unreadable(_)), "{kind:?}");
        }
    }
}
