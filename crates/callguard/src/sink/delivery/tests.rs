//! The courier on a clock that stands still unless it is told to wait.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at what it did not expect")]

use super::buffer::{Bounds, Buffer};
use super::courier::{Courier, Next};
use super::*;
use jiff::{SignedDuration, Timestamp};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A receiver that answers as it is told, then accepts.
#[derive(Clone, Default)]
struct Fake {
    answers: Arc<Mutex<VecDeque<Verdict>>>,
    /// Accepts nothing until then.
    down_until: Option<Timestamp>,
    got: Arc<Mutex<Vec<String>>>,
    batches: Arc<Mutex<Vec<usize>>>,
    /// Larger batches are refused, and so is this event.
    most: Option<usize>,
    poison: Option<&'static str>,
    age: Option<Duration>,
}

impl Target for Fake {
    fn limits(&self) -> Limits {
        Limits { events: 100, bytes: 1 << 20, event_bytes: 1000, age: self.age }
    }

    fn send(&mut self, batch: &[Entry], attempt: &Attempt) -> Verdict {
        self.batches.lock().unwrap().push(batch.len());
        if self.down_until.is_some_and(|until| attempt.now < until) {
            return Verdict::retry("it is down");
        }
        let texts: Vec<String> = batch.iter().map(|entry| String::from_utf8(entry.payload.clone()).unwrap()).collect();
        if self.most.is_some_and(|most| batch.len() > most)
            || self.poison.is_some_and(|poison| texts.iter().any(|text| text.contains(poison)))
        {
            return Verdict::Refused("it answered 413".to_owned());
        }
        match self.answers.lock().unwrap().pop_front() {
            Some(verdict) if verdict != Verdict::Delivered => return verdict,
            _ => {}
        }
        self.got.lock().unwrap().extend(texts);
        Verdict::Delivered
    }
}

struct Scene {
    folder: tempfile::TempDir,
    buffer: Arc<Buffer>,
    courier: Courier<Fake>,
    fake: Fake,
    meter: SinkMeter,
    now: Timestamp,
}

impl Scene {
    fn new(fake: Fake) -> Scene {
        let folder = tempfile::tempdir().unwrap();
        let options = DeliveryOptions::new(folder.path());
        let bounds = Bounds { bytes: 1 << 20, segment: 1 << 16, when_full: WhenFull::DropNewest, durable: false };
        let buffer = Arc::new(Buffer::open(folder.path(), bounds).unwrap());
        let meter = SinkMeter::new("fake");
        let random = fastrand::Rng::with_seed(7);
        let courier = Courier::new(fake.clone(), Arc::clone(&buffer), meter.clone(), &options, random);
        Scene { folder, buffer, courier, fake, meter, now: "2026-03-02T10:00:00Z".parse().unwrap() }
    }

    fn push(&self, numbers: std::ops::Range<usize>) {
        for number in numbers {
            self.buffer.push(event(number).as_bytes()).unwrap();
        }
        self.buffer.flush().unwrap();
    }

    /// Until nothing waits; how long it waited.
    fn run(&mut self) -> Duration {
        let begun = self.now;
        for _ in 0..10_000 {
            match self.courier.step(self.now, Duration::MAX).unwrap() {
                Next::Go => {}
                Next::Idle | Next::Stop => break,
                Next::Wait(wait) => self.now += SignedDuration::try_from(wait).unwrap(),
            }
        }
        Duration::try_from(self.now.duration_since(begun)).unwrap()
    }

    fn got(&self) -> Vec<String> {
        self.fake.got.lock().unwrap().clone()
    }

    fn dead(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("0/dead-letters.jsonl")).unwrap_or_default()
    }
}

fn event(number: usize) -> String {
    format!("{{\"event_id\":\"{number:05}\",\"timestamp\":\"2026-03-02T09:00:00Z\"}}")
}

fn events(numbers: std::ops::Range<usize>) -> Vec<String> {
    numbers.map(event).collect()
}

