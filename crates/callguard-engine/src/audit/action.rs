//! What an event says that happened.

use crate::decide::{Decision, Effect, ResultEffect, Settled};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AuditAction {
    /// The call may run.
    CallAllowed,
    /// The call may not run.
    CallDenied,
    /// The call may run, and would not if what is observed were enforced.
    CallWouldDeny,
    /// A person is asked.
    CallAsked,
    /// A person granted it.
    ApprovalGranted,
    /// A person refused it.
    ApprovalDenied,
    /// Nobody answered.
    ApprovalTimeout,
    /// The tool ran.
    CallExecuted,
    /// The tool ran and erred.
    CallFailed,
    /// The agent saw the result without what was found.
    ResultRedacted,
    /// The agent did not see the result.
    ResultWithheld,
    /// The tool was started and never reported back.
    UnknownOutcome,
    /// Policies were loaded.
    PolicyLoaded,
    /// Policies did not load; the old ones stay in force.
    PolicyRejected,
    /// A host asked which tools of an agent are guarded.
    CoverageReported,
    /// A server says something else of a tool than was accepted.
    ToolQuarantined,
}

impl AuditAction {
    /// The word in events.
    pub fn as_str(self) -> &'static str {
        match self {
            AuditAction::CallAllowed => "call_allowed",
            AuditAction::CallDenied => "call_denied",
            AuditAction::CallWouldDeny => "call_would_deny",
            AuditAction::CallAsked => "call_asked",
            AuditAction::ApprovalGranted => "approval_granted",
            AuditAction::ApprovalDenied => "approval_denied",
            AuditAction::ApprovalTimeout => "approval_timeout",
            AuditAction::CallExecuted => "call_executed",
            AuditAction::CallFailed => "call_failed",
            AuditAction::ResultRedacted => "result_redacted",
            AuditAction::ResultWithheld => "result_withheld",
            AuditAction::UnknownOutcome => "unknown_outcome",
            AuditAction::PolicyLoaded => "policy_loaded",
            AuditAction::PolicyRejected => "policy_rejected",
            AuditAction::CoverageReported => "coverage_reported",
            AuditAction::ToolQuarantined => "tool_quarantined",
        }
    }

    /// The action of a decision.
    pub fn of_decision(decision: &Decision) -> AuditAction {
        match decision.effect {
            Effect::Deny => AuditAction::CallDenied,
            Effect::Ask => AuditAction::CallAsked,
            Effect::Allow if decision.would.is_some_and(|would| would != Effect::Allow) => AuditAction::CallWouldDeny,
            Effect::Allow => AuditAction::CallAllowed,
        }
    }

    /// The action of a result.
    pub fn of_result(settled: &Settled, output_is_error: bool) -> AuditAction {
        match settled.effect {
            ResultEffect::Withhold => AuditAction::ResultWithheld,
            ResultEffect::Redact => AuditAction::ResultRedacted,
            ResultEffect::Pass if output_is_error => AuditAction::CallFailed,
            ResultEffect::Pass => AuditAction::CallExecuted,
        }
    }
}
