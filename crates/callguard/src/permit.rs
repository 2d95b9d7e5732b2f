//! Permits at work: issued, started, settled; and what becomes of one that is dropped.

use crate::RunError;
use crate::approval::{Approval, NOBODY};
use crate::driver::at_once;
use crate::guard::{Before, Case, Inner};
use crate::hooks;
use crate::store::Abandoned;
use callguard_engine::audit::event::AuditAction;
use callguard_engine::audit::output::Output;
use callguard_engine::call::ToolEnvelope;
use callguard_engine::decide::{self, Decision, FactAnswers, ResultEffect, Scratch, Settled};
use callguard_engine::policy::model::OnTimeout;
use callguard_engine::session::CommitRequest;
use callguard_engine::value::{Object, Value};
use std::sync::Arc;
use std::time::Instant;

/// The right to run one call once. Dropped before its start, what it reserved goes back.
#[must_use = "a permit that is not started runs nothing"]
pub struct Permit {
    case: Arc<Case>,
    permit: Option<decide::Permit>,
}

impl Permit {
    pub(crate) fn new(case: Arc<Case>, permit: decide::Permit) -> Permit {
        Permit { case, permit: Some(permit) }
    }

    /// Why the call may run.
    pub fn decision(&self) -> Option<&Decision> {
        self.permit.as_ref().map(decide::Permit::decision)
    }

    /// The call that may run, exactly as it was judged.
    pub fn call(&self) -> Option<&Arc<ToolEnvelope>> {
        self.permit.as_ref().map(decide::Permit::call)
    }

    /// Says that the tool starts now. From here on the run counts, whatever becomes of it.
    pub fn start(mut self) -> Running {
        let permit = self.permit.take();
        Running { case: Arc::clone(&self.case), permit, started: Instant::now() }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if let Some(request) = self.permit.take().and_then(decide::Permit::give_back) {
            self.case.inner.store.end_detached(Abandoned::GivenBack(request));
        }
    }
}

/// A tool that runs. Dropped before it is settled (a cancelled future, a panic), the outcome is unknown: what it
/// reserved is spent, and an event says so.
#[must_use = "a run that is not settled counts as lost"]
pub struct Running {
    case: Arc<Case>,
    permit: Option<decide::Permit>,
    started: Instant,
}

impl Running {
    /// The call that runs.
    pub fn call(&self) -> Option<&Arc<ToolEnvelope>> {
        self.permit.as_ref().map(decide::Permit::call)
    }

    /// The arguments to run with: what was judged.
    pub fn args(&self) -> Object {
        self.call().map(|call| call.args.clone()).unwrap_or_default()
    }

    /// Judges what the tool gave back, writes the session, and yields what the agent may see.
    pub async fn settle(self, output: Output) -> Settled {
        self.judge(output, FactAnswers::new()).await.release(None)
    }

    /// The span's context: what the tool does within it is part of the call's trace.
    #[cfg(feature = "otel")]
    pub fn context(&self) -> opentelemetry::Context {
        self.case.span.context()
    }

    /// The tool's future, within the call's span.
    #[cfg(feature = "otel")]
    pub(crate) fn within<F: Future>(&self, tool: F) -> impl Future<Output = F::Output> {
        opentelemetry::context::FutureExt::with_context(tool, self.context())
    }

    #[cfg(not(feature = "otel"))]
    #[expect(clippy::unused_self, reason = "a build without telemetry has no span")]
    pub(crate) fn within<F: Future>(&self, tool: F) -> F {
        tool
    }

    /// Judges what the tool gave back and writes the session; what the agent may see is [`Judged::release`]d later. `facts`
    /// are those that could be known only now; they take the place of what was answered before the run.
    pub async fn judge(mut self, output: Output, facts: FactAnswers) -> Judged {
        let (case, started) = (Arc::clone(&self.case), self.started);
        let Some(permit) = self.permit.take() else {
            return Judged { case, started, of: None, settled: lost(output) };
        };
        let of = Some(Judgement { decision: permit.decision().clone(), succeeded: !output.is_error });
        let settlement = permit.settle_knowing(facts, output);
        let inner = &self.case.inner;
        let mut pending = Pending { inner, commit: settlement.commit().cloned() };
        let written = match settlement.commit().cloned() {
            Some(commit) => inner.store.commit(commit).await,
            None => Ok(()),
        };
        pending.commit = None;
        inner.telemetry.store_errors(u64::from(written.is_err()));
        Judged { case, started, of, settled: settlement.finish(written) }
    }

    /// The same, for a store that answers at once.
    ///
    /// # Errors
    /// [`RunError::WouldWait`]: the store answers later. The run counts as lost.
    pub fn settle_now(self, output: Output) -> Result<Settled, RunError> {
        at_once(self.settle(output)).ok_or(RunError::WouldWait)
    }
}

