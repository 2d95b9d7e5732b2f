//! `cargo xtask bench`: what deciding and the MCP guard cost, beside other engines, with a report in `docs/reports/`.

mod alone;
pub(crate) mod instructions;
mod mcp;
mod report;
mod targets;
mod tooling;

use crate::machine::Machine;
use crate::{process, root, target_dir};
use anyhow::{Context, Result, bail};
use report::{Report, Row};
use serde::Deserialize;
use std::fs;

/// Measure deciding and the MCP guard, and write a report to `docs/reports/`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Only these parts: `decide`, `session`, `mcp`. A run of some parts or with a filter writes no report. `stores`,
    /// `audit` and `tooling` are parts by themselves, each with a report by itself.
    #[arg(value_name = "PART")]
    parts: Vec<String>,
    /// Only what has this in `FAMILY/CASE/CONTRACTS/ENGINE` (repeat the option for several).
    #[arg(long, value_name = "WORD")]
    filter: Vec<String>,
    /// One short round: to see that it runs.
    #[arg(long)]
    quick: bool,
    /// Leave out other engines.
    #[arg(long)]
    no_peers: bool,
    /// Count the instructions of a few cases and commit them to what the tests hold them against; measure nothing else.
    #[arg(long)]
    record_instructions: bool,
}

/// Everything that is measured: the crate whose benchmark it is, and the benchmark.
const PROGRAMS: &[(&str, &str)] = &[("callguard-engine", "decide"), ("callguard", "session")];
/// The part that is no benchmark of a crate.
const MCP: &str = "mcp";

#[derive(Deserialize)]
struct Figures {
    rows: Vec<Row>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    if arguments.record_instructions {
        return instructions::record();
    }
    if arguments.parts == [tooling::TOOLING] {
        return tooling::measure(arguments.quick);
    }
    if let [part] = arguments.parts.as_slice()
        && let Some(alone) = alone::ALL.iter().find(|alone| alone.name == part)
    {
        return alone.measure(arguments.quick);
    }
    let parts = PROGRAMS.iter().map(|(_, part)| *part).chain([MCP]).collect::<Vec<_>>();
    if let Some(part) = arguments.parts.iter().find(|part| !parts.contains(&part.as_str())) {
        let alone = alone::ALL.iter().map(|alone| alone.name).chain([tooling::TOOLING]);
        let alone = alone.collect::<Vec<_>>().join("`, `");
        bail!("there is no part `{part}`; there are {}, and by themselves `{alone}`", parts.join(", "));
    }
    let wanted = |part: &str| arguments.parts.is_empty() || arguments.parts.iter().any(|name| name == part);
    let started = jiff::Timestamp::now();
    let machine = Machine::here()?;
    let mut rows = Vec::new();
    for (package, part) in PROGRAMS.iter().filter(|(_, part)| wanted(part)) {
        rows.extend(measure(package, part, arguments)?);
    }
    let mcp = if wanted(MCP) { Some(mcp::measure(arguments.quick)?) } else { None };
    let report = Report::new(started, machine, rows, mcp);
    report.print_targets();
    if arguments.parts.is_empty() && arguments.filter.is_empty() && !arguments.quick && !arguments.no_peers {
        report.write()?;
    }
    Ok(())
}

fn measure(package: &str, part: &str, arguments: &Arguments) -> Result<Vec<Row>> {
    let file = target_dir().join(format!("bench-{part}.json"));
    let mut bench = process::cargo(["bench", "--quiet", "--locked", "--package", package, "--bench", part, "--"]);
    bench.args(&arguments.filter).arg("--json").arg(&file);
    bench.args(arguments.quick.then_some("--quick")).args(arguments.no_peers.then_some("--no-peers"));
    process::run(bench.current_dir(root()))?;
    let text = fs::read_to_string(&file).with_context(|| format!("{part} wrote no figures"))?;
    Ok(serde_json::from_str::<Figures>(&text)?.rows)
}
