//! What the relay asks of whoever judges. The SDK's `Guard` is the one implementation outside tests.

use super::route::Route;
use callguard::engine::value::{Object, Value};
use std::future::Future;

/// A call as it came off the wire, before anything else is known of it.
pub(crate) struct Call {
    pub(crate) tool: String,
    pub(crate) args: Object,
    /// The request's id.
    pub(crate) request: String,
    /// The `traceparent` of the request's `_meta`.
    pub(crate) trace_parent: Option<String>,
}

/// What was decided before a call.
pub(crate) enum Verdict<P> {
    Allowed(P),
    Refused(Refusal),
}

/// Why a call may not run.
pub(crate) struct Refusal {
    /// For the agent.
    pub(crate) message: String,
    /// What stands under `callguard/decision`.
    pub(crate) decision: Value,
}

/// What a tool answered.
pub(crate) enum Outcome {
    /// A result or an error that could be read.
    Answer { is_error: bool, value: Value },
    /// One that could not: `reason` says why.
    Unreadable { reason: String },
}

/// What the agent may see of an answer.
pub(crate) enum Settled {
    /// All of it.
    Unchanged,
    /// This in its place, of the same shape.
    Changed(Value),
    /// Nothing but this message.
    Withheld { message: String, decision: Value },
}

/// Decides calls and judges results.
pub(crate) trait Judge: Send + Sync + 'static {
    type Permit: Permit;

    fn before(&self, call: Call) -> impl Future<Output = Verdict<Self::Permit>> + Send;

    /// Hears of a call that cannot be read as one, and so does not run.
    fn refused(&self, tool: String, request: Option<String>, reason: &str);

    /// Hears of a listed tool whose definition nobody has accepted.
    fn quarantined(&self, tool: &str, reason: &str);

    /// Whether requests of this kind are judged.
    fn governs(&self, route: Route) -> bool;

    /// Whether this principal may call the tool with any arguments at all.
    fn may_ever_allow(&self, tool: &str) -> bool;
}

/// Leave to run one call once. Dropped, it gives back what it reserved.
pub(crate) trait Permit: Send + 'static {
    type Running: Running;

    /// Says that the call is about to be forwarded.
    fn start(self) -> Self::Running;
}

/// A call that was forwarded. Dropped, its outcome is unknown.
pub(crate) trait Running: Send + 'static {
    fn settle(self, outcome: Outcome) -> impl Future<Output = Settled> + Send;
}

/// What runs under a judge's permits.
pub(crate) type RunningOf<J> = <<J as Judge>::Permit as Permit>::Running;
