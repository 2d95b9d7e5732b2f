//! What is deployed beside the programs, held against the tools that read it.

mod image;
mod manifests;

use crate::{process, root, tools};
use anyhow::Result;

pub(super) fn run() -> Result<()> {
    rules()?;
    let environment = tools::python_environment("deploy", &root().join("xtask/deploy.lock"))?.join("bin");
    manifests::check(&environment)?;
    image::lint(&environment)?;
    image::run()
}

/// Prometheus's own checks of the rules, and their tests. That the names are emitted, `telemetry` of the SDK's tests shows.
fn rules() -> Result<()> {
    let promtool = tools::promtool()?;
    let rules = root().join("deploy/prometheus");
    process::run(process::command(&promtool).args(["check", "rules", "callguard.rules.yml"]).current_dir(&rules))?;
    process::run(process::command(&promtool).args(["test", "rules", "callguard.rules.test.yml"]).current_dir(&rules))
}
