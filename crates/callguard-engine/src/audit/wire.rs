//! The JSON form of an audit event. Fields that say nothing are left out.

use crate::value::Value;
use serde::{Serialize, Serializer};

/// Of the event's form; goes up when a field changes its meaning.
pub(super) const SCHEMA_VERSION: u32 = 1;

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(super) struct AuditEvent {
    pub(super) schema_version: u32,
    pub(super) event_id: String,
    pub(super) timestamp: String,
    pub(super) action: &'static str,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub(super) trace: Option<Trace>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub(super) call: Option<CallIdentity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) side_effect: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) principal: Option<Principal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<serde_json::Value>"))]
    pub(super) tool_args: Option<Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) decision: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) decision_source: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) decision_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<String>,
    pub(super) hooks_evaluated: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) contracts_considered: Option<usize>,
    pub(super) contracts_evaluated: Vec<Contract>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tool_success: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) postconditions_passed: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) duration_us: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) result_summary: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) session_attempt_count: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) session_execution_count: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) mode: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) would: Option<&'static str>,
    pub(super) policy_version: String,
    pub(super) engine_version: &'static str,
    pub(super) policy_error: bool,
    /// Of `coverage_reported`: each tool of the agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) coverage: Option<Vec<CoveredTool>>,
}

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(super) struct Trace {
    pub(super) trace_id: String,
    pub(super) span_id: String,
}

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(super) struct CallIdentity {
    pub(super) tool: String,
    pub(super) call_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) run_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) session_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) call_index: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) parent_call_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tool_use_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) server: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) caller: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) environment: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<serde_json::Value>"))]
    pub(super) metadata: Option<Json>,
}

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(super) struct Principal {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) user_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) service_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) org_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) role: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) roles: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) environment: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ticket_ref: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<serde_json::Value>"))]
    pub(super) claims: Option<Json>,
}

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(super) struct Contract {
    pub(super) id: String,
    pub(super) kind: &'static str,
    pub(super) action: &'static str,
    pub(super) mode: &'static str,
    pub(super) severity: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) tags: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) doubt: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(super) struct CoveredTool {
    pub(super) tool: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) agent: Option<String>,
    pub(super) guarded: bool,
    /// What guards it, or why nothing does and what would.
    pub(super) why: String,
}

/// What stays the same from the decision to the outcome.
#[derive(Serialize)]
pub(super) struct Intent<'e> {
    #[serde(flatten)]
    call: &'e CallIdentity,
    #[serde(skip_serializing_if = "Option::is_none")]
    side_effect: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    principal: Option<&'e Principal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decision_source: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decision_name: Option<&'e str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mode: Option<&'static str>,
    policy_version: &'e str,
    engine_version: &'static str,
}

impl<'e> Intent<'e> {
    pub(super) fn of(event: &'e AuditEvent) -> Option<Intent<'e>> {
        Some(Intent {
            call: event.call.as_ref()?,
            side_effect: event.side_effect,
            principal: event.principal.as_ref(),
            decision: event.decision,
            decision_source: event.decision_source,
            decision_name: event.decision_name.as_deref(),
            mode: event.mode,
            policy_version: &event.policy_version,
            engine_version: event.engine_version,
        })
    }
}

/// A value as JSON. Numbers keep their value to the last digit.
#[derive(Clone, Debug)]
pub(super) struct Json(pub(super) Value);

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        Borrowed(&self.0).serialize(out)
    }
}

struct Borrowed<'v>(&'v Value);

impl Serialize for Borrowed<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Null => out.serialize_unit(),
            Value::Bool(flag) => out.serialize_bool(*flag),
            Value::Number(_) => serde_json::Value::from(self.0).serialize(out),
            Value::String(text) => out.serialize_str(text),
            Value::List(items) => out.collect_seq(items.iter().map(Borrowed)),
            Value::Object(object) => out.collect_map(object.iter().map(|(key, value)| (key, Borrowed(value)))),
        }
    }
}

/// An event as it stands in a file, with its place in the chain.
#[cfg(feature = "schema")]
#[derive(schemars::JsonSchema)]
#[schemars(title = "AuditEvent")]
#[expect(dead_code, reason = "its shape alone is wanted")]
pub(super) struct Recorded {
    #[schemars(flatten)]
    event: AuditEvent,
    /// In a file: the chain that the record belongs to, a ULID.
    chain: Option<String>,
    /// In a file: the record's number in the chain, from 1.
    seq: Option<u64>,
    /// In a file: `hash` of the record before it; of the first one, 64 zeros.
    prev_hash: Option<String>,
    /// In a file: SHA-256 over domain, chain, seq, prev_hash and the canonical JSON (RFC 8785) of the other fields.
    hash: Option<String>,
}
