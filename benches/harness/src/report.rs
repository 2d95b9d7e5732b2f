//! The figures: as a table, and as JSON.

use crate::rounds::{Case, Subject, median};
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// What a figure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Nanoseconds.
    Nanoseconds,
    /// KiB of memory for 1,000 contracts.
    Kibibytes,
}

/// The figures of one engine on one case.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Row {
    /// Which family.
    pub family: String,
    /// What happens to the call.
    pub case: String,
    /// How many contracts.
    pub contracts: usize,
    /// Which engine.
    pub engine: String,
    /// What the figures count.
    pub unit: Unit,
    /// The middle of the rounds.
    pub median: f64,
    /// What each round found.
    pub rounds: Vec<f64>,
    /// The median by the bytes that may be looked at.
    pub per_byte: Option<f64>,
    /// Allocations of one go.
    pub allocations: Option<u64>,
    #[serde(skip)]
    bytes: Option<usize>,
}

/// All figures of a run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    /// One for each engine and case.
    pub rows: Vec<Row>,
}

impl Row {
    pub(crate) fn of(subject: &mut Subject) -> Row {
        Row {
            family: subject.case.family.clone(),
            case: subject.case.name.clone(),
            contracts: subject.case.contracts,
            engine: subject.engine.clone(),
            unit: subject.unit,
            median: f64::NAN,
            rounds: Vec::new(),
            per_byte: None,
            allocations: subject.sampler.allocations(),
            bytes: subject.bytes,
        }
    }

    fn case(&self) -> Case {
        Case::new(&self.family, &self.case, self.contracts)
    }
}

impl Report {
    pub(crate) fn of(mut rows: Vec<Row>) -> Report {
        for row in &mut rows {
            row.median = median(&row.rounds);
            row.per_byte = row.bytes.filter(|_| row.unit == Unit::Nanoseconds).map(|bytes| row.median / bytes as f64);
        }
        Report { rows }
    }

    pub(crate) fn print(&self) {
        let mut cases: Vec<Case> = Vec::new();
        let mut by_case: BTreeMap<Case, Vec<&Row>> = BTreeMap::new();
        for row in &self.rows {
            let known = by_case.entry(row.case()).or_default();
            if known.is_empty() {
                cases.push(row.case());
            }
            known.push(row);
        }
        cases.sort_by(|left, right| left.family.cmp(&right.family));
        let mut family = "";
        for case in &cases {
            if family != case.family {
                println!("\n{}", case.family);
                family = &case.family;
            }
            let rows = by_case.get(case).map_or(&[] as &[&Row], Vec::as_slice);
            let cells: Vec<String> = rows.iter().map(|row| cell(row)).collect();
            println!("  {:<34} {:>6}  {}", case.name, case.contracts, cells.join("  "));
        }
    }

    pub(crate) fn write(&self, file: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self)? + "\n";
        std::fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
    }
}

fn cell(row: &Row) -> String {
    let allocations = row.allocations.map(|count| format!(" {count}a")).unwrap_or_default();
    let per_byte = row.per_byte.map(|figure| format!(" {figure:.2}/B")).unwrap_or_default();
    format!("{} {}{per_byte}{allocations}", row.engine, shown(row.median, row.unit))
}

/// `1.2 us`
pub fn shown(figure: f64, unit: Unit) -> String {
    match unit {
        Unit::Kibibytes => format!("{figure:.0} KiB"),
        Unit::Nanoseconds if figure < 1e3 => format!("{figure:.0} ns"),
        Unit::Nanoseconds if figure < 1e6 => format!("{:.2} us", figure / 1e3),
        Unit::Nanoseconds => format!("{:.1} ms", figure / 1e6),
    }
}
