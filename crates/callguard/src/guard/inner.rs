//! What clones of a guard share.

use super::Case;
use super::builder::{GuardBuilder, PolicySource};
use crate::approval::Approver;
use crate::clock::Clock;
use crate::driver::{Seen, drive};
use crate::error::LoadError;
use crate::facts::{Facts, answer_all};
use crate::files::policy_file;
use crate::hooks::{self, AfterHook, BeforeHook};
use crate::knowledge::Knowledge;
use crate::permit::Denied;
use crate::pipeline::{OnAuditFailure, Pipeline, RedactionPolicy, may_change};
use crate::redaction_key::RedactionKey;
use crate::store::Store;
use crate::telemetry::Recorder;
use callguard_engine::audit::coverage::{self, CoveredTool};
use callguard_engine::audit::event::{AuditAction, Occurrence, Redactor};
use callguard_engine::audit::output::Output;
use callguard_engine::call::{SideEffect, ToolEnvelope};
use callguard_engine::decide::{
    Decision, Engine, Explanation, FactAnswers, HookRefusal, HostPaths, Inquiry, Operators, Outcome, Scratch, Settled,
    Step,
};
use callguard_engine::diagnostic::{Code, Diagnostic};
use callguard_engine::policy::{Bases, LoadErrors, LoadInput, Loaded, PolicyFile, load};
use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use ulid::Ulid;

/// What clones of a guard share.
pub(crate) struct Inner {
    version: RwLock<Arc<Version>>,
    sources: Vec<PolicySource>,
    bases: Arc<dyn Bases + Send + Sync>,
    operators: Arc<Operators>,
    paths: HostPaths,
    hidden: Arc<Hidden>,
    pub(crate) store: Arc<dyn Store>,
    pub(super) approver: Option<Arc<dyn Approver>>,
    pub(super) facts: Arc<dyn Facts>,
    pub(super) before_hooks: Arc<[Box<dyn BeforeHook>]>,
    pub(crate) after_hooks: Arc<[Box<dyn AfterHook>]>,
    clock: Arc<dyn Clock>,
    on_audit_failure: OnAuditFailure,
    intent_first: bool,
    pub(crate) pipeline: Arc<Pipeline>,
    pub(crate) telemetry: Recorder,
}

