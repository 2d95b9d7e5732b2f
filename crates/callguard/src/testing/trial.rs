//! The cases of a document, held against its policies in a world of their own.

use super::compare::{Came, differences, explanation};
use super::coverage::Coverage;
use super::run::CaseResult;
use super::{SetFacts, SetFiles, TestClock};
use crate::clock::Clock;
use crate::driver::at_once;
use crate::error::LoadError;
use crate::files::Disk;
use crate::guard::{Before, Guard};
use crate::store::MemoryStore;
use callguard_engine::audit::output::Output;
use callguard_engine::call::ToolEnvelope;
use callguard_engine::decide::{Decision, Engine, HostPaths, Settled};
use callguard_engine::policy::partial_call::{EXAMPLE_HOME, EXAMPLE_WORKSPACE};
use callguard_engine::policy::test_file::{Case, PolicyTest, TestStep};
use callguard_engine::policy::{Bases, PolicyFile};
use callguard_engine::session::SessionKey;
use callguard_engine::source::Sources;
use callguard_engine::value::Value;
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::sync::Arc;

/// When a case begins, unless its call says otherwise: a Thursday at noon.
const BEGIN: &str = "2026-01-01T12:00:00Z";

/// A `PolicyTest` document and its policies, loaded.
pub struct Trial<'a> {
    test: &'a PolicyTest,
    stage: Stage,
    /// The files of the policies themselves, bases aside.
    named: BTreeSet<String>,
}

/// A call of a case that is about to be made, in the session and on the disk that the case has by then.
pub struct Moment<'a> {
    /// The case.
    pub case: &'a Case,
    /// The step of it.
    pub step: &'a TestStep,
    /// The guard that will be asked; a [`check`](Guard::check) of another call leaves nothing behind.
    pub guard: &'a Guard,
    /// The call.
    pub call: &'a ToolEnvelope,
}

impl<'a> Trial<'a> {
    /// Loads the policies.
    ///
    /// # Errors
    /// They do not load.
    pub fn new(test: &'a PolicyTest, policies: &[PolicyFile]) -> Result<Trial<'a>, LoadError> {
        Trial::with_bases(test, policies, Disk)
    }

    /// Loads the policies, those that they extend from elsewhere than the disk.
    ///
    /// # Errors
    /// They do not load.
    pub fn with_bases(
        test: &'a PolicyTest,
        policies: &[PolicyFile],
        bases: impl Bases + Send + Sync + 'static,
    ) -> Result<Trial<'a>, LoadError> {
        let named = policies.iter().map(|file| file.name.clone()).collect();
        Ok(Trial { test, stage: Stage::new(policies, bases)?, named })
    }

    /// Runs every case. `sources` has the text of the test.
    pub fn run(&self, sources: &Sources) -> (Vec<CaseResult>, Coverage) {
        let mut coverage = Coverage::of(self.stage.guard.version().engine.policies(), &self.named);
        let cases = self.test.cases.iter().map(|case| run_case(case, &self.stage, sources, &mut coverage));
        (cases.collect(), coverage)
    }

    /// The first case that fails, and how.
    pub fn first_failure(&self) -> Option<(&'a Case, String)> {
        self.test.cases.iter().find_map(|case| Some((case, self.stage.fails(case)?)))
    }

