//! What the calls of one tool touched.

use crate::lint::gives_shell;
use callguard_engine::call::facets::path::PathValue;
use callguard_engine::call::{CallFacets, Tool};
use std::collections::BTreeMap;

/// Entries with how many calls each comes from.
pub(super) type Counts = BTreeMap<String, u64>;

/// Entries of one kind.
#[derive(Debug, Default)]
pub(super) struct Touched {
    /// Entries with the calls that each comes from.
    pub(super) entries: Counts,
    /// Calls that touched something of the kind.
    pub(super) calls: u64,
}

/// What the calls of a tool touched.
#[derive(Debug)]
pub(super) struct Uses {
    pub(super) calls: u64,
    pub(super) runs_commands: bool,
    pub(super) paths: Touched,
    pub(super) written: Touched,
    pub(super) programs: Touched,
    pub(super) hosts: Touched,
}

/// Places below one folder that are named one by one; where there are more, the folder is.
const MOST_PLACES: usize = 8;

impl Uses {
    pub(super) fn of(tool: &Tool) -> Uses {
        Uses {
            calls: 0,
            runs_commands: super::runs_commands(tool),
            paths: Touched::default(),
            written: Touched::default(),
            programs: Touched::default(),
            hosts: Touched::default(),
        }
    }

    pub(super) fn add(&mut self, facets: &CallFacets<'_>, workspace: &str) {
        self.calls = self.calls.saturating_add(1);
        let certain = || facets.paths().values.iter().filter(|value| !value.restricting_only).map(|value| &value.value);
        self.paths.add(certain().filter_map(|path| place(path, workspace)));
        self.written.add(certain().filter(|path| path.access().writes()).filter_map(|path| place(path, workspace)));
        self.hosts.add(facets.hosts().values.iter().filter_map(|host| host.value.name().map(str::to_owned)));
        let lines = facets.commands().values.iter().map(|line| line.value.explain(facets.places()));
        self.programs.add(lines.flat_map(|line| line.commands).filter_map(|command| {
            let program = command.program?;
            let words: Vec<String> = std::iter::once(program).chain(command.subcommands).collect();
            let entry = words.join(" ");
            match gives_shell(&entry) {
                // What it runs is what is permitted.
                true => command.operands.first().map(|(word, _)| format!("{entry} {word}")),
                false => Some(entry),
            }
        }));
    }
}

impl Touched {
    /// Adds what one call touched.
    fn add(&mut self, entries: impl Iterator<Item = String>) {
        let entries: std::collections::BTreeSet<String> = entries.collect();
        if !entries.is_empty() {
            self.calls = self.calls.saturating_add(1);
        }
        for entry in entries {
            let count = self.entries.entry(entry).or_default();
            *count = count.saturating_add(1);
        }
    }

    /// The entries; in the place of many below one folder that folder.
    pub(super) fn places(&self) -> Counts {
        let mut below: BTreeMap<&str, Vec<(&String, u64)>> = BTreeMap::new();
        for (entry, count) in &self.entries {
            below.entry(folder(entry)).or_default().push((entry, *count));
        }
        let mut places = Counts::new();
        for (folder, entries) in below {
            let whole = entries.len() > MOST_PLACES && folder != "/" || entries.iter().any(|(entry, _)| *entry == ".");
            if whole {
                let calls = entries.iter().map(|(_, count)| *count).fold(0, u64::saturating_add);
                places.insert(folder.to_owned(), calls);
            } else {
                places.extend(entries.into_iter().map(|(entry, count)| (entry.clone(), count)));
            }
        }
        places
    }
}

/// The folder that an entry is in: the workspace, of what is below it.
fn folder(entry: &str) -> &str {
    match entry.rsplit_once('/') {
        _ if !entry.starts_with('/') => ".",
        Some(("", _)) | None => "/",
        Some((folder, _)) => folder,
    }
}

/// Where a path is, as an entry of `under`: the first folder or file below the workspace, else the path itself.
fn place(path: &PathValue, workspace: &str) -> Option<String> {
    if path.doubt().is_some() {
        return None;
    }
    let text = path.text();
    if text == workspace {
        return Some(".".to_owned());
    }
    match text.strip_prefix(workspace).and_then(|rest| rest.strip_prefix('/')) {
        Some(inside) => inside.split('/').next().filter(|first| !first.is_empty()).map(str::to_owned),
        None => Some(text.to_owned()),
    }
}
