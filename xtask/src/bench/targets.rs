//! What deciding may cost at most.

use super::mcp::Mcp;
use super::report::Row;
use serde::Serialize;

const OURS: &str = "plan";

/// A promise and what was found.
#[derive(Serialize)]
pub(super) struct Verdict {
    pub(super) what: String,
    pub(super) at_most: f64,
    /// What `at_most` and `found` count.
    pub(super) unit: &'static str,
    pub(super) found: f64,
    pub(super) met: bool,
}

/// What is looked at in a case.
enum Figure {
    Nanoseconds,
    PerByte,
    Allocations,
    /// Nanoseconds more than this case of the family takes, of so many contracts.
    Beyond(&'static str, usize),
}

struct Target {
    family: &'static str,
    case: &'static str,
    contracts: usize,
    figure: Figure,
    at_most: f64,
}

const fn target(family: &'static str, case: &'static str, contracts: usize, figure: Figure, at_most: f64) -> Target {
    Target { family, case, contracts, figure, at_most }
}

/// Families are named by how they begin.
const TARGETS: &[Target] = &[
    target("1 ", "nothing applies", 100, Figure::Nanoseconds, 200.0),
    target("1 ", "nothing applies", 10_000, Figure::Nanoseconds, 500.0),
    target("1 ", "nothing applies", 100, Figure::Allocations, 0.0),
    target("1 ", "nothing applies", 10_000, Figure::Allocations, 0.0),
    target("1 ", "one denies", 100, Figure::Nanoseconds, 1_000.0),
    target("1 ", "one denies", 10_000, Figure::Nanoseconds, 1_000.0),
    target("2 ", "nothing applies", 1_000, Figure::Nanoseconds, 300.0),
    target("3 ", "file-agent: read", 0, Figure::Nanoseconds, 3_000.0),
    target("3 ", "file-agent: read denied", 0, Figure::Nanoseconds, 3_000.0),
    target("4 ", "bytes to decision, nothing applies", 100, Figure::Nanoseconds, 1_500.0),
    target("5 ", "4 KiB", 0, Figure::PerByte, 1.0),
    target("5 ", "64 KiB", 0, Figure::PerByte, 1.0),
    target("5 ", "256 KiB", 0, Figure::PerByte, 1.0),
    target("5 ", "1 MiB as JSON", 0, Figure::PerByte, 1.0),
    target("6 ", "a limit on calls", 0, Figure::Beyond("no limits", 0), 400.0),
    target("6 ", "limits on calls, tries, failures and a sum", 0, Figure::Beyond("no limits", 0), 400.0),
    target("7 ", "text, equality and number leaves", 1_000, Figure::Nanoseconds, 60e6),
    target("7 ", "text, equality and number leaves", 10_000, Figure::Nanoseconds, 800e6),
    target("7 ", "every kind of leaf, with examples", 1_000, Figure::Nanoseconds, 60e6),
    target("7 ", "every kind of leaf, with examples", 10_000, Figure::Nanoseconds, 800e6),
    // "No slower": what five rounds tell apart.
    target("9 ", "100 on the tool, 10,000 elsewhere", 0, Figure::Beyond("100 on the tool, none elsewhere", 0), 20.0),
    target("9 ", "one for each of 10,000 tools", 0, Figure::Nanoseconds, 300.0),
    target("10 ", "a command of 256 characters: read, with its files and hosts", 0, Figure::Nanoseconds, 15_000.0),
    target("10 ", "a path, lexical", 0, Figure::Nanoseconds, 1_000.0),
    target("10 ", "a URL", 0, Figure::Nanoseconds, 1_500.0),
];

/// What an added microsecond of MCP may be.
const MCP_MICROS: f64 = 60.0;

pub(super) fn verdicts(rows: &[Row], mcp: Option<&Mcp>) -> Vec<Verdict> {
    let mut found: Vec<Verdict> = TARGETS.iter().filter_map(|target| verdict(target, rows)).collect();
    found.extend(mcp.map(|mcp| {
        let added = mcp.added_micros();
        let what = "`callguard mcp run` adds to a `tools/call` (p50)".to_owned();
        Verdict { what, at_most: MCP_MICROS, unit: "us", found: added, met: added <= MCP_MICROS }
    }));
    found
}

/// Nothing where the case was not measured.
fn verdict(target: &Target, rows: &[Row]) -> Option<Verdict> {
    let find = |case: &str, contracts: usize| {
        let is_it = |row: &&Row| {
            row.engine == OURS
                && row.family.starts_with(target.family)
                && row.case == case
                && (contracts == 0 || row.contracts == contracts)
        };
        rows.iter().find(is_it)
    };
    let row = find(target.case, target.contracts)?;
    let (found, unit, suffix) = match target.figure {
        Figure::Nanoseconds => (row.median, "ns", String::new()),
        Figure::PerByte => (row.per_byte?, "ns/B", String::new()),
        Figure::Allocations => (row.allocations? as f64, "allocations", String::new()),
        Figure::Beyond(base, contracts) => {
            (row.median - find(base, contracts)?.median, "ns", format!(", more than with {base}"))
        }
    };
    let what = format!("{}: {}, {} contracts{suffix}", row.family, row.case, row.contracts);
    Some(Verdict { what, at_most: target.at_most, unit, found, met: found <= target.at_most })
}
