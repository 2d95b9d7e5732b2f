//! The guard: policies in force, and everything around them.

mod builder;
mod case;
mod inner;

pub use builder::GuardBuilder;
use builder::PolicySource;
pub(crate) use case::Case;
pub(crate) use inner::{Inner, Version};

use crate::driver::at_once;
use crate::error::{LoadError, RunError};
use crate::knowledge::Knowledge;
use crate::permit::{Asked, Denied, Permit};
use crate::store::StoreResult;
use callguard_engine::audit::coverage::CoveredTool;
use callguard_engine::audit::output::Output;
use callguard_engine::call::ToolEnvelope;
use callguard_engine::decide::{Decision, Explanation, Settled};
use callguard_engine::diagnostic::Diagnostic;
use callguard_engine::policy::PolicyFile;
use callguard_engine::session::{AttemptRequest, SessionKey, SessionView};
use callguard_engine::value::{Object, Value};
use std::fmt::Display;
use std::path::Path;
use std::sync::Arc;

/// Guards the tool calls of an agent. Cheap to clone; clones share policies, sessions and audit.
#[derive(Clone)]
pub struct Guard {
    inner: Arc<Inner>,
}

/// What becomes of a call before it runs.
#[must_use]
pub enum Before {
    /// It may run, with this permit.
    Allowed(Permit),
    /// It does not run.
    Denied(Denied),
    /// A person must grant it, and nobody is set up to be asked.
    Asked(Asked),
}

/// Policies that a guard has loaded, and that are not in force yet.
#[must_use = "they hold once they are enforced"]
pub struct PreparedPolicies {
    inner: Arc<Inner>,
    version: Arc<Version>,
}

impl PreparedPolicies {
    /// Puts them in force.
    pub fn enforce(self) {
        self.inner.enforce(self.version);
    }
}

impl Guard {
    /// A guard of what the builder collects.
    pub fn builder() -> GuardBuilder {
        GuardBuilder::default()
    }

