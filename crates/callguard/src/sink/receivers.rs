//! Every sink against receivers that answer as their documentation says, and against bad ones.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops at what it did not expect"
)]

use super::delivery::{Attempt, DeliveryOptions, Entry, EventForm, Target, Verdict};
use super::{DatadogOptions, OtlpOptions, Secret, SplunkHecOptions, WebhookOptions};
use flate2::read::GzDecoder;
use opentelemetry_proto::tonic::collector::logs::v1::{
    ExportLogsPartialSuccess, ExportLogsServiceRequest, ExportLogsServiceResponse,
};
use prost::Message;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// What a receiver does with one request.
#[derive(Clone)]
enum Answer {
    Says(u16, &'static str, Vec<u8>),
    /// Says nothing.
    Hangs,
    /// One byte at a time, for ever.
    Drips,
    /// Ends the connection.
    Closes,
}

#[derive(Clone, Debug)]
struct Request {
    path: String,
    headers: HashMap<String, String>,
    body: Vec<u8>,
}

struct Receiver {
    url: String,
    got: Arc<Mutex<Vec<Request>>>,
}

impl Receiver {
    fn new(answers: Vec<Answer>) -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let got = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&got);
        std::thread::spawn(move || {
            let mut answers = answers.into_iter();
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let Some(request) = read(&mut BufReader::new(stream.try_clone().unwrap())) else { continue };
                seen.lock().unwrap().push(request);
                match answers.next() {
                    Some(Answer::Says(status, header, body)) => {
                        let head = format!(
                            "HTTP/1.1 {status} X\r\nconnection: close\r\n{header}content-length: {}\r\n\r\n",
                            body.len()
                        );
                        stream.write_all(&[head.as_bytes(), &body].concat()).unwrap();
                    }
                    Some(Answer::Hangs) => std::thread::sleep(Duration::from_secs(20)),
                    Some(Answer::Drips) => {
                        let slow = b"HTTP/1.1 200 OK\r\nx: ".iter().chain(std::iter::repeat(&b'x'));
                        for byte in slow {
                            if stream.write_all(&[*byte]).is_err() {
                                break;
                            }
                            std::thread::sleep(Duration::from_millis(20));
                        }
                    }
                    Some(Answer::Closes) => {}
                    None => return,
                }
            }
        });
        Receiver { url, got }
    }

    fn got(&self) -> Vec<Request> {
        self.got.lock().unwrap().clone()
    }
}

fn read(stream: &mut impl BufRead) -> Option<Request> {
    let mut line = String::new();
    stream.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim().split_once(": ") else { break };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let mut body = vec![0; headers.get("content-length")?.parse().ok()?];
    stream.read_exact(&mut body).ok()?;
    if headers.get("content-encoding").is_some_and(|encoding| encoding == "gzip") {
        let mut plain = Vec::new();
        GzDecoder::new(body.as_slice()).read_to_end(&mut plain).ok()?;
        body = plain;
    }
    Some(Request { path, headers, body })
}

fn says(status: u16, body: impl Into<Vec<u8>>) -> Answer {
    Answer::Says(status, "", body.into())
}

fn entry(number: usize) -> Entry {
    let event = json!({
        "event_id": format!("{number:05}"), "timestamp": "2026-03-02T10:00:00.5Z", "action": "call_denied",
        "tool": "deploy", "decision": "deny", "session_id": "s", "tool_args": { "n": number },
    });
    Entry::of(number as u64, event.to_string().into_bytes())
}

fn attempt() -> Attempt {
    Attempt { now: "2026-03-02T10:00:01Z".parse().unwrap(), timeout: Duration::from_millis(700) }
}

fn delivery() -> DeliveryOptions {
    DeliveryOptions::new("unused")
}

fn retry_after(verdict: Verdict) -> Option<Duration> {
    match verdict {
        Verdict::Retry { after, .. } => after,
        other => panic!("{other:?}"),
    }
}

/// What a target says of a receiver that answers so.
fn verdicts(answers: Vec<Answer>, target: impl Fn(&str) -> Box<dyn Target>) -> Vec<Verdict> {
    let count = answers.len();
    let receiver = Receiver::new(answers);
    let mut target = target(&receiver.url);
    (0..count).map(|number| target.send(&[entry(number)], &attempt())).collect()
}

type Make = fn(&str) -> Box<dyn Target>;

fn targets() -> Vec<(&'static str, Make)> {
    vec![
        ("webhook", |url| Box::new(WebhookOptions::new(url).target(&delivery()).unwrap())),
        ("splunk", |url| Box::new(SplunkHecOptions::new(url, Secret::new("t")).target(&delivery()).unwrap())),
        ("datadog", |url| Box::new(DatadogOptions::new(Secret::new("k")).url(url).target(&delivery()).unwrap())),
        ("otlp", |url| Box::new(OtlpOptions::new(url).target(&delivery()).unwrap())),
    ]
}

