//! A process that writes the audit log, killed again and again: what it said is written is there, and the chain holds.

use super::{Finding, TargetReport};
use crate::{process, tools};
use anyhow::{Context, Result};
use std::process::Stdio;
use std::time::Instant;

/// The target's name.
pub(super) const KILLS: &str = "audit-kills";
/// How often.
const TIMES: u64 = 1_000;

/// The test of the file sink, with so many kills of one log.
pub(super) fn run() -> Result<TargetReport> {
    let clock = Instant::now();
    let filter = "test(=sink::file::tests::kills::what_was_acknowledged_survives_a_kill)";
    let mut test = process::cargo(["nextest", "run", "--locked", "-p", "callguard", "-E", filter]);
    test.args(["--profile", "soak"]);
    test.env("CALLGUARD_KILLS", TIMES.to_string()).env("PATH", tools::CARGO_NEXTEST.search_path()?);
    let ended = test.stdin(Stdio::null()).status().context("cargo-nextest does not start")?;
    let finding = || Finding { summary: "the log is not what was acknowledged".to_owned(), input: None };
    let findings = if ended.success() { Vec::new() } else { vec![finding()] };
    Ok(TargetReport { executions: TIMES, findings, ..TargetReport::of(KILLS, clock.elapsed()) })
}
