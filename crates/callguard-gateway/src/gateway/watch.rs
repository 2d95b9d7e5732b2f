//! Says when a file that was read has changed.

use crate::mcp::stdio::remark;
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// An editor writes a file in several steps: they are one change.
const SETTLED: Duration = Duration::from_millis(200);
/// What Kubernetes turns over when a mounted file changes.
const TURNED_OVER: &str = "..data";

/// Watches the folders of files. Without it, a signal still does.
pub(super) struct Watch {
    watcher: Option<RecommendedWatcher>,
    files: Arc<Mutex<BTreeSet<PathBuf>>>,
    folders: BTreeSet<PathBuf>,
    changes: UnboundedReceiver<()>,
}

impl Watch {
    pub(super) fn new(files: Vec<PathBuf>) -> Watch {
        let (tell, changes) = unbounded_channel();
        let known: Arc<Mutex<BTreeSet<PathBuf>>> = Arc::default();
        let watched = Arc::clone(&known);
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            let files = watched.lock().unwrap_or_else(PoisonError::into_inner);
            if event.is_ok_and(|event| is_change(&event, &files)) {
                // Nobody listens any more when the gateway ends.
                let _ended = tell.send(());
            }
        });
        if let Err(error) = &watcher {
            remark(&format!("files are not watched: {error}; SIGHUP makes the gateway read them again"));
        }
        let mut watch = Watch { watcher: watcher.ok(), files: known, folders: BTreeSet::new(), changes };
        watch.follow(files);
        watch
    }

    /// Watches these from now on.
    pub(super) fn follow(&mut self, files: Vec<PathBuf>) {
        let files: BTreeSet<PathBuf> = files.iter().filter_map(|file| absolute(file)).collect();
        let folders: BTreeSet<PathBuf> = files.iter().filter_map(|file| file.parent().map(Path::to_path_buf)).collect();
        *self.files.lock().unwrap_or_else(PoisonError::into_inner) = files;
        let Some(watcher) = &mut self.watcher else { return };
        for folder in self.folders.difference(&folders) {
            // A folder that is gone needs no forgetting.
            let _gone = watcher.unwatch(folder);
        }
        for folder in folders.difference(&self.folders) {
            if let Err(error) = watcher.watch(folder, RecursiveMode::NonRecursive) {
                remark(&format!("`{}` is not watched: {error}", folder.display()));
            }
        }
        self.folders = folders;
    }

    /// Waits for a change, and for the end of it.
    pub(super) async fn changed(&mut self) {
        if self.changes.recv().await.is_none() {
            std::future::pending::<()>().await;
        }
        while let Ok(Some(())) = tokio::time::timeout(SETTLED, self.changes.recv()).await {}
    }
}

/// Whether a file that was read is another one now: reading it is no change. A base of a policy is no file that the
/// configuration names, and is YAML in one of their folders.
fn is_change(event: &Event, files: &BTreeSet<PathBuf>) -> bool {
    let counts = |path: &PathBuf| {
        let is_yaml = path.extension().is_some_and(|end| end == "yaml" || end == "yml");
        is_yaml || files.contains(path) || path.file_name().is_some_and(|name| name == TURNED_OVER)
    };
    !matches!(event.kind, EventKind::Access(_)) && event.paths.iter().any(counts)
}

/// The file by the name that events give it: its folder's own, and no link of the file followed.
fn absolute(file: &Path) -> Option<PathBuf> {
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    Some(std::fs::canonicalize(folder).ok()?.join(file.file_name()?))
}
