//! The target `real-scripts`: named scripts of other people under the shipped templates, with a report of its own.

use super::{Finding, TargetReport, oracle};
use crate::{root, tools};
use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::Path;
use std::time::Instant;

/// What it is called.
pub(super) const REAL: &str = "real-scripts";
/// The names, chosen before the first run, and why each contract is right to stand in the way.
const NAMES: &str = include_str!("real_scripts.toml");
/// Where dpkg keeps the scripts of packages.
const DPKG: &str = "/var/lib/dpkg/info";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Names {
    npm: Vec<String>,
    debian: Vec<String>,
    /// By a contract, or by `not understood: WHY`, or by one of them, ` @ ` and the end of a script's name.
    why: BTreeMap<String, String>,
}

#[derive(Serialize)]
struct Script {
    name: String,
    command: String,
    templates: &'static [&'static str],
}

/// For an agent that works on a package, and for one that operates a machine.
const OF_CODE: &[&str] = &["coding-agent", "file-agent", "deny-sensitive-reads"];
const OF_MACHINES: &[&str] = &["devops-agent", "deny-sensitive-reads"];

/// What was decided of a script under a template.
#[derive(Deserialize)]
struct Decided {
    name: String,
    template: String,
    effect: String,
    not_understood: Option<String>,
    /// Each with what it found.
    contracts: Vec<String>,
}

/// Decides every script that is there. A denial that nothing explains is a finding.
pub(super) fn run() -> Result<TargetReport> {
    let names: Names = toml::from_str(NAMES).context("real_scripts.toml")?;
    let clock = Instant::now();
    let mut scripts = npm(&names.npm)?;
    scripts.extend(debian(&names.debian)?);
    let calls = crate::target_dir().join("real-scripts.json");
    fs::write(&calls, serde_json::to_string(&scripts)?)?;
    let decided: Vec<Decided> = oracle::said_of(REAL_PROGRAM, &[], File::open(&calls)?.into())?;
    let findings = report(&names, &scripts, &decided)?;
    println!("{} decisions, {} findings", decided.len(), findings.len());
    Ok(TargetReport {
        executions: u64::try_from(decided.len())?,
        findings: findings.into_iter().map(|summary| Finding { summary, input: None }).collect(),
        ..TargetReport::of(REAL, clock.elapsed())
    })
}

const REAL_PROGRAM: &str = "real_scripts";

/// Every entry of `scripts` in the packages.
fn npm(names: &[String]) -> Result<Vec<Script>> {
    let modules = tools::node_modules("mcp-node", &root().join("tests/mcp"))?.join("node_modules");
    let mut scripts = Vec::new();
    for name in names {
        let path = modules.join(name).join("package.json");
        let text = fs::read_to_string(&path).with_context(|| format!("the package `{name}` is not there"))?;
        let package: serde_json::Value = serde_json::from_str(&text)?;
        let version = package["version"].as_str().unwrap_or_default();
        for (script, command) in package["scripts"].as_object().into_iter().flatten() {
            let command = command.as_str().with_context(|| format!("a script of `{name}` is no text"))?;
            scripts.push(Script {
                name: format!("{name}@{version} {script}"),
                command: command.to_owned(),
                templates: OF_CODE,
            });
        }
    }
    Ok(scripts)
}

/// Those that this system has; none on a system without dpkg.
fn debian(names: &[String]) -> Result<Vec<Script>> {
    if !Path::new(DPKG).is_dir() {
        return Ok(Vec::new());
    }
    let read = |name: &String| {
        let command = fs::read_to_string(Path::new(DPKG).join(name)).with_context(|| format!("no script `{name}`"))?;
        Ok(Script { name: name.clone(), command, templates: OF_MACHINES })
    };
    names.iter().map(read).collect()
}

/// Writes the report; what is denied without an explanation comes back.
fn report(names: &Names, scripts: &[Script], decided: &[Decided]) -> Result<Vec<String>> {
    let restricted: Vec<&Decided> = decided.iter().filter(|decided| decided.effect != "allow").collect();
    let allowed = decided.len() - restricted.len();
    let mut page = format!(
        "# The templates over real scripts\n\n<!-- Written by `cargo xtask soak --target {REAL}`. -->\n\n\
         {} scripts of {} npm packages and {} maintainer scripts of Debian, named in `xtask/src/soak/real_scripts.toml` before the first \
         run: {} decisions, {allowed} allowed, {} not. Each of those by its contract, with why that is right; \
         what was found is said once a script.\n",
        scripts.iter().filter(|script| script.name.contains('@')).count(),
        names.npm.len(),
        names.debian.len(),
        decided.len(),
        restricted.len(),
    );
    let mut findings = Vec::new();
    let mut by_reason: BTreeMap<(String, &str), BTreeSet<String>> = BTreeMap::new();
    for decided in &restricted {
        for (reason, found) in reasons(decided) {
            let why = explained(names, &reason, &decided.name).unwrap_or_else(|| {
                findings.push(format!(
                    "{}: {} under {}: {reason}: {found}",
                    decided.name, decided.effect, decided.template
                ));
                "nobody has said why"
            });
            let line = format!("`{}`, {} under `{}`{found}", decided.name, decided.effect, decided.template);
            by_reason.entry((reason, why)).or_default().insert(line);
        }
    }
    for ((reason, why), lines) in by_reason {
        writeln!(page, "\n## {reason}\n\n{why}\n")?;
        lines.iter().try_for_each(|line| writeln!(page, "- {}", shortened(line)))?;
    }
    let day = jiff::Timestamp::now().strftime("%Y-%m-%d");
    let path = root().join(format!("docs/reports/real-scripts-{day}.md"));
    fs::write(&path, page).with_context(|| format!("cannot write {}", path.display()))?;
    if scripts.is_empty() {
        bail!("there are no scripts");
    }
    Ok(findings)
}

/// What is not understood, else each contract with what it found.
fn reasons(decided: &Decided) -> Vec<(String, String)> {
    if let Some(why) = &decided.not_understood {
        return vec![(format!("not understood: {why}"), String::new())];
    }
    if decided.contracts.is_empty() {
        return vec![("no contract".to_owned(), String::new())];
    }
    let split = |contract: &String| match contract.split_once(": ") {
        Some((id, found)) => (id.to_owned(), format!(": {found}")),
        None => (contract.clone(), String::new()),
    };
    decided.contracts.iter().map(split).collect()
}

/// What is said of the reason and this script, else of the reason.
fn explained<'n>(names: &'n Names, id: &str, script: &str) -> Option<&'n str> {
    let own = names
        .why
        .iter()
        .find(|(key, _)| key.split_once(" @ ").is_some_and(|(of, end)| of == id && script.ends_with(end)));
    own.map(|(_, why)| why.as_str()).or_else(|| names.why.get(id).map(String::as_str))
}

fn shortened(line: &str) -> String {
    const MOST: usize = 300;
    if line.chars().count() <= MOST { line.to_owned() } else { line.chars().take(MOST).chain(['…']).collect() }
}
