//! The corpus of `spec/`: every case comes out as written, and every error file fails as written.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it did not expect")]

use callguard::Disk;
use callguard::engine::diagnostic::Diagnostic;
use callguard::engine::policy::templates::{PREFIX, TEMPLATES};
use callguard::engine::policy::test_file::read_policy_tests;
use callguard::engine::policy::{LoadInput, PolicyFile, load};
use callguard::engine::source::Sources;
use callguard::testing::{TestError, run_file};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The corpus has grown beyond this; fewer means that a run passed over files.
const LEAST_CASES: usize = 900;
const LEAST_ERRORS: usize = 100;

#[test]
fn every_case_comes_out_as_written() {
    let files = yaml_files(&spec("cases"));
    let mut report = Report::default();
    for file in &files {
        report.run(&file.to_string_lossy());
    }
    report.finish(LEAST_CASES);
}

#[test]
fn every_template_passes_its_tests() {
    let mut report = Report::default();
    for template in TEMPLATES {
        report.run(&format!("{PREFIX}{}", template.name));
    }
    report.finish(25 * TEMPLATES.len());
}

#[test]
fn every_error_file_fails_as_written() {
    let files = yaml_files(&spec("errors"));
    let mut report = String::new();
    for file in &files {
        let bytes = std::fs::read(file).unwrap();
        let expected = expectations(&String::from_utf8_lossy(&bytes));
        let came = findings(&PolicyFile::new(file.to_string_lossy(), bytes));
        if expected != came {
            let name = file.file_name().unwrap().to_string_lossy();
            writeln!(report, "{name}\n  expected {expected:#?}\n  came {came:#?}").unwrap();
        }
    }
    assert!(report.is_empty(), "{report}");
    assert!(files.len() >= LEAST_ERRORS, "only {} error files were found", files.len());
}

#[derive(Default)]
struct Report {
    cases: usize,
    failures: String,
}

impl Report {
    fn run(&mut self, file: &str) {
        match run_file(file, None) {
            Ok(tests) => {
                for test in tests {
                    self.cases += test.cases.len();
                    for case in test.cases.iter().filter(|case| !case.passed()) {
                        let failures = case.failures.join("\n  ");
                        writeln!(self.failures, "{file}:{}: {}\n  {failures}", case.line, case.name).unwrap();
                    }
                }
            }
            Err(error) => writeln!(self.failures, "{file}: {}", said(&error)).unwrap(),
        }
    }

    fn finish(self, least: usize) {
        assert!(self.failures.is_empty(), "of {} cases these differ:\n{}", self.cases, self.failures);
        assert!(self.cases >= least, "only {} cases were run", self.cases);
    }
}

/// The error with every finding it holds.
fn said(error: &TestError) -> String {
    match error {
        TestError::Invalid(found, sources) => listed(found, sources),
        TestError::Policy(load) => load.to_string(),
        other => other.to_string(),
    }
}

fn listed(found: &[Diagnostic], sources: &Sources) -> String {
    let lines = found.iter().map(|finding| format!("\n  {} {}", place(finding, sources), finding.message));
    lines.collect()
}

/// `# expect: CODE at LINE:COLUMN`, the first lines of an error file.
fn expectations(text: &str) -> BTreeSet<String> {
    text.lines().map_while(|line| line.strip_prefix("# expect: ")).map(str::to_owned).collect()
}

/// Everything that a load, or the reading of the tests, says of a file.
fn findings(file: &PolicyFile) -> BTreeSet<String> {
    let mut sources = Sources::default();
    let tests = match sources.add_bytes(&file.name, file.bytes.clone()) {
        Ok(id) => read_policy_tests(&sources, id).1,
        Err(found) => vec![found],
    };
    let input = LoadInput { files: vec![file.clone()], bases: &Disk, operators: Arc::default() };
    let (found, loaded) = match load(input) {
        Ok(loaded) => (loaded.warnings, loaded.sources),
        Err(errors) => (errors.diagnostics, errors.sources),
    };
    let all = tests.iter().map(|finding| (finding, &sources)).chain(found.iter().map(|finding| (finding, &*loaded)));
    all.map(|(finding, sources)| place(finding, sources)).collect()
}

fn place(finding: &Diagnostic, sources: &Sources) -> String {
    match finding.span {
        Some(span) => {
            let (line, column) = sources.line_column(span);
            format!("{} at {line}:{column}", finding.code)
        }
        None => finding.code.to_string(),
    }
}

fn spec(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../spec").join(folder).canonicalize().unwrap()
}

/// Every `.yaml` below a folder, the helpers in `_files` left out.
fn yaml_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true if !path.ends_with("_files") => open.push(path),
                false if path.extension().is_some_and(|extension| extension == "yaml") => found.push(path),
                _ => {}
            }
        }
    }
    found.sort();
    found
}
