//! What a guard tells OpenTelemetry, read from the SDK's in-memory exporters.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may")]

use callguard::sink::{AuditSink, DeliveryOptions, Secret, WebhookOptions};
use callguard::{
    AuditEvent, Before, Clock as _, Guard, GuardBuilder, Knowledge, Object, Output, RunError, SystemClock, Telemetry,
    ToolEnvelope, Value, at_once,
};
use opentelemetry::metrics::MeterProvider as _;
use opentelemetry::trace::{SpanId, Status, TraceContextExt, Tracer, TracerProvider as _};
use opentelemetry::{Context, Key};
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, SdkMeterProvider};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

const POLICY: &str = r#"
apiVersion: callguard/v1
kind: Policy
metadata: { name: traced }
spec:
  default: allow
  unknown_tools: allow
  preconditions:
    - { id: no-drop, tools: query, when: { args.sql: { contains: DROP } }, action: deny, message: "No." }
    - { id: watched, tools: query, mode: observe, when: { args.sql: { contains: DELETE } }, action: deny }
    - { id: large, tools: pay, action: ask, message: "Large." }
  postconditions:
    - { id: secrets, tools: query, when: { output.text: { contains: hush } }, action: withhold, message: "Hidden." }
"#;

struct Watched {
    spans: InMemorySpanExporter,
    metrics: InMemoryMetricExporter,
    tracers: SdkTracerProvider,
    meters: SdkMeterProvider,
    guard: Guard,
    events: Kept,
}

fn watched() -> Watched {
    watched_with(|builder| builder)
}

fn watched_with(more: impl FnOnce(GuardBuilder) -> GuardBuilder) -> Watched {
    let spans = InMemorySpanExporter::default();
    let tracers = SdkTracerProvider::builder().with_simple_exporter(spans.clone()).build();
    let metrics = InMemoryMetricExporter::default();
    let meters = SdkMeterProvider::builder().with_periodic_exporter(metrics.clone()).build();
    let telemetry = Telemetry::new(tracers.tracer("test"), &meters.meter("test"));
    let events = Kept::default();
    let builder = Guard::builder().yaml("p.yaml", POLICY).telemetry(telemetry).audit(events.clone());
    let guard = more(builder).build().unwrap();
    Watched { spans, metrics, tracers, meters, guard, events }
}

impl Watched {
    fn only_span(&self) -> SpanData {
        let mut spans = self.spans.get_finished_spans().unwrap();
        assert_eq!(spans.len(), 1, "{spans:?}");
        spans.remove(0)
    }

    /// Name of each metric, and the sum or the count of each set of attributes.
    fn counts(&self) -> BTreeMap<String, BTreeMap<String, u64>> {
        self.meters.force_flush().unwrap();
        let mut found: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
        for collected in self.metrics.get_finished_metrics().unwrap() {
            for metric in collected.scope_metrics().flat_map(|scope| scope.metrics()) {
                let points: BTreeMap<String, u64> = match metric.data() {
                    AggregatedMetrics::U64(MetricData::Gauge(gauge)) => {
                        gauge.data_points().map(|point| (words(point.attributes()), point.value())).collect()
                    }
                    AggregatedMetrics::U64(MetricData::Sum(sum)) => {
                        sum.data_points().map(|point| (words(point.attributes()), point.value())).collect()
                    }
                    AggregatedMetrics::I64(MetricData::Sum(sum)) => sum
                        .data_points()
                        .map(|point| (words(point.attributes()), u64::try_from(point.value()).unwrap()))
                        .collect(),
                    AggregatedMetrics::F64(MetricData::Histogram(histogram)) => {
                        histogram.data_points().map(|point| (words(point.attributes()), point.count())).collect()
                    }
                    other => panic!("{other:?} is not expected"),
                };
                found.insert(metric.name().to_owned(), points);
            }
        }
        found
    }
}

fn words<'a>(attributes: impl Iterator<Item = &'a opentelemetry::KeyValue>) -> String {
    let set: BTreeSet<String> = attributes.map(|pair| format!("{}={}", pair.key, pair.value)).collect();
    set.into_iter().collect::<Vec<_>>().join(" ")
}

fn attribute(span: &SpanData, key: &str) -> Option<String> {
    let key = Key::from(key.to_owned());
    span.attributes.iter().rev().find(|pair| pair.key == key).map(|pair| pair.value.to_string())
}

