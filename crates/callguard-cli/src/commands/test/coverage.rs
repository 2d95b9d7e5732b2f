//! What tests see of policies, as text and as data.

use super::{html, lcov};
use crate::args::test::{CoverageArgs, TestArgs};
use crate::screen::{Failure, Screen, style};
use callguard::testing::{ContractCoverage, Coverage, Place, Seen, Share, TestResult};
use serde_json::{Value as Json, json};
use std::fmt::Write as _;
use std::path::PathBuf;

/// Puts together what all tests saw, and writes what is asked for; nothing where nobody asks.
pub(super) fn report(args: &CoverageArgs, results: &[TestResult]) -> Result<Option<Coverage>, Failure> {
    let CoverageArgs { coverage, coverage_html, coverage_lcov, min_coverage } = args;
    if !coverage && coverage_html.is_none() && coverage_lcov.is_none() && min_coverage.is_none() {
        return Ok(None);
    }
    let mut all = Coverage::default();
    results.iter().for_each(|result| all.merge(result.coverage.clone()));
    write(coverage_html.as_ref(), || html::page(&all))?;
    write(coverage_lcov.as_ref(), || lcov::tracefile(&all))?;
    Ok(Some(all))
}

fn write(place: Option<&PathBuf>, report: impl FnOnce() -> String) -> Result<(), Failure> {
    let Some(place) = place else { return Ok(()) };
    std::fs::write(place, report())
        .map_err(|error| Failure::Outside(format!("cannot write `{}`: {error}", place.display())))
}

/// What a table calls the columns before the text.
const HEAD: &str = "  line     true    false  unknown";

pub(super) fn as_text(coverage: &Coverage, args: &TestArgs, screen: &mut Screen) -> Result<(), Failure> {
    let width = usize::from(args.width);
    let mut file = "";
    for contract in coverage.contracts() {
        if contract.place.file != file {
            file = &contract.place.file;
            screen.line(format_args!(
                "\n{}{file}{:#}\n{}{HEAD}{:#}",
                style::BOLD,
                style::BOLD,
                style::DIM,
                style::DIM
            ))?;
        }
        let rows = rows(contract);
        for Row { line, seen, wants_false, text } in rows {
            let counts = counts(seen, wants_false);
            let text = cut(&text, width.saturating_sub(HEAD.len()).saturating_sub(2));
            screen.line(format_args!("{line:>6}{counts}  {text}"))?;
        }
    }
    let least = args.coverage.min_coverage;
    screen.line("")?;
    screen.line(format_args!("{} of contracts applied", shown(coverage.of_contracts(), least)))?;
    screen.line(format_args!("{} of outcomes of conditions were seen", shown(coverage.of_conditions(), least)))
}

struct Row {
    line: usize,
    seen: Seen,
    /// Whether false is one of two outcomes.
    wants_false: bool,
    text: String,
}

fn rows(contract: &ContractCoverage) -> Vec<Row> {
    let whole = Row { line: contract.place.line, seen: contract.seen, wants_false: false, text: contract.id.clone() };
    let conditions = contract.conditions.iter().map(|condition| Row {
        line: condition.place.line,
        seen: condition.seen,
        wants_false: true,
        text: format!("  {}{}", if condition.excuses { "unless " } else { "" }, condition.text),
    });
    std::iter::once(whole).chain(conditions).collect()
}

/// Three columns; an outcome that was missed says so.
fn counts(seen: Seen, wants_false: bool) -> String {
    let mut columns = String::new();
    for (count, wanted) in [(seen.held, true), (seen.failed, wants_false), (seen.unknown, false)] {
        // Writing to a string does not fail.
        let _ = match (count, wanted) {
            (0, true) => write!(columns, "{}{:>9}{:#}", style::DENY, "never", style::DENY),
            (0, false) => write!(columns, "{:>9}", "-"),
            (count, _) => write!(columns, "{count:>9}"),
        };
    }
    columns
}

fn shown(share: Share, least: Option<f64>) -> String {
    let percent = share.percent();
    let style = if least.is_some_and(|least| percent < least) { style::DENY } else { style::BOLD };
    // Rounded down: 100% is all of them.
    let percent = (percent * 10.0).floor() / 10.0;
    let wanted = least.filter(|least| share.percent() < *least).map(|least| format!(" ({least}% wanted)"));
    format!("{style}{percent}%{style:#}{} ({} of {})", wanted.unwrap_or_default(), share.seen, share.of)
}

fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{kept}…")
}

pub(super) fn as_json(coverage: &Coverage) -> Json {
    let share = |share: Share| json!({ "seen": share.seen, "of": share.of, "percent": share.percent() });
    let contracts: Vec<Json> = coverage.contracts().map(contract).collect();
    json!({
        "contracts": share(coverage.of_contracts()),
        "outcomes": share(coverage.of_conditions()),
        "by_contract": contracts,
    })
}

fn contract(contract: &ContractCoverage) -> Json {
    let conditions = contract.conditions.iter().map(|condition| {
        let role = if condition.excuses { "unless" } else { "when" };
        placed(&condition.place, condition.seen, [("in", json!(role)), ("condition", json!(condition.text))])
    });
    let conditions = conditions.collect();
    placed(&contract.place, contract.seen, [("contract", json!(contract.id)), ("conditions", conditions)])
}

fn placed(place: &Place, seen: Seen, rest: [(&str, Json); 2]) -> Json {
    let entries = [
        ("file", json!(place.file)),
        ("line", json!(place.line)),
        ("true", json!(seen.held)),
        ("false", json!(seen.failed)),
        ("unknown", json!(seen.unknown)),
    ];
    Json::Object(entries.into_iter().chain(rest).map(|(key, value)| (key.to_owned(), value)).collect())
}
