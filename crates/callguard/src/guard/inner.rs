//! What clones of a guard share.

use super::Before;
use super::builder::{GuardBuilder, PolicySource};
use crate::approval::{self, Approval, ApprovalRequest, Approver};
use crate::clock::Clock;
use crate::driver::{Seen, drive};
use crate::error::LoadError;
use crate::facts::{Facts, answer_all};
use crate::files::{Disk, policy_file};
use crate::hooks::{self, AfterHook, BeforeHook};
use crate::knowledge::Knowledge;
use crate::permit::{Asked, Denied, Permit};
use crate::pipeline::{OnAuditFailure, Pipeline, RedactionPolicy};
use crate::store::Store;
use callguard_engine::audit::coverage::{self, CoveredTool};
use callguard_engine::audit::event::{AuditAction, Occurrence, Redactor};
use callguard_engine::audit::output::Output;
use callguard_engine::call::ToolEnvelope;
use callguard_engine::decide::{
    self, Decision, Engine, FactAnswers, HookRefusal, HostPaths, Inquiry, Operators, Outcome, Scratch, Settled, Step,
};
use callguard_engine::diagnostic::{Code, Diagnostic};
use callguard_engine::policy::{LoadErrors, LoadInput, Loaded, PolicyFile, load};
use callguard_engine::value::{Value, write_json};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;
use ulid::Ulid;

/// What clones of a guard share.
pub(crate) struct Inner {
    version: RwLock<Arc<Version>>,
    sources: Vec<PolicySource>,
    operators: Arc<Operators>,
    paths: HostPaths,
    redaction: Vec<RedactionPolicy>,
    pub(crate) store: Arc<dyn Store>,
    approver: Option<Arc<dyn Approver>>,
    facts: Arc<dyn Facts>,
    before_hooks: Vec<Box<dyn BeforeHook>>,
    pub(crate) after_hooks: Vec<Box<dyn AfterHook>>,
    clock: Arc<dyn Clock>,
    on_audit_failure: OnAuditFailure,
    pub(crate) pipeline: Pipeline,
}

/// Policies in force, from one load to the next.
pub(crate) struct Version {
    pub(crate) engine: Engine,
    pub(crate) redactor: Arc<Redactor>,
    pub(crate) warnings: Vec<Diagnostic>,
}

impl Inner {
    pub(super) fn new(builder: GuardBuilder, store: Arc<dyn Store>) -> Result<Inner, LoadError> {
        let operators = Arc::new(builder.operators);
        let version = load_version(&builder.sources, None, &operators, &builder.paths, &builder.redaction)?;
        let inner = Inner {
            version: RwLock::new(Arc::new(version)),
            sources: builder.sources,
            operators,
            paths: builder.paths,
            redaction: builder.redaction,
            store,
            approver: builder.approver,
            facts: builder.facts,
            before_hooks: builder.before_hooks,
            after_hooks: builder.after_hooks,
            clock: builder.clock,
            on_audit_failure: builder.on_audit_failure,
            pipeline: Pipeline::start(builder.sinks),
        };
        inner.record(&inner.version(), inner.occurrence(AuditAction::PolicyLoaded));
        Ok(inner)
    }

