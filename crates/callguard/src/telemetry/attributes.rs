//! Names and values of attributes. `gen_ai.*` and `error.type` are OpenTelemetry's semantic conventions for generative AI
//! (<https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/>); `callguard.*` are ours.

use callguard_engine::audit::event::{AuditAction, Occurrence, Redactor};
use callguard_engine::call::ToolEnvelope;
use callguard_engine::decide::{Decision, Effect};
use opentelemetry::KeyValue;

/// The operation, and how a span's name starts.
pub(super) const EXECUTE_TOOL: &str = "execute_tool";
pub(super) const ERROR_TYPE: &str = "error.type";
pub(super) const EVENT_ID: &str = "callguard.event_id";
const OPERATION: &str = "gen_ai.operation.name";
const TOOL: &str = "gen_ai.tool.name";
const TOOL_CALL: &str = "gen_ai.tool.call.id";
const CONVERSATION: &str = "gen_ai.conversation.id";
const ENVIRONMENT: &str = "callguard.environment";
const ROLE: &str = "callguard.principal.role";
const CALL: &str = "callguard.call_id";
const POLICY_VERSION: &str = "callguard.policy_version";
pub(super) const DECISION: &str = "callguard.decision";
pub(super) const CONTRACT: &str = "callguard.contract";
pub(super) const MODE: &str = "callguard.mode";
pub(super) const POLICY_ERROR: &str = "callguard.policy_error";
pub(super) const RESULT: &str = "callguard.result";
const RESULT_CONTRACT: &str = "callguard.result.contract";

/// What is known of a call before it is decided.
pub(super) fn of_call(tool: String, call: &ToolEnvelope, redactor: &Redactor) -> Vec<KeyValue> {
    let mut found = vec![
        KeyValue::new(OPERATION, EXECUTE_TOOL),
        KeyValue::new(TOOL, tool),
        KeyValue::new(CALL, call.call_id.clone()),
        KeyValue::new(POLICY_VERSION, redactor.policy_version().to_owned()),
    ];
    let named = [
        (TOOL_CALL, &call.tool_use_id),
        (CONVERSATION, &call.session_id),
        (ENVIRONMENT, &call.environment),
        (ROLE, &call.principal.role),
    ];
    for (key, value) in named {
        found.extend(value.as_deref().map(|value| KeyValue::new(key, redactor.redact_text(value))));
    }
    found
}

/// What an occurrence says of its call.
pub(super) fn of_occurrence(what: &Occurrence, redactor: &Redactor) -> Vec<KeyValue> {
    let mut found = Vec::new();
    if let Some(settled) = &what.settled {
        found.push(KeyValue::new(RESULT, settled.effect.as_str()));
        found.extend(settled.decider.as_ref().map(|decider| KeyValue::new(RESULT_CONTRACT, decider.to_string())));
    }
    if let Some(decision) = &what.decision {
        found.extend(of_decision(decision));
        found.push(KeyValue::new(POLICY_VERSION, redactor.policy_version().to_owned()));
    }
    found.push(KeyValue::new(POLICY_ERROR, policy_error(what)));
    found
}

/// What a decision is, in few words: what the instruments count by.
pub(super) fn of_decision(decision: &Decision) -> [KeyValue; 3] {
    let word = match (decision.effect, decision.would) {
        (Effect::Allow, Some(would)) if would != Effect::Allow => "would_deny",
        (effect, _) => effect.as_str(),
    };
    [
        KeyValue::new(DECISION, word),
        KeyValue::new(CONTRACT, decision.decider.to_string()),
        KeyValue::new(MODE, decision.mode.as_str()),
    ]
}

/// Whether a contract applied by doubt, before the run or after it.
pub(super) fn policy_error(what: &Occurrence) -> bool {
    what.decision.as_ref().is_some_and(|decision| decision.policy_error)
        || what.settled.as_ref().is_some_and(|settled| settled.policy_error)
}

/// The `error.type` of a call that did not end as the agent wanted.
pub(super) fn error_type(what: &Occurrence) -> Option<&'static str> {
    match what.action {
        AuditAction::CallDenied | AuditAction::ApprovalDenied => Some("denied"),
        AuditAction::ApprovalTimeout => Some("approval_timeout"),
        AuditAction::CallFailed => Some("tool_error"),
        AuditAction::ResultWithheld => Some("withheld"),
        AuditAction::UnknownOutcome => Some("unknown_outcome"),
        AuditAction::ResultRedacted if what.tool_success == Some(false) => Some("tool_error"),
        _ => None,
    }
}
