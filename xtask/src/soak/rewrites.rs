//! The target `rewrites`: calls that are denied, written otherwise; none may fare better than the original.

use super::{Finding, TargetReport, oracle};
use anyhow::Result;
use serde::Deserialize;
use std::time::Instant;

/// What it is called.
pub(super) const REWRITES: &str = "rewrites";

/// What the program says at its end.
#[derive(Deserialize)]
struct Said {
    rewrites: u64,
    findings: Vec<String>,
}

/// Judges so many rewrites from a seed; without one, from a new one.
pub(super) fn run(rewrites: u64, seed: Option<u64>) -> Result<TargetReport> {
    let seed = oracle::seed(seed)?;
    let clock = Instant::now();
    let said: Said = oracle::said(REWRITES, &[rewrites.to_string(), seed.to_string()])?;
    println!("{} rewrites, {} findings", said.rewrites, said.findings.len());
    Ok(TargetReport {
        seed: Some(seed),
        executions: said.rewrites,
        findings: said.findings.into_iter().map(|summary| Finding { summary, input: None }).collect(),
        ..TargetReport::of(REWRITES, clock.elapsed())
    })
}
