//! Line coverage of the engine and the SDK, from what the `nextest` stage ran.
//!
//! The workspace's crates are built with the compiler's own instrumentation, their dependencies without. A unit test
//! at the end of a file is no product code: its lines do not count.

use super::suites;
use crate::{process, root, target_dir, tools};
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The least share of lines, in percent, that the tests must reach in each measured crate.
const REQUIRED_PERCENT: f64 = 95.0;

/// The crates that are measured.
const MEASURED: &[&str] = &["callguard-engine", "callguard"];

/// How many of the files with the most unreached lines are named.
const FILES_SHOWN: usize = 15;

/// A cargo command whose build of the workspace counts what runs.
pub(super) fn instrumented(arguments: &[&str]) -> Result<Command> {
    let mut command = process::cargo(arguments.iter().copied());
    instrument(&mut command);
    Ok(command)
}

/// The same of any program that calls cargo.
pub(super) fn instrument(command: &mut Command) -> &mut Command {
    command
        .env("RUSTC_WORKSPACE_WRAPPER", root().join("xtask/instrument"))
        .env("LLVM_PROFILE_FILE", profiles().join("%4m.profraw"))
        .env_remove("RUSTC_WRAPPER")
}

/// Where counts go that nobody reads.
pub(super) fn discarded() -> PathBuf {
    target_dir().join("profiles-discarded/%4m.profraw")
}

/// Forgets what earlier runs counted.
pub(super) fn clear_profiles() -> Result<()> {
    let profiles = profiles();
    if profiles.exists() {
        fs::remove_dir_all(&profiles)?;
    }
    fs::create_dir_all(profiles).context("cannot create the directory of profiles")
}

pub(super) fn run() -> Result<()> {
    if profile_files()?.is_empty() {
        suites::nextest()?;
    }
    let files = measure()?;
    let is_short = |name: &&&str| total(&files, name).percent() < REQUIRED_PERCENT;
    let short: Vec<&str> = MEASURED.iter().filter(is_short).copied().collect();
    report_files(&files, if short.is_empty() { MEASURED } else { &short });
    for name in MEASURED {
        println!("{name}: {}", total(&files, name));
    }
    if !short.is_empty() {
        bail!("line coverage below {REQUIRED_PERCENT}%: {}", short.join(", "));
    }
    Ok(())
}

/// Lines of a file or a crate.
#[derive(Clone, Default)]
struct Lines {
    reached: usize,
    missed: Vec<usize>,
}

impl Lines {
    fn count(&self) -> usize {
        self.reached + self.missed.len()
    }

    /// What is empty is covered.
    fn percent(&self) -> f64 {
        if self.count() == 0 { 100.0 } else { self.reached as f64 * 100.0 / self.count() as f64 }
    }
}

impl std::fmt::Display for Lines {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{:.2}% of lines ({} of {})", self.percent(), self.reached, self.count())
    }
}

/// Lines by file, relative to the root.
type Files = BTreeMap<String, Lines>;

fn profiles() -> PathBuf {
    target_dir().join("profiles")
}

fn profile_files() -> Result<Vec<PathBuf>> {
    let Ok(entries) = fs::read_dir(profiles()) else { return Ok(Vec::new()) };
    entries.map(|entry| Ok(entry?.path())).collect()
}

fn measure() -> Result<Files> {
    let llvm = tools::llvm()?;
    let merged = target_dir().join("coverage.profdata");
    process::run(
        llvm.command("llvm-profdata").arg("merge").arg("-sparse").args(profile_files()?).arg("-o").arg(&merged),
    )?;
    let mut export = llvm.command("llvm-cov");
    export.args(["export", "-format=lcov", "-instr-profile"]).arg(merged);
    for (place, binary) in binaries()?.iter().enumerate() {
        if place > 0 {
            export.arg("-object");
        }
        export.arg(binary);
    }
    export.args(MEASURED.iter().map(|name| root().join("crates").join(name).join("src")));
    let lcov = process::output(&mut export)?;
    fs::write(target_dir().join("coverage.lcov"), &lcov)?;
    read_lcov(&lcov)
}

