//! Files to cases, cases to results.

use super::compare::{Came, differences};
use super::{SetFacts, SetFiles, TestClock};
use crate::clock::Clock;
use crate::driver::at_once;
use crate::error::LoadError;
use crate::files::{Disk, policy_file, policy_files};
use crate::guard::{Before, Guard};
use crate::store::MemoryStore;
use callguard_engine::audit::output::Output;
use callguard_engine::decide::{Decision, HostPaths};
use callguard_engine::diagnostic::{Diagnostic, Render, Severity, render};
use callguard_engine::policy::partial_call::{EXAMPLE_HOME, EXAMPLE_WORKSPACE};
use callguard_engine::policy::test_file::{Case, PolicyTest, TestStep, read_policy_tests};
use callguard_engine::policy::{Bases, PolicyFile};
use callguard_engine::session::SessionKey;
use callguard_engine::source::Sources;
use callguard_engine::value::Value;
use jiff::Timestamp;
use std::sync::Arc;

/// When a case begins, unless its call says otherwise: a Thursday at noon.
const BEGIN: &str = "2026-01-01T12:00:00Z";

/// What became of one `PolicyTest` document.
#[derive(Clone, Debug)]
pub struct TestResult {
    /// The file.
    pub file: String,
    /// `metadata.name`.
    pub name: String,
    /// The cases in order.
    pub cases: Vec<CaseResult>,
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
    let file = policy_file_of_tests(path)?;
    let mut sources = Sources::default();
    let id = sources
        .add_bytes(&file.name, file.bytes.clone())
        .map_err(|found| TestError::Invalid(vec![found], Arc::default()))?;
    let (tests, found) = read_policy_tests(&sources, id);
    if found.iter().any(|found| found.severity == Severity::Error) {
        return Err(TestError::Invalid(found, Arc::new(sources)));
    }
    if tests.is_empty() {
        return Err(TestError::NoTests(path.to_owned()));
    }
    tests.iter().map(|test| run_test(test, &file, &sources, policies)).collect()
}

/// The tests of a template are named `template/NAME` as the template is.
fn policy_file_of_tests(path: &str) -> Result<PolicyFile, TestError> {
    use callguard_engine::policy::templates::{PREFIX, template};
    match path.strip_prefix(PREFIX) {
        Some(name) => {
            let template =
                template(name).ok_or_else(|| TestError::Unreadable(format!("there is no template `{name}`")))?;
            Ok(PolicyFile::new(path, template.tests))
        }
        None => policy_file(path).map_err(TestError::Unreadable),
    }
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
        None if test.policies.is_empty() => vec![file.clone()],
        None => named_policies(test, &file.name)?,
    };
    let stage = Stage::new(&policies)?;
    let cases = test.cases.iter().map(|case| run_case(case, &stage, sources)).collect();
    Ok(TestResult { file: file.name.clone(), name: test.name.clone(), cases })
}

fn named_policies(test: &PolicyTest, from: &str) -> Result<Vec<PolicyFile>, TestError> {
    let one = |reference: &str| match reference.starts_with("template/") {
        true => policy_files([reference]).map(|mut files| files.remove(0)),
        false => Disk.read(from, reference),
    };
    test.policies.iter().map(|policy| one(&policy.value)).collect::<Result<_, _>>().map_err(TestError::Unreadable)
}

/// The guard of a document, and the world around it: a case begins in an empty one.
struct Stage {
    guard: Guard,
    store: Arc<MemoryStore>,
    clock: TestClock,
    facts: SetFacts,
    files: SetFiles,
}

fn run_case(case: &Case, stage: &Stage, sources: &Sources) -> CaseResult {
    stage.clear();
    let mut failures = Vec::new();
    for (number, step) in case.steps.iter().enumerate() {
        for turn in 0..step.repeat {
            let found = stage.run(step);
            let place = place(case, number, step, turn);
            failures.extend(found.into_iter().map(|difference| format!("{place}{difference}")));
            stage.clock.advance_millis(step.every_millis);
        }
    }
    CaseResult { name: case.name.clone(), line: sources.line_column(case.span).0, failures }
}