#[test]
fn bad_receivers_are_tried_again_within_the_time() {
    for (name, target) in targets() {
        let begun = Instant::now();
        for answer in [Answer::Hangs, Answer::Drips, Answer::Closes, says(500, "x"), says(503, "x"), says(429, "x")] {
            let verdict = verdicts(vec![answer], target).remove(0);
            assert!(matches!(verdict, Verdict::Retry { after: None, .. }), "{name}: {verdict:?}");
        }
        assert!(begun.elapsed() < Duration::from_secs(10), "{name} took {:?}", begun.elapsed());
        let slow_down = Answer::Says(429, "retry-after: 17\r\n", Vec::new());
        assert_eq!(retry_after(verdicts(vec![slow_down], target).remove(0)), Some(Duration::from_secs(17)), "{name}");
        for status in [401, 403] {
            let verdict = verdicts(vec![says(status, "")], target).remove(0);
            assert!(matches!(verdict, Verdict::Halt(_)), "{name}: {verdict:?}");
        }
        let verdict = verdicts(vec![says(413, "")], target).remove(0);
        assert!(matches!(verdict, Verdict::Refused(_)), "{name}: {verdict:?}");
        // Nobody listens.
        let verdict = target("http://127.0.0.1:1").send(&[entry(1)], &attempt());
        assert!(matches!(verdict, Verdict::Retry { .. }), "{name}: {verdict:?}");
    }
}

