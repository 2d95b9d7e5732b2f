//! `callguard test --watch`: again whenever a file that was read changes.

use super::suite::Suite;
use crate::args::test::TestArgs;
use crate::exit::Exit;
use crate::screen::{Failure, Screen, style};
use callguard::testing::Trial;
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use std::collections::BTreeSet;
use std::fs::canonicalize;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// An editor writes a file in several steps: they are one change.
const SETTLED: Duration = Duration::from_millis(100);

/// Runs the tests, and runs them again at every change; ends when the files can no longer be watched.
pub(super) fn run(args: &TestArgs, screen: &mut Screen) -> Result<Exit, Failure> {
    let (told, changes) = channel();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        // Nobody listens any more when the command ends.
        let _ended = told.send(event);
    })
    .map_err(|error| unwatched(&error))?;
    let mut watched = BTreeSet::new();
    loop {
        let places = places(args);
        for place in places.difference(&watched) {
            watcher.watch(place, RecursiveMode::Recursive).map_err(|error| unwatched(&error))?;
        }
        for place in watched.difference(&places) {
            forget(&mut watcher, place);
        }
        watched = places;
        let exit = super::once(args, screen).unwrap_or_else(|failure| screen.failure(&failure));
        screen.line(format_args!("{}waiting for a change{:#} (exit code {})", style::DIM, style::DIM, exit.code()))?;
        if !changed(&changes)? {
            return Ok(exit);
        }
        screen.line("")?;
    }
}

fn unwatched(error: &notify::Error) -> Failure {
    Failure::Outside(format!("files cannot be watched: {error}"))
}

/// A folder that is gone needs no forgetting.
fn forget(watcher: &mut RecommendedWatcher, place: &Path) {
    let _gone = watcher.unwatch(place);
}

/// Waits for a change and for the end of it; false where there will be none.
fn changed(changes: &Receiver<notify::Result<notify::Event>>) -> Result<bool, Failure> {
    loop {
        let Ok(event) = changes.recv() else { return Ok(false) };
        if is_change(&event.map_err(|error| unwatched(&error))?) {
            while changes.recv_timeout(SETTLED).is_ok() {}
            return Ok(true);
        }
    }
}

/// Whether a YAML file is another one now: reading it is no change.
fn is_change(event: &notify::Event) -> bool {
    let is_yaml = |path: &PathBuf| path.extension().is_some_and(|end| end == "yaml" || end == "yml");
    !matches!(event.kind, EventKind::Access(_)) && event.paths.iter().any(is_yaml)
}

/// The folders of everything that is read: of the command line, of the policies that tests name, of their bases.
fn places(args: &TestArgs) -> BTreeSet<PathBuf> {
    let mut files: Vec<String> = args.files.iter().chain(&args.scenarios).cloned().collect();
    // What does not load now is looked at when it changes.
    if let Ok(suite) = Suite::read(args) {
        for part in suite.parts() {
            files.push(part.file.file.name.clone());
            files.extend(part.policies.iter().map(|policy| policy.name.clone()));
            if let Ok(trial) = Trial::new(part.test, part.policies) {
                files.extend(trial.engine().policies().sources.iter().map(|(_, file)| file.name.clone()));
            }
        }
    }
    files.iter().filter_map(|file| folder(Path::new(file))).collect()
}

/// The folder itself, or that of a file; none of what is on no disk.
fn folder(file: &Path) -> Option<PathBuf> {
    let file = canonicalize(file).ok()?;
    if file.is_dir() { Some(file) } else { file.parent().map(Path::to_path_buf) }
}
