//! Calls that may run and of which nobody has said yet what became of them.

use callguard_engine::audit::event::AuditEvent;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use ulid::Ulid;

/// More than that are not kept; permits that nobody uses must not fill the memory.
const MOST: usize = 10_000;

/// What an outcome repeats of the decision.
const IDENTITY: [&str; 19] = [
    "tool",
    "call_id",
    "run_id",
    "session_id",
    "call_index",
    "parent_call_id",
    "tool_use_id",
    "server",
    "caller",
    "environment",
    "metadata",
    "side_effect",
    "principal",
    "decision",
    "decision_source",
    "decision_name",
    "mode",
    "policy_version",
    "engine_version",
];

/// By call; ids are ULIDs, so that the first is the oldest.
#[derive(Debug, Default)]
pub(super) struct Intents {
    /// What is repeated, as JSON.
    open: BTreeMap<String, String>,
}

impl Intents {
    /// Takes note of an event.
    pub(super) fn take(&mut self, event: &AuditEvent) {
        let Some(id) = event.call_id() else { return };
        if self.is_opened(event.action(), id, event.side_effect())
            && let Some(kept) = event.intent_json()
        {
            self.keep(id, kept);
        }
    }

    /// Takes note of an event that was written before, or of what a record of the log's own says of those before it.
    pub(super) fn see(&mut self, content: &Map<String, Value>) {
        if let Some(open) = content.get("open_intents").and_then(Value::as_array) {
            let calls = open.iter().filter_map(|call| Some((id(call.as_object()?)?.to_owned(), call.to_string())));
            self.open = calls.collect();
        }
        let text = |name: &str| content.get(name).and_then(Value::as_str);
        if let (Some(action), Some(id)) = (text("action"), id(content))
            && self.is_opened(action, id, text("side_effect"))
        {
            let kept = content.iter().filter(|(name, _)| IDENTITY.contains(&name.as_str()));
            let kept: Map<_, _> = kept.map(|(name, value)| (name.clone(), value.clone())).collect();
            self.keep(id, Value::Object(kept).to_string());
        }
    }

    /// Whether the event says that a call may run; those that are at an end are not kept any more.
    fn is_opened(&mut self, action: &str, id: &str, side_effect: Option<&str>) -> bool {
        if matches!(action, "call_executed" | "call_failed" | "result_redacted" | "result_withheld" | "unknown_outcome")
        {
            self.open.remove(id);
        }
        // What only reads leaves nothing that would have to be looked for.
        matches!(action, "call_allowed" | "call_would_deny") && !matches!(side_effect, Some("pure" | "read"))
    }

    fn keep(&mut self, id: &str, call: String) {
        self.open.insert(id.to_owned(), call);
        if self.open.len() > MOST {
            self.open.pop_first();
        }
    }

    /// As the first record of a file lists them.
    pub(super) fn list(&self) -> Value {
        self.open.values().map(|call| Value::Object(object(call))).collect()
    }

    /// What is kept of a call that is among them, as JSON.
    #[cfg(feature = "delivery")]
    pub(super) fn of(&self, call_id: &str) -> Option<&str> {
        self.open.get(call_id).map(String::as_str)
    }

    /// Every one, as an event that says that its outcome is unknown. Its id is that of the call alone, so that every sink has
    /// it under the same one.
    pub(super) fn unknown(&mut self, now: Timestamp) -> Vec<Map<String, Value>> {
        let open = std::mem::take(&mut self.open).into_iter();
        open.map(|(call_id, event)| {
            let more = json!({
                "schema_version": 1,
                "event_id": event_id(&call_id),
                "timestamp": now.to_string(),
                "action": "unknown_outcome",
                "reason": "the process ended before the outcome was recorded",
                "hooks_evaluated": 0,
                "contracts_evaluated": [],
                "policy_error": false,
            });
            let mut event = object(&event);
            if let Value::Object(more) = more {
                event.extend(more);
            }
            event
        })
        .collect()
    }
}

fn object(text: &str) -> Map<String, Value> {
    // INVARIANT: every text that is kept was written from an object.
    serde_json::from_str(text).unwrap_or_default()
}

/// A ULID of the call's time.
fn event_id(call_id: &str) -> String {
    let sum = Sha256::digest([b"callguard-unknown-outcome\0", call_id.as_bytes()].concat());
    let random = sum.iter().take(10).fold(0, |sum: u128, byte| sum << 8 | u128::from(*byte));
    let time = Ulid::from_string(call_id).map_or(0, |id| id.timestamp_ms());
    Ulid::from_parts(time, random).to_string()
}

fn id(content: &Map<String, Value>) -> Option<&str> {
    content.get("call_id").and_then(Value::as_str)
}
