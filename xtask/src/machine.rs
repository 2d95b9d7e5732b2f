//! What stands at the head of a report: the commit, the machine, the compiler.

use crate::process;
use anyhow::Result;
use serde::Serialize;
use std::process::Command;

/// On what something was measured.
#[derive(Serialize)]
pub(crate) struct Machine {
    pub(crate) commit: String,
    pub(crate) uncommitted_changes: bool,
    pub(crate) processor: String,
    pub(crate) cores: usize,
    pub(crate) rustc: String,
}

impl Machine {
    pub(crate) fn here() -> Result<Machine> {
        Ok(Machine {
            commit: process::output(process::command("git").args(["rev-parse", "HEAD"]))?.trim().to_owned(),
            uncommitted_changes: !process::output(process::command("git").args(["status", "--porcelain"]))?.is_empty(),
            processor: processor(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            rustc: process::output(Command::new("rustc").arg("--version"))?.trim().to_owned(),
        })
    }
}

/// As the system calls it; systems without `/proc` do not say.
fn processor() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    name.map_or_else(|| "unknown".to_owned(), |(_, name)| name.trim().to_owned())
}