/// What the host says of redaction, beside the policies.
struct Hidden {
    rules: Vec<RedactionPolicy>,
    key: Option<RedactionKey>,
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
        let hidden = Arc::new(Hidden { rules: builder.redaction, key: builder.redaction_key });
        let version = load_version(&builder.sources, None, &*builder.bases, &operators, &builder.paths, &hidden)?;
        let inner = Inner {
            version: RwLock::new(Arc::new(version)),
            sources: builder.sources,
            bases: builder.bases,
            operators,
            paths: builder.paths,
            hidden,
            store,
            approver: builder.approver,
            facts: builder.facts,
            before_hooks: builder.before_hooks.into(),
            after_hooks: builder.after_hooks.into(),
            clock: builder.clock,
            on_audit_failure: builder.on_audit_failure,
            intent_first: builder.intent_first,
            pipeline: Arc::new(Pipeline::start(builder.sinks, builder.telemetry.clone())),
            telemetry: builder.telemetry,
        };
        inner.record(&inner.version(), inner.occurrence(AuditAction::PolicyLoaded));
        Ok(inner)
    }

    /// Other policies, with everything else around them the same.
    pub(super) fn beside(&self, sources: Vec<PolicySource>) -> Result<Inner, LoadError> {
        let version = load_version(&sources, None, &*self.bases, &self.operators, &self.paths, &self.hidden)?;
        let inner = Inner {
            version: RwLock::new(Arc::new(version)),
            sources,
            bases: Arc::clone(&self.bases),
            operators: Arc::clone(&self.operators),
            paths: self.paths.clone(),
            hidden: Arc::clone(&self.hidden),
            store: Arc::clone(&self.store),
            approver: self.approver.clone(),
            facts: Arc::clone(&self.facts),
            before_hooks: Arc::clone(&self.before_hooks),
            after_hooks: Arc::clone(&self.after_hooks),
            clock: Arc::clone(&self.clock),
            on_audit_failure: self.on_audit_failure,
            intent_first: self.intent_first,
            pipeline: Arc::clone(&self.pipeline),
            telemetry: self.telemetry.clone(),
        };
        inner.record(&inner.version(), inner.occurrence(AuditAction::PolicyLoaded));
        Ok(inner)
    }

    /// The policies in force.
    pub(crate) fn version(&self) -> Arc<Version> {
        Arc::clone(&self.version.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Loads policies that are not in force yet: those given, or the sources as they are now.
    pub(super) fn prepare(&self, files: Option<Vec<PolicyFile>>) -> Result<Arc<Version>, LoadError> {
        let loaded = load_version(&self.sources, files, &*self.bases, &self.operators, &self.paths, &self.hidden);
        loaded.map(Arc::new).inspect_err(|error| {
            let note = format!("the old policies stay in force: {} error(s)", error.findings().error_count());
            let rejected = Occurrence { note: Some(note), ..self.occurrence(AuditAction::PolicyRejected) };
            self.record(&self.version(), rejected);
        })
    }

    /// From now on these hold.
    pub(super) fn enforce(&self, version: Arc<Version>) {
        *self.version.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&version);
        self.record(&version, self.occurrence(AuditAction::PolicyLoaded));
    }

    pub(super) async fn check(inner: &Arc<Inner>, call: ToolEnvelope, explain: bool, known: Knowledge) -> Decision {
        let version = inner.version();
        let call = Arc::new(Inner::named(call));
        let refused_by_hook = known.refused_by.or_else(|| inner.hook_refusal(&version, &call));
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
        engine.check_result(call, &self.every_fact(engine, call), output)
    }

    pub(super) fn explain_result(&self, call: &ToolEnvelope, output: &Output) -> Explanation {
        let engine = &self.version().engine;
        engine.explain_result(call, &self.every_fact(engine, call), output)
    }

    fn every_fact(&self, engine: &Engine, call: &ToolEnvelope) -> FactAnswers {
        let declared: BTreeSet<String> =
            engine.policies().policies.iter().flat_map(|policy| policy.facts.keys().cloned()).collect();
        answer_all(&*self.facts, &FactAnswers::new(), declared.into_iter().collect(), call)
    }

    pub(super) fn refuse(inner: &Arc<Inner>, call: ToolEnvelope, why: &str) -> Denied {
        let case = Case::open(inner, call, None);
        let decision = case.version.engine.refusal(why);
        case.record_decision(&decision, Seen::default(), Duration::ZERO);
        Denied { decision }
    }

    /// The call under an id of our own: a host's id is not unique enough to reserve by.
    pub(super) fn named(call: ToolEnvelope) -> ToolEnvelope {
        ToolEnvelope { call_id: Ulid::new().to_string(), ..call }
    }

    pub(super) fn hook_refusal(&self, version: &Version, call: &ToolEnvelope) -> Option<HookRefusal> {
        self.audit_refusal(version.engine.side_effect(call)).or_else(|| hooks::ask_all(&self.before_hooks, call))
    }

    /// Once every sink has all there is so far: why a call with this side effect cannot run, if it cannot.
    pub(super) fn unrecorded(&self, effect: Option<SideEffect>) -> Option<HookRefusal> {
        if !self.intent_first || !may_change(effect) {
            return None;
        }
        self.pipeline.flush();
        self.audit_refusal(effect)
    }

    fn audit_refusal(&self, effect: Option<SideEffect>) -> Option<HookRefusal> {
        let is_refused = self.on_audit_failure.denies(effect) && self.pipeline.is_failing();
        let reason = "The audit cannot be written, and no call runs unrecorded.".to_owned();
        is_refused.then(|| HookRefusal { name: "audit".to_owned(), reason })
    }

    pub(super) fn occurrence(&self, action: AuditAction) -> Occurrence {
        Occurrence::new(Ulid::new().to_string(), self.clock.now(), action)
    }

    pub(super) fn record(&self, version: &Version, occurrence: Occurrence) {
        self.telemetry.measure(&occurrence);
        self.pipeline.record(occurrence, &version.redactor);
    }

    pub(super) fn record_quarantine(&self, call: ToolEnvelope, why: &str) {
        let occurrence = self.occurrence(AuditAction::ToolQuarantined);
        let call = Some(Arc::new(Inner::named(call)));
        self.record(&self.version(), Occurrence { call, note: Some(why.to_owned()), ..occurrence });
    }

    pub(super) fn record_coverage(&self, tools: Vec<CoveredTool>) {
        let occurrence = self.occurrence(AuditAction::CoverageReported);
        let note = Some(coverage::in_words(&tools));
        self.record(&self.version(), Occurrence { note, coverage: Some(tools), ..occurrence });
    }
}

fn load_version(
    sources: &[PolicySource],
    files: Option<Vec<PolicyFile>>,
    bases: &dyn Bases,
    operators: &Arc<Operators>,
    paths: &HostPaths,
    hidden: &Hidden,
) -> Result<Version, LoadError> {
    let files = match files {
        Some(files) => files,
        None => sources.iter().map(read).collect::<Result<_, _>>()?,
    };
    let Loaded { set, warnings, .. } = load(LoadInput { files, bases, operators: Arc::clone(operators) })?;
    let redactor = Redactor::new(&set).with_rules(&hidden.rules);
    let redactor = Arc::new(match &hidden.key {
        Some(key) => redactor.with_tags(&key.tagger()),
        None => redactor,
    });
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
