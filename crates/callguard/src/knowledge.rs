//! What a host knows of one call beside the call itself.

use callguard_engine::decide::{FactAnswers, HookRefusal};

/// What a host has found out of a call before it asks for the decision: for hosts whose own code must not be called from
/// within it (another language, an event loop).
#[derive(Clone, Debug, Default)]
pub struct Knowledge {
    /// Answers to facts; what is not among them is asked of the guard's [`Facts`](crate::Facts).
    pub facts: FactAnswers,
    /// A hook of the host's that has refused the call already.
    pub refused_by: Option<HookRefusal>,
    /// The `traceparent` (W3C Trace Context) of what the call is part of, where the host has it as text: a header, MCP's
    /// `_meta`. Without one the call's span is part of the trace that is current. Of a guard without telemetry, events name it.
    pub trace_parent: Option<String>,
}
