//! `callguard test`: runs PolicyTest files, and says what they show.

mod coverage;
mod fuzz;
mod html;
mod junit;
mod lcov;
mod mutate;
mod suite;
mod watch;

use crate::args::test::TestArgs;
use crate::exit::Exit;
use crate::screen::{Failure, Screen, style};
use callguard::testing::{Coverage, TestResult};
use serde_json::{Value as Json, json};
use std::fmt::Display;
use std::path::Path;
use suite::Suite;

pub(crate) fn run(args: &TestArgs, screen: &mut Screen) -> Result<Exit, Failure> {
    if args.watch { watch::run(args, screen) } else { once(args, screen) }
}

/// What tests show, beside which of them pass.
#[derive(Default)]
struct Shown {
    coverage: Option<Coverage>,
    mutation: Option<mutate::Mutation>,
    fuzzing: Option<fuzz::Fuzzing>,
}

fn once(args: &TestArgs, screen: &mut Screen) -> Result<Exit, Failure> {
    let suite = Suite::read(args)?;
    let results = suite.run()?;
    let failed = results.iter().flat_map(|result| &result.cases).any(|case| !case.passed());
    let mut shown = Shown { coverage: coverage::report(&args.coverage, &results)?, ..Shown::default() };
    // Of tests that fail nothing can be said.
    if !failed && args.mutate.mutate {
        shown.mutation = Some(mutate::run(&suite)?);
    }
    if let Some(times) = args.mutate.fuzz.filter(|_| !failed) {
        shown.fuzzing = Some(fuzz::run(&suite, times, args.mutate.seed)?);
    }
    print(args, &results, &shown, screen)?;
    Ok(if failed || shown.is_short(args) { Exit::TestsFailed } else { Exit::Ok })
}

fn print(args: &TestArgs, results: &[TestResult], shown: &Shown, screen: &mut Screen) -> Result<(), Failure> {
    if let Some(place) = &args.junit {
        return write(place, junit::report(results), screen);
    }
    if args.json {
        return screen.line(shown.beside(as_json(results)));
    }
    as_text(results, screen)?;
    let wanted = args.coverage.coverage || args.coverage.min_coverage.is_some();
    if let Some(covered) = shown.coverage.as_ref().filter(|_| wanted) {
        coverage::as_text(covered, args, screen)?;
    }
    if let Some(mutation) = &shown.mutation {
        mutate::as_text(mutation, usize::from(args.width), screen)?;
    }
    if let Some(fuzzing) = &shown.fuzzing {
        fuzz::as_text(fuzzing, usize::from(args.width), screen)?;
    }
    Ok(())
}

impl Shown {
    fn is_short(&self, args: &TestArgs) -> bool {
        self.coverage.as_ref().is_some_and(|covered| is_short(args, covered))
            || self.mutation.as_ref().is_some_and(|mutation| mutation.is_short(&args.mutate))
            || self.fuzzing.as_ref().is_some_and(fuzz::Fuzzing::is_short)
    }

    fn beside(&self, results: Json) -> Json {
        let parts = [
            ("coverage", self.coverage.as_ref().map(coverage::as_json)),
            ("mutation", self.mutation.as_ref().map(mutate::Mutation::as_json)),
            ("fuzzing", self.fuzzing.as_ref().map(fuzz::Fuzzing::as_json)),
        ];
        let mut all = results;
        for (key, part) in parts {
            if let (Some(all), Some(part)) = (all.as_object_mut(), part) {
                all.insert(key.to_owned(), part);
            }
        }
        all
    }
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

/// Indented, cut into lines of so many columns.
fn wrapped(text: &str, width: usize, screen: &mut Screen) -> Result<(), Failure> {
    let room = width.saturating_sub(2).max(1);
    let letters: Vec<char> = text.chars().collect();
    letters.chunks(room).try_for_each(|line| screen.line(format_args!("  {}", line.iter().collect::<String>())))
}
