//! How many instructions a decision takes, counted by valgrind: a figure that no other program on the machine disturbs, and
//! that the tests hold against what is committed.
//!
//! What it depends on: the compiler, the C library, and which vector instructions the processor has. It does not depend on
//! the place of the clone, the environment or random seeds.

use crate::{process, root, target_dir, tools};
use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

/// Where the figures are committed, below the root.
const RECORD: &str = "benches/instructions.json";
/// What is counted: a name, and the filter that finds it in the benchmark `decide`.
const COUNTED: &[(&str, &str)] = &[
    ("nothing applies, 1,000 contracts", "1 text, equality and number leaves/nothing applies/1000/plan"),
    ("one of 1,000 contracts denies", "1 text, equality and number leaves/one denies/1000/plan"),
    ("the template file-agent, a path tool", "3 shipped templates/file-agent: read/14/plan"),
];
/// Calls that are counted together.
const CALLS: u64 = 100;
/// By how much a figure may grow.
const MOST_GROWTH: f64 = 0.05;

#[derive(Serialize, Deserialize)]
struct Record {
    rustc: String,
    /// Instructions of one call.
    instructions: BTreeMap<String, u64>,
}

/// Writes what is counted now.
pub(crate) fn record() -> Result<()> {
    let record = Record { rustc: rustc()?, instructions: count()? };
    record.instructions.iter().for_each(|(name, count)| println!("{count:>9}  {name}"));
    std::fs::write(root().join(RECORD), serde_json::to_string_pretty(&record)? + "\n")?;
    println!("recorded in {RECORD}");
    Ok(())
}

/// The stage of the tests: nothing takes notably more instructions than was recorded.
pub(crate) fn check() -> Result<()> {
    let text = std::fs::read_to_string(root().join(RECORD)).with_context(|| format!("cannot read {RECORD}"))?;
    let recorded: Record = serde_json::from_str(&text)?;
    let rustc = rustc()?;
    if recorded.rustc != rustc {
        println!("recorded with {}, counted with {rustc}", recorded.rustc);
    }
    let mut grown = Vec::new();
    for (name, count) in count()? {
        let Some(before) = recorded.instructions.get(&name) else {
            bail!("{RECORD} does not hold `{name}`; {UPDATE}");
        };
        let growth = count as f64 / *before as f64 - 1.0;
        println!("{count:>9}  {:+.2}%  {name}", growth * 100.0);
        if growth > MOST_GROWTH {
            grown.push(name);
        }
    }
    if !grown.is_empty() {
        bail!("more than {:.0}% more instructions than recorded: {}; {UPDATE}", MOST_GROWTH * 100.0, grown.join("; "));
    }
    Ok(())
}

const UPDATE: &str = "if that is as it must be, `cargo xtask bench --record-instructions` records it anew";

fn count() -> Result<BTreeMap<String, u64>> {
    let program = program()?;
    COUNTED.iter().map(|(name, filter)| Ok(((*name).to_owned(), count_one(&program, filter)? / CALLS))).collect()
}

/// Counts within the function `measured` of the benchmark alone.
fn count_one(program: &PathBuf, filter: &str) -> Result<u64> {
    let out = target_dir().join("callgrind.out");
    let mut valgrind = tools::valgrind()?;
    valgrind.args([
        "--quiet",
        "--tool=callgrind",
        "--collect-atstart=no",
        "--toggle-collect=*callguard_bench*measured*",
    ]);
    valgrind.arg(format!("--callgrind-out-file={}", out.display())).arg(program);
    valgrind.args([filter, "--no-peers", "--count-calls", &CALLS.to_string()]);
    process::output(&mut valgrind)?;
    let text = std::fs::read_to_string(&out).context("valgrind wrote nothing")?;
    let total = text.lines().find_map(|line| line.strip_prefix("summary: ")).context("valgrind wrote no summary")?;
    match total.trim().parse()? {
        0 => bail!("valgrind counted nothing: is the function `measured` still there?"),
        total => Ok(total),
    }
}

/// The benchmark, built as the product is.
fn program() -> Result<PathBuf> {
    let mut build =
        process::cargo(["bench", "--quiet", "--locked", "--package", "callguard-engine", "--bench", "decide"]);
    let messages = process::output(build.args(["--no-run", "--message-format", "json"]))?;
    let built = messages.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let executable = built.filter_map(|message| message["executable"].as_str().map(PathBuf::from)).next_back();
    executable.context("cargo built no benchmark")
}

fn rustc() -> Result<String> {
    Ok(process::output(Command::new("rustc").arg("--version"))?.trim().to_owned())
}
