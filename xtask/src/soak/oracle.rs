//! Programs of `callguard-oracle`, and what they say at their end.

use crate::process;
use anyhow::{Context, Result};
use serde::de::DeserializeOwned;
use std::process::Stdio;
use std::time::{SystemTime, UNIX_EPOCH};

/// Builds a program and runs it; its standard output is the result, what it says on the way is for whoever waits.
pub(super) fn said<T: DeserializeOwned>(program: &str, arguments: &[String]) -> Result<T> {
    said_of(program, arguments, Stdio::null())
}

/// The same with something to read.
pub(super) fn said_of<T: DeserializeOwned>(program: &str, arguments: &[String], input: Stdio) -> Result<T> {
    let of = ["--locked", "--release", "--package", "callguard-oracle", "--bin", program];
    process::run(process::cargo(["build"]).args(of))?;
    let mut command = process::cargo(["run"]);
    let output = command.args(of).arg("--").args(arguments).stdin(input).stderr(Stdio::inherit()).output();
    let output = output.with_context(|| format!("`{program}` does not start"))?;
    serde_json::from_slice(&output.stdout)
        .with_context(|| format!("`{program}` ended with {} and said nothing that can be read", output.status))
}

/// The seed, or a new one.
pub(super) fn seed(given: Option<u64>) -> Result<u64> {
    let new = || SystemTime::now().duration_since(UNIX_EPOCH).map(|now| now.as_secs());
    given.map_or_else(new, Ok).context("the clock stands before 1970")
}
