//! The target `pairs`: the compiled plan held to the interpreter on random policies and calls, once and for long.

use super::{Finding, TargetReport};
use crate::process;
use anyhow::{Context, Result};
use serde::Deserialize;
use std::process::Stdio;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// What it is called.
pub(super) const PAIRS: &str = "pairs";

/// What the program that holds them together says at its end.
#[derive(Deserialize)]
struct Said {
    pairs: u64,
    findings: Vec<String>,
}

/// Runs so many pairs from a seed (without one, from a new one), for no longer than the limit.
pub(super) fn run(pairs: u64, seed: Option<u64>, limit: Option<Duration>) -> Result<TargetReport> {
    let new = || SystemTime::now().duration_since(UNIX_EPOCH).map(|now| now.as_secs());
    let seed = seed.map_or_else(new, Ok).context("the clock stands before 1970")?;
    let build = ["build", "--locked", "--release", "--package", "callguard-oracle", "--bin", PAIRS];
    process::run(&mut process::cargo(build))?;
    let clock = Instant::now();
    let mut numbers = vec![pairs.to_string(), seed.to_string()];
    numbers.extend(limit.map(|limit| limit.as_secs().to_string()));
    let arguments = ["run", "--locked", "--release", "--package", "callguard-oracle", "--bin", PAIRS, "--"];
    let mut command = process::cargo(arguments);
    // What it says on the way is for whoever waits; its standard output is the result.
    let output = command.args(numbers).stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let output = output.context("`pairs` does not start")?;
    let said: Said = serde_json::from_slice(&output.stdout)
        .with_context(|| format!("`pairs` ended with {} and said nothing that can be read", output.status))?;
    println!("{} pairs, {} findings", said.pairs, said.findings.len());
    Ok(TargetReport {
        name: PAIRS.to_owned(),
        seconds: clock.elapsed().as_secs(),
        executions: said.pairs,
        seed: Some(seed),
        findings: said.findings.into_iter().map(|summary| Finding { summary, input: None }).collect(),
    })
}
