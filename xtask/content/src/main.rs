//! Measures detection and redaction: what is found in named packages that hold no secret, what it costs there, and whether
//! hostile texts cost more than their length.

mod corpus;
mod honest;
mod report;
mod speed;

use anyhow::{Context, Result};
use clap::Parser;
use std::path::PathBuf;
use std::process::ExitCode;

/// Measure detection and redaction, and write a report.
#[derive(Parser)]
#[command(name = "cargo xtask content")]
struct Arguments {
    /// The report's files, without their endings.
    #[arg(long)]
    report: PathBuf,
    /// The day of the report.
    #[arg(long)]
    day: String,
    /// On what is measured, as JSON.
    #[arg(long)]
    machine: String,
    /// Where packages are kept.
    #[arg(long)]
    cache: PathBuf,
    /// Measure no speed.
    #[arg(long)]
    findings_only: bool,
    /// Write no report.
    #[arg(long)]
    no_report: bool,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<()> {
    let machine = serde_json::from_str(&arguments.machine).context("the machine is no JSON")?;
    let packages = corpus::packages(&arguments.cache)?;
    let honest = honest::measure(&packages);
    let speed = if arguments.findings_only { None } else { Some(speed::measure(&packages)?) };
    let report = report::Report::new(&arguments.day, machine, honest, speed);
    print!("{}", report.markdown());
    if arguments.no_report { Ok(()) } else { report.write(&arguments.report) }
}
