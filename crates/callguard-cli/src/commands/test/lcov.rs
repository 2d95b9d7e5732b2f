//! Coverage as an lcov tracefile: a contract is a function, and each condition a branch with two ways, true and false.

use callguard::testing::{ContractCoverage, Coverage, Seen};
use std::collections::BTreeMap;
use std::fmt::{self, Write};

/// The tracefile.
pub(super) fn tracefile(coverage: &Coverage) -> String {
    let mut files: BTreeMap<&str, Vec<&ContractCoverage>> = BTreeMap::new();
    for contract in coverage.contracts() {
        files.entry(&contract.place.file).or_default().push(contract);
    }
    let mut out = String::new();
    for (file, contracts) in files {
        // INVARIANT: writing to a string does not fail.
        let _ = record(file, &contracts, &mut out);
    }
    out
}

fn record(file: &str, contracts: &[&ContractCoverage], out: &mut String) -> fmt::Result {
    writeln!(out, "TN:callguard\nSF:{file}")?;
    for contract in contracts {
        writeln!(out, "FN:{},{}", contract.place.line, contract.id)?;
    }
    for contract in contracts {
        writeln!(out, "FNDA:{},{}", contract.seen.held, contract.id)?;
    }
    let applied = contracts.iter().filter(|contract| contract.is_covered()).count();
    writeln!(out, "FNF:{}\nFNH:{applied}", contracts.len())?;
    branches(contracts, out)?;
    lines(contracts, out)?;
    writeln!(out, "end_of_record")
}

fn branches(contracts: &[&ContractCoverage], out: &mut String) -> fmt::Result {
    let (mut found, mut hit) = (0_usize, 0_usize);
    for (block, condition) in contracts.iter().flat_map(|contract| &contract.conditions).enumerate() {
        let line = condition.place.line;
        for (branch, count) in [condition.seen.held, condition.seen.failed].into_iter().enumerate() {
            writeln!(out, "BRDA:{line},{block},{branch},{count}")?;
        }
        found = found.saturating_add(2);
        hit = hit.saturating_add(condition.outcomes());
    }
    writeln!(out, "BRF:{found}\nBRH:{hit}")
}

fn lines(contracts: &[&ContractCoverage], out: &mut String) -> fmt::Result {
    let mut lines: BTreeMap<usize, u64> = BTreeMap::new();
    for contract in contracts {
        lines.insert(contract.place.line, looks(contract.seen));
        for condition in &contract.conditions {
            let count = lines.entry(condition.place.line).or_default();
            *count = (*count).max(looks(condition.seen));
        }
    }
    for (line, count) in &lines {
        writeln!(out, "DA:{line},{count}")?;
    }
    let hit = lines.values().filter(|count| **count > 0).count();
    writeln!(out, "LF:{}\nLH:{hit}", lines.len())
}

/// How often it was looked at.
fn looks(seen: Seen) -> u64 {
    seen.held.saturating_add(seen.failed).saturating_add(seen.unknown)
}
