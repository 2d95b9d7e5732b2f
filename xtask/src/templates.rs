//! The templates under their own tests: their policies changed one thing at a time, and what is denied written otherwise.

use crate::{process, root};
use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where the tests are, a file for each template.
const TESTS: &str = "crates/callguard-engine/src/templates/tests";
const ENDING: &str = ".test.yaml";
/// The fewest mutants of a template that show something.
const FEWEST_MUTANTS: usize = 100;
/// How many of a hundred mutants may go unnoticed.
const MOST_SURVIVORS: usize = 5;

/// What the tests of a template notice.
#[derive(Serialize)]
pub(crate) struct Template {
    name: String,
    mutation: Mutation,
    /// Where rewrites were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    fuzzing: Option<Fuzzing>,
}

#[derive(Serialize, Deserialize)]
struct Mutation {
    mutants: usize,
    killed: usize,
    equal: usize,
    not_loading: usize,
    survived: Vec<Survivor>,
}

/// A change that nothing notices.
#[derive(Serialize, Deserialize)]
struct Survivor {
    operator: String,
    of: String,
    line: usize,
    change: String,
}

#[derive(Serialize, Deserialize)]
struct Fuzzing {
    calls: u64,
    rewrites: u64,
    through: u64,
    asked_by_doubt: u64,
}

/// What `callguard test --json` says; without mutants where a test fails.
#[derive(Deserialize)]
struct Said {
    mutation: Option<Mutation>,
    fuzzing: Option<Fuzzing>,
}

impl Template {
    /// Runs the tests in this file under every mutant, and every rewrite of what they see denied, so often.
    pub(crate) fn judge(program: &mut Command, tests: &Path, rewrites: Option<u64>) -> Result<Template> {
        let name = tests.file_name().and_then(|name| name.to_str()?.strip_suffix(ENDING));
        let name = name.with_context(|| format!("{} is no test of a template", tests.display()))?.to_owned();
        program.arg("test").arg(tests).args(["--mutate", "--json"]);
        program.args(rewrites.map(|times| format!("--fuzz={times}")));
        let output = program.output().context("`callguard` does not start")?;
        let said: Said = serde_json::from_slice(&output.stdout)
            .with_context(|| format!("`callguard test` says nothing: {}", String::from_utf8_lossy(&output.stderr)))?;
        let Some(mutation) = said.mutation else { bail!("a test of the template `{name}` fails") };
        Ok(Template { name, mutation, fuzzing: said.fuzzing })
    }

    /// How many mutants and rewrites were tried.
    pub(crate) fn tried(&self) -> u64 {
        let rewrites = self.fuzzing.as_ref().map_or(0, |fuzzing| fuzzing.rewrites);
        rewrites + self.mutation.mutants as u64
    }

    /// What the template falls short of, one line each.
    pub(crate) fn findings(&self) -> Vec<String> {
        let Template { name, mutation: Mutation { mutants, survived, .. }, fuzzing } = self;
        let mut findings = Vec::new();
        if *mutants < FEWEST_MUTANTS {
            findings.push(format!("{name}: {mutants} mutants are fewer than {FEWEST_MUTANTS}"));
        }
        if survived.len() * 100 > mutants * MOST_SURVIVORS {
            let count = survived.len();
            findings.push(format!("{name}: {count} of {mutants} mutants survive, more than {MOST_SURVIVORS}%"));
        }
        if let Some(Fuzzing { rewrites, through, .. }) = fuzzing.as_ref().filter(|fuzzing| fuzzing.through > 0) {
            findings.push(format!("{name}: {through} of {rewrites} rewrites get through"));
        }
        findings
    }

    /// A line about it, and one for each survivor.
    pub(crate) fn print(&self) {
        let Mutation { mutants, killed, equal, survived, .. } = &self.mutation;
        print!("{:<22}  {killed} of {mutants} mutants noticed, {equal} more decide the same", self.name);
        match &self.fuzzing {
            Some(Fuzzing { rewrites, through, .. }) => println!("; {through} of {rewrites} rewrites get through"),
            None => println!(),
        }
        for Survivor { operator, of, line, change } in survived {
            println!("    line {line}: {operator} of {of}: {change}");
        }
    }
}

/// The tests of every template.
pub(crate) fn tests() -> Result<Vec<PathBuf>> {
    let folder = root().join(TESTS);
    let entries = fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let mut files = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    files.retain(|file| file.to_string_lossy().ends_with(ENDING));
    files.sort();
    if files.is_empty() {
        bail!("{} has no tests", folder.display());
    }
    Ok(files)
}

/// Builds the program with this cargo, and says where it is.
pub(crate) fn program(build: &mut Command) -> Result<PathBuf> {
    process::run(build.args(["--quiet", "--locked", "--package", "callguard-cli"]))?;
    let program = crate::target_dir().join("debug/callguard");
    if !program.exists() {
        bail!("{} was not built", program.display());
    }
    Ok(program)
}
