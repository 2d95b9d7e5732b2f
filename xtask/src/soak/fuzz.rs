//! Fuzz targets: built before the first runs, so that nothing is built while another is counted, then run one by one.

use super::{Finding, TargetReport, relative};
use crate::{cache, process, root, tools};
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A target that has failed so many times is left alone.
const ENOUGH_FAILURES: usize = 5;
/// Real inputs that fuzzing starts from.
const SEEDS: &[&str] = &["spec/cases", "crates/callguard-engine/src/templates"];
/// What libFuzzer says before the name of an input that fails, whether or not an earlier run has written it.
const WRITTEN: &str = "Test unit written to ";

pub(super) fn targets() -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(root().join("fuzz/fuzz_targets")).context("there are no fuzz targets")? {
        let path = entry?.path();
        names.extend(path.file_stem().map(|name| name.to_string_lossy().into_owned()));
    }
    names.sort();
    Ok(names)
}

pub(super) fn build(chosen: &[String]) -> Result<()> {
    let known = targets()?;
    for name in chosen.iter().filter(|name| known.contains(name)) {
        process::run(&mut cargo_fuzz(&["build", name])?)?;
    }
    Ok(())
}

pub(super) fn run(name: &str, limit: Duration) -> Result<TargetReport> {
    let state = cache::root()?.join("fuzz").join(name);
    fs::create_dir_all(state.join("corpus"))?;
    let (log, artifacts) = (state.join("log"), root().join("fuzz/artifacts").join(name));
    fs::create_dir_all(&artifacts)?;
    let clock = Instant::now();
    let (mut executions, mut failures, mut found) = (0, 0, BTreeMap::new());
    while clock.elapsed() < limit && failures < ENOUGH_FAILURES {
        let left = (limit - clock.elapsed()).as_secs().max(1);
        // The program as it was built: `cargo fuzz run` would build again what has changed meanwhile.
        let status = process::command(program(name)?)
            .arg(state.join("corpus"))
            .args(seeds(name))
            .args(["-print_final_stats=1", "-timeout=20", "-rss_limit_mb=2048", "-max_len=65536"])
            .arg(format!("-max_total_time={left}"))
            .arg(format!("-artifact_prefix={}/", artifacts.display()))
            // As `cargo fuzz run` sets it: Rust's statics look like violations to the sanitizer.
            .env("ASAN_OPTIONS", "detect_odr_violation=0")
            .stdin(Stdio::null())
            .stderr(fs::File::create(&log)?)
            .status()
            .with_context(|| format!("fuzz target `{name}` does not start"))?;
        let said = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
        executions += stat(&said, "stat::number_of_executed_units:");
        if status.success() {
            continue;
        }
        failures += 1;
        match failed_input(&said) {
            Some(input) => found.insert(relative(&input), summary(&said)),
            None => bail!("fuzz target `{name}` does not run; it said\n{}", last_lines(&said)),
        };
    }
    println!("{executions} inputs, {} findings", found.len());
    let findings = found.into_iter().map(|(input, summary)| Finding { summary, input: Some(input) }).collect();
    Ok(TargetReport { executions, findings, ..TargetReport::of(name, clock.elapsed()) })
}

/// Where cargo-fuzz has put the target: below the host's triple.
fn program(name: &str) -> Result<PathBuf> {
    let built = crate::target_dir().join("fuzz");
    for entry in fs::read_dir(&built).with_context(|| format!("{} is not there", built.display()))? {
        let program = entry?.path().join("release").join(name);
        if program.is_file() {
            return Ok(program);
        }
    }
    bail!("cargo-fuzz has built no `{name}` below {}", built.display())
}

fn seeds(name: &str) -> impl Iterator<Item = PathBuf> {
    let own = root().join("fuzz/seeds").join(name);
    SEEDS.iter().map(|seeds| root().join(seeds)).chain([own]).filter(|seeds| seeds.is_dir())
}

/// `cargo +nightly fuzz ARGUMENTS`; the toolchain's proxy is not passed on by the cargo that started us.
fn cargo_fuzz(arguments: &[&str]) -> Result<Command> {
    let mut command = process::command("rustup");
    command.args(["run", "nightly", "cargo", "fuzz"]).args(arguments);
    command.env("PATH", tools::CARGO_FUZZ.search_path()?).env_remove("RUSTUP_TOOLCHAIN").env_remove("CARGO");
    command.env("CARGO_TARGET_DIR", crate::target_dir().join("fuzz")).stdin(Stdio::null());
    Ok(command)
}

fn stat(said: &str, name: &str) -> u64 {
    said.lines().filter_map(|line| line.strip_prefix(name)?.trim().parse::<u64>().ok()).sum()
}

fn failed_input(said: &str) -> Option<PathBuf> {
    said.lines().find_map(|line| Some(PathBuf::from(line.split_once(WRITTEN)?.1.trim())))
}

fn summary(said: &str) -> String {
    let telling = |line: &&str| line.contains("panicked at") || line.contains("ERROR: ");
    said.lines().find(telling).unwrap_or("no message").trim().replace(&*root().to_string_lossy(), ".")
}

fn last_lines(said: &str) -> String {
    let lines: Vec<&str> = said.lines().collect();
    lines[lines.len().saturating_sub(30)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_that_failed_before_is_a_finding_again() {
        let said = "==7==ERROR: libFuzzer: deadly signal\nartifact_prefix='/r/'; Test unit written to /r/crash-5\n";
        assert_eq!(failed_input(said), Some(PathBuf::from("/r/crash-5")));
        assert_eq!(summary(said), "==7==ERROR: libFuzzer: deadly signal");
        assert_eq!(failed_input("no such option"), None);
    }
}
