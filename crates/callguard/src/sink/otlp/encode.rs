//! An event as a log record.

use super::OtlpOptions;
use crate::sink::delivery::Entry;
use jiff::Timestamp;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::resource::v1::Resource;
use serde_json::{Map, Value};

/// The fields of an event that are attributes, and their names there.
const ATTRIBUTES: [(&str, &str); 12] = [
    ("event_id", "log.record.uid"),
    ("tool", "gen_ai.tool.name"),
    ("tool_use_id", "gen_ai.tool.call.id"),
    ("session_id", "gen_ai.conversation.id"),
    ("decision", "callguard.decision"),
    ("decision_name", "callguard.contract"),
    ("mode", "callguard.mode"),
    ("policy_version", "callguard.policy_hash"),
    ("policy_error", "callguard.policy_error"),
    ("environment", "callguard.environment"),
    ("call_id", "callguard.call_id"),
    ("side_effect", "callguard.side_effect"),
];

/// A request of a batch; `None` where one of the events cannot be read.
pub(super) fn request(batch: &[Entry], options: &OtlpOptions, now: Timestamp) -> Option<ExportLogsServiceRequest> {
    let log_records = batch.iter().map(|entry| record(entry, now)).collect::<Option<Vec<_>>>()?;
    let mut attributes = vec![text("service.name", &options.service)];
    attributes.extend(options.attributes.iter().map(|(name, value)| text(name, value)));
    let scope = InstrumentationScope {
        name: "callguard".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..InstrumentationScope::default()
    };
    let scope_logs = vec![ScopeLogs { scope: Some(scope), log_records, ..ScopeLogs::default() }];
    let resource = Some(Resource { attributes, ..Resource::default() });
    Some(ExportLogsServiceRequest {
        resource_logs: vec![ResourceLogs { resource, scope_logs, ..ResourceLogs::default() }],
    })
}

fn record(entry: &Entry, now: Timestamp) -> Option<LogRecord> {
    let Ok(Value::Object(event)) = serde_json::from_slice::<Value>(&entry.payload) else { return None };
    let action = event.get("action").and_then(Value::as_str).unwrap_or_default();
    let time = event.get("timestamp").and_then(Value::as_str).and_then(|time| time.parse().ok()).unwrap_or(now);
    let (severity_number, severity_text) = severity(action);
    let named = ATTRIBUTES.iter().filter_map(|(field, name)| pair(name, event.get(*field)?));
    let role =
        event.get("principal").and_then(|who| who.get("role")).and_then(|role| pair("callguard.principal.role", role));
    let attributes = named.chain(role).chain([text("gen_ai.operation.name", "execute_tool")]).collect();
    Some(LogRecord {
        time_unix_nano: nanoseconds(time),
        observed_time_unix_nano: nanoseconds(now),
        severity_number,
        severity_text: severity_text.to_owned(),
        event_name: format!("callguard.{action}"),
        attributes,
        body: Some(object(&event)),
        ..LogRecord::default()
    })
}

/// Information 9, warning 13, error 17.
fn severity(action: &str) -> (i32, &'static str) {
    match action {
        "call_denied" | "approval_denied" | "approval_timeout" | "result_withheld" | "call_would_deny"
        | "result_redacted" | "unknown_outcome" => (13, "WARN"),
        "call_failed" | "policy_rejected" => (17, "ERROR"),
        _ => (9, "INFO"),
    }
}

fn nanoseconds(time: Timestamp) -> u64 {
    u64::try_from(time.as_nanosecond()).unwrap_or(0)
}

fn text(name: &str, value: &str) -> KeyValue {
    of(name, Any::StringValue(value.to_owned()))
}

fn of(name: &str, value: Any) -> KeyValue {
    KeyValue { key: name.to_owned(), value: Some(AnyValue { value: Some(value) }), ..KeyValue::default() }
}

fn pair(name: &str, value: &Value) -> Option<KeyValue> {
    any(value).value.map(|value| of(name, value))
}

fn object(object: &Map<String, Value>) -> AnyValue {
    let values = object.iter().map(|(name, value)| KeyValue {
        key: name.clone(),
        value: Some(any(value)),
        ..KeyValue::default()
    });
    AnyValue { value: Some(Any::KvlistValue(KeyValueList { values: values.collect() })) }
}

/// Numbers that are not whole, and those that 64 bits do not hold, are doubles there.
fn any(value: &Value) -> AnyValue {
    let value = match value {
        Value::Null => None,
        Value::Bool(flag) => Some(Any::BoolValue(*flag)),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Some(Any::IntValue(whole)),
            (None, Some(double)) => Some(Any::DoubleValue(double)),
            (None, None) => Some(Any::StringValue(number.to_string())),
        },
        Value::String(text) => Some(Any::StringValue(text.clone())),
        Value::Array(items) => Some(Any::ArrayValue(ArrayValue { values: items.iter().map(any).collect() })),
        Value::Object(members) => return object(members),
    };
    AnyValue { value }
}
