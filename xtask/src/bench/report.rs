//! The report: everything as JSON, and as tables that people read.

use super::mcp::Mcp;
use super::targets::{Verdict, verdicts};
use crate::machine::Machine;
use crate::root;
use anyhow::Result;
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;
use std::fs;

/// One engine on one case, as the benchmark writes it.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Row {
    pub(super) family: String,
    pub(super) case: String,
    pub(super) contracts: usize,
    pub(super) engine: String,
    pub(super) unit: String,
    pub(super) median: f64,
    pub(super) rounds: Vec<f64>,
    pub(super) per_byte: Option<f64>,
    pub(super) allocations: Option<u64>,
}

#[derive(Serialize)]
pub(super) struct Report {
    schema_version: u32,
    started: String,
    #[serde(flatten)]
    machine: Machine,
    targets: Vec<Verdict>,
    mcp: Option<Mcp>,
    rows: Vec<Row>,
    #[serde(skip)]
    date: String,
}

/// The columns, those of ours first.
const ENGINES: &[&str] =
    &["plan", "guard", "interpreter", "hand-index", "hand-loop", "cedar", "regorus", "regorus-rvm", "cel"];

impl Report {
    pub(super) fn new(started: jiff::Timestamp, machine: Machine, rows: Vec<Row>, mcp: Option<Mcp>) -> Report {
        Report {
            schema_version: 1,
            started: format!("{started:.0}"),
            date: started.strftime("%Y-%m-%d").to_string(),
            machine,
            targets: verdicts(&rows, mcp.as_ref()),
            mcp,
            rows,
        }
    }

    pub(super) fn print_targets(&self) {
        println!();
        for verdict in &self.targets {
            println!("{:<7} {}: {}", word(verdict), verdict.what, outcome(verdict));
        }
    }

    pub(super) fn write(&self) -> Result<()> {
        let base = root().join("docs/reports");
        fs::create_dir_all(&base)?;
        let name = format!("bench-decide-{}", self.date);
        fs::write(base.join(format!("{name}.json")), serde_json::to_string_pretty(self)? + "\n")?;
        fs::write(base.join(format!("{name}.md")), self.markdown()?)?;
        println!("the report is docs/reports/{name}.md");
        Ok(())
    }

    fn markdown(&self) -> Result<String> {
        let mut text = String::new();
        let Machine { commit, uncommitted_changes, processor, cores, rustc } = &self.machine;
        let changed = if *uncommitted_changes { " with uncommitted changes" } else { "" };
        writeln!(text, "# What deciding costs, {}\n", self.date)?;
        writeln!(text, "<!-- Written by `cargo xtask bench`. -->\n")?;
        writeln!(text, "Commit {commit}{changed}; {processor}, {cores} cores; {rustc}. {HOW}\n")?;
        writeln!(text, "## Targets\n\n| | what | at most | found |\n|---|---|---:|---:|")?;
        for verdict in &self.targets {
            let most = figure(verdict.at_most, verdict.unit);
            writeln!(text, "| {} | {} | {most} | {} |", word(verdict), verdict.what, outcome(verdict))?;
        }
        let mut families: Vec<&str> = self.rows.iter().map(|row| row.family.as_str()).collect();
        families.dedup();
        families.sort_unstable();
        families.dedup();
        for family in families {
            self.family(&mut text, family)?;
        }
        if let Some(mcp) = &self.mcp {
            mcp.markdown(&mut text)?;
        }
        Ok(text)
    }

    fn family(&self, text: &mut String, family: &str) -> Result<()> {
        let rows: Vec<&Row> = self.rows.iter().filter(|row| row.family == family).collect();
        let engines: Vec<&str> =
            ENGINES.iter().copied().filter(|engine| rows.iter().any(|row| row.engine == *engine)).collect();
        writeln!(text, "\n## {family}\n\n| case | contracts | {} |", engines.join(" | "))?;
        writeln!(text, "|---|---:|{}", "---:|".repeat(engines.len()))?;
        let mut cases: Vec<(&str, usize)> = Vec::new();
        for row in &rows {
            if !cases.contains(&(&row.case, row.contracts)) {
                cases.push((&row.case, row.contracts));
            }
        }
        for (case, contracts) in cases {
            let of = |engine: &str| {
                rows.iter().find(|row| row.engine == engine && row.case == case && row.contracts == contracts)
            };
            let base = engines.first().and_then(|engine| of(engine)).map(|row| row.median);
            let cells = engines.iter().map(|engine| of(engine).map_or("–".to_owned(), |row| cell(row, base)));
            writeln!(text, "| {case} | {contracts} | {} |", cells.collect::<Vec<_>>().join(" | "))?;
        }
        Ok(())
    }
}

const HOW: &str = "Medians of five rounds in which every subject has its turn; processor time of the thread. One call \
goes through the whole step machine (begun, attempt answered, reserved, outcome dropped), already parsed but for family 4. \
The other engines get the same rules as far as their languages say them, and answer no more than whether one forbids: no \
messages, no paths read in several ways, no session. `hand-index` and `hand-loop` are Rust written for these rules.";

fn cell(row: &Row, base: Option<f64>) -> String {
    let unit = if row.unit == "kibibytes" { "KiB" } else { "ns" };
    let mut cell = figure(row.median, unit);
    if let Some(per_byte) = row.per_byte.filter(|_| unit == "ns" && row.median > 2e3) {
        cell += &format!(", {per_byte:.2} ns/B");
    }
    if let Some(count) = row.allocations.filter(|_| row.engine == "plan" && row.median < 1e6) {
        cell += &format!(", {count} alloc.");
    }
    match base.filter(|base| row.engine != "plan" && *base > 0.0) {
        Some(base) => format!("{cell} (×{:.1})", row.median / base),
        None => cell,
    }
}

fn word(verdict: &Verdict) -> &'static str {
    if verdict.met { "met" } else { "missed" }
}

fn outcome(verdict: &Verdict) -> String {
    let found = figure(verdict.found, verdict.unit);
    if verdict.met {
        return found;
    }
    let over = figure(verdict.found - verdict.at_most, verdict.unit);
    if verdict.at_most > 0.0 {
        return format!("{found} (×{:.1}, {over} over)", verdict.found / verdict.at_most);
    }
    format!("{found} ({over} over)")
}

/// `1.2 us` of 1,200 ns.
fn figure(value: f64, unit: &str) -> String {
    match unit {
        "ns" if value.abs() < 1e3 => format!("{value:.0} ns"),
        "ns" if value.abs() < 1e6 => format!("{:.2} us", value / 1e3),
        "ns" => format!("{:.1} ms", value / 1e6),
        "ns/B" => format!("{value:.2} ns/B"),
        "us" => format!("{value:.1} us"),
        unit => format!("{value:.0} {unit}"),
    }
}
