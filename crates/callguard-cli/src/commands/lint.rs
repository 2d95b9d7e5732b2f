//! `callguard lint`: what policies say and hardly mean.

use crate::args::write::{FailOnFinding, LintArgs};
use crate::commands::validate::{counted, one_log};
use crate::commands::{diff, mcp};
use crate::exit::Exit;
use crate::folder;
use crate::input;
use crate::screen::{Failure, Screen, style};
use callguard::engine::diagnostic::Severity;
use callguard::engine::policy::{LoadInput, Loaded, PolicyFile, load};
use callguard::engine::value::write_json;
use callguard::{Disk, LoadError};
use callguard_analysis::lint::{Finding, Inventory, Lint, apply, findings_json, findings_sarif};
use callguard_gateway::mcp::list_tools;
use serde_json::json;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::time::Duration;

/// How long a server may take to say which tools it has.
const PATIENCE: Duration = Duration::from_secs(60);

/// A fix may show the next one; more rounds than that are none of people's.
const MOST_ROUNDS: usize = 50;

/// What was found in one load.
struct Report {
    name: String,
    loaded: Loaded,
    findings: Vec<Finding>,
    /// How many findings were mended.
    fixed: usize,
}

pub(crate) fn run(args: &LintArgs, screen: &mut Screen) -> Result<Exit, Failure> {
    let inventory = inventory(args)?;
    let files = input::policies(&folder::expanded(&args.files, &["Policy"])?)?;
    let loads: Vec<Vec<PolicyFile>> = match args.together {
        true => vec![files],
        false => files.into_iter().map(|file| vec![file]).collect(),
    };
    let mut reports = Vec::new();
    for files in loads {
        reports.push(report(files, args.fix, inventory.as_ref())?);
    }
    if args.json {
        screen.line(as_json(&reports))?;
    } else if args.sarif {
        screen.line(one_log(reports.iter().map(|report| findings_sarif(&report.findings, &report.loaded.sources))))?;
    } else {
        as_text(&reports, args, screen)?;
    }
    let all = reports.iter().flat_map(|report| &report.findings);
    let fails = all.map(Finding::severity).any(|severity| match args.fail_on {
        FailOnFinding::Note => true,
        FailOnFinding::Warning => severity >= Severity::Warning,
        FailOnFinding::Never => false,
    });
    Ok(if fails { Exit::Found } else { Exit::Ok })
}

/// The tools that there are, where somebody says.
fn inventory(args: &LintArgs) -> Result<Option<Inventory>, Failure> {
    match (&args.tools, args.mcp.as_slice()) {
        (Some(path), _) => tools(path).map(Some),
        (None, []) => Ok(None),
        (None, [program, rest @ ..]) => asked(program, rest).map(Some),
    }
}

/// The tools of a server that is started, asked and ended.
fn asked(program: &str, args: &[String]) -> Result<Inventory, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::Outside(format!("cannot start: {error}")))?;
    let listed =
        runtime.block_on(list_tools(program, args.iter().map(OsString::from), PATIENCE)).map_err(mcp::outside)?;
    runtime.shutdown_background();
    let tools: Vec<String> = listed.into_iter().map(|tool| write_json(&tool.into())).collect();
    Inventory::read(&format!("[{}]", tools.join(","))).map_err(Failure::Outside)
}

/// The tools of a file.
pub(crate) fn tools(path: &Path) -> Result<Inventory, Failure> {
    let name = path.display();
    let text = fs::read_to_string(path)
        .map_err(|error| Failure::Usage(format!("cannot read the tools in `{name}`: {error}")))?;
    Inventory::read(&text).map_err(|why| Failure::Usage(format!("cannot read the tools in `{name}`: {why}")))
}

fn report(files: Vec<PolicyFile>, fix: bool, inventory: Option<&Inventory>) -> Result<Report, Failure> {
    let name = files.iter().map(|file| file.name.clone()).collect::<Vec<_>>().join(", ");
    let (loaded, findings) = looked_into(&files, inventory)?;
    let report = Report { name, loaded, findings, fixed: 0 };
    if fix { mended(files, report, inventory) } else { Ok(report) }
}

