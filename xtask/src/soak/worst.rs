//! The target `worst`: commands that take longest to decide, searched for.

use super::{Finding, TargetReport, oracle};
use anyhow::Result;
use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant};

/// What it is called.
pub(super) const WORST: &str = "worst";
/// What any command of 16 KiB may take, in microseconds.
const MOST: u64 = 5_000;

/// What the program says at its end.
#[derive(Deserialize)]
struct Said {
    tried: u64,
    slowest: Vec<Slow>,
}

/// A command that takes long.
#[derive(Serialize, Deserialize)]
pub(super) struct Slow {
    microseconds: u64,
    shape: String,
    #[serde(skip_serializing)]
    text: String,
}

/// Searches for so long from a seed; without one, from a new one. What takes too long is a finding.
pub(super) fn run(limit: Duration, seed: Option<u64>) -> Result<TargetReport> {
    let seed = oracle::seed(seed)?;
    let clock = Instant::now();
    let said: Said = oracle::said(WORST, &[limit.as_secs().to_string(), seed.to_string()])?;
    let most = said.slowest.first().map_or(0, |slow| slow.microseconds);
    println!("{} commands, the slowest took {most} us", said.tried);
    let too_slow = said.slowest.iter().filter(|slow| slow.microseconds > MOST);
    let findings = too_slow.map(|slow| {
        let summary = format!("a command takes {} us to decide: {}", slow.microseconds, slow.shape);
        Finding { summary, input: Some(slow.text.clone()) }
    });
    Ok(TargetReport {
        seed: Some(seed),
        executions: said.tried,
        findings: findings.collect(),
        slowest: said.slowest,
        ..TargetReport::of(WORST, clock.elapsed())
    })
}
