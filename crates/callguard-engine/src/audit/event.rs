//! The audit event: what is recorded of a call. Only the [`Redactor`] makes one, so no sink ever sees a secret.

pub use super::action::AuditAction;

use super::coverage::CoveredTool;
use super::output::Output;
use super::redact::{RedactionRules, Tagger};
use super::wire;
use crate::call::{SideEffect, ToolEnvelope};
use crate::decide::{Applied, Decision, Effect, Settled};
use crate::policy::model::{Mode, PolicySet, PolicyVersion};
use crate::value::{Object, Value};
use jiff::Timestamp;
use std::sync::Arc;

/// What happened, not yet redacted: what the deciding path hands over. `Debug` hides it.
pub struct Occurrence {
    /// Unique; a ULID.
    pub event_id: String,
    /// When.
    pub timestamp: Timestamp,
    /// What.
    pub action: AuditAction,
    /// Of which call; `None` of policies.
    pub call: Option<Arc<ToolEnvelope>>,
    /// The tool, as it is declared.
    pub side_effect: Option<SideEffect>,
    /// The decision.
    pub decision: Option<Decision>,
    /// What became of the result.
    pub settled: Option<Settled>,
    /// Whether the run succeeded.
    pub tool_success: Option<bool>,
    /// How long: deciding, or the run.
    pub duration_micros: Option<u64>,
    /// Attempts of the session so far.
    pub session_attempts: Option<u64>,
    /// Runs of the session so far.
    pub session_calls: Option<u64>,
    /// What else there is to say: why a policy was rejected, who approved.
    pub note: Option<String>,
    /// Before-hooks that were asked.
    pub hooks_evaluated: usize,
    /// The tools of an agent; `None` of anything but coverage.
    pub coverage: Option<Vec<CoveredTool>>,
    /// The span of the call, where it has one.
    pub trace: Option<TraceIds>,
}

/// What names a span in W3C Trace Context: lower-case hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceIds {
    /// 32 digits.
    pub trace_id: String,
    /// 16 digits.
    pub span_id: String,
}

impl Occurrence {
    /// Of nothing but itself.
    pub fn new(event_id: String, timestamp: Timestamp, action: AuditAction) -> Occurrence {
        Occurrence {
            event_id,
            timestamp,
            action,
            call: None,
            side_effect: None,
            decision: None,
            settled: None,
            tool_success: None,
            duration_micros: None,
            session_attempts: None,
            session_calls: None,
            note: None,
            hooks_evaluated: 0,
            coverage: None,
            trace: None,
        }
    }
}

impl std::fmt::Debug for Occurrence {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Occurrence").field("action", &self.action).finish_non_exhaustive()
    }
}

/// A redacted event. Its one form outside is JSON.
#[derive(Clone, Debug)]
pub struct AuditEvent {
    wire: wire::AuditEvent,
}

impl AuditEvent {
    /// One line of JSON, without a line end.
    pub fn to_json(&self) -> String {
        // INVARIANT: the wire type holds strings, numbers and JSON values, all of which serialise.
        serde_json::to_string(&self.wire).unwrap_or_default()
    }

    /// The same as a JSON object.
    pub fn to_object(&self) -> serde_json::Map<String, serde_json::Value> {
        match serde_json::to_value(&self.wire) {
            Ok(serde_json::Value::Object(object)) => object,
            // INVARIANT: as above, and the wire type is a struct.
            _ => serde_json::Map::new(),
        }
    }

    /// The JSON Schema of [`to_json`](AuditEvent::to_json), with what a file adds to it.
    #[cfg(feature = "schema")]
    pub fn schema() -> serde_json::Value {
        schemars::schema_for!(wire::Recorded).to_value()
    }

    /// Unique; a ULID.
    pub fn event_id(&self) -> &str {
        &self.wire.event_id
    }

    /// What happened.
    pub fn action(&self) -> &'static str {
        self.wire.action
    }

    /// Of which call, if of one.
    pub fn call_id(&self) -> Option<&str> {
        self.wire.call.as_ref().map(|call| call.call_id.as_str())
    }

    /// The side effect that its tool is declared to have.
    pub fn side_effect(&self) -> Option<&'static str> {
        self.wire.side_effect
    }

    /// What an outcome repeats of the decision, as one line of JSON; `None` of no call.
    pub fn intent_json(&self) -> Option<String> {
        // INVARIANT: as in `to_json`.
        wire::Intent::of(&self.wire).map(|intent| serde_json::to_string(&intent).unwrap_or_default())
    }
}

