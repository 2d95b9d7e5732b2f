//! Events in the Open Cybersecurity Schema Framework: class API Activity (6003), version 1.9.0.

use super::Record;
use super::canonical;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

const VERSION: &str = "1.9.0";
const CLASS: u64 = 6003;

/// An event's JSON object as OCSF. What has no place there is under `unmapped`, with its own name. With the record that
/// it was read from, the profile `record_integrity` says which one, and attests to the OCSF form.
pub fn ocsf(event: &Map<String, Value>, record: Option<&Record>) -> Value {
    let text = |name: &str| event.get(name).and_then(Value::as_str);
    let action = text("action").unwrap_or_default();
    let activity = activity(text("side_effect"));
    let mut profiles = vec!["ai_operation", "security_control"];
    profiles.extend(record.map(|_| "record_integrity"));
    let mut out = json!({
        "category_uid": 6,
        "category_name": "Application Activity",
        "class_uid": CLASS,
        "class_name": "API Activity",
        "activity_id": activity.0,
        "activity_name": activity.1,
        "type_uid": CLASS.saturating_mul(100).saturating_add(activity.0),
        "type_name": format!("API Activity: {}", activity.1),
        "time": text("timestamp").and_then(millisecond),
        "metadata": {
            "version": VERSION,
            "uid": text("event_id"),
            "event_code": action,
            "original_time": text("timestamp"),
            "correlation_uid": text("call_id"),
            "profiles": profiles,
            "product": {
                "name": "CallGuard", "vendor_name": "CallGuard", "version": text("engine_version"),
                "feature": { "name": "policy", "version": text("policy_version") },
            },
        },
        "actor": actor(event),
        "ai_agent": {
            "uid": text("caller").or(text("run_id")).unwrap_or("unknown"),
            "instance_uid": text("session_id"),
        },
        "api": { "operation": text("tool").unwrap_or(action), "service": { "name": text("server").unwrap_or("tools") } },
        "src_endpoint": { "name": text("caller").unwrap_or("agent") },
        "message": text("reason"),
        "duration": event.get("duration_us").and_then(Value::as_u64).map(|micros| micros / 1000),
        "policy": text("decision_name").map(|name| json!({ "name": name, "version": text("policy_version") })),
        "unmapped": unmapped(event, record),
    });
    if let Value::Object(out) = &mut out {
        let verdict = verdict(action);
        out.extend(verdict.into_iter().map(|(name, value)| (name.to_owned(), value)));
        out.retain(|_, value| !value.is_null());
        out.values_mut().for_each(without_nulls);
        attest(out, record);
    }
    out
}

fn activity(side_effect: Option<&str>) -> (u64, &'static str) {
    match side_effect {
        Some("read") => (2, "Read"),
        Some("write") => (3, "Update"),
        _ => (99, "Other"),
    }
}

fn millisecond(text: &str) -> Option<i64> {
    text.parse::<Timestamp>().ok().map(Timestamp::as_millisecond)
}

fn actor(event: &Map<String, Value>) -> Value {
    let who = |name: &str| event.get("principal").and_then(|principal| principal.get(name));
    json!({
        "user": {
            "uid": who("user_id").or_else(|| who("service_id")),
            "type": who("role"),
            "org": who("org_id").map(|org| json!({ "uid": org })),
            "groups": who("roles").and_then(Value::as_array).map(|roles| {
                roles.iter().map(|role| json!({ "name": role })).collect::<Vec<_>>()
            }),
        },
        "session": event.get("session_id").map(|session| json!({ "uid": session })),
        "app_name": event.get("caller"),
    })
}

/// What became of it, and how much it matters.
fn verdict(action: &str) -> Vec<(&'static str, Value)> {
    // action_id: 1 allowed, 2 denied. disposition_id: 1 allowed, 2 blocked, 11 corrected, 15 detected.
    let (action_id, disposition, status, severity) = match action {
        "call_denied" | "approval_denied" | "approval_timeout" => (2, 2, 2, 3),
        "result_withheld" => (2, 2, 2, 3),
        "result_redacted" => (1, 11, 1, 2),
        "call_would_deny" => (1, 15, 1, 2),
        "call_failed" | "policy_rejected" => (1, 1, 2, 2),
        "unknown_outcome" => (1, 0, 0, 3),
        "call_asked" => (0, 0, 0, 1),
        _ => (1, 1, 1, 1),
    };
    vec![
        ("action_id", action_id.into()),
        ("disposition_id", disposition.into()),
        ("status_id", status.into()),
        ("severity_id", severity.into()),
    ]
}

/// What OCSF has no name for.
fn unmapped(event: &Map<String, Value>, record: Option<&Record>) -> Value {
    const MAPPED: [&str; 14] = [
        "event_id",
        "timestamp",
        "action",
        "tool",
        "caller",
        "server",
        "session_id",
        "run_id",
        "call_id",
        "principal",
        "reason",
        "engine_version",
        "policy_version",
        "decision_name",
    ];
    let rest = event.iter().filter(|(name, _)| !MAPPED.contains(&name.as_str()));
    let mut rest: Map<String, Value> = rest.map(|(name, value)| (name.clone(), value.clone())).collect();
    if let Some(record) = record {
        rest.insert("hash".to_owned(), record.hash().to_string().into());
        rest.insert("prev_hash".to_owned(), record.prev().to_string().into());
    }
    Value::Object(rest)
}

/// Members that say nothing are left out.
fn without_nulls(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.retain(|_, value| !value.is_null());
            object.values_mut().for_each(without_nulls);
            object.retain(|_, value| !matches!(value, Value::Object(inner) if inner.is_empty()));
        }
        Value::Array(items) => items.iter_mut().for_each(without_nulls),
        _ => {}
    }
}

/// The fingerprint is over the canonical form of the whole event but itself.
fn attest(out: &mut Map<String, Value>, record: Option<&Record>) {
    let Some(record) = record else { return };
    let mut attestation = json!({ "uid": record.seq().to_string(), "chain_uid": record.chain() });
    out.insert("attestation".to_owned(), attestation.clone());
    let text = canonical::to_vec(out);
    if let Value::Object(attestation) = &mut attestation {
        let value = data_encoding::HEXLOWER.encode(&Sha256::digest(&text));
        let fingerprint = json!({ "algorithm": "SHA-256", "algorithm_id": 3, "value": value });
        attestation.insert("fingerprint".to_owned(), fingerprint);
    }
    out.insert("attestation".to_owned(), attestation);
}