#[test]
fn who_is_not_vouched_for_gets_nothing() {
    let receiver = Receiver::new(vec![says(200, "")]);
    let url = receiver.url.replace("http://", "https://");
    let options = delivery().ca_file(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/ca.pem"));
    let verdict = WebhookOptions::new(url).target(&options).unwrap().send(&[entry(1)], &attempt());
    assert!(matches!(verdict, Verdict::Retry { .. }), "{verdict:?}");
    assert!(receiver.got().is_empty());
    let says =
        |url: &str, options: &DeliveryOptions| WebhookOptions::new(url).target(options).err().unwrap().to_string();
    assert!(says("http://siem.example/x", &delivery()).contains("not encrypted"));
    assert!(says("ftp://siem.example/x", &delivery()).contains("https"));
    assert!(says("https://siem.example/x", &delivery().ca_file("nowhere.pem")).contains("nowhere.pem"));
    assert!(WebhookOptions::new("http://siem.example/x").target(&delivery().allow_http(true)).is_ok());
}

#[test]
fn webhooks_are_one_event_each_with_its_id_and_are_not_redirected() {
    let receiver = Receiver::new(vec![
        says(204, ""),
        Answer::Says(302, "location: http://127.0.0.1:1/\r\n", Vec::new()),
        says(410, ""),
    ]);
    let secret = Secret::new(format!("whsec_{}", data_encoding::BASE64.encode(&[7; 32])));
    let options =
        WebhookOptions::new(format!("{}/hook", receiver.url)).secret(secret).header("x-team", Secret::new("blue"));
    let mut target = options.target(&delivery()).unwrap();
    assert_eq!(target.send(&[entry(1)], &attempt()), Verdict::Delivered);
    assert!(matches!(target.send(&[entry(2)], &attempt()), Verdict::Retry { .. }));
    assert!(matches!(target.send(&[entry(2)], &attempt()), Verdict::Gone(_)));
    let got = receiver.got();
    assert_eq!((got[0].path.as_str(), got[0].headers["webhook-id"].as_str()), ("/hook", "00001"));
    assert_eq!(got[0].headers["webhook-timestamp"], "1772445601");
    assert!(got[0].headers["webhook-signature"].starts_with("v1,") && got[0].headers["x-team"] == "blue");
    // The same event has the same id, whenever it is sent.
    assert_eq!(got[1].headers["webhook-id"], got[2].headers["webhook-id"]);
    assert_eq!(got[0].body, entry(1).payload);
}

#[test]
fn splunk_gets_objects_in_a_row_and_may_be_asked_whether_they_are_indexed() {
    let receiver = Receiver::new(vec![
        says(200, r#"{"text":"Success","code":0,"ackId":4}"#),
        says(200, r#"{"acks":{"4":false}}"#),
        says(503, ""),
        says(200, r#"{"acks":{"4":true}}"#),
    ]);
    let options = SplunkHecOptions::new(&receiver.url, Secret::new("tok")).index("sec").host("h1").acknowledge(true);
    let mut target = options.target(&delivery()).unwrap();
    let second = Verdict::Pending(Duration::from_secs(1));
    assert_eq!(target.send(&[entry(1), entry(2)], &attempt()), second);
    assert_eq!((target.confirm(&attempt()), target.confirm(&attempt())), (second.clone(), second));
    assert_eq!(target.confirm(&attempt()), Verdict::Delivered);
    let got = receiver.got();
    assert_eq!((got[0].path.as_str(), got[1].path.as_str()), ("/services/collector/event", "/services/collector/ack"));
    assert_eq!(got[0].headers["authorization"], "Splunk tok");
    assert_eq!(got[0].headers["x-splunk-request-channel"], got[1].headers["x-splunk-request-channel"]);
    assert_eq!(serde_json::from_slice::<Value>(&got[1].body).unwrap(), json!({ "acks": [4] }));
    let objects: Vec<Value> =
        serde_json::Deserializer::from_slice(&got[0].body).into_iter().map(Result::unwrap).collect();
    assert_eq!(objects.len(), 2);
    assert_eq!((&objects[0]["time"], &objects[0]["index"]), (&json!("1772445600.500"), &json!("sec")));
    assert_eq!((&objects[1]["event"]["event_id"], &objects[1]["host"]), (&json!("00002"), &json!("h1")));
}

#[test]
fn splunk_says_by_its_own_codes_what_is_wrong() {
    let target = |url: &str| -> Box<dyn Target> {
        Box::new(SplunkHecOptions::new(url, Secret::new("t")).target(&delivery()).unwrap())
    };
    let codes = |status: u16, codes: &[u64]| -> Vec<Verdict> {
        verdicts(codes.iter().map(|code| says(status, format!("{{\"code\":{code}}}"))).collect(), target)
    };
    assert!(codes(403, &[1, 2, 3, 4]).iter().all(|verdict| matches!(verdict, Verdict::Halt(_))));
    assert!(codes(400, &[7, 10, 11, 14, 16]).iter().all(|verdict| matches!(verdict, Verdict::Halt(_))));
    assert!(codes(400, &[6, 12, 13, 15]).iter().all(|verdict| matches!(verdict, Verdict::Refused(_))));
    assert!(codes(503, &[8, 9, 18, 19, 20]).iter().all(|verdict| matches!(verdict, Verdict::Retry { .. })));
    assert_eq!(codes(200, &[0]), [Verdict::Delivered]);
}

#[test]
fn datadog_gets_an_array_of_logs() {
    let receiver = Receiver::new(vec![says(202, "{}"), says(400, "")]);
    let options = DatadogOptions::new(Secret::new("key")).url(&receiver.url).tag("env:prod").tag("team:a").host("h1");
    let mut target = options.target(&delivery().form(EventForm::Ocsf)).unwrap();
    assert_eq!(target.send(&[entry(1), entry(2)], &attempt()), Verdict::Delivered);
    assert!(matches!(target.send(&[entry(1)], &attempt()), Verdict::Refused(_)));
    let got = receiver.got();
    assert_eq!((got[0].path.as_str(), got[0].headers["dd-api-key"].as_str()), ("/api/v2/logs", "key"));
    let logs: Value = serde_json::from_slice(&got[0].body).unwrap();
    assert_eq!(logs.as_array().unwrap().len(), 2);
    assert_eq!((&logs[0]["ddtags"], &logs[0]["service"]), (&json!("env:prod,team:a"), &json!("callguard")));
    let message: Value = serde_json::from_str(logs[1]["message"].as_str().unwrap()).unwrap();
    assert_eq!((&message["class_uid"], &message["metadata"]["uid"]), (&json!(6003), &json!("00002")));
    assert!(target.limits().age.is_some() && target.limits().events == 1000);
}

#[test]
fn otlp_gets_log_records_and_may_reject_some() {
    let partial = ExportLogsPartialSuccess { rejected_log_records: 200, error_message: "ä".to_owned() };
    let partial = ExportLogsServiceResponse { partial_success: Some(partial) }.encode_to_vec();
    let receiver = Receiver::new(vec![says(200, ""), says(200, partial)]);
    let options = OtlpOptions::new(&receiver.url)
        .attribute("deployment.environment.name", "prod")
        .header("x-key", Secret::new("k"));
    let mut target = options.target(&delivery()).unwrap();
    assert_eq!(target.send(&[entry(1), entry(2)], &attempt()), Verdict::Delivered);
    assert!(matches!(target.send(&[entry(1)], &attempt()), Verdict::Partly { refused: 200, .. }));
    let got = receiver.got();
    assert_eq!((got[0].path.as_str(), got[0].headers["x-key"].as_str()), ("/v1/logs", "k"));
    assert_eq!(got[0].headers["content-type"], "application/x-protobuf");
    let request = ExportLogsServiceRequest::decode(got[0].body.as_slice()).unwrap();
    let records = &request.resource_logs[0].scope_logs[0].log_records;
    assert_eq!((records.len(), records[0].event_name.as_str()), (2, "callguard.call_denied"));
    assert_eq!((records[0].severity_number, records[0].time_unix_nano), (13, 1_772_445_600_500_000_000));
    let names: Vec<&str> = records[0].attributes.iter().map(|attribute| attribute.key.as_str()).collect();
    assert!(names.contains(&"gen_ai.tool.name") && names.contains(&"callguard.decision"), "{names:?}");
}
