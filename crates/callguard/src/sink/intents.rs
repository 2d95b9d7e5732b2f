//! Calls that may run and of which nobody has said yet what became of them.

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
    open: BTreeMap<String, Map<String, Value>>,
}

impl Intents {
    /// Takes note of an event, or of what a record of the log's own says of those before it.
    pub(super) fn see(&mut self, content: &Map<String, Value>) {
        if self.is_opened_by(content) {
            let kept = content.iter().filter(|(name, _)| is_identity(name));
            self.keep(kept.map(|(name, value)| (name.clone(), value.clone())).collect());
        }
    }

    /// The same of an event that nobody else wants.
    pub(super) fn take(&mut self, mut content: Map<String, Value>) {
        if self.is_opened_by(&content) {
            content.retain(|name, _| is_identity(name));
            self.keep(content);
        }
    }

    /// Whether the event says that a call may run; those that are at an end are not kept any more.
    fn is_opened_by(&mut self, content: &Map<String, Value>) -> bool {
        if let Some(open) = content.get("open_intents").and_then(Value::as_array) {
            let calls = open.iter().filter_map(Value::as_object);
            self.open = calls.filter_map(|call| Some((id(call)?.to_owned(), call.clone()))).collect();
        }
        let (Some(action), Some(id)) = (content.get("action").and_then(Value::as_str), id(content)) else {
            return false;
        };
        if matches!(action, "call_executed" | "call_failed" | "result_redacted" | "result_withheld" | "unknown_outcome")
        {
            self.open.remove(id);
        }
        matches!(action, "call_allowed" | "call_would_deny") && has_effect(content)
    }

    fn keep(&mut self, call: Map<String, Value>) {
        let Some(id) = id(&call).map(str::to_owned) else { return };
        self.open.insert(id, call);
        if self.open.len() > MOST {
            self.open.pop_first();
        }
    }

    /// As the first record of a file lists them.
    pub(super) fn list(&self) -> Value {
        self.open.values().cloned().map(Value::Object).collect()
    }

    /// Whether a call is among them, and what is kept of it.
    #[cfg(feature = "delivery")]
    pub(super) fn of(&self, call_id: &str) -> Option<&Map<String, Value>> {
        self.open.get(call_id)
    }

    /// Every one, as an event that says that its outcome is unknown. Its id is that of the call alone, so that every sink has
    /// it under the same one.
    pub(super) fn unknown(&mut self, now: Timestamp) -> Vec<Map<String, Value>> {
        let open = std::mem::take(&mut self.open).into_iter();
        open.map(|(call_id, mut event)| {
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
            if let Value::Object(more) = more {
                event.extend(more);
            }
            event
        })
        .collect()
    }
}

/// A ULID of the call's time.
fn event_id(call_id: &str) -> String {
    let sum = Sha256::digest([b"callguard-unknown-outcome\0", call_id.as_bytes()].concat());
    let random = sum.iter().take(10).fold(0, |sum: u128, byte| sum << 8 | u128::from(*byte));
    let time = Ulid::from_string(call_id).map_or(0, |id| id.timestamp_ms());
    Ulid::from_parts(time, random).to_string()
}

fn is_identity(name: &str) -> bool {
    IDENTITY.contains(&name)
}

fn id(content: &Map<String, Value>) -> Option<&str> {
    content.get("call_id").and_then(Value::as_str)
}

/// What only reads leaves nothing that would have to be looked for.
fn has_effect(content: &Map<String, Value>) -> bool {
    !matches!(content.get("side_effect").and_then(Value::as_str), Some("pure" | "read"))
}
