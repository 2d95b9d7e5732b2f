//! The system's own scripts: ours, a second parser and bash itself must agree about them.

use super::{Finding, TargetReport};
use crate::{process, tools};
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// The target's name.
pub(super) const SCRIPTS: &str = "scripts";
/// Where systems keep scripts.
const FOLDERS: [&str; 4] = ["/usr/bin", "/usr/sbin", "/etc/init.d", "/usr/share/doc"];

/// Reads every script once.
pub(super) fn run() -> Result<TargetReport> {
    let clock = Instant::now();
    let mut findings = Vec::new();
    let mut executions = 0;
    for folder in FOLDERS.iter().map(Path::new).filter(|folder| !scripts(folder).is_empty()) {
        findings.extend(second_parser(folder)?);
        for path in scripts(folder) {
            executions += 1;
            findings.extend(bash(&path)?.map(|summary| Finding { summary, input: None }));
        }
    }
    println!("{executions} scripts, {} findings", findings.len());
    Ok(TargetReport { executions, findings, ..TargetReport::of(SCRIPTS, clock.elapsed()) })
}

/// Scripts of a shell, short enough to be a command line.
fn scripts(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let is_script = |path: &PathBuf| {
        let text = fs::read_to_string(path).unwrap_or_default();
        let shebang = text.lines().next().unwrap_or_default();
        text.len() < 16 * 1024
            && ["#!/bin/sh", "#!/bin/bash", "#! /bin/sh"].iter().any(|known| shebang.starts_with(known))
    };
    entries.filter(|path| path.is_file()).filter(is_script).collect()
}

/// The engine's test over the scripts of a folder.
fn second_parser(folder: &Path) -> Result<Option<Finding>> {
    let filter = "binary(second_parser) & test(nothing_is_missed_of_named_scripts)";
    let mut test = process::cargo(["nextest", "run", "--locked", "-p", "callguard-engine", "-E", filter]);
    test.env("CALLGUARD_SCRIPTS", folder).env("PATH", tools::CARGO_NEXTEST.search_path()?);
    let ended = test.stdin(Stdio::null()).status().context("cargo-nextest does not start")?;
    let summary = format!("a second parser sees more in the scripts of {}", folder.display());
    Ok((!ended.success()).then_some(Finding { summary, input: None }))
}

/// What ours and bash disagree about, where there is a bash.
fn bash(path: &Path) -> Result<Option<String>> {
    let Ok(said) = Command::new("bash").arg("-n").arg(path).stdin(Stdio::null()).output() else { return Ok(None) };
    let text = fs::read_to_string(path)?;
    let mut ours = process::cargo(["run", "--quiet", "-p", "callguard-cli", "--", "explain", "--json", "--command"]);
    let understood: serde_json::Value = serde_json::from_str(&process::output(ours.arg(&text))?)?;
    let refused = understood["not_understood"].as_str();
    Ok(match (said.status.success(), refused) {
        (true, Some("a command does not parse")) => Some(format!("{}: bash reads it, ours does not", path.display())),
        (false, None) => Some(format!("{}: ours reads it, bash does not", path.display())),
        _ => None,
    })
}
