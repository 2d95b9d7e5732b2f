//! The sink `otlp` and a collector that is not ours: every event arrives, also those of an outage.

use crate::process::rotel;
use callguard::sink::{DeliveryOptions, OtlpOptions, SinkStatus};
use callguard::{Before, Guard, Object, Output, ToolEnvelope, Value};
use jiff::Timestamp;
use std::path::Path;
use std::time::{Duration, Instant};

const POLICY: &str =
    "apiVersion: callguard/v1\nkind: Policy\nmetadata: { name: p }\nspec: { default: allow, unknown_tools: allow }\n";

fn run(guard: &Guard, number: usize) {
    let mut args = Object::default();
    args.insert("note", Value::from(format!("note-{number}-of-it")));
    let Before::Allowed(permit) = guard.before_now(ToolEnvelope::new("tool", args, Timestamp::now())).unwrap() else {
        panic!("the policy allows it")
    };
    drop(permit.start().settle_now(Output::success(Value::Null)).unwrap());
}

fn until(guard: &Guard, holds: impl Fn(&SinkStatus) -> bool) -> SinkStatus {
    let limit = Instant::now() + Duration::from_secs(60);
    loop {
        let status = guard.audit_sinks().remove(0);
        if holds(&status) {
            return status;
        }
        assert!(Instant::now() < limit, "{status:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// What the collector says that it took: how often `word` is in it, once it is there so often.
fn taken(out: &Path, word: &str, wanted: usize) -> usize {
    let limit = Instant::now() + Duration::from_secs(20);
    loop {
        let count = std::fs::read_to_string(out).unwrap().matches(word).count();
        if count >= wanted || Instant::now() > limit {
            return count;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_collector_takes_every_event_through_an_outage() {
    let mut server = rotel();
    let folder = tempfile::tempdir().unwrap();
    let delivery = DeliveryOptions::new(folder.path().join("buffer"))
        .backoff(Duration::from_millis(10), Duration::from_millis(100));
    let sink = OtlpOptions::new(format!("http://127.0.0.1:{}", server.port)).open(&delivery).unwrap();
    let guard = Guard::builder().yaml("p", POLICY).audit(sink).build().unwrap();
    (0..100).for_each(|number| run(&guard, number));
    guard.flush();
    until(&guard, |status| status.queued == 0 && status.delivered == 201);
    let out = server.folder.path().join("out");
    assert_eq!(taken(&out, "callguard.call_executed", 100), 100, "{}", std::fs::read_to_string(&out).unwrap());
    server.kill();
    (100..150).for_each(|number| run(&guard, number));
    guard.flush();
    until(&guard, |status| status.retried >= 3);
    server.start_again();
    let status = until(&guard, |status| status.queued == 0 && status.delivered == 301);
    assert_eq!((status.dropped, status.dead), (0, 0));
    assert_eq!(taken(&out, "callguard.call_executed", 150), 150);
    let text = std::fs::read_to_string(&out).unwrap();
    for number in 0..150 {
        assert!(text.contains(&format!("note-{number}-of-it")), "call {number} did not arrive");
    }
}
