//! `callguard test`: runs PolicyTest files.

mod junit;

use crate::args::TestArgs;
use crate::exit::Exit;
use crate::folder;
use crate::input;
use crate::screen::{Failure, Screen, style};
use callguard::testing::{TestError, TestResult, run_file};

pub(crate) fn run(args: &TestArgs, screen: &mut Screen) -> Result<Exit, Failure> {
    let (tests, policies) = match args.scenarios.as_slice() {
        [] => (args.files.as_slice(), None),
        scenarios => (scenarios, Some(input::policies(&args.files)?)),
    };
    let mut results = Vec::new();
    for file in &folder::expanded(tests, &["PolicyTest"])? {
        match run_file(file, policies.as_deref()) {
            Ok(found) => results.extend(found),
            Err(error) => return refused(error, screen),
        }
    }
    if args.json {
        screen.line(as_json(&results))?;
    } else if args.junit {
        screen.text(junit::report(&results))?;
    } else {
        as_text(&results, screen)?;
    }
    let failed = results.iter().flat_map(|result| &result.cases).any(|case| !case.passed());
    Ok(if failed { Exit::TestsFailed } else { Exit::Ok })
}

fn refused(error: TestError, screen: &mut Screen) -> Result<Exit, Failure> {
    match error {
        TestError::Policy(error) => Err(error.into()),
        TestError::Invalid(found, sources) => {
            found.iter().for_each(|found| screen.finding(found, &sources));
            Ok(Exit::PolicyInvalid)
        }
        other => Err(Failure::Usage(other.to_string())),
    }
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

fn as_json(results: &[TestResult]) -> serde_json::Value {
    let files: Vec<_> = results
        .iter()
        .map(|result| {
            let cases: Vec<_> = result
                .cases
                .iter()
                .map(|case| {
                    serde_json::json!({
                        "name": case.name,
                        "line": case.line,
                        "passed": case.passed(),
                        "failures": case.failures,
                    })
                })
                .collect();
            serde_json::json!({ "file": result.file, "name": result.name, "cases": cases })
        })
        .collect();
    let cases = || results.iter().flat_map(|result| &result.cases);
    serde_json::json!({
        "passed": cases().filter(|case| case.passed()).count(),
        "failed": cases().filter(|case| !case.passed()).count(),
        "tests": files,
    })
}