/// As [`to_json`](AuditEvent::to_json) writes it.
impl serde::Serialize for AuditEvent {
    fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        self.wire.serialize(out)
    }
}

/// Makes events: the only way from an occurrence to something that a sink can have.
#[derive(Clone, Debug)]
pub struct Redactor {
    rules: Vec<RedactionRules>,
    policy_version: PolicyVersion,
}

/// How much of a result an event carries, in characters.
const MOST_RESULT: usize = 200;

impl Redactor {
    /// With the rules of every policy.
    pub fn new(set: &PolicySet) -> Redactor {
        let rules = set.policies.iter().map(|policy| policy.redaction.clone()).collect();
        Redactor { rules, policy_version: set.version.clone() }
    }

    /// With more rules, of the host's.
    #[must_use]
    pub fn with_rules(mut self, rules: &[RedactionRules]) -> Redactor {
        self.rules.extend_from_slice(rules);
        self
    }

    /// With a tag on what all of these rules hide: `[REDACTED:kind:tag]`, the same for the same secret.
    #[must_use]
    pub fn with_tags(mut self, tagger: &Tagger) -> Redactor {
        self.rules.iter_mut().for_each(|rules| rules.tag_with(tagger.clone()));
        self
    }

    /// `sha256:` of the policies that the events name.
    pub fn policy_version(&self) -> &str {
        self.policy_version.as_str()
    }

    /// A text with nothing in it that the rules hide.
    pub fn redact_text(&self, text: &str) -> String {
        self.rules.iter().fold(text.to_owned(), |text, rules| rules.redact_text(&text).into_owned())
    }

    /// A value as a person who approves may see it.
    pub fn shown(&self, value: &Value) -> String {
        serde_json::Value::from(&self.hidden(value.clone())).to_string()
    }

    /// The event, with nothing in it that the rules hide.
    pub fn event(&self, what: &Occurrence) -> AuditEvent {
        let call = what.call.as_deref();
        let decision = what.decision.as_ref();
        let applied = decision.map(|decision| decision.applied.as_slice()).into_iter();
        let after = what.settled.as_ref().map(|settled| settled.applied.as_slice());
        let evaluated = applied.chain(after).flatten().map(|applied| self.contract(applied)).collect();
        let policy_error = decision.is_some_and(|decision| decision.policy_error)
            || what.settled.as_ref().is_some_and(|settled| settled.policy_error);
        let mode = decision.map(|decision| decision.mode);
        AuditEvent {
            wire: wire::AuditEvent {
                schema_version: wire::SCHEMA_VERSION,
                event_id: what.event_id.clone(),
                timestamp: what.timestamp.to_string(),
                action: what.action.as_str(),
                trace: what.trace.as_ref().map(|TraceIds { trace_id, span_id }| wire::Trace {
                    trace_id: trace_id.clone(),
                    span_id: span_id.clone(),
                }),
                call: call.map(|call| self.identity(call)),
                side_effect: what.side_effect.map(SideEffect::as_str),
                principal: call.map(|call| self.principal(call)),
                tool_args: call.map(|call| self.json(call.args.clone())),
                decision: decision.map(|decision| decision.effect.as_str()),
                decision_source: decision.map(source),
                decision_name: self.decider(what),
                reason: self.reason(what),
                hooks_evaluated: what.hooks_evaluated,
                contracts_considered: decision.map(|decision| decision.contracts_evaluated),
                contracts_evaluated: evaluated,
                tool_success: what.tool_success,
                postconditions_passed: what.settled.as_ref().map(passed),
                duration_us: what.duration_micros,
                error: what
                    .settled
                    .as_ref()
                    .filter(|settled| settled.output.is_error)
                    .map(|settled| self.summary(&settled.output)),
                result_summary: what.settled.as_ref().map(|settled| self.summary(&settled.output)),
                session_attempt_count: what.session_attempts,
                session_execution_count: what.session_calls,
                mode: mode.map(Mode::as_str),
                would: decision.and_then(|decision| decision.would).map(Effect::as_str),
                policy_version: self.policy_version.as_str().to_owned(),
                engine_version: env!("CARGO_PKG_VERSION"),
                policy_error,
                coverage: what.coverage.as_ref().map(|tools| tools.iter().map(|tool| self.covered(tool)).collect()),
            },
        }
    }