    /// The policies in force.
    pub(crate) fn version(&self) -> Arc<Version> {
        Arc::clone(&self.version.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn reload(&self, files: Option<Vec<PolicyFile>>) -> Result<(), LoadError> {
        let loaded = load_version(&self.sources, files, &self.operators, &self.paths, &self.redaction);
        match loaded {
            Ok(version) => {
                let version = Arc::new(version);
                *self.version.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&version);
                self.record(&version, self.occurrence(AuditAction::PolicyLoaded));
                Ok(())
            }
            Err(error) => {
                let note = format!("the old policies stay in force: {} error(s)", error.findings().error_count());
                let rejected = Occurrence { note: Some(note), ..self.occurrence(AuditAction::PolicyRejected) };
                self.record(&self.version(), rejected);
                Err(error)
            }
        }
    }

    pub(super) async fn check(inner: &Arc<Inner>, call: ToolEnvelope, explain: bool, known: Knowledge) -> Decision {
        let version = inner.version();
        let call = Arc::new(Inner::named(call));
        let refused_by_hook = known.refused_by.or_else(|| inner.hook_refusal(&call));
        let inquiry = Inquiry { dry: true, explain, refused_by_hook };
        let mut scratch = Scratch::default();
        let step = version.engine.begin(&mut scratch, Arc::clone(&call), inquiry);
        match drive(step, &call, &*inner.facts, &known.facts, &*inner.store).await.0 {
            Outcome::Dry(decision) | Outcome::Deny(decision) => decision,
            Outcome::Ask(asked) => asked.decision().clone(),
            Outcome::Allow(permit) => permit.decision().clone(),
        }
    }

    pub(super) fn wanted_facts(&self, call: &ToolEnvelope) -> Vec<String> {
        let inquiry = Inquiry { dry: true, ..Inquiry::default() };
        match self.version().engine.begin(&mut Scratch::default(), Arc::new(call.clone()), inquiry) {
            Step::Facts(_, names) => names,
            _ => Vec::new(),
        }
    }

    pub(super) fn check_result(&self, call: &ToolEnvelope, output: Output) -> Settled {
        let engine = &self.version().engine;
        let declared: BTreeSet<String> =
            engine.policies().policies.iter().flat_map(|policy| policy.facts.keys().cloned()).collect();
        let facts = answer_all(&*self.facts, &FactAnswers::new(), declared.into_iter().collect(), call);
        engine.check_result(call, &facts, output)
    }

    pub(super) async fn before(inner: Arc<Inner>, call: ToolEnvelope, known: Knowledge) -> Before {
        let version = inner.version();
        let call = Arc::new(Inner::named(call));
        let refused_by_hook = known.refused_by.or_else(|| inner.hook_refusal(&call));
        let inquiry = Inquiry { dry: false, explain: false, refused_by_hook };
        let mut scratch = Scratch::default();
        let step = version.engine.begin(&mut scratch, Arc::clone(&call), inquiry);
        let mut before = Inner::decide(Arc::clone(&inner), version, call, step, known.facts).await;
        loop {
            let asked = match before {
                Before::Asked(asked) => asked,
                decided => return decided,
            };
            let Some(approver) = inner.approver.clone() else { return Before::Asked(asked) };
            let approval = Inner::ask(&asked, &*approver).await;
            before = asked.answer(approval).await;
        }
    }

    pub(super) fn refuse(&self, call: ToolEnvelope, why: &str) -> Denied {
        let version = self.version();
        let decision = version.engine.refusal(why);
        self.record_decision(&version, &Arc::new(Inner::named(call)), &decision, Seen::default(), 0);
        Denied { decision }
    }

    /// Runs the steps, records the decision, and hands out the permit.
    pub(crate) async fn decide(
        inner: Arc<Inner>,
        version: Arc<Version>,
        call: Arc<ToolEnvelope>,
        step: Step<'_>,
        facts: FactAnswers,
    ) -> Before {
        let started = Instant::now();
        let (outcome, seen) = drive(step, &call, &*inner.facts, &facts, &*inner.store).await;
        let micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        match outcome {
            Outcome::Allow(permit) => {
                inner.record_decision(&version, &call, permit.decision(), seen, micros);
                Before::Allowed(Permit::new(inner, version, permit))
            }
            Outcome::Ask(asked) => {
                inner.record_decision(&version, &call, asked.decision(), seen, micros);
                Before::Asked(Asked { inner, version, asked, facts })
            }
            Outcome::Deny(decision) | Outcome::Dry(decision) => {
                inner.record_decision(&version, &call, &decision, seen, micros);
                Before::Denied(Denied { decision })
            }
        }
    }

    /// What a person says of the call; nothing, where nobody need be asked.
    async fn ask(asked: &Asked, approver: &dyn Approver) -> Approval {
        let Some(terms) = &asked.decision().ask else {
            return Approval::Refused { by: approval::NOBODY.to_owned(), why: "nothing asks".to_owned() };
        };
        let call = asked.call();
        let request = ApprovalRequest {
            call,
            shown_args: asked.version.redactor.shown(&Value::Object(call.args.clone())),
            digest: digest(call),
            message: asked.message(),
            terms,
        };
        approver.ask(request).await
    }

    /// The call under an id of our own: a host's id is not unique enough to reserve by.
    fn named(call: ToolEnvelope) -> ToolEnvelope {
        ToolEnvelope { call_id: Ulid::new().to_string(), ..call }
    }

    fn hook_refusal(&self, call: &ToolEnvelope) -> Option<HookRefusal> {
        if self.on_audit_failure == OnAuditFailure::Deny && self.pipeline.is_failing() {
            let reason = "The audit cannot be written, and no call runs unrecorded.".to_owned();
            return Some(HookRefusal { name: "audit".to_owned(), reason });
        }
        hooks::ask_all(&self.before_hooks, call)
    }

    fn occurrence(&self, action: AuditAction) -> Occurrence {
        Occurrence::new(Ulid::new().to_string(), self.clock.now(), action)
    }

    fn record(&self, version: &Version, occurrence: Occurrence) {
        self.pipeline.record(occurrence, &version.redactor);
    }

    fn record_decision(
        &self,
        version: &Version,
        call: &Arc<ToolEnvelope>,
        decision: &Decision,
        seen: Seen,
        micros: u64,
    ) {
        let occurrence = self.occurrence(AuditAction::of_decision(decision));
        let occurrence = Occurrence {
            call: Some(Arc::clone(call)),
            side_effect: version.engine.side_effect(call),
            decision: Some(decision.clone()),
            duration_micros: Some(micros),
            session_attempts: seen.attempts,
            session_calls: seen.calls,
            hooks_evaluated: self.before_hooks.len(),
            ..occurrence
        };
        self.record(version, occurrence);
    }

    pub(crate) fn record_result(
        &self,
        version: &Version,
        call: Arc<ToolEnvelope>,
        decision: Decision,
        settled: &Settled,
        succeeded: bool,
        micros: u64,
    ) {
        let occurrence = self.occurrence(AuditAction::of_result(settled, !succeeded));
        let occurrence = Occurrence {
            side_effect: version.engine.side_effect(&call),
            call: Some(call),
            decision: Some(decision),
            settled: Some(settled.clone()),
            tool_success: Some(succeeded),
            duration_micros: Some(micros),
            hooks_evaluated: self.after_hooks.len(),
            ..occurrence
        };
        self.record(version, occurrence);
    }

    pub(crate) fn record_lost(&self, version: &Version, call: Arc<ToolEnvelope>, decision: Decision) {
        let note = "the run was started and never reported back".to_owned();
        let occurrence = self.occurrence(AuditAction::UnknownOutcome);
        self.record(version, Occurrence { call: Some(call), decision: Some(decision), note: Some(note), ..occurrence });
    }

    pub(crate) fn record_approval(&self, version: &Version, asked: &decide::Asked, action: AuditAction, by: &str) {
        let occurrence = self.occurrence(action);
        let call = Some(Arc::clone(asked.call()));
        let decision = Some(asked.decision().clone());
        self.record(version, Occurrence { call, decision, note: Some(format!("by {by}")), ..occurrence });
    }

    pub(super) fn record_coverage(&self, tools: Vec<CoveredTool>) {
        let occurrence = self.occurrence(AuditAction::CoverageReported);
        let note = Some(coverage::in_words(&tools));
        self.record(&self.version(), Occurrence { note, coverage: Some(tools), ..occurrence });
    }
}

/// Binds an approval to this very call: tool, arguments and principal, each with its length.
fn digest(call: &ToolEnvelope) -> String {
    let mut hash = Sha256::new();
    let args = write_json(&Value::Object(call.args.clone()));
    let who = write_json(&call.principal.to_value());
    for part in [call.tool.as_str(), &args, &who] {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn load_version(
    sources: &[PolicySource],
    files: Option<Vec<PolicyFile>>,
    operators: &Arc<Operators>,
    paths: &HostPaths,
    redaction: &[RedactionPolicy],
) -> Result<Version, LoadError> {
    let files = match files {
        Some(files) => files,
        None => sources.iter().map(read).collect::<Result<_, _>>()?,
    };
    let Loaded { set, warnings, .. } = load(LoadInput { files, bases: &Disk, operators: Arc::clone(operators) })?;
    let redactor = Arc::new(Redactor::new(&set).with_rules(redaction));
    let engine = Engine::new(set).with_operators(Arc::clone(operators)).with_paths(paths.clone());
    Ok(Version { engine, redactor, warnings })
}

fn read(source: &PolicySource) -> Result<PolicyFile, LoadErrors> {
    match source {
        PolicySource::Given(file) => Ok(file.clone()),
        PolicySource::Named(name) => policy_file(name).map_err(|why| LoadErrors {
            diagnostics: vec![Diagnostic::unplaced(Code::NotUtf8, why)],
            sources: Arc::default(),
        }),
    }
}