/// A result that was judged and not yet shown. Dropped, nobody sees it, and an event says what became of it.
#[must_use = "a result that is not released is seen by nobody"]
pub struct Judged {
    case: Arc<Case>,
    started: Instant,
    /// None where there is nothing to record any more.
    of: Option<Judgement>,
    settled: Settled,
}

/// What a judged result is the result of.
struct Judgement {
    decision: Decision,
    succeeded: bool,
}

impl Judged {
    /// What the agent will see, unless a hook fails.
    pub fn settled(&self) -> &Settled {
        &self.settled
    }

    /// Shows it to the after-hooks, records it, and yields what the agent may see. With the name of a hook of the host's
    /// that failed, or where one of the guard's fails, that is nothing.
    pub fn release(mut self, failed_hook: Option<&str>) -> Settled {
        if self.of.is_some()
            && let Some(name) =
                failed_hook.or_else(|| hooks::show_all(&self.case.inner.after_hooks, &self.case.call, &self.settled))
        {
            let message = format!("The result is withheld: the hook {name} failed.");
            self.settled.output = self.settled.output.withheld(&message);
            self.settled.effect = ResultEffect::Withhold;
            self.settled.message = Some(message);
        }
        self.record();
        std::mem::replace(&mut self.settled, lost(Output::success(Value::Null)))
    }

    fn record(&mut self) {
        let Some(Judgement { decision, succeeded }) = self.of.take() else { return };
        self.case.record_result(decision, &self.settled, succeeded, self.started.elapsed());
    }
}

impl Drop for Judged {
    fn drop(&mut self) {
        self.record();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let Some(permit) = self.permit.take() else { return };
        self.case.record_lost(permit.decision().clone());
        if let Some(request) = permit.lose() {
            self.case.inner.store.end_detached(Abandoned::Lost(request));
        }
    }
}

/// A commit on its way: if its future is cancelled, the store still gets it.
struct Pending<'a> {
    inner: &'a Inner,
    commit: Option<CommitRequest>,
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        if let Some(commit) = self.commit.take() {
            self.inner.store.end_detached(Abandoned::Lost(commit));
        }
    }
}

/// Of a run without a permit there is nothing to show.
fn lost(output: Output) -> Settled {
    let message = "The result is withheld: its permit is gone.".to_owned();
    Settled {
        output: output.withheld(&message),
        effect: ResultEffect::Withhold,
        decider: None,
        message: Some(message),
        applied: Vec::new(),
        would: None,
        policy_error: true,
    }
}

/// A call that does not run.
#[derive(Debug)]
pub struct Denied {
    pub(crate) decision: Decision,
}

impl Denied {
    /// Why.
    pub fn decision(&self) -> &Decision {
        &self.decision
    }

    /// What the agent should read.
    pub fn message(&self) -> &str {
        self.decision.message.as_deref().unwrap_or("This call is denied.")
    }
}

/// A call that a person must grant.
pub struct Asked {
    pub(crate) case: Arc<Case>,
    pub(crate) asked: decide::Asked,
    pub(crate) facts: FactAnswers,
}

impl Asked {
    /// What asks, and how.
    pub fn decision(&self) -> &Decision {
        self.asked.decision()
    }

    /// What the person and the agent should read.
    pub fn message(&self) -> &str {
        self.asked.decision().message.as_deref().unwrap_or("This call needs a person's approval.")
    }

    /// The call.
    pub fn call(&self) -> &Arc<ToolEnvelope> {
        self.asked.call()
    }

    /// What came of asking: a grant must come from the groups that the policies name, and an ask that nobody answered becomes
    /// what they say of it.
    pub async fn answer(self, approval: Approval) -> Before {
        let Some(terms) = &self.asked.decision().ask else {
            return Before::Denied(self.refuse(NOBODY, "nothing asks"));
        };
        match approval.held_to(terms) {
            Approval::Granted { by, .. } => self.grant(&by).await,
            Approval::Refused { by, why } => Before::Denied(self.refuse(&by, &why)),
            Approval::TimedOut if terms.on_timeout == OnTimeout::Allow => self.grant("timeout").await,
            Approval::TimedOut => Before::Denied(self.refuse(NOBODY, "nobody answered in time")),
        }
    }

    /// A person granted it, once, whoever they are: the call is judged anew with those asks satisfied.
    pub async fn grant(self, by: &str) -> Before {
        self.case.record_approval(&self.asked, AuditAction::ApprovalGranted, by);
        let started = Instant::now();
        let mut scratch = Scratch::default();
        let step = self.asked.grant(&mut scratch);
        self.case.decide(started, step, self.facts).await
    }

    /// A person refused it.
    pub fn refuse(self, by: &str, why: &str) -> Denied {
        self.case.record_approval(&self.asked, AuditAction::ApprovalDenied, by);
        Denied { decision: self.asked.refuse(why) }
    }
}
