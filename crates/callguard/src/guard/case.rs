//! One call on its way through a guard, from before it is decided until its result was judged.

use super::{Before, Inner, Version};
use crate::approval::{self, Approval, ApprovalRequest, Approver};
use crate::driver::{Seen, drive};
use crate::knowledge::Knowledge;
use crate::permit::{Asked, Denied, Permit};
use crate::telemetry::{CallSpan, TraceParent};
use callguard_engine::audit::event::{AuditAction, Occurrence, TraceIds};
use callguard_engine::call::ToolEnvelope;
use callguard_engine::decide::{self, Decision, FactAnswers, HookRefusal, Inquiry, Outcome, Scratch, Settled, Step};
use callguard_engine::value::{Value, write_json};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The guard, the policies that were in force when the call came, the call, and its span.
pub(crate) struct Case {
    pub(crate) inner: Arc<Inner>,
    pub(crate) version: Arc<Version>,
    pub(crate) call: Arc<ToolEnvelope>,
    pub(crate) span: CallSpan,
    /// What events name: the call's span, or where there is none the one that the host names.
    trace: Option<TraceIds>,
}

impl Case {
    /// The call as the guard knows it, and the start of its span.
    pub(super) fn open(inner: &Arc<Inner>, call: ToolEnvelope, trace_parent: Option<&str>) -> Arc<Case> {
        let version = inner.version();
        let call = Arc::new(Inner::named(call));
        let parent = trace_parent.and_then(TraceParent::parse);
        let span = inner.telemetry.begin(&call, &version.redactor, parent.as_ref());
        let trace = span.ids().or_else(|| parent.map(|parent| parent.ids));
        Arc::new(Case { inner: Arc::clone(inner), version, call, span, trace })
    }

    /// Decides the call; where an approver is set up, an ask is asked.
    pub(super) async fn before(self: Arc<Case>, known: Knowledge) -> Before {
        let started = Instant::now();
        let refused_by_hook = known.refused_by.or_else(|| self.inner.hook_refusal(&self.version, &self.call));
        let inquiry = Inquiry { dry: false, explain: false, refused_by_hook };
        let mut scratch = Scratch::default();
        let step = self.version.engine.begin(&mut scratch, Arc::clone(&self.call), inquiry);
        let mut before = Arc::clone(&self).decide(started, step, known.facts).await;
        loop {
            let asked = match before {
                Before::Asked(asked) => asked,
                decided => return decided,
            };
            let Some(approver) = &self.inner.approver else { return Before::Asked(asked) };
            let approval = self.ask(&asked, &**approver).await;
            before = asked.answer(approval).await;
        }
    }

    /// Runs the steps, records the decision, and hands out the permit.
    pub(crate) async fn decide(self: Arc<Case>, started: Instant, step: Step<'_>, facts: FactAnswers) -> Before {
        let inner = &self.inner;
        let (outcome, seen) = drive(step, &self.call, &*inner.facts, &facts, &*inner.store).await;
        let took = started.elapsed();
        match outcome {
            Outcome::Allow(permit) => {
                self.record_decision(permit.decision(), seen, took);
                let permit = Permit::new(Arc::clone(&self), permit);
                match self.inner.unrecorded(self.version.engine.side_effect(&self.call)) {
                    Some(refusal) => self.refused_after_all(permit, &refusal),
                    None => Before::Allowed(permit),
                }
            }
            Outcome::Ask(asked) => {
                self.record_decision(asked.decision(), seen, took);
                Before::Asked(Asked { case: self, asked, facts })
            }
            Outcome::Deny(decision) | Outcome::Dry(decision) => {
                self.record_decision(&decision, seen, took);
                Before::Denied(Denied { decision })
            }
        }
    }

    /// What was reserved goes back.
    fn refused_after_all(&self, permit: Permit, refusal: &HookRefusal) -> Before {
        drop(permit);
        let decision = self.version.engine.refusal_by(refusal);
        self.record_decision(&decision, Seen::default(), Duration::ZERO);
        Before::Denied(Denied { decision })
    }

    /// What a person says of the call; nothing, where nobody need be asked.
    async fn ask(&self, asked: &Asked, approver: &dyn Approver) -> Approval {
        let Some(terms) = &asked.decision().ask else {
            return Approval::Refused { by: approval::NOBODY.to_owned(), why: "nothing asks".to_owned() };
        };
        let request = ApprovalRequest {
            call: &self.call,
            shown_args: self.version.redactor.shown(&Value::Object(self.call.args.clone())),
            digest: digest(&self.call),
            message: asked.message(),
            terms,
        };
        approver.ask(request).await
    }

    pub(super) fn record_decision(&self, decision: &Decision, seen: Seen, took: Duration) {
        self.inner.telemetry.store_errors(seen.store_errors);
        self.record(Occurrence {
            side_effect: self.version.engine.side_effect(&self.call),
            decision: Some(decision.clone()),
            duration_micros: Some(micros(took)),
            session_attempts: seen.attempts,
            session_calls: seen.calls,
            hooks_evaluated: self.inner.before_hooks.len(),
            ..self.inner.occurrence(AuditAction::of_decision(decision))
        });
    }

    pub(crate) fn record_result(&self, decision: Decision, settled: &Settled, succeeded: bool, took: Duration) {
        self.record(Occurrence {
            side_effect: self.version.engine.side_effect(&self.call),
            decision: Some(decision),
            settled: Some(settled.clone()),
            tool_success: Some(succeeded),
            duration_micros: Some(micros(took)),
            hooks_evaluated: self.inner.after_hooks.len(),
            ..self.inner.occurrence(AuditAction::of_result(settled, !succeeded))
        });
    }

    pub(crate) fn record_lost(&self, decision: Decision) {
        self.record(Occurrence {
            decision: Some(decision),
            note: Some("the run was started and never reported back".to_owned()),
            ..self.inner.occurrence(AuditAction::UnknownOutcome)
        });
    }

    pub(crate) fn record_approval(&self, asked: &decide::Asked, action: AuditAction, by: &str) {
        self.record(Occurrence {
            decision: Some(asked.decision().clone()),
            note: Some(format!("by {by}")),
            ..self.inner.occurrence(action)
        });
    }

    /// Of this call, on its span.
    fn record(&self, occurrence: Occurrence) {
        let occurrence = Occurrence { call: Some(Arc::clone(&self.call)), trace: self.trace.clone(), ..occurrence };
        self.span.observe(&occurrence, &self.version.redactor);
        self.inner.record(&self.version, occurrence);
    }
}

fn micros(took: Duration) -> u64 {
    u64::try_from(took.as_micros()).unwrap_or(u64::MAX)
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