/// The test binaries and the program that some of them run.
fn binaries() -> Result<Vec<PathBuf>> {
    let listing = process::output(
        instrumented(&["nextest", "list", "--locked", "--workspace", "--list-type", "binaries-only"])?
            .args(["--message-format", "json", "--cargo-quiet"])
            .env("PATH", tools::CARGO_NEXTEST.search_path()?),
    )?;
    let listing: serde_json::Value = serde_json::from_str(&listing)?;
    let tests = listing["rust-binaries"].as_object().context("nextest lists no binaries")?;
    let mut found: Vec<PathBuf> =
        tests.values().filter_map(|binary| binary["binary-path"].as_str()).map(PathBuf::from).collect();
    let program = target_dir().join("debug/callguard");
    if program.exists() {
        found.push(program);
    }
    Ok(found)
}

fn read_lcov(lcov: &str) -> Result<Files> {
    let mut files = Files::new();
    let mut current: Option<(String, usize)> = None;
    for line in lcov.lines() {
        if let Some(path) = line.strip_prefix("SF:") {
            current = product_file(Path::new(path))?;
        } else if let (Some((file, end)), Some(record)) = (&current, line.strip_prefix("DA:")) {
            let (number, count) = record.split_once(',').context("a malformed line of lcov")?;
            let number: usize = number.parse()?;
            if number < *end {
                let lines = files.entry(file.clone()).or_default();
                if count == "0" { lines.missed.push(number) } else { lines.reached += 1 }
            }
        }
    }
    Ok(files)
}

/// The file's name and the line its unit tests begin at, or none for a file of tests.
fn product_file(path: &Path) -> Result<Option<(String, usize)>> {
    let name = path.strip_prefix(root()).unwrap_or(path).to_string_lossy().into_owned();
    let test = Path::new(&name).iter().any(|part| part == "tests" || part == "tests.rs");
    if test {
        return Ok(None);
    }
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {name}"))?;
    let lines: Vec<&str> = text.lines().collect();
    let tests =
        lines.windows(2).position(|pair| pair[0].trim() == "#[cfg(test)]" && !pair[1].trim_end().ends_with(';'));
    Ok(Some((name, tests.map_or(usize::MAX, |index| index + 1))))
}

fn total(files: &Files, name: &str) -> Lines {
    let prefix = format!("crates/{name}/");
    let mut total = Lines::default();
    for lines in files.iter().filter(|(file, _)| file.starts_with(&prefix)).map(|(_, lines)| lines) {
        total.reached += lines.reached;
        total.missed.extend(&lines.missed);
    }
    total
}

/// Where a crate that has too few should look first.
fn report_files(files: &Files, crates: &[&str]) {
    let is_of = |file: &str| crates.iter().any(|name| file.starts_with(&format!("crates/{name}/")));
    let mut worst: Vec<_> = files.iter().filter(|(file, lines)| is_of(file) && !lines.missed.is_empty()).collect();
    worst.sort_by_key(|(_, lines)| std::cmp::Reverse(lines.missed.len()));
    for (file, lines) in worst.into_iter().take(FILES_SHOWN) {
        println!("{file}: {lines}; not reached: {}", ranges(&lines.missed));
    }
}

/// `3, 5-7` for 3, 5, 6, 7.
fn ranges(lines: &[usize]) -> String {
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for &line in lines {
        match ranges.last_mut() {
            Some((_, end)) if *end + 1 == line => *end = line,
            _ => ranges.push((line, line)),
        }
    }
    let shown =
        ranges.iter().map(|(start, end)| if start == end { format!("{start}") } else { format!("{start}-{end}") });
    shown.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_shown_as_ranges() {
        assert_eq!(ranges(&[3, 5, 6, 7]), "3, 5-7");
    }
}
