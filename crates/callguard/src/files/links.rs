//! Where links lead, on the local disk.

use super::Disk;
use callguard_engine::call::facets::path::{Entry, FileId, Listed, ListedKind, PathResolver, Resolution, follow};
use std::collections::HashMap;
use std::fs::Metadata;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

impl PathResolver for Disk {
    fn resolve(&self, absolute: &str) -> Resolution {
        follow(absolute, |path| look(Path::new(path)))
    }

    fn names_in(&self, directory: &str) -> Option<Arc<[Listed]>> {
        list(Path::new(directory), MOST_LISTED)
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
    listed: HashMap<String, Option<Arc<[Listed]>>>,
    /// Names in the directories so far.
    names: usize,
}

/// Names in directories that are looked at for one call.
const MOST_LISTED: usize = 8192;

impl PathResolver for Snapshot {
    fn resolve(&self, absolute: &str) -> Resolution {
        let Seen { entries, resolved, .. } = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner);
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

    fn names_in(&self, directory: &str) -> Option<Arc<[Listed]>> {
        let Seen { listed, names, .. } = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = listed.get(directory) {
            return known.clone();
        }
        let found = list(Path::new(directory), MOST_LISTED.saturating_sub(*names));
        // What was too much is not looked at again.
        *names = names.saturating_add(found.as_ref().map_or(MOST_LISTED, |found| found.len()));
        listed.insert(directory.to_owned(), found.clone());
        found
    }
}

/// The names in a directory, as long as there are no more than `most`.
fn list(directory: &Path, most: usize) -> Option<Arc<[Listed]>> {
    let entries = match std::fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if unseen(error.kind()) == Entry::Missing => return Some(Arc::default()),
        Err(_) => return None,
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.ok()?;
        let kind = match entry.file_type().ok()? {
            kind if kind.is_symlink() => ListedKind::Link,
            kind if kind.is_dir() => ListedKind::Directory,
            _ => ListedKind::File,
        };
        match entry.file_name().into_string() {
            Ok(_) if names.len() >= most => return None,
            Ok(name) => names.push(Listed { name, kind }),
            Err(_) if kind == ListedKind::File => {}
            Err(_) => return None,
        }
    }
    Some(names.into())
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
    use super::{Entry, Listed, ListedKind, PathResolver, Snapshot, list, unseen};
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

    #[cfg(unix)]
    #[test]
    fn a_directory_is_listed_with_its_links() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("file"), "").unwrap();
        std::fs::create_dir(at("directory")).unwrap();
        std::os::unix::fs::symlink("/etc", at("link")).unwrap();
        let named = |name: &str, kind| Listed { name: name.to_owned(), kind };
        let expected = vec![
            named("directory", ListedKind::Directory),
            named("file", ListedKind::File),
            named("link", ListedKind::Link),
        ];
        let snapshot = Snapshot::default();
        for _ in 0..2 {
            let mut found = snapshot.names_in(folder.path().to_str().unwrap()).unwrap().to_vec();
            found.sort_by(|a, b| a.name.cmp(&b.name));
            assert_eq!(found, expected);
        }
        assert_eq!(list(folder.path(), 3).unwrap().len(), 3);
        assert_eq!(list(folder.path(), 2), None);
        assert_eq!(list(&at("missing"), 3).unwrap().len(), 0);
        assert_eq!(list(&at("file"), 3).unwrap().len(), 0);
    }
}
