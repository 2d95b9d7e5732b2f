//! What is deployed beside the programs, held against the tools that read it.

use crate::{process, root, tools};
use anyhow::Result;

/// Prometheus's own checks of the rules, and their tests. That the names are emitted, `telemetry` of the SDK's tests shows.
pub(super) fn run() -> Result<()> {
    let promtool = tools::promtool()?;
    let rules = root().join("deploy/prometheus");
    process::run(process::command(&promtool).args(["check", "rules", "callguard.rules.yml"]).current_dir(&rules))?;
    process::run(process::command(&promtool).args(["test", "rules", "callguard.rules.test.yml"]).current_dir(&rules))
}