    fn identity(&self, call: &ToolEnvelope) -> wire::CallIdentity {
        let hidden = |text: &Option<String>| text.as_deref().map(|text| self.redact_text(text));
        wire::CallIdentity {
            tool: self.redact_text(&call.tool),
            call_id: call.call_id.clone(),
            run_id: hidden(&call.run_id),
            session_id: hidden(&call.session_id),
            call_index: call.call_index,
            parent_call_id: hidden(&call.parent_call_id),
            tool_use_id: hidden(&call.tool_use_id),
            server: hidden(&call.server),
            caller: hidden(&call.caller),
            environment: hidden(&call.environment),
            metadata: (!call.metadata.is_empty()).then(|| self.json(call.metadata.clone())),
        }
    }

    fn principal(&self, call: &ToolEnvelope) -> wire::Principal {
        let who = &call.principal;
        let hidden = |text: &Option<String>| text.as_deref().map(|text| self.redact_text(text));
        wire::Principal {
            user_id: hidden(&who.user_id),
            service_id: hidden(&who.service_id),
            org_id: hidden(&who.org_id),
            role: hidden(&who.role),
            roles: who.roles.iter().map(|role| self.redact_text(role)).collect(),
            environment: hidden(&who.environment),
            ticket_ref: hidden(&who.ticket_ref),
            claims: (!who.claims.is_empty()).then(|| self.json(who.claims.clone())),
        }
    }

    fn contract(&self, applied: &Applied) -> wire::Contract {
        wire::Contract {
            id: applied.id.to_string(),
            kind: applied.kind.as_str(),
            action: applied.action,
            mode: applied.mode.as_str(),
            severity: applied.severity.as_str(),
            tags: applied.tags.to_vec(),
            doubt: applied.doubt.as_deref().map(|why| self.redact_text(why)),
        }
    }

    fn covered(&self, tool: &CoveredTool) -> wire::CoveredTool {
        wire::CoveredTool {
            tool: self.redact_text(&tool.tool),
            agent: tool.agent.as_deref().map(|agent| self.redact_text(agent)),
            guarded: tool.guarded,
            why: self.redact_text(&tool.why),
        }
    }

    fn decider(&self, what: &Occurrence) -> Option<String> {
        let result = what.settled.as_ref().and_then(|settled| settled.decider.as_ref()).map(ToString::to_string);
        result.or_else(|| what.decision.as_ref().map(|decision| decision.decider.to_string()))
    }

    fn reason(&self, what: &Occurrence) -> Option<String> {
        let settled = what.settled.as_ref().and_then(|settled| settled.message.as_deref());
        let decided = what.decision.as_ref().and_then(|decision| decision.message.as_deref());
        what.note.as_deref().or(settled).or(decided).map(|text| self.redact_text(text))
    }

    fn summary(&self, output: &Output) -> String {
        self.redact_text(&output.text()).chars().take(MOST_RESULT).collect()
    }

    fn json(&self, object: Object) -> wire::Json {
        wire::Json(self.hidden(Value::Object(object)))
    }

    fn hidden(&self, value: Value) -> Value {
        self.rules.iter().fold(value, |value, rules| rules.redact_value(&value))
    }
}

fn source(decision: &Decision) -> &'static str {
    use crate::decide::Decider;
    match &decision.decider {
        Decider::Contract(id) => {
            let applied = decision.applied.iter().find(|applied| applied.id == *id);
            applied.map_or("contract", |applied| applied.kind.as_str())
        }
        Decider::Hook => "hook",
        Decider::Store => "store",
        Decider::Schema => "schema",
        Decider::Requires => "requires",
        Decider::Default | Decider::UnknownTools => "default",
    }
}

fn passed(settled: &Settled) -> bool {
    settled.effect == crate::decide::ResultEffect::Pass
}