fn call(tool: &str) -> ToolEnvelope {
    ToolEnvelope::new(tool, Object::default(), SystemClock.now())
}

fn query(sql: &str) -> ToolEnvelope {
    let mut call = call("query");
    call.args.insert("sql", Value::from(sql));
    call.session_id = Some("s1".to_owned());
    call.tool_use_id = Some("toolu_1".to_owned());
    call.principal.role = Some("analyst".to_owned());
    call
}

#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<serde_json::Map<String, serde_json::Value>>>>);

impl AuditSink for Kept {
    fn write(&mut self, event: &AuditEvent) -> std::io::Result<()> {
        self.0.lock().unwrap().push(event.to_object());
        Ok(())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_call_is_one_span_that_the_tool_runs_in() {
    let watched = watched();
    let host = watched.tracers.tracer("host");
    let ran = at_once(watched.guard.run(query("SELECT 1"), async |_| {
        let child = host.start("inner");
        drop(child);
        Ok::<_, String>(Value::from("1"))
    }));
    assert!(ran.unwrap().is_ok());
    let spans = watched.spans.get_finished_spans().unwrap();
    let [inner, call] = spans.as_slice() else { panic!("{spans:?}") };
    assert_eq!(call.name, "execute_tool query");
    assert_eq!((inner.name.as_ref(), inner.parent_span_id), ("inner", call.span_context.span_id()));
    assert_eq!(call.status, Status::Unset);
    for (key, value) in [
        ("gen_ai.operation.name", "execute_tool"),
        ("gen_ai.tool.name", "query"),
        ("gen_ai.tool.call.id", "toolu_1"),
        ("gen_ai.conversation.id", "s1"),
        ("callguard.principal.role", "analyst"),
        ("callguard.decision", "allow"),
        ("callguard.contract", "(default)"),
        ("callguard.mode", "enforce"),
        ("callguard.policy_error", "false"),
        ("callguard.result", "pass"),
    ] {
        assert_eq!(attribute(call, key).as_deref(), Some(value), "{key}");
    }
    assert_eq!(attribute(call, "callguard.policy_version"), Some(watched.guard.policy_version()));
    let told: Vec<_> = call.events.iter().map(|event| event.name.as_ref().to_owned()).collect();
    assert_eq!(told, ["call_allowed", "call_executed"]);
}

#[test]
fn events_name_the_span_of_their_call() {
    let watched = watched();
    assert!(at_once(watched.guard.run(query("SELECT 1"), async |_| Ok::<_, String>(Value::Null))).unwrap().is_ok());
    watched.guard.flush();
    let span = watched.only_span().span_context;
    let (trace, id) = (span.trace_id().to_string(), span.span_id().to_string());
    let events = watched.events.0.lock().unwrap();
    assert_eq!(events.len(), 3);
    assert!(!events[0].contains_key("trace_id"), "of policies there is no span");
    for event in &events[1..] {
        assert_eq!((&event["trace_id"], &event["span_id"]), (&trace.clone().into(), &id.clone().into()));
    }
}

#[test]
fn a_span_is_part_of_the_trace_that_is_current() {
    let watched = watched();
    let host = watched.tracers.tracer("host");
    let outer = Context::new().with_span(host.start("agent"));
    let parent = outer.span().span_context().span_id();
    {
        let _current = outer.clone().attach();
        let Before::Denied(denied) = watched.guard.before_now(query("DROP x")).unwrap() else { panic!("allowed") };
        assert_eq!(denied.message(), "No.");
    }
    let span = watched.only_span();
    assert_ne!(parent, SpanId::INVALID);
    assert_eq!(span.parent_span_id, parent);
    assert_eq!(span.status, Status::error("denied"));
    assert_eq!(attribute(&span, "error.type").as_deref(), Some("denied"));
    assert_eq!(attribute(&span, "callguard.contract").as_deref(), Some("traced/no-drop"));
}

#[test]
fn a_span_is_part_of_the_trace_that_the_host_names() {
    let named = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    for (text, is_read) in [
        (named, true),
        ("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more", true),
        ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more", false),
        ("ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", false),
        ("00-00000000000000000000000000000000-00f067aa0ba902b7-01", false),
        ("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", false),
        ("00-4bf92f3577b34da6a3ce929d0e0e4736", false),
        ("", false),
    ] {
        let watched = watched();
        let known = Knowledge { trace_parent: Some(text.to_owned()), ..Knowledge::default() };
        drop(at_once(watched.guard.before_knowing(query("DROP x"), known)).unwrap());
        let span = watched.only_span();
        assert_eq!(span.parent_span_id.to_string() == "00f067aa0ba902b7", is_read, "{text}");
        assert_eq!(span.span_context.trace_id().to_string() == "4bf92f3577b34da6a3ce929d0e0e4736", is_read, "{text}");
    }
}

#[test]
fn a_span_says_what_became_of_the_result() {
    for (output, error, result) in [
        (Output::error("boom"), Some("tool_error"), "pass"),
        (Output::success("hush"), Some("withheld"), "withhold"),
        (Output::success("fine"), None, "pass"),
    ] {
        let watched = watched();
        let Before::Allowed(permit) = watched.guard.before_now(query("SELECT 1")).unwrap() else { panic!("denied") };
        drop(permit.start().settle_now(output).unwrap());
        let span = watched.only_span();
        assert_eq!(attribute(&span, "error.type").as_deref(), error);
        assert_eq!(attribute(&span, "callguard.result").as_deref(), Some(result));
    }
}

#[test]
fn a_run_that_never_reports_back_ends_its_span() {
    let watched = watched();
    let Before::Allowed(permit) = watched.guard.before_now(query("SELECT 1")).unwrap() else { panic!("denied") };
    drop(permit.start());
    assert_eq!(attribute(&watched.only_span(), "error.type").as_deref(), Some("unknown_outcome"));
    let counts = watched.counts();
    assert_eq!(counts["callguard.unknown_outcomes"], BTreeMap::from([(String::new(), 1)]));
    assert_eq!(counts["callguard.store.errors"], BTreeMap::from([(String::new(), 0)]), "told from the start");
}

#[test]
fn an_approval_is_within_the_span() {
    let watched = watched();
    let Before::Asked(asked) = watched.guard.before_now(call("pay")).unwrap() else { panic!("no ask") };
    let Before::Allowed(permit) = at_once(asked.grant("ann")).unwrap() else { panic!("not granted") };
    drop(permit.start().settle_now(Output::success(Value::Null)).unwrap());
    let span = watched.only_span();
    let told: Vec<_> = span.events.iter().map(|event| event.name.as_ref().to_owned()).collect();
    assert_eq!(told, ["call_asked", "approval_granted", "call_allowed", "call_executed"]);
    assert_eq!(span.status, Status::Unset);
}

#[test]
fn secrets_stand_in_no_span() {
    let watched = watched();
    let secret = "AKIAZ7VRSQ5TJN2XMPLQ";
    let mut call = query("SELECT 1");
    call.tool = format!("query-{secret}");
    call.environment = Some(secret.to_owned());
    call.principal.role = Some(secret.to_owned());
    call.session_id = Some(secret.to_owned());
    call.tool_use_id = Some(secret.to_owned());
    let ran = at_once(watched.guard.run(call, async |_| Err::<Value, _>(format!("bad {secret}")))).unwrap();
    assert!(matches!(ran, Ok(_) | Err(RunError::Denied(_))));
    let span = format!("{:?}", watched.only_span());
    assert!(span.contains("REDACTED"), "{span}");
    assert!(!span.contains(secret), "{span}");
    assert!(!format!("{:?}", watched.counts()).contains(secret));
}

#[test]
fn calls_are_counted_by_what_decided() {
    let watched = watched();
    for sql in ["SELECT 1", "SELECT 2", "DROP x", "DELETE y"] {
        let _ran = at_once(watched.guard.run(query(sql), async |_| Ok::<_, String>(Value::Null))).unwrap();
    }
    assert!(watched.guard.replace(Vec::new()).is_err());
    watched.guard.flush();
    let counts = watched.counts();
    let by = |decision: &str, contract: &str| {
        format!(
            "callguard.contract={contract} callguard.decision={decision} callguard.mode=enforce callguard.policy_error=false"
        )
    };
    let calls = &counts["callguard.calls"];
    assert_eq!(calls.get(&by("allow", "(default)")), Some(&2), "{calls:?}");
    assert_eq!(calls.get(&by("deny", "traced/no-drop")), Some(&1), "{calls:?}");
    assert_eq!(calls.iter().filter(|(set, _)| set.contains("would_deny")).map(|(_, count)| count).sum::<u64>(), 1);
    assert_eq!(counts["callguard.decision.duration"].values().sum::<u64>(), 4);
    assert_eq!(counts["callguard.tool.duration"], BTreeMap::from([("callguard.result=pass".to_owned(), 3)]));
    let loads = [("callguard.result=loaded".to_owned(), 1), ("callguard.result=rejected".to_owned(), 1)];
    assert_eq!(counts["callguard.policy.reloads"], BTreeMap::from(loads));
    assert_eq!(counts["callguard.audit.queue"], BTreeMap::from([(String::new(), 0)]), "all were written");
}

/// The metrics' names as Prometheus has them, and their labels.
fn prometheus_names() -> BTreeSet<String> {
    let folder = tempfile::tempdir().unwrap();
    let secret = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    let options = WebhookOptions::new("http://127.0.0.1:9").secret(secret);
    let sink = options.open(&DeliveryOptions::new(folder.path())).unwrap();
    let watched = watched_with(|builder| builder.audit(sink));
    let ran = at_once(watched.guard.run(query("SELECT 1"), async |_| Ok::<_, String>(Value::Null))).unwrap();
    assert!(ran.is_ok());
    watched.guard.flush();
    let mut names = BTreeSet::new();
    for (metric, points) in watched.counts() {
        let base = metric.replace('.', "_");
        let found = match metric.as_str() {
            name if name.ends_with(".duration") => {
                ["bucket", "sum", "count"].map(|end| format!("{base}_seconds_{end}")).to_vec()
            }
            "callguard.audit.queue" | "callguard.audit.buffered" => vec![base],
            _ => vec![format!("{base}_total")],
        };
        names.extend(found);
        for pair in points.keys().flat_map(|set| set.split(' ')) {
            names.extend(pair.split_once('=').map(|(label, _)| label.replace('.', "_")));
        }
    }
    names
}

#[test]
fn dashboard_rules_and_docs_name_what_is_emitted() {
    let emitted = prometheus_names();
    let word = regex::Regex::new("callguard_[a-z_]+").unwrap();
    let read = |path: &str| {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        std::fs::read_to_string(root.join(path)).unwrap()
    };
    for path in ["deploy/grafana/callguard.json", "deploy/prometheus/callguard.rules.yml"] {
        let text = read(path);
        let asked: BTreeSet<_> = word.find_iter(&text).map(|found| found.as_str().to_owned()).collect();
        assert!(asked.len() > 10, "{path}: {asked:?}");
        assert_eq!(asked.difference(&emitted).collect::<Vec<_>>(), Vec::<&String>::new(), "{path} asks for these");
    }
    let page = read("docs/reference/telemetry.md").replace("`, `.", "` `callguard.audit.");
    for name in &emitted {
        let plain = ["_total", "_seconds_bucket", "_seconds_sum", "_seconds_count"]
            .iter()
            .fold(name.clone(), |name, end| name.strip_suffix(end).map_or(name.clone(), str::to_owned));
        let is_told = page.split('`').any(|part| part.replace('.', "_") == plain);
        assert!(is_told, "docs/reference/telemetry.md does not name {plain}");
    }
}

#[test]
fn a_planted_secret_is_in_no_span_and_no_metric() {
    const CANARY: &str = "AKIAZ7VRSQ5TJN2XMPLQ";
    let watched = watched();
    let planted = |tool: &str, sql: &str| {
        let mut call = query(&format!("{sql} {CANARY}"));
        call.tool = tool.into();
        call.args.insert(CANARY, Value::from(CANARY));
        call.principal.user_id = Some(CANARY.to_owned());
        call.principal.claims.insert("token", Value::from(CANARY));
        call.metadata.insert("trace", Value::from(CANARY));
        call.session_id = Some(format!("s-{CANARY}"));
        call.tool_use_id = Some(CANARY.to_owned());
        call
    };
    for (tool, sql) in [("query", "SELECT 1"), ("query", "DROP"), ("query", "DELETE"), ("pay", "")] {
        for answer in [Ok(Value::from(CANARY)), Err(CANARY.to_owned())] {
            let _ended = at_once(watched.guard.run(planted(tool, sql), async |_| answer.clone()));
        }
    }
    let spans = watched.spans.get_finished_spans().unwrap();
    assert_eq!(spans.len(), 8);
    let told = format!("{spans:?} {:?}", watched.counts());
    assert!(told.contains("execute_tool query") && !told.contains(CANARY), "{told}");
}
