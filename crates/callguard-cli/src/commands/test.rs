//! `callguard test`: runs PolicyTest files, and says what they show.

mod coverage;
mod html;
mod junit;
mod lcov;
mod suite;

use crate::args::test::TestArgs;
use crate::exit::Exit;
use crate::screen::{Failure, Screen, style};
use callguard::testing::{Coverage, TestResult};
use serde_json::{Value as Json, json};
use std::fmt::Display;
use std::path::Path;
use suite::Suite;

pub(crate) fn run(args: &TestArgs, screen: &mut Screen) -> Result<Exit, Failure> {
    let suite = Suite::read(args)?;
    let results = suite.run()?;
    let failed = results.iter().flat_map(|result| &result.cases).any(|case| !case.passed());
    let covered = coverage::report(&args.coverage, &results)?;
    if args.json {
        let mut all = as_json(&results);
        if let (Some(all), Some(covered)) = (all.as_object_mut(), &covered) {
            all.insert("coverage".to_owned(), coverage::as_json(covered));
        }
        screen.line(all)?;
    } else if let Some(place) = &args.junit {
        write(place, junit::report(&results), screen)?;
    } else {
        as_text(&results, screen)?;
        if let Some(covered) =
            covered.as_ref().filter(|_| args.coverage.coverage || args.coverage.min_coverage.is_some())
        {
            coverage::as_text(covered, args, screen)?;
        }
    }
    let short = covered.is_some_and(|covered| is_short(args, &covered));
    Ok(if failed || short { Exit::TestsFailed } else { Exit::Ok })
}

fn is_short(args: &TestArgs, covered: &Coverage) -> bool {
    let shares = [covered.of_contracts(), covered.of_conditions()];
    args.coverage.min_coverage.is_some_and(|least| shares.iter().any(|share| share.percent() < least))
}

/// Writes a report to a file, or to standard output for `-`.
fn write(place: &Path, report: impl Display, screen: &mut Screen) -> Result<(), Failure> {
    if place == Path::new("-") {
        return screen.text(report);
    }
    std::fs::write(place, report.to_string())
        .map_err(|error| Failure::Outside(format!("cannot write `{}`: {error}", place.display())))
}

fn as_text(results: &[TestResult], screen: &mut Screen) -> Result<(), Failure> {
    let mut passed = 0_usize;
    let mut failed = 0_usize;
    for result in results {
        screen.line(format_args!("{}{}{:#}  {}", style::BOLD, result.name, style::BOLD, result.file))?;
        for case in &result.cases {
            if case.passed() {
                passed = passed.saturating_add(1);
                screen.line(format_args!("  {}ok{:#}    {}", style::ALLOW, style::ALLOW, case.name))?;
                continue;
            }
            failed = failed.saturating_add(1);
            screen.line(format_args!("  {}FAIL{:#}  {}  (line {})", style::DENY, style::DENY, case.name, case.line))?;
            for line in &case.failures {
                screen.line(format_args!("          {line}"))?;
            }
        }
    }
    screen.line(format_args!("{passed} passed, {failed} failed"))
}

fn as_json(results: &[TestResult]) -> Json {
    let case = |case: &callguard::testing::CaseResult| json!({ "name": case.name, "line": case.line, "passed": case.passed(), "failures": case.failures });
    let file = |result: &TestResult| {
        let cases: Vec<Json> = result.cases.iter().map(case).collect();
        json!({ "file": result.file, "name": result.name, "cases": cases })
    };
    let cases = || results.iter().flat_map(|result| &result.cases);
    json!({
        "passed": cases().filter(|case| case.passed()).count(),
        "failed": cases().filter(|case| !case.passed()).count(),
        "tests": results.iter().map(file).collect::<Vec<_>>(),
    })
}
