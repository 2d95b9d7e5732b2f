//! A secret planted wherever one can be is in nothing that is written: the log, what lies beside it, buffers, dead letters.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use callguard::approval::{Approval, ApprovalRequest, Approver};
use callguard::sink::{AuditSink, FanOutAuditSink, FileAuditSink};
use callguard::{Before, Guard, Object, Output, ToolEnvelope, Value};
use jiff::Timestamp;
use std::future::{Future, ready};
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

const CANARY: &str = "AKIAZ7VRSQ5TJN2XMPLQ";
const POLICY: &str = "apiVersion: callguard/v1
kind: Policy
metadata: { name: p }
spec:
  preconditions:
    - { id: may, tools: pay, action: ask, message: 'May it, with {args.note}?' }
    - { id: no, tools: stop, action: deny, when: { args.note: { exists: true } }, message: 'Not with {args.note}.' }
";

fn call(tool: &str) -> ToolEnvelope {
    let mut args = Object::default();
    args.insert("note", Value::from(format!("key {CANARY} here")));
    args.insert("command", Value::from(format!("export AWS_ACCESS_KEY_ID={CANARY}; aws s3 ls")));
    args.insert("body", Value::from(format!("{{\"password\":\"{CANARY}\"}}")));
    args.insert(CANARY, Value::from(1_u64));
    let mut call = ToolEnvelope::new(tool, args, Timestamp::now());
    call.principal.claims.insert("token", Value::from(CANARY));
    call.principal.user_id = Some(CANARY.to_owned());
    call.metadata.insert("trace", Value::from(CANARY));
    call.session_id = Some(format!("s-{CANARY}"));
    call
}

#[cfg(all(feature = "webhook", feature = "splunk", feature = "datadog", feature = "otlp", feature = "syslog"))]
fn sinks(folder: &Path) -> Vec<Box<dyn AuditSink>> {
    use callguard::sink::{
        DatadogOptions, DeliveryOptions, OtlpOptions, Secret, SplunkHecOptions, SyslogOptions, WebhookOptions,
    };
    use std::time::Duration;
    // Nobody listens there: events stay in the buffers, as they would be sent.
    let delivery = |name: &str| DeliveryOptions::new(folder.join(name)).shutdown(Duration::from_millis(20));
    let (http, token) = ("http://127.0.0.1:1", || Secret::new("t"));
    let mut sinks: Vec<Box<dyn AuditSink>> = vec![Box::new(FileAuditSink::open(folder.join("audit.jsonl")).unwrap())];
    for remote in [
        WebhookOptions::new(http).open(&delivery("webhook")),
        SplunkHecOptions::new(http, token()).open(&delivery("splunk")),
        DatadogOptions::new(token()).url(http).open(&delivery("datadog")),
        OtlpOptions::new(http).open(&delivery("otlp")),
        SyslogOptions::new("tcp://127.0.0.1:1").open(&delivery("syslog")),
    ] {
        sinks.push(Box::new(remote.unwrap()));
    }
    sinks
}

#[cfg(not(all(feature = "webhook", feature = "splunk", feature = "datadog", feature = "otlp", feature = "syslog")))]
fn sinks(folder: &Path) -> Vec<Box<dyn AuditSink>> {
    vec![Box::new(FileAuditSink::open(folder.join("audit.jsonl")).unwrap())]
}

#[test]
fn a_planted_secret_is_in_nothing_that_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let sink = FanOutAuditSink::new(sinks(folder.path()));
    let guard = Guard::builder().yaml("p.yaml", POLICY).audit(sink).build().unwrap();
    let Before::Denied(_) = guard.before_now(call("stop")).unwrap() else { panic!("the policy denies it") };
    for output in [Output::success(Value::from(format!("found {CANARY}"))), Output::error(format!("no {CANARY}"))] {
        let Before::Allowed(permit) = guard.before_now(call("go")).unwrap() else { panic!("the policy allows it") };
        drop(permit.start().settle_now(output).unwrap());
    }
    let Before::Allowed(permit) = guard.before_now(call("go")).unwrap() else { panic!("the policy allows it") };
    drop(permit.start());
    drop(guard);
    let (mut files, mut events) = (0, 0);
    look(folder.path(), &mut |path, bytes| {
        files += 1;
        let text = String::from_utf8_lossy(bytes);
        events += text.matches("\"action\"").count();
        assert!(!text.contains(CANARY), "{} holds the secret", path.display());
    });
    assert!(files >= 2 && events >= 8, "{files} files, {events} events");
}

fn look(folder: &Path, at: &mut impl FnMut(&Path, &[u8])) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => look(&path, at),
            false => at(&path, &std::fs::read(&path).unwrap()),
        }
    }
}

/// Keeps whatever a person would be shown, and what a program that logs the request would write.
#[derive(Clone, Default)]
struct Person(Arc<Mutex<String>>);

impl Approver for Person {
    fn ask<'a>(&'a self, request: ApprovalRequest<'a>) -> Pin<Box<dyn Future<Output = Approval> + Send + 'a>> {
        let shown = format!("{} {} {} {request:?}", request.message, request.shown_args, request.digest);
        self.0.lock().unwrap().push_str(&shown);
        Box::pin(ready(Approval::Refused { by: "ada".to_owned(), why: "no".to_owned() }))
    }
}

#[test]
fn a_planted_secret_is_in_no_question() {
    let person = Person::default();
    let guard = Guard::builder().yaml("p.yaml", POLICY).approver(person.clone()).build().unwrap();
    let Before::Denied(denied) = guard.before_now(call("pay")).unwrap() else { panic!("nobody grants it") };
    let asked = person.0.lock().unwrap().clone();
    assert!(asked.contains("May it, with ") && asked.contains("aws s3 ls"), "{asked}");
    assert!(!asked.contains(CANARY), "{asked}");
    assert!(!denied.message().contains(CANARY));
}

#[test]
fn a_planted_secret_is_in_nothing_that_a_panic_could_show() {
    let guard = Guard::builder().yaml("p.yaml", POLICY).build().unwrap();
    let Before::Denied(denied) = guard.before_now(call("stop")).unwrap() else { panic!("the policy denies it") };
    let output = Output::success(Value::from(format!("found {CANARY}")));
    let told = format!("{:?} {:?} {output:?}", call("go"), denied.decision());
    assert!(told.contains("Deny"), "{told}");
    assert!(!told.contains(CANARY), "{told}");
}
