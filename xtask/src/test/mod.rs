//! `cargo xtask test`: every check and test in order, with seconds per stage.

mod adapters;
mod checks;
mod coverage;
mod deploy;
mod docs;
mod mcp;
mod python;
mod stores;
mod suites;
mod templates;

use anyhow::{Result, bail};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Run every check and test, with all the set-up they need.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Run these stages only (repeat the option for several).
    #[arg(long, value_name = "NAME")]
    stage: Vec<String>,
    /// List the stages and run nothing.
    #[arg(long)]
    list: bool,
    /// Stop at the first stage that fails.
    #[arg(long)]
    fail_fast: bool,
}

/// One stage: what it is called, what it shows, how it runs.
struct Stage {
    name: &'static str,
    about: &'static str,
    run: fn() -> Result<()>,
}

/// The stages in order: cheap ones first. To add a stage, add a line.
const STAGES: &[Stage] = &[
    Stage { name: "fmt", about: "Rust is formatted", run: checks::fmt },
    Stage { name: "tidy", about: "the rules of the house hold", run: crate::tidy::run },
    Stage { name: "typos", about: "words are spelled right", run: checks::typos },
    Stage { name: "deny", about: "dependencies are allowed: licences, sources, duplicates", run: checks::deny },
    Stage { name: "unused", about: "every declared dependency is used", run: checks::unused },
    Stage { name: "clippy", about: "no lint fires", run: checks::clippy },
    Stage { name: "generate", about: "what is generated and committed is up to date", run: checks::generate },
    Stage { name: "nextest", about: "unit, corpus, snapshot and property tests", run: suites::nextest },
    Stage { name: "stores", about: "stores against real Redis and PostgreSQL", run: stores::run },
    Stage { name: "coverage", about: "the tests before reach enough lines of engine and SDK", run: coverage::run },
    Stage { name: "doctests", about: "examples in the API's documentation", run: suites::doctests },
    Stage { name: "templates", about: "the templates' tests notice what is changed in them", run: templates::run },
    Stage { name: "deploy", about: "rules and dashboards for those who run it", run: deploy::run },
    Stage { name: "mcp", about: "real MCP clients and servers through the binary", run: mcp::run },
    Stage {
        name: "python",
        about: "the Python package: its wheel, its tests, its types; the sdist builds",
        run: python::run,
    },
    Stage { name: "adapters", about: "agent frameworks, oldest and newest, in their own loops", run: adapters::run },
    Stage {
        name: "docs",
        about: "the documentation: what it shows runs, its links hold, it can be read",
        run: docs::run,
    },
    Stage {
        name: "instructions",
        about: "a decision takes no more instructions than recorded",
        run: crate::bench::instructions::check,
    },
];

/// What became of a stage.
struct Outcome {
    stage: &'static Stage,
    passed: bool,
    taken: Duration,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let stages = chosen(&arguments.stage)?;
    if arguments.list {
        stages.iter().for_each(|stage| println!("{:<12}  {}", stage.name, stage.about));
        return Ok(ExitCode::SUCCESS);
    }
    let mut outcomes = Vec::new();
    for stage in stages {
        let outcome = run_stage(stage);
        let stop = arguments.fail_fast && !outcome.passed;
        outcomes.push(outcome);
        if stop {
            break;
        }
    }
    Ok(summarise(&outcomes))
}

fn chosen(names: &[String]) -> Result<Vec<&'static Stage>> {
    if let Some(name) = names.iter().find(|name| STAGES.iter().all(|stage| stage.name != name.as_str())) {
        bail!("there is no stage `{name}`; `cargo xtask test --list` names them");
    }
    Ok(STAGES.iter().filter(|stage| names.is_empty() || names.iter().any(|name| name == stage.name)).collect())
}

fn run_stage(stage: &'static Stage) -> Outcome {
    println!("\n=== {}: {}", stage.name, stage.about);
    let start = Instant::now();
    let result = (stage.run)();
    let taken = start.elapsed();
    if let Err(error) = &result {
        println!("{error:#}");
    }
    let passed = result.is_ok();
    println!("=== {} {} in {:.1} s", stage.name, word(passed), taken.as_secs_f64());
    Outcome { stage, passed, taken }
}

fn summarise(outcomes: &[Outcome]) -> ExitCode {
    println!("\n{:<12}  {:<6}  {:>7}", "stage", "result", "seconds");
    for Outcome { stage, passed, taken } in outcomes {
        println!("{:<12}  {:<6}  {:>7.1}", stage.name, word(*passed), taken.as_secs_f64());
    }
    let total: Duration = outcomes.iter().map(|outcome| outcome.taken).sum();
    println!("{:<12}  {:<6}  {:>7.1}\n", "total", "", total.as_secs_f64());
    let passed = outcomes.iter().filter(|outcome| outcome.passed).count();
    let failed = outcomes.len() - passed;
    println!("{passed} passed, {failed} failed");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn word(passed: bool) -> &'static str {
    if passed { "ok" } else { "FAILED" }
}
