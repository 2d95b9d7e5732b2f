//! `callguard validate`: everything that is wrong with policies and their tests, in one go.

use crate::args::ValidateArgs;
use crate::exit::Exit;
use crate::folder;
use crate::input;
use crate::screen::{Failure, Screen, style};
use callguard::Disk;
use callguard::engine::diagnostic::{Diagnostic, Severity, to_json, to_sarif};
use callguard::engine::policy::test_file::read_policy_tests;
use callguard::engine::policy::{LoadInput, PolicyFile, load};
use callguard::engine::source::Sources;
use std::sync::Arc;

/// What was found in one load.
struct Report {
    name: String,
    summary: String,
    findings: Vec<Diagnostic>,
    sources: Arc<Sources>,
}

impl Report {
    fn is_valid(&self) -> bool {
        self.findings.iter().all(|found| found.severity != Severity::Error)
    }
}

pub(crate) fn run(args: &ValidateArgs, screen: &mut Screen) -> Result<Exit, Failure> {
    let files = input::policies(&folder::expanded(&args.files, &["Policy", "PolicyTest"])?)?;
    let loads: Vec<Vec<PolicyFile>> = match args.together {
        true => vec![files],
        false => files.into_iter().map(|file| vec![file]).collect(),
    };
    let reports: Vec<Report> = loads.into_iter().map(report).collect();
    if args.json {
        screen.line(as_json(&reports))?;
    } else if args.sarif {
        screen.line(as_sarif(&reports))?;
    } else {
        as_text(&reports, screen)?;
    }
    Ok(if reports.iter().all(Report::is_valid) { Exit::Ok } else { Exit::PolicyInvalid })
}

fn report(files: Vec<PolicyFile>) -> Report {
    let name = files.iter().map(|file| file.name.clone()).collect::<Vec<_>>().join(", ");
    if let [file] = files.as_slice()
        && let Some(report) = test_report(file)
    {
        return report;
    }
    let input = LoadInput { files, bases: &Disk, operators: std::sync::Arc::default() };
    match load(input) {
        Ok(loaded) => {
            let policies = loaded.set.policies.len();
            let contracts: usize = loaded.set.policies.iter().map(|policy| policy.contracts.len()).sum();
            let summary =
                format!("{}, {}", counted(policies, "policy", "policies"), counted(contracts, "contract", "contracts"));
            Report { name, summary, findings: loaded.warnings, sources: loaded.sources }
        }
        Err(errors) => Report { name, summary: String::new(), findings: errors.diagnostics, sources: errors.sources },
    }
}

/// The report on a file that holds tests and no policies.
fn test_report(file: &PolicyFile) -> Option<Report> {
    let mut sources = Sources::default();
    let id = sources.add_bytes(&file.name, file.bytes.clone()).ok()?;
    let (tests, findings) = read_policy_tests(&sources, id);
    let text = String::from_utf8_lossy(&file.bytes);
    if tests.is_empty() || text.lines().any(|line| line.trim() == "kind: Policy") {
        return None;
    }
    let cases: usize = tests.iter().map(|test| test.cases.len()).sum();
    let summary = counted(cases, "case", "cases");
    Some(Report { name: file.name.clone(), summary, findings, sources: Arc::new(sources) })
}

pub(crate) fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn as_text(reports: &[Report], screen: &mut Screen) -> Result<(), Failure> {
    let width = reports.iter().map(|report| report.name.chars().count()).max().unwrap_or_default();
    for report in reports {
        for found in &report.findings {
            screen.finding(found, &report.sources);
        }
        let errors = report.findings.iter().filter(|found| found.severity == Severity::Error).count();
        let warnings = report.findings.len().saturating_sub(errors);
        let name = &report.name;
        let noted =
            if warnings == 0 { String::new() } else { format!(", {}", counted(warnings, "warning", "warnings")) };
        match errors {
            0 => screen.line(format_args!(
                "{}ok{:#}       {name:width$}  {}{}{noted}{:#}",
                style::ALLOW,
                style::ALLOW,
                style::DIM,
                report.summary,
                style::DIM
            ))?,
            _ => screen.line(format_args!(
                "{}invalid{:#}  {name:width$}  {}{noted}",
                style::DENY,
                style::DENY,
                counted(errors, "error", "errors")
            ))?,
        }
    }
    Ok(())
}

fn as_json(reports: &[Report]) -> serde_json::Value {
    let files: Vec<serde_json::Value> = reports
        .iter()
        .map(|report| {
            serde_json::json!({
                "name": report.name,
                "valid": report.is_valid(),
                "findings": to_json(&report.findings, &report.sources),
            })
        })
        .collect();
    serde_json::json!({ "valid": reports.iter().all(Report::is_valid), "files": files })
}

fn as_sarif(reports: &[Report]) -> serde_json::Value {
    one_log(reports.iter().map(|report| to_sarif(&report.findings, &report.sources)))
}

/// One log with a run for each load.
pub(crate) fn one_log(mut logs: impl Iterator<Item = serde_json::Value>) -> serde_json::Value {
    let mut log = logs.next().unwrap_or_default();
    let runs =
        logs.filter_map(|mut log| log.get_mut("runs").and_then(serde_json::Value::as_array_mut).map(std::mem::take));
    let more: Vec<serde_json::Value> = runs.flatten().collect();
    if let Some(runs) = log.get_mut("runs").and_then(serde_json::Value::as_array_mut) {
        runs.extend(more);
    }
    log
}
