//! The target `pairs`: the compiled plan held to the interpreter on random policies and calls, once and for long.

use super::{Finding, TargetReport, oracle};
use anyhow::Result;
use serde::Deserialize;
use std::time::{Duration, Instant};

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
    let seed = oracle::seed(seed)?;
    let clock = Instant::now();
    let mut numbers = vec![pairs.to_string(), seed.to_string()];
    numbers.extend(limit.map(|limit| limit.as_secs().to_string()));
    let said: Said = oracle::said(PAIRS, &numbers)?;
    println!("{} pairs, {} findings", said.pairs, said.findings.len());
    Ok(TargetReport {
        seed: Some(seed),
        executions: said.pairs,
        findings: said.findings.into_iter().map(|summary| Finding { summary, input: None }).collect(),
        ..TargetReport::of(PAIRS, clock.elapsed())
    })
}
