//! Puts a guard together.

use super::{Guard, Inner};
use crate::approval::Approver;
use crate::clock::{Clock, SystemClock};
use crate::error::LoadError;
use crate::facts::{Facts, NoFacts};
use crate::files::Disk;
use crate::hooks::{AfterHook, BeforeHook};
use crate::pipeline::{OnAuditFailure, RedactionPolicy};
use crate::redaction_key::RedactionKey;
use crate::sink::{AuditConfig, AuditOpenError, AuditSink};
use crate::store::{MemoryStore, Store};
use crate::telemetry::Recorder;
use callguard_engine::decide::{HostPaths, Operators};
use callguard_engine::policy::{Bases, PolicyFile};
use callguard_engine::value::Value;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

/// Collects what a guard is made of. Every part has a default: a memory store, no audit, nobody to ask.
pub struct GuardBuilder {
    pub(super) sources: Vec<PolicySource>,
    pub(super) bases: Arc<dyn Bases + Send + Sync>,
    pub(super) store: Option<Arc<dyn Store>>,
    pub(super) sinks: Vec<Box<dyn AuditSink>>,
    pub(super) approver: Option<Arc<dyn Approver>>,
    pub(super) facts: Arc<dyn Facts>,
    pub(super) before_hooks: Vec<Box<dyn BeforeHook>>,
    pub(super) after_hooks: Vec<Box<dyn AfterHook>>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) operators: Operators,
    pub(super) paths: HostPaths,
    pub(super) on_audit_failure: OnAuditFailure,
    pub(super) intent_first: bool,
    pub(super) redaction: Vec<RedactionPolicy>,
    pub(super) redaction_key: Option<RedactionKey>,
    pub(super) telemetry: Recorder,
}

/// Where policies come from.
#[derive(Clone)]
pub(super) enum PolicySource {
    /// A path, or `template/NAME`: read again at each reload.
    Named(String),
    /// Text that the program brought.
    Given(PolicyFile),
}

impl PolicySource {
    pub(super) fn named(path: impl AsRef<Path>) -> PolicySource {
        PolicySource::Named(path.as_ref().to_string_lossy().into_owned())
    }
}

impl Default for GuardBuilder {
    fn default() -> GuardBuilder {
        GuardBuilder {
            sources: Vec::new(),
            bases: Arc::new(Disk),
            store: None,
            sinks: Vec::new(),
            approver: None,
            facts: Arc::new(NoFacts),
            before_hooks: Vec::new(),
            after_hooks: Vec::new(),
            clock: Arc::new(SystemClock),
            operators: Operators::default(),
            paths: HostPaths::default(),
            on_audit_failure: OnAuditFailure::default(),
            intent_first: false,
            redaction: Vec::new(),
            redaction_key: None,
            telemetry: Recorder::default(),
        }
    }
}

impl GuardBuilder {
    /// With a policy file, or `template/NAME`.
    #[must_use]
    pub fn file(mut self, path: impl AsRef<Path>) -> Self {
        self.sources.push(PolicySource::named(path));
        self
    }

    /// With policy text under a name for messages.
    #[must_use]
    pub fn yaml(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
        self.sources.push(PolicySource::Given(PolicyFile::new(name, text.into())));
        self
    }

    /// With policy text as it was read.
    #[must_use]
    pub fn policy(mut self, file: PolicyFile) -> Self {
        self.sources.push(PolicySource::Given(file));
        self
    }

    /// With another place than the disk for the policies that others extend.
    #[must_use]
    pub fn bases(mut self, bases: impl Bases + Send + Sync + 'static) -> Self {
        self.bases = Arc::new(bases);
        self
    }

    /// With a store for sessions.
    #[must_use]
    pub fn store(mut self, store: impl Store + 'static) -> Self {
        self.store = Some(Arc::new(store));
        self
    }

    /// With one more place for audit events.
    #[must_use]
    pub fn audit(mut self, sink: impl AuditSink + 'static) -> Self {
        self.sinks.push(Box::new(sink));
        self
    }

