//! `cargo xtask content`: hands over to the crate that measures detection and redaction.

use crate::machine::Machine;
use crate::{cache, process, root};
use anyhow::Result;

/// Measure detection and redaction on named packages, and write a report to `docs/reports/`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Only what is found; no speed.
    #[arg(long)]
    findings_only: bool,
    /// Write no report.
    #[arg(long)]
    no_report: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let day = jiff::Timestamp::now().strftime("%Y-%m-%d").to_string();
    let packages = cache::root()?.join("content");
    std::fs::create_dir_all(&packages)?;
    let mut measure = process::cargo([
        "run",
        "--quiet",
        "--locked",
        "--release",
        "--package",
        "callguard-content",
        "--",
        "--day",
        &day,
    ]);
    measure
        .arg("--report")
        .arg(root().join("docs/reports").join(format!("content-{day}")))
        .arg("--cache")
        .arg(packages);
    measure.arg("--machine").arg(serde_json::to_string(&Machine::here()?)?);
    measure
        .args(arguments.findings_only.then_some("--findings-only"))
        .args(arguments.no_report.then_some("--no-report"));
    process::run(&mut measure)
}