#[test]
fn an_outage_of_an_hour_loses_nothing_and_is_asked_seldom() {
    let mut scene = Scene::new(Fake { down_until: "2026-03-02T11:00:00Z".parse().ok(), ..Fake::default() });
    scene.push(0..500);
    let waited = scene.run();
    assert_eq!(scene.got(), events(0..500));
    let status = scene.meter.status();
    assert_eq!((status.delivered, status.dropped, status.dead, status.queued), (500, 0, 0, 0));
    assert_eq!(status.state, SinkState::Healthy);
    assert!(waited >= Duration::from_secs(3600) && waited < Duration::from_secs(3700), "{waited:?}");
    assert!(status.retried > 60 && status.retried < 300, "{} attempts", status.retried);
    // While it is down one event at a time is tried.
    assert!(scene.fake.batches.lock().unwrap()[6..50].iter().all(|batch| *batch == 1));
}

#[test]
fn a_receiver_says_how_long_it_wants_to_be_left_alone() {
    let answers = [Verdict::Retry { after: Some(Duration::from_secs(120)), why: "it answered 429".to_owned() }];
    let mut scene = Scene::new(Fake { answers: Arc::new(Mutex::new(answers.into())), ..Fake::default() });
    scene.push(0..3);
    assert!(scene.run() >= Duration::from_secs(120));
    assert_eq!(scene.got(), events(0..3));
}

#[test]
fn a_batch_that_is_refused_is_halved_until_what_is_wrong_lies_with_the_dead_letters() {
    let mut scene = Scene::new(Fake { most: Some(8), poison: Some("\"00037\""), ..Fake::default() });
    scene.push(0..100);
    scene.run();
    let wanted: Vec<String> = (0..100).filter(|number| *number != 37).map(event).collect();
    assert_eq!(scene.got(), wanted);
    assert_eq!((scene.meter.status().delivered, scene.meter.status().dead), (99, 1));
    let dead = scene.dead();
    assert!(dead.lines().count() == 1 && dead.contains("00037") && dead.contains("413"), "{dead}");
}

#[test]
fn what_cannot_be_delivered_does_not_stand_in_the_way() {
    let mut scene = Scene::new(Fake { age: Some(Duration::from_secs(1800)), ..Fake::default() });
    scene.push(0..2);
    scene.buffer.push(format!("{{\"event_id\":\"large\",\"x\":\"{}\"}}", "x".repeat(2000)).as_bytes()).unwrap();
    scene.buffer.push(b"{\"event_id\":\"young\",\"timestamp\":\"2026-03-02T09:59:00Z\"}").unwrap();
    scene.buffer.flush().unwrap();
    scene.run();
    assert_eq!(scene.got().len(), 1);
    assert!(scene.got()[0].contains("young"));
    assert_eq!((scene.meter.status().dead, scene.dead().lines().count()), (3, 3));
}

#[test]
fn a_receiver_that_wants_something_changed_is_asked_every_five_minutes() {
    let answers = [Verdict::Halt("it answered 401".to_owned()), Verdict::Halt("it answered 401".to_owned())];
    let mut scene = Scene::new(Fake { answers: Arc::new(Mutex::new(answers.into())), ..Fake::default() });
    scene.push(0..3);
    assert_eq!(scene.courier.step(scene.now, Duration::MAX).unwrap(), Next::Wait(Duration::from_secs(300)));
    let status = scene.meter.status();
    assert_eq!((status.state, status.error.as_deref()), (SinkState::Halted, Some("it answered 401")));
    scene.run();
    assert_eq!(scene.got(), events(0..3));
}

#[test]
fn a_receiver_that_is_gone_is_left_alone_and_the_events_stay() {
    let answers = [Verdict::Gone("it answered 410".to_owned())];
    let mut scene = Scene::new(Fake { answers: Arc::new(Mutex::new(answers.into())), ..Fake::default() });
    scene.push(0..3);
    assert_eq!(scene.courier.step(scene.now, Duration::MAX).unwrap(), Next::Stop);
    assert_eq!((scene.meter.status().state, scene.meter.status().queued), (SinkState::Gone, 3));
}

