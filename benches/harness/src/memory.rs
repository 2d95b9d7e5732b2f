//! Resident memory, measured in a child process that does nothing else.

use crate::rounds::Sampler;
use anyhow::{Context, Result, bail};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// Starts a program again with `--memory-of`.
pub struct Memory {
    program: PathBuf,
    contracts: usize,
    engine: String,
}

impl Memory {
    /// The program that runs.
    ///
    /// # Errors
    /// It cannot be told which one that is.
    pub fn of_this_program(contracts: usize, engine: &str) -> Result<Memory> {
        let program = std::env::current_exe().context("which program is this?")?;
        Ok(Memory { program, contracts, engine: engine.to_owned() })
    }
}

impl Sampler for Memory {
    fn sample(&mut self, _budget: Duration) -> Result<f64> {
        let mut command = Command::new(&self.program);
        command.args(["--memory-of", &self.contracts.to_string(), "--memory-engine", &self.engine]);
        let output = command.output().context("the program does not start again")?;
        if !output.status.success() {
            bail!("{}", String::from_utf8_lossy(&output.stderr).trim());
        }
        let kib: f64 = String::from_utf8_lossy(&output.stdout).trim().parse().context("no figure")?;
        Ok(kib * 1e3 / self.contracts as f64)
    }
}

/// The resident memory of this process.
///
/// # Errors
/// The system does not say.
pub fn resident_kib() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status").context("this system has no /proc")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    line.trim().trim_end_matches(" kB").trim().parse().context("VmRSS is no number")
}

/// What the child answers.
pub fn print(kib: u64) {
    println!("{kib}");
}