    /// With the sinks of a configuration, and what it says of their failure and of what is hidden.
    ///
    /// # Errors
    /// One of them cannot be opened, or the redaction key cannot be read.
    pub fn audit_config(mut self, config: &AuditConfig) -> Result<Self, AuditOpenError> {
        if let Some(key) = config.redaction_key()? {
            self.redaction_key = Some(key);
        }
        self.sinks.extend(config.open()?);
        self.on_audit_failure = config.on_failure();
        self.intent_first = config.intent_first();
        Ok(self)
    }

    /// What happens to calls when the audit cannot be written.
    #[must_use]
    pub fn on_audit_failure(mut self, what: OnAuditFailure) -> Self {
        self.on_audit_failure = what;
        self
    }

    /// Whether a call that may change something runs only once every sink has its decision: a file has synced it as its
    /// [`Sync`](crate::sink::Sync) says, a receiver's buffer holds it. The calling thread waits for that. What may change
    /// something is declared so (`side_effect: write` or `irreversible`), or not declared. If it cannot be written,
    /// [`OnAuditFailure`] says whether the call runs.
    #[must_use]
    pub fn intent_first(mut self, wanted: bool) -> Self {
        self.intent_first = wanted;
        self
    }

    /// With more to hide in audit events than the policies say.
    #[must_use]
    pub fn redaction(mut self, rules: RedactionPolicy) -> Self {
        self.redaction.push(rules);
        self
    }

    /// With a tag on what audit events hide, by which equal secrets are recognised.
    #[must_use]
    pub fn redaction_key(mut self, key: RedactionKey) -> Self {
        self.redaction_key = Some(key);
        self
    }

    /// With spans and metrics.
    #[cfg(feature = "otel")]
    #[must_use]
    pub fn telemetry(mut self, telemetry: crate::Telemetry) -> Self {
        self.telemetry = Recorder::from(telemetry);
        self
    }

    /// With somebody to ask.
    #[must_use]
    pub fn approver(mut self, approver: impl Approver + 'static) -> Self {
        self.approver = Some(Arc::new(approver));
        self
    }

    /// With answers to the facts that policies declare.
    #[must_use]
    pub fn facts(mut self, facts: impl Facts + 'static) -> Self {
        self.facts = Arc::new(facts);
        self
    }

    /// With a hook before the contracts.
    #[must_use]
    pub fn before_hook(mut self, hook: impl BeforeHook + 'static) -> Self {
        self.before_hooks.push(Box::new(hook));
        self
    }

    /// With a hook after the contracts.
    #[must_use]
    pub fn after_hook(mut self, hook: impl AfterHook + 'static) -> Self {
        self.after_hooks.push(Box::new(hook));
        self
    }

    /// With an operator of the program's own, `x_name`: pure and total. One that panics is unknown, and restricts.
    ///
    /// # Errors
    /// The name does not start with `x_`; it is handed back.
    pub fn operator(
        mut self,
        name: &str,
        operator: impl Fn(&Value, &Value) -> bool + Send + Sync + 'static,
    ) -> Result<Self, String> {
        let caught =
            move |value: &Value, operand: &Value| catch_unwind(AssertUnwindSafe(|| operator(value, operand))).ok();
        self.operators.register(name, Arc::new(caught))?;
        Ok(self)
    }

    /// [`operator`](GuardBuilder::operator) that may say that it cannot tell.
    ///
    /// # Errors
    /// The name does not start with `x_`; it is handed back.
    pub fn fallible_operator(
        mut self,
        name: &str,
        operator: impl Fn(&Value, &Value) -> Option<bool> + Send + Sync + 'static,
    ) -> Result<Self, String> {
        self.operators.register(name, Arc::new(operator))?;
        Ok(self)
    }

    /// With the host's workspace, home and disk.
    #[must_use]
    pub fn paths(mut self, paths: HostPaths) -> Self {
        self.paths = paths;
        self
    }

    /// On another clock than the machine's.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// The guard.
    ///
    /// # Errors
    /// A policy does not load, or there is none.
    pub fn build(mut self) -> Result<Guard, LoadError> {
        let store = self.store.take().unwrap_or_else(|| Arc::new(MemoryStore::with_clock(Arc::clone(&self.clock))));
        Ok(Guard { inner: Arc::new(Inner::new(self, store)?) })
    }
}