fn begin() -> Timestamp {
    BEGIN.parse().unwrap_or(Timestamp::UNIX_EPOCH)
}

fn place(case: &Case, number: usize, step: &TestStep, turn: u64) -> String {
    match (case.steps.len(), step.repeat) {
        (1, 1) => String::new(),
        (_, 1) => format!("step {}: ", number.saturating_add(1)),
        _ => format!("step {}, time {}: ", number.saturating_add(1), turn.saturating_add(1)),
    }
}

impl Stage {
    fn new(policies: &[PolicyFile]) -> Result<Stage, TestError> {
        let clock = TestClock::at(begin());
        let (facts, files) = (SetFacts::default(), SetFiles::default());
        let store = Arc::new(MemoryStore::with_clock(Arc::new(clock.clone())));
        let paths = HostPaths {
            workspace: Some(EXAMPLE_WORKSPACE.to_owned()),
            home: Some(EXAMPLE_HOME.to_owned()),
            resolver: Arc::new(files.clone()),
        };
        let builder = policies.iter().fold(Guard::builder(), |builder, file| builder.policy(file.clone()));
        let builder = builder.store(store.clone()).clock(clock.clone()).facts(facts.clone()).paths(paths);
        Ok(Stage { guard: builder.build()?, store, clock, facts, files })
    }

    /// What the last case left behind is gone.
    fn clear(&self) {
        self.store.clear();
        self.clock.set(begin());
    }

    /// Makes the call and says what came out otherwise than expected.
    fn run(&self, step: &TestStep) -> Vec<String> {
        if let Some(time) = step.call.time {
            self.clock.set(time);
        }
        self.facts.set(step.call.facts.clone());
        self.files.set(step.disk.clone());
        let call = match step.call.envelope("", self.clock.now()) {
            Ok(call) => call,
            Err(error) => {
                let decision = self.guard.refusal(&error.to_string());
                return differences(&step.expect, &Came { decision: &decision, settled: None, labels: None });
            }
        };
        let session = SessionKey::of(&Arc::new(call.clone()));
        let explained = at_once(self.guard.explain(call.clone()));
        let (decision, settled) = self.decide(step, call);
        let labels = self.labels(session);
        let came = Came { decision: &decision, settled: settled.as_ref(), labels: labels.as_ref() };
        let mut found = differences(&step.expect, &came);
        if let (false, Some(explained)) = (found.is_empty(), explained) {
            found.extend(super::compare::explanation(&explained));
        }
        found
    }

    fn decide(
        &self,
        step: &TestStep,
        call: callguard_engine::call::ToolEnvelope,
    ) -> (Decision, Option<crate::Settled>) {
        let before = at_once(self.guard.before(call));
        let before = match (before, step.approve) {
            (Some(Before::Asked(asked)), Some(true)) => at_once(asked.grant("the test")),
            (Some(Before::Asked(asked)), Some(false)) => Some(Before::Denied(asked.refuse("the test", "refused"))),
            (before, _) => before,
        };
        match before {
            Some(Before::Allowed(permit)) => {
                let decision = permit.decision().cloned();
                let output = step.output.clone().unwrap_or_else(|| Output::success(Value::Null));
                let settled = at_once(permit.start().settle(output));
                (decision.unwrap_or_else(|| self.guard.refusal("the permit is gone")), settled)
            }
            Some(Before::Denied(denied)) => (denied.decision().clone(), None),
            Some(Before::Asked(asked)) => (asked.decision().clone(), None),
            None => (self.guard.refusal("the store of a test answers at once"), None),
        }
    }

    fn labels(&self, session: SessionKey) -> Option<std::collections::BTreeSet<String>> {
        let view = at_once(self.guard.session(session))?.ok()?;
        Some(view.labels.into_iter().map(|label| label.name).collect())
    }
}
