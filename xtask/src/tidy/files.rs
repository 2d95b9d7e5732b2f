//! What a file of the repository may look like.

use crate::{process, root};
use anyhow::{Context, Result};
use regex::Regex;
use std::fs;

/// The most lines of a source file; beyond it, it must be listed with a reason.
const USUAL_LINES: usize = 400;
/// The most lines of a listed file.
const MOST_LINES: usize = 800;
/// Files longer than usual, and why.
const LONG_FILES: &[(&str, &str)] = &[];

/// What must not stand in a source file, and why. Written in two parts so that this file passes its own check.
const BANNED_IN_SOURCES: &[(&[&str], &str)] = &[
    (&["#[", "ignore"], "a test that does not run proves nothing"),
    (&["@pytest.mark.", "skip"], "a test that does not run proves nothing"),
    (&["pytest.", "skip("], "a test that does not run proves nothing"),
];

/// What must not stand in a lock or configuration file: it names the registry of the machine that wrote it.
const BANNED_IN_LOCKS: &[&str] = &["\"resolved\":", "index-url", "find-links", "http://", "registry=", "_authToken"];

/// Directories of one machine. `/work/project` is the workspace of the examples.
const MACHINE_PATHS: &str = r"/work/(?:[a-oq-z]|p[a-qs-z])|/root/\.(?:cargo|cache|pyenv|rustup|npm)|/tmp/bash_jobs";
/// Calls and a disk as others wrote them down: the directories in it are nobody's.
pub(super) const FOREIGN_DATA: &str = "spec/bypass/";

pub(super) fn check() -> Result<Vec<String>> {
    let machine_paths = Regex::new(MACHINE_PATHS)?;
    let mut findings = Vec::new();
    for path in tracked()? {
        let bytes = fs::read(root().join(&path)).with_context(|| format!("cannot read {path}"))?;
        let Ok(text) = String::from_utf8(bytes) else { continue };
        findings.extend(length(&path, &text));
        findings.extend(banned(&path, &text, &machine_paths));
    }
    findings.extend(stale_exceptions());
    Ok(findings)
}

/// Files that are committed or would be.
pub(super) fn tracked() -> Result<Vec<String>> {
    let mut list = process::command("git");
    let listing = process::output(list.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]))?;
    let paths = listing.split('\0').filter(|path| !path.is_empty() && root().join(path).is_file());
    Ok(paths.map(str::to_owned).collect())
}

fn is_source(path: &str) -> bool {
    [".rs", ".py", ".ts", ".mjs", ".js"].iter().any(|extension| path.ends_with(extension))
}

fn is_lock(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.ends_with(".lock") || name.ends_with(".npmrc") || ["package-lock.json", "pip.conf", "uv.toml"].contains(&name)
}

fn length(path: &str, text: &str) -> Option<String> {
    let (lines, listed) = (text.lines().count(), LONG_FILES.iter().any(|(file, _)| *file == path));
    let most = if listed { MOST_LINES } else { USUAL_LINES };
    (is_source(path) && lines > most).then(|| format!("{path}: {lines} lines; {most} is the most"))
}

fn stale_exceptions() -> Vec<String> {
    let missing = LONG_FILES.iter().filter(|(file, _)| !root().join(file).exists());
    missing.map(|(file, _)| format!("{file}: is listed as a long file and does not exist")).collect()
}

fn banned(path: &str, text: &str, machine_paths: &Regex) -> Vec<String> {
    let mut findings = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let place = format!("{path}:{}", index + 1);
        if let Some(found) = machine_paths.find(line)
            && !path.ends_with("tidy/files.rs")
            && !path.starts_with(FOREIGN_DATA)
        {
            findings.push(format!("{place}: `{}…` is a path of one machine", found.as_str()));
        }
        if is_source(path) {
            let hits = BANNED_IN_SOURCES.iter().filter(|(parts, _)| line.contains(&parts.concat()));
            findings.extend(hits.map(|(parts, why)| format!("{place}: `{}`: {why}", parts.concat())));
        }
        if is_lock(path) && path != "Cargo.lock" {
            let hits = BANNED_IN_LOCKS.iter().filter(|marker| line.contains(*marker));
            findings.extend(hits.map(|marker| format!("{place}: `{marker}` names a registry")));
        }
    }
    findings
}
