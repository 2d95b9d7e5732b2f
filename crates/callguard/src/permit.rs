//! Permits at work: issued, started, settled; and what becomes of one that is dropped.

use crate::RunError;
use crate::driver::at_once;
use crate::guard::{Before, Inner};
use crate::hooks;
use crate::store::Abandoned;
use callguard_engine::audit::event::AuditAction;
use callguard_engine::audit::output::Output;
use callguard_engine::call::ToolEnvelope;
use callguard_engine::decide::{self, Decision, ResultEffect, Scratch, Settled};
use callguard_engine::session::CommitRequest;
use callguard_engine::value::Object;
use std::sync::Arc;
use std::time::Instant;

/// The right to run one call once. Dropped before its start, what it reserved goes back.
#[must_use = "a permit that is not started runs nothing"]
pub struct Permit {
    inner: Arc<Inner>,
    permit: Option<decide::Permit>,
    version: Arc<crate::guard::Version>,
}

impl Permit {
    pub(crate) fn new(inner: Arc<Inner>, version: Arc<crate::guard::Version>, permit: decide::Permit) -> Permit {
        Permit { inner, permit: Some(permit), version }
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
        Running { inner: Arc::clone(&self.inner), version: Arc::clone(&self.version), permit, started: Instant::now() }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if let Some(request) = self.permit.take().and_then(decide::Permit::give_back) {
            self.inner.store.end_detached(Abandoned::GivenBack(request));
        }
    }
}

/// A tool that runs. Dropped before it is settled (a cancelled future, a panic), the outcome is unknown: what it
/// reserved is spent, and an event says so.
#[must_use = "a run that is not settled counts as lost"]
pub struct Running {
    inner: Arc<Inner>,
    version: Arc<crate::guard::Version>,
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
    pub async fn settle(mut self, output: Output) -> Settled {
        let Some(permit) = self.permit.take() else { return lost(output) };
        let call = Arc::clone(permit.call());
        let decision = permit.decision().clone();
        let succeeded = !output.is_error;
        let settlement = permit.settle(output);
        let mut pending = Pending { inner: &self.inner, commit: settlement.commit().cloned() };
        let written = match settlement.commit().cloned() {
            Some(commit) => self.inner.store.commit(commit).await,
            None => Ok(()),
        };
        pending.commit = None;
        let mut settled = settlement.finish(written);
        if let Some(name) = hooks::show_all(&self.inner.after_hooks, &call, &settled) {
            let message = format!("The result is withheld: the hook {name} failed.");
            settled.output = settled.output.withheld(&message);
            settled.effect = ResultEffect::Withhold;
            settled.message = Some(message);
        }
        let micros = u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.inner.record_result(&self.version, call, decision, &settled, succeeded, micros);
        settled
    }

    /// The same, for a store that answers at once.
    ///
    /// # Errors
    /// [`RunError::WouldWait`]: the store answers later. The run counts as lost.
    pub fn settle_now(self, output: Output) -> Result<Settled, RunError> {
        at_once(self.settle(output)).ok_or(RunError::WouldWait)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let Some(permit) = self.permit.take() else { return };
        self.inner.record_lost(&self.version, Arc::clone(permit.call()), permit.decision().clone());
        if let Some(request) = permit.lose() {
            self.inner.store.end_detached(Abandoned::Lost(request));
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
    pub(crate) inner: Arc<Inner>,
    pub(crate) version: Arc<crate::guard::Version>,
    pub(crate) asked: decide::Asked,
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

    /// A person granted it, once: the call is judged anew with those asks satisfied.
    pub async fn grant(self, by: &str) -> Before {
        self.inner.record_approval(&self.version, &self.asked, AuditAction::ApprovalGranted, by);
        let call = Arc::clone(self.asked.call());
        let mut scratch = Scratch::default();
        let step = self.asked.grant(&mut scratch);
        Inner::decide(self.inner, self.version, call, step).await
    }

    /// A person refused it.
    pub fn refuse(self, by: &str, why: &str) -> Denied {
        self.inner.record_approval(&self.version, &self.asked, AuditAction::ApprovalDenied, by);
        Denied { decision: self.asked.refuse(why) }
    }
}
