//! `cargo xtask soak`: fuzzing and property tests for long, with a report in `docs/reports/`.

mod fuzz;
mod kills;
mod oracle;
mod pairs;
mod real;
mod rewrites;
mod scripts;
mod templates;
mod worst;

use crate::machine::Machine;
use crate::templates::Template;
use crate::{process, root, tools};
use anyhow::{Context, Result, bail};
use serde::Serialize;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// Fuzz and run properties for long, and write a report to `docs/reports/`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Minutes for each target; 10 if it is not said, and for `pairs` until their number is reached.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    minutes: Option<u64>,
    /// Run these targets only: a fuzz target, `properties`, `scripts`, `real-scripts`,
    /// `audit-kills`, `worst`, `templates`, or `pairs` and `rewrites`,
    /// which run by their number and only where they are named (repeat the option for several).
    #[arg(long, value_name = "NAME")]
    target: Vec<String>,
    /// Pairs of a policy set and a call that the target `pairs` decides with the plan and with the interpreter.
    #[arg(long, default_value_t = 100_000_000, value_parser = clap::value_parser!(u64).range(1..))]
    pairs: u64,
    /// Denied calls, written otherwise, that the target `rewrites` judges.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1..))]
    rewrites: u64,
    /// Where the targets `pairs`, `rewrites` and `worst` start; a new place each time if it is not said.
    #[arg(long)]
    seed: Option<u64>,
}

/// The target that is no fuzz target: every test whose path has the word, with many cases and new seeds.
const PROPERTIES: &str = "properties";
/// Those that run by a number, and only where they are named.
const BY_NUMBER: [&str; 2] = [pairs::PAIRS, rewrites::REWRITES];
/// Minutes of a target if nobody says.
const USUAL_MINUTES: u64 = 10;
/// How many cases a property is tried with in one round.
const CASES_A_ROUND: u32 = 20_000;

#[derive(Serialize)]
struct Report {
    schema_version: u32,
    started: String,
    seconds: u64,
    #[serde(flatten)]
    machine: Machine,
    findings: usize,
    targets: Vec<TargetReport>,
}

#[derive(Serialize)]
struct TargetReport {
    name: String,
    seconds: u64,
    /// Inputs tried by a fuzz target, rounds of all properties, pairs of a policy set and a call, rewrites, kills,
    /// commands, or mutants and rewrites.
    executions: u64,
    /// Where a target that has one started.
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u64>,
    findings: Vec<Finding>,
    /// What takes longest of all that the target `worst` tried.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    slowest: Vec<worst::Slow>,
    /// What the tests of each template notice.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    templates: Vec<Template>,
}

impl TargetReport {
    /// Of a target that found nothing.
    fn of(name: &str, took: Duration) -> TargetReport {
        let seconds = took.as_secs();
        TargetReport {
            name: name.to_owned(),
            seconds,
            executions: 0,
            seed: None,
            findings: Vec::new(),
            slowest: Vec::new(),
            templates: Vec::new(),
        }
    }
}

#[derive(Serialize)]
struct Finding {
    /// What failed, as it said so itself.
    summary: String,
    /// The input that fails, for `cargo +nightly fuzz run TARGET INPUT`.
    #[serde(skip_serializing_if = "Option::is_none")]
    input: Option<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let (started, clock) = (jiff::Timestamp::now(), Instant::now());
    let machine = Machine::here()?;
    let mut targets = Vec::new();
    let chosen = chosen(&arguments.target)?;
    fuzz::build(&chosen)?;
    for name in chosen {
        targets.push(target(&name, arguments)?);
    }
    let report = Report {
        schema_version: 1,
        started: format!("{started:.0}"),
        seconds: clock.elapsed().as_secs(),
        machine,
        findings: targets.iter().map(|target| target.findings.len()).sum(),
        targets,
    };
    // A run of some targets leaves the report of all of them alone.
    let day = std::iter::once(started.strftime("%Y-%m-%d").to_string());
    write(&report, &day.chain(arguments.target.iter().cloned()).collect::<Vec<_>>().join("-"))?;
    if report.findings > 0 {
        bail!("{} findings", report.findings);
    }
    Ok(())
}

fn target(name: &str, arguments: &Arguments) -> Result<TargetReport> {
    let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
    if name == pairs::PAIRS {
        println!("=== {name}: {}", arguments.pairs);
        return pairs::run(arguments.pairs, arguments.seed, arguments.minutes.map(minutes));
    }
    if name == rewrites::REWRITES {
        println!("=== {name}: {}", arguments.rewrites);
        return rewrites::run(arguments.rewrites, arguments.seed);
    }
    let most = arguments.minutes.unwrap_or(USUAL_MINUTES);
    println!("=== {name}: {most} min");
    let limit = minutes(most);
    match name {
        PROPERTIES => properties(limit),
        scripts::SCRIPTS => scripts::run(),
        worst::WORST => worst::run(limit, arguments.seed),
        real::REAL => real::run(),
        templates::TEMPLATES => templates::run(),
        kills::KILLS => kills::run(),
        name => fuzz::run(name, limit),
    }
}

fn chosen(names: &[String]) -> Result<Vec<String>> {
    let mut all = fuzz::targets()?;
    all.extend(
        [PROPERTIES, scripts::SCRIPTS, real::REAL, kills::KILLS, worst::WORST, templates::TEMPLATES]
            .into_iter()
            .chain(BY_NUMBER)
            .map(str::to_owned),
    );
    if let Some(name) = names.iter().find(|name| !all.contains(name)) {
        bail!("there is no target `{name}`; there are {}", all.join(", "));
    }
    all.retain(|name| if names.is_empty() { !BY_NUMBER.contains(&name.as_str()) } else { names.contains(name) });
    Ok(all)
}

fn properties(limit: Duration) -> Result<TargetReport> {
    let clock = Instant::now();
    let (mut executions, mut findings) = (0, Vec::new());
    while clock.elapsed() < limit && findings.is_empty() {
        let filter = format!("test(/{PROPERTIES}/)");
        let mut round = process::cargo(["nextest", "run", "--locked", "--workspace", "--no-fail-fast", "-E", &filter]);
        round.args(["--profile", "soak"]);
        round.env("PROPTEST_CASES", CASES_A_ROUND.to_string()).env("PATH", tools::CARGO_NEXTEST.search_path()?);
        if !round.stdin(Stdio::null()).status().context("cargo-nextest does not start")?.success() {
            findings
                .push(Finding { summary: "a property failed; its seed was saved beside it".to_owned(), input: None });
        }
        executions += 1;
    }
    Ok(TargetReport { executions, findings, ..TargetReport::of(PROPERTIES, clock.elapsed()) })
}

fn relative(file: &Path) -> String {
    file.strip_prefix(root()).unwrap_or(file).to_string_lossy().into_owned()
}

fn write(report: &Report, name: &str) -> Result<()> {
    let path = root().join("docs/reports").join(format!("soak-{name}.json"));
    fs::create_dir_all(path.parent().unwrap_or(root()))?;
    fs::write(&path, serde_json::to_string_pretty(report)? + "\n")?;
    println!("{} findings; the report is {}", report.findings, relative(&path));
    Ok(())
}