    /// A guard for one policy file, with a memory store and no audit.
    ///
    /// # Errors
    /// The policy does not load.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Guard, LoadError> {
        Guard::builder().file(path).build()
    }

    /// A guard for several policy files that decide together.
    ///
    /// # Errors
    /// One of them does not load.
    pub fn from_files<P: AsRef<Path>>(paths: impl IntoIterator<Item = P>) -> Result<Guard, LoadError> {
        paths.into_iter().fold(Guard::builder(), |builder, path| builder.file(path)).build()
    }

    /// A guard for policy text.
    ///
    /// # Errors
    /// The policy does not load.
    pub fn from_yaml(text: impl Into<String>) -> Result<Guard, LoadError> {
        Guard::builder().yaml("policy.yaml", text).build()
    }

    /// A guard for a shipped policy: `file-agent`, `research-agent`, ….
    ///
    /// # Errors
    /// There is no such template.
    pub fn from_template(name: &str) -> Result<Guard, LoadError> {
        Guard::builder().file(format!("template/{name}")).build()
    }

    /// What would be decided. Nothing is counted, reserved or recorded.
    pub async fn check(&self, call: ToolEnvelope) -> Decision {
        self.check_knowing(call, Knowledge::default(), false).await
    }

    /// What would be decided, and why: each contract, each leaf, its value, its truth.
    pub async fn explain(&self, call: ToolEnvelope) -> Decision {
        self.check_knowing(call, Knowledge::default(), true).await
    }

    /// [`check`](Guard::check) or [`explain`](Guard::explain), with what the host has found out already.
    pub async fn check_knowing(&self, call: ToolEnvelope, known: Knowledge, explain: bool) -> Decision {
        Inner::check(&self.inner, call, explain, known).await
    }

    /// The facts that a contract about this call looks at, before the run or after it.
    pub fn wanted_facts(&self, call: &ToolEnvelope) -> Vec<String> {
        self.inner.wanted_facts(call)
    }

    /// [`check`](Guard::check), for a store that answers at once.
    ///
    /// # Errors
    /// [`RunError::WouldWait`]: the store answers later.
    pub fn check_now(&self, call: ToolEnvelope) -> Result<Decision, RunError> {
        at_once(self.check(call)).ok_or(RunError::WouldWait)
    }

    /// [`explain`](Guard::explain), for a store that answers at once.
    ///
    /// # Errors
    /// [`RunError::WouldWait`]: the store answers later.
    pub fn explain_now(&self, call: ToolEnvelope) -> Result<Decision, RunError> {
        at_once(self.explain(call)).ok_or(RunError::WouldWait)
    }

    /// What the agent would see of a result. Nothing is written or recorded.
    pub fn check_result(&self, call: &ToolEnvelope, output: Output) -> Settled {
        self.inner.check_result(call, output)
    }

    /// Explains every postcondition that is about the tool, held against a result.
    pub fn explain_result(&self, call: &ToolEnvelope, output: &Output) -> Explanation {
        self.inner.explain_result(call, output)
    }

    /// Decides a call. Where an approver is set up, an ask is asked here.
    pub async fn before(&self, call: ToolEnvelope) -> Before {
        self.before_knowing(call, Knowledge::default()).await
    }

    /// [`before`](Guard::before), with what the host has found out already.
    pub async fn before_knowing(&self, call: ToolEnvelope, known: Knowledge) -> Before {
        Case::open(&self.inner, call, known.trace_parent.as_deref()).before(known).await
    }

    /// [`before`](Guard::before), for a store and an approver that answer at once.
    ///
    /// # Errors
    /// [`RunError::WouldWait`]: one of them answers later. Nothing runs.
    pub fn before_now(&self, call: ToolEnvelope) -> Result<Before, RunError> {
        at_once(self.before(call)).ok_or(RunError::WouldWait)
    }

    /// Decides a call, runs the tool if it may run, and yields what the agent may see of its result or error.
    ///
    /// # Errors
    /// The tool did not run: denied, or not approved.
    pub async fn run<E: Display>(
        &self,
        call: ToolEnvelope,
        tool: impl AsyncFnOnce(Object) -> Result<Value, E>,
    ) -> Result<Settled, RunError> {
        let running = match self.before(call).await {
            Before::Allowed(permit) => permit.start(),
            Before::Denied(denied) => return Err(RunError::Denied(Box::new(denied.decision))),
            Before::Asked(asked) => return Err(RunError::NeedsApproval(Box::new(asked.decision().clone()))),
        };
        let output = match running.within(tool(running.args())).await {
            Ok(value) => Output::success(value),
            Err(error) => Output::error(error.to_string()),
        };
        Ok(running.settle(output).await)
    }

    /// The decision on a call that cannot be read: denied by `(schema)`, with the reason for the agent.
    pub fn refusal(&self, why: &str) -> Decision {
        self.inner.version().engine.refusal(why)
    }

    /// A value as JSON, with everything hidden that audit events hide: what a person may be shown.
    pub fn shown(&self, value: &Value) -> String {
        self.inner.version().redactor.shown(value)
    }

    /// A text with everything hidden that audit events hide.
    pub fn redact_text(&self, text: &str) -> String {
        self.inner.version().redactor.redact_text(text)
    }

    /// A session as its store shows it.
    ///
    /// # Errors
    /// The store cannot answer.
    pub async fn session(&self, session: SessionKey) -> StoreResult<SessionView> {
        let request = AttemptRequest { session, count: false, counters: Vec::new() };
        let view = self.inner.store.attempt(request).await?.view;
        let mut view = Arc::unwrap_or_clone(view);
        // The store counts the attempt in hand; here there is none.
        view.attempts = view.attempts.saturating_sub(1);
        Ok(view)
    }

    /// Refuses a call that cannot be read as one, and records that it was tried. What is known of it is in `call`.
    pub fn refuse(&self, call: ToolEnvelope, why: &str) -> Denied {
        Inner::refuse(&self.inner, call, why)
    }

    /// Whether some arguments could make the call run for this principal: `false` only if an unconditional deny holds,
    /// or a default deny without an allow that could apply.
    pub fn could_run(&self, call: &ToolEnvelope) -> bool {
        self.inner.version().engine.could_run(call)
    }

    /// Puts the policy files in force as they are now. If they do not load, the old ones stay, and an event says so.
    ///
    /// # Errors
    /// They do not load.
    pub fn reload(&self) -> Result<(), LoadError> {
        self.inner.enforce(self.inner.prepare(None)?);
        Ok(())
    }

    /// Puts other policies in force. If they do not load, the old ones stay, and an event says so.
    ///
    /// # Errors
    /// They do not load.
    pub fn replace(&self, files: Vec<PolicyFile>) -> Result<(), LoadError> {
        self.prepare(files)?.enforce();
        Ok(())
    }

    /// Loads other policies, and leaves those of now in force. Guards that change together are prepared first, each of
    /// them. If they do not load, an event says so.
    ///
    /// # Errors
    /// They do not load.
    pub fn prepare(&self, files: Vec<PolicyFile>) -> Result<PreparedPolicies, LoadError> {
        let version = self.inner.prepare(Some(files))?;
        Ok(PreparedPolicies { inner: Arc::clone(&self.inner), version })
    }

    /// A guard with other policies, each a path or `template/NAME`, that shares all else with this one: store, sessions,
    /// audit, approver, hooks, telemetry.
    ///
    /// # Errors
    /// One of them does not load.
    pub fn beside<P: AsRef<Path>>(&self, policies: impl IntoIterator<Item = P>) -> Result<Guard, LoadError> {
        let sources = policies.into_iter().map(PolicySource::named).collect();
        Ok(Guard { inner: Arc::new(self.inner.beside(sources)?) })
    }

    /// `sha256:` of the policies in force.
    pub fn policy_version(&self) -> String {
        self.inner.version().engine.policies().version.to_string()
    }

    /// What is in force.
    pub(crate) fn version(&self) -> Arc<Version> {
        self.inner.version()
    }

    /// What deserved a look when the policies in force were loaded.
    pub fn warnings(&self) -> Vec<Diagnostic> {
        self.inner.version().warnings.clone()
    }

    /// Records which tools of an agent this guard stands before, as whoever looked at the agent found them.
    pub fn report_coverage(&self, tools: Vec<CoveredTool>) {
        self.inner.record_coverage(tools);
    }

    /// Records that a tool is kept from the agent, because its definition is not the one that was accepted. What is known
    /// of whoever would have called it is in `call`.
    pub fn report_quarantine(&self, call: ToolEnvelope, why: &str) {
        self.inner.record_quarantine(call, why);
    }

    /// Waits until every event so far was written.
    pub fn flush(&self) {
        self.inner.pipeline.flush();
    }

    /// How many audit events could not be written.
    pub fn audit_failures(&self) -> u64 {
        self.inner.pipeline.failures()
    }

    /// How each sink does whose receiver is elsewhere.
    #[cfg(feature = "delivery")]
    pub fn audit_sinks(&self) -> Vec<crate::sink::SinkStatus> {
        self.inner.pipeline.meters().iter().map(crate::sink::SinkMeter::status).collect()
    }
}