#[test]
fn a_buffer_that_is_full_says_so_and_the_end_waits_no_longer_than_it_may() {
    let folder = tempfile::tempdir().unwrap();
    let options = DeliveryOptions::new(folder.path())
        .buffer_size(8192, WhenFull::DropNewest)
        .segment_size(2048)
        .durable(true)
        .timeout(Duration::from_millis(50))
        .backoff(Duration::from_millis(1), Duration::from_millis(5))
        .shutdown(Duration::from_millis(50));
    let down = Fake { down_until: "9000-01-01T00:00:00Z".parse().ok(), ..Fake::default() };
    let sink = RemoteAuditSink::start("fake", down.clone(), &options).unwrap();
    assert!(format!("{sink:?}").contains("\"fake\""));
    let meter = sink.meter();
    let text = "apiVersion: callguard/v1\nkind: Policy\nmetadata: { name: p }\nspec: { default: allow, unknown_tools: allow }\n";
    let guard = crate::Guard::builder().yaml("p", text).audit(sink).build().unwrap();
    for _ in 0..40 {
        let call = crate::ToolEnvelope::new("tool", crate::Object::default(), Timestamp::UNIX_EPOCH);
        assert!(matches!(guard.before_now(call).unwrap(), crate::Before::Allowed(_)));
    }
    guard.flush();
    let dropped = meter.status().dropped;
    assert!(dropped > 0 && guard.audit_failures() >= dropped, "{dropped}");
    drop(guard);
    assert!(down.got.lock().unwrap().is_empty());
}

/// As a kill leaves it: copied while its process goes on.
fn copied(from: &std::path::Path) -> tempfile::TempDir {
    let to = tempfile::tempdir().unwrap();
    std::fs::create_dir(to.path().join("0")).unwrap();
    for entry in std::fs::read_dir(from.join("0")).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), to.path().join("0").join(entry.file_name())).unwrap();
    }
    to
}

#[test]
fn what_a_process_left_open_becomes_unknown_in_the_next_and_only_once() {
    let folder = tempfile::tempdir().unwrap();
    let options = |folder: &std::path::Path| {
        DeliveryOptions::new(folder)
            .backoff(Duration::from_millis(1), Duration::from_millis(5))
            .shutdown(Duration::from_secs(5))
    };
    let fake = Fake::default();
    let text = "apiVersion: callguard/v1\nkind: Policy\nmetadata: { name: p }\nspec:\n  default: allow\n  unknown_tools: allow\n  tools: [{ name: look, side_effect: read }]\n";
    let sink = RemoteAuditSink::start("fake", fake.clone(), &options(folder.path())).unwrap();
    let guard = crate::Guard::builder().yaml("p", text).audit(sink).build().unwrap();
    let permit = |tool: &str| {
        let call = crate::ToolEnvelope::new(tool, crate::Object::default(), Timestamp::UNIX_EPOCH);
        match guard.before_now(call).unwrap() {
            crate::Before::Allowed(permit) => permit,
            _ => unreachable!("the policy allows it"),
        }
    };
    let ends = |tool: &str| drop(permit(tool).start().settle_now(crate::Output::success(crate::Value::Null)).unwrap());
    (0..2_000).for_each(|_| ends("change"));
    let running = [permit("change").start(), permit("look").start()];
    guard.flush();
    assert!(std::fs::metadata(folder.path().join("0/open-calls.jsonl")).unwrap().len() < 2 << 20);
    let next = copied(folder.path());
    running
        .into_iter()
        .for_each(|running| drop(running.settle_now(crate::Output::success(crate::Value::Null)).unwrap()));
    drop(guard);
    let unknown = |from: &std::path::Path| {
        let fake = Fake::default();
        drop(RemoteAuditSink::start("fake", fake.clone(), &options(from)).unwrap());
        let got = fake.got.lock().unwrap().clone();
        got.into_iter().filter(|event| event.contains("\"unknown_outcome\"")).collect::<Vec<_>>()
    };
    assert_eq!(unknown(folder.path()), Vec::<String>::new(), "each said how it ended");
    let again = copied(next.path());
    let found = unknown(next.path());
    assert!(found.len() == 1 && found[0].contains("\"tool\":\"change\""), "{found:?}");
    assert_eq!(unknown(next.path()), Vec::<String>::new(), "it was said once");
    let id = |event: &str| serde_json::from_str::<serde_json::Value>(event).unwrap()["event_id"].clone();
    assert_eq!(id(&unknown(again.path())[0]), id(&found[0]), "said twice it has the same id");
}