    /// Shows each call of each case before it is made.
    pub fn each_call(&self, mut look: impl FnMut(Moment<'_>)) {
        for case in &self.test.cases {
            self.stage.clear();
            for step in &case.steps {
                for turn in 0..step.repeat {
                    if let (0, Ok(call)) = (turn, self.stage.call(step)) {
                        look(Moment { case, step, guard: &self.stage.guard, call: &call });
                    }
                    let _came = self.stage.make(step);
                    self.stage.clock.advance_millis(step.every_millis);
                }
            }
        }
    }

    /// The policies as they decide in the place of the cases, without a disk.
    pub fn engine(&self) -> Engine {
        self.stage.guard.version().engine.clone().with_paths(example_paths(&SetFiles::default()))
    }
}

/// The guard of a document, and the world around it: a case begins in an empty one.
struct Stage {
    guard: Guard,
    store: Arc<MemoryStore>,
    clock: TestClock,
    facts: SetFacts,
    files: SetFiles,
}

fn run_case(case: &Case, stage: &Stage, sources: &Sources, coverage: &mut Coverage) -> CaseResult {
    stage.clear();
    let mut failures = Vec::new();
    for (number, step) in case.steps.iter().enumerate() {
        for turn in 0..step.repeat {
            let found = stage.run(step, coverage);
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
    fn new(policies: &[PolicyFile], bases: impl Bases + Send + Sync + 'static) -> Result<Stage, LoadError> {
        let clock = TestClock::at(begin());
        let (facts, files) = (SetFacts::default(), SetFiles::default());
        let store = Arc::new(MemoryStore::with_clock(Arc::new(clock.clone())));
        let paths = example_paths(&files);
        let builder = policies.iter().fold(Guard::builder().bases(bases), |builder, file| builder.policy(file.clone()));
        let builder = builder.store(store.clone()).clock(clock.clone()).facts(facts.clone()).paths(paths);
        Ok(Stage { guard: builder.build()?, store, clock, facts, files })
    }

    /// What the last case left behind is gone.
    fn clear(&self) {
        self.store.clear();
        self.clock.set(begin());
    }

    /// The call of a step, in its world.
    fn call(&self, step: &TestStep) -> Result<ToolEnvelope, Box<Decision>> {
        if let Some(time) = step.call.time {
            self.clock.set(time);
        }
        self.facts.set(step.call.facts.clone());
        self.files.set(step.disk.clone());
        step.call.envelope("", self.clock.now()).map_err(|error| Box::new(self.guard.refusal(&error.to_string())))
    }

    /// Makes the call.
    fn make(&self, step: &TestStep) -> Result<Made, Box<Decision>> {
        let call = self.call(step)?;
        let session = SessionKey::of(&Arc::new(call.clone()));
        let (decision, settled) = self.decide(step, call);
        Ok(Made { decision, settled, labels: self.labels(session) })
    }

    /// What comes out otherwise than expected, if something does.
    fn fails(&self, case: &Case) -> Option<String> {
        self.clear();
        for step in &case.steps {
            for _ in 0..step.repeat {
                let found = self.make(step).map_or_else(|refusal| refused(step, &refusal), |made| made.differs(step));
                if let Some(first) = found.into_iter().next() {
                    return Some(first);
                }
                self.clock.advance_millis(step.every_millis);
            }
        }
        None
    }

    /// Makes the call and says what came out otherwise than expected.
    fn run(&self, step: &TestStep, coverage: &mut Coverage) -> Vec<String> {
        let call = match self.call(step) {
            Ok(call) => call,
            Err(refusal) => return refused(step, &refusal),
        };
        let explained = at_once(self.guard.explain(call.clone()));
        let made = match self.make(step) {
            Ok(made) => made,
            Err(refusal) => return refused(step, &refusal),
        };
        if let Some(seen) = explained.as_ref().and_then(|decision| decision.explanation.as_ref()) {
            coverage.see(seen, &made.decision.applied);
        }
        if let Some(settled) = &made.settled {
            coverage.see(&self.guard.explain_result(&call, &given(step)), &settled.applied);
        }
        let mut found = made.differs(step);
        if let (false, Some(explained)) = (found.is_empty(), explained) {
            found.extend(explanation(&explained));
        }
        found
    }

    fn decide(&self, step: &TestStep, call: ToolEnvelope) -> (Decision, Option<Settled>) {
        let before = at_once(self.guard.before(call));
        let before = match (before, step.approve) {
            (Some(Before::Asked(asked)), Some(true)) => at_once(asked.grant("the test")),
            (Some(Before::Asked(asked)), Some(false)) => Some(Before::Denied(asked.refuse("the test", "refused"))),
            (before, _) => before,
        };
        match before {
            Some(Before::Allowed(permit)) => {
                let decision = permit.decision().cloned();
                let settled = at_once(permit.start().settle(given(step)));
                (decision.unwrap_or_else(|| self.guard.refusal("the permit is gone")), settled)
            }
            Some(Before::Denied(denied)) => (denied.decision().clone(), None),
            Some(Before::Asked(asked)) => (asked.decision().clone(), None),
            None => (self.guard.refusal("the store of a test answers at once"), None),
        }
    }

    fn labels(&self, session: SessionKey) -> Option<BTreeSet<String>> {
        let view = at_once(self.guard.session(session))?.ok()?;
        Some(view.labels.into_iter().map(|label| label.name).collect())
    }
}

/// The workspace and the home of every case.
fn example_paths(files: &SetFiles) -> HostPaths {
    HostPaths {
        workspace: Some(EXAMPLE_WORKSPACE.to_owned()),
        home: Some(EXAMPLE_HOME.to_owned()),
        resolver: Arc::new(files.clone()),
    }
}

/// What came of a call.
struct Made {
    decision: Decision,
    settled: Option<Settled>,
    labels: Option<BTreeSet<String>>,
}

impl Made {
    fn differs(&self, step: &TestStep) -> Vec<String> {
        let Made { decision, settled, labels } = self;
        differences(&step.expect, &Came { decision, settled: settled.as_ref(), labels: labels.as_ref() })
    }
}

fn refused(step: &TestStep, refusal: &Decision) -> Vec<String> {
    differences(&step.expect, &Came { decision: refusal, settled: None, labels: None })
}

/// What the tool gives.
fn given(step: &TestStep) -> Output {
    step.output.clone().unwrap_or_else(|| Output::success(Value::Null))
}