/// Loads the files and looks into them.
fn looked_into(files: &[PolicyFile], inventory: Option<&Inventory>) -> Result<(Loaded, Vec<Finding>), Failure> {
    let input = LoadInput { files: files.to_vec(), bases: &Disk, operators: std::sync::Arc::default() };
    let loaded = load(input).map_err(|errors| Failure::Policy(Box::new(LoadError::from(errors))))?;
    let names: Vec<String> = files.iter().map(|file| file.name.clone()).collect();
    let findings = Lint { loaded: &loaded, files: &names, inventory, base: diff::base() }.findings();
    Ok((loaded, findings))
}

/// Mends what is certain, as long as there is something, and writes what loads.
fn mended(mut files: Vec<PolicyFile>, mut report: Report, inventory: Option<&Inventory>) -> Result<Report, Failure> {
    let before: Vec<PolicyFile> = files.clone();
    for _ in 0..MOST_ROUNDS {
        let mut fixed = 0_usize;
        for file in &mut files {
            let sources = &report.loaded.sources;
            let id = sources.iter().find(|(_, source)| source.name == file.name).map(|(id, _)| id);
            let Some(id) = id else { continue };
            let (text, mended) = apply(&report.findings, sources, id);
            fixed = fixed.saturating_add(mended);
            file.bytes = text.into_bytes();
        }
        if fixed == 0 {
            break;
        }
        // What does not load is not written.
        let (loaded, findings) = looked_into(&files, inventory)?;
        report = Report { loaded, findings, fixed: report.fixed.saturating_add(fixed), ..report };
    }
    for (file, _) in files.iter().zip(&before).filter(|(file, before)| file.bytes != before.bytes) {
        if file.name.starts_with("template/") {
            return Err(Failure::Usage(format!("`{}` is shipped: copy it with `callguard template init`", file.name)));
        }
        fs::write(&file.name, &file.bytes)
            .map_err(|error| Failure::Outside(format!("cannot write `{}`: {error}", file.name)))?;
    }
    Ok(report)
}

fn as_text(reports: &[Report], args: &LintArgs, screen: &mut Screen) -> Result<(), Failure> {
    let width = reports.iter().map(|report| report.name.chars().count()).max().unwrap_or_default();
    for report in reports {
        for finding in &report.findings {
            let mut found = finding.found.clone();
            found.help.extend(finding.fix.iter().map(|fix| format!("`callguard lint --fix` can {}", fix.says)));
            screen.finding_in(Some(usize::from(args.width)), &found, &report.loaded.sources);
        }
        let name = &report.name;
        let fixed = if report.fixed > 0 { format!(", {} mended", report.fixed) } else { String::new() };
        let (word, style) = match worst(report) {
            None => ("clean", style::ALLOW),
            Some(Severity::Note) => ("notes", style::ASK),
            Some(_) => ("found", style::DENY),
        };
        screen.line(format_args!("{style}{word}{style:#}  {name:width$}  {}{fixed}", summary(report)))?;
    }
    Ok(())
}

fn worst(report: &Report) -> Option<Severity> {
    report.findings.iter().map(Finding::severity).max()
}

fn summary(report: &Report) -> String {
    let count = |severity: Severity| report.findings.iter().filter(|finding| finding.severity() == severity).count();
    let parts = [(count(Severity::Warning), "warning", "warnings"), (count(Severity::Note), "note", "notes")];
    let said: Vec<String> =
        parts.iter().filter(|(count, ..)| *count > 0).map(|(count, one, many)| counted(*count, one, many)).collect();
    if !said.is_empty() {
        return said.join(", ");
    }
    let contracts: usize = report.loaded.set.policies.iter().map(|policy| policy.contracts.len()).sum();
    counted(contracts, "contract", "contracts")
}

fn as_json(reports: &[Report]) -> serde_json::Value {
    let files: Vec<serde_json::Value> = reports
        .iter()
        .map(|report| {
            json!({
                "name": report.name,
                "clean": report.findings.is_empty(),
                "fixed": report.fixed,
                "findings": findings_json(&report.findings, &report.loaded.sources),
            })
        })
        .collect();
    json!({ "clean": reports.iter().all(|report| report.findings.is_empty()), "files": files })
}
