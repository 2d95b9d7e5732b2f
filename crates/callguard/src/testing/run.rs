//! Files to cases, cases to results.

use super::file::policies_of;
use super::{Coverage, TestFile, Trial};
use crate::error::LoadError;
use callguard_engine::diagnostic::{Diagnostic, Render, Severity, render};
use callguard_engine::policy::PolicyFile;
use callguard_engine::policy::test_file::PolicyTest;
use callguard_engine::source::Sources;
use std::sync::Arc;

/// What became of one `PolicyTest` document.
#[derive(Clone, Debug)]
pub struct TestResult {
    /// The file.
    pub file: String,
    /// `metadata.name`.
    pub name: String,
    /// The cases in order.
    pub cases: Vec<CaseResult>,
    /// What the cases saw of the policies.
    pub coverage: Coverage,
}

/// What became of a case.
#[derive(Clone, Debug)]
pub struct CaseResult {
    /// What it shows.
    pub name: String,
    /// Line of the file, from 1.
    pub line: usize,
    /// What came out otherwise than expected; empty: it holds.
    pub failures: Vec<String>,
}

impl CaseResult {
    /// Whether it holds.
    pub fn passed(&self) -> bool {
        self.failures.is_empty()
    }
}

/// Why a test file could not be run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TestError {
    /// The file, or a policy that it names, cannot be read.
    #[error("{0}")]
    Unreadable(String),
    /// The test file itself is wrong.
    #[error("the test file does not load: {} error(s)", .0.iter().filter(|found| found.severity == Severity::Error).count())]
    Invalid(Vec<Diagnostic>, Arc<Sources>),
    /// The policies under test do not load.
    #[error(transparent)]
    Policy(#[from] LoadError),
    /// There is no `PolicyTest` in the file.
    #[error("`{0}` holds no document of kind `PolicyTest`")]
    NoTests(String),
}

impl TestError {
    /// The whole of it: every finding with its source underlined.
    pub fn report(&self) -> String {
        match self {
            TestError::Invalid(found, sources) => {
                let each = found.iter().map(|found| render(found, sources, Render::default()));
                each.collect::<Vec<_>>().join("\n")
            }
            other => other.to_string(),
        }
    }
}

/// Runs every `PolicyTest` of a file. `policies` stand in place of those that the file names.
///
/// # Errors
/// The file or a policy does not load, or there is no test in it.
pub fn run_file(path: &str, policies: Option<&[PolicyFile]>) -> Result<Vec<TestResult>, TestError> {
    let TestFile { file, sources, tests } = TestFile::read(path)?;
    tests.iter().map(|test| run_test(test, &file, &sources, policies)).collect()
}

/// Runs one document of `file`.
///
/// # Errors
/// The policies under test do not load.
pub fn run_test(
    test: &PolicyTest,
    file: &PolicyFile,
    sources: &Sources,
    policies: Option<&[PolicyFile]>,
) -> Result<TestResult, TestError> {
    let policies = match policies {
        Some(given) => given.to_vec(),
        None => policies_of(test, file)?,
    };
    let (cases, coverage) = Trial::new(test, &policies)?.run(sources);
    Ok(TestResult { file: file.name.clone(), name: test.name.clone(), cases, coverage })
}
