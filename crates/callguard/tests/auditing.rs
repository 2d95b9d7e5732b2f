//! A guard's audit: from a configuration, with more to hide, under other policies, and in OCSF.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at what it did not expect"
)]

use callguard::audit_log::{Filter, Lines, Record, ocsf};
use callguard::engine::policy::PolicyFile;
use callguard::sink::AuditConfig;
use callguard::{Effect, Guard, RedactionPolicy, ToolEnvelope, Value};
use jiff::Timestamp;
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

fn policy(body: &str) -> String {
    format!("apiVersion: callguard/v1\nkind: Policy\nmetadata: {{ name: p }}\nspec:\n{body}")
}

fn guard(log: &Path) -> Guard {
    let config = format!("audit: {{ sinks: [file: {{ path: {} }}] }}", log.display());
    let mut more = RedactionPolicy::default();
    more.hide_key("pin").unwrap();
    let guard = Guard::builder().yaml("p", policy("  default: allow\n")).redaction(more);
    guard.audit_config(&AuditConfig::read("audit.yaml", &config).unwrap()).unwrap().build().unwrap()
}

fn call(arguments: serde_json::Value) -> ToolEnvelope {
    let arguments = callguard::parse_json(arguments.to_string().as_bytes()).unwrap();
    let Value::Object(arguments) = arguments else { panic!("arguments are an object") };
    let mut call = ToolEnvelope::new("open_door", arguments, Timestamp::UNIX_EPOCH);
    call.principal.roles = vec!["guest".to_owned(), "night".to_owned()];
    call
}

fn records(log: &Path) -> Vec<Record> {
    let (bytes, read) = (std::fs::read(log).unwrap(), Arc::new(AtomicU64::new(0)));
    let lines = Lines::of(std::io::Cursor::new(bytes.clone()), Arc::clone(&read));
    let records = lines.map(|line| Record::read(&line.unwrap().bytes).unwrap()).collect();
    assert_eq!(read.load(Ordering::Relaxed), bytes.len() as u64, "every byte was counted");
    records
}

#[test]
fn what_a_host_hides_besides_is_in_no_event_and_shown_to_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("audit.jsonl");
    let guard = guard(&log);
    assert_eq!(guard.check_now(call(json!({ "pin": "canary-7714" }))).unwrap().effect, Effect::Allow);
    assert!(!guard.shown(&Value::Object(call(json!({ "pin": "canary-7714" })).args)).contains("canary"));
    assert_eq!(guard.redact_text("AKIAZ7VRSQ5TJN2XMPLQ").find("AKIA"), None);
    drop(guard.refuse(call(json!({ "pin": "canary-7714" })), "no JSON"));
    guard.flush();
    assert_eq!(guard.audit_failures(), 0);
    let text = std::fs::read_to_string(&log).unwrap();
    assert!(text.contains("open_door") && !text.contains("canary"), "{text}");
}

#[test]
fn other_policies_come_into_force_and_only_if_they_load() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("audit.jsonl");
    let guard = guard(&log);
    let before = guard.policy_version();
    let file = |body: &str| vec![PolicyFile::new("q", policy(body))];
    assert!(guard.replace(file("  default: sometimes\n")).is_err());
    assert_eq!((guard.policy_version(), guard.check_now(call(json!({}))).unwrap().effect), (before, Effect::Allow));
    guard.replace(file("  default: deny\n")).unwrap();
    assert_eq!(guard.check_now(call(json!({}))).unwrap().effect, Effect::Deny);
    guard.flush();
    let actions: Vec<_> =
        records(&log).iter().filter_map(|record| record.content().get("action")?.as_str().map(str::to_owned)).collect();
    assert_eq!(actions, ["policy_loaded", "policy_rejected", "policy_loaded"]);
}

#[test]
fn an_event_in_ocsf_names_who_acted_and_where_it_is_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("audit.jsonl");
    let guard = guard(&log);
    drop(guard.refuse(call(json!({})), "no JSON"));
    guard.flush();
    let records = records(&log);
    let filter = Filter { tool: Some("open_*".to_owned()), principal: Some("night".to_owned()), ..Filter::default() };
    let wanted: Vec<_> = records.iter().filter(|record| filter.wants(record)).collect();
    assert_eq!(wanted.len(), 1);
    let event = ocsf(wanted[0].content(), Some(wanted[0]));
    assert_eq!(event["actor"]["user"]["groups"], json!([{ "name": "guest" }, { "name": "night" }]));
    assert_eq!((&event["action_id"], &event["disposition_id"]), (&json!(2), &json!(2)));
    assert_eq!(event["attestation"]["fingerprint"]["algorithm"], "SHA-256");
}
