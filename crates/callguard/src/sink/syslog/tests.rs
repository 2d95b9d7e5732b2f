//! Against servers on this machine: one that reads to the end, and bad ones.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops at what it did not expect"
)]

use super::super::delivery::{Attempt, Target, Verdict};
use super::*;
use crate::sink::certificates::Certificates;
use rustls::{ServerConfig, ServerConnection};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

fn entry(number: usize) -> Entry {
    let event = json!({
        "event_id": format!("{number:05}"), "timestamp": "2026-03-02T10:00:00.123456789Z", "action": "call_denied",
        "tool": "deploy", "reason": "it said \"no\"] ä",
    });
    Entry::of(number as u64, event.to_string().into_bytes())
}

fn attempt() -> Attempt {
    Attempt { now: "2026-03-02T10:00:01Z".parse().unwrap(), timeout: Duration::from_millis(1500) }
}

fn delivery() -> DeliveryOptions {
    DeliveryOptions::new("unused")
}

/// The messages of a stream with counted octets.
fn messages(mut bytes: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    while let Some(space) = bytes.iter().position(|byte| *byte == b' ') {
        let length: usize = std::str::from_utf8(&bytes[..space]).unwrap().parse().unwrap();
        found.push(String::from_utf8(bytes[space + 1..=space + length].to_vec()).unwrap());
        bytes = &bytes[space + 1 + length..];
    }
    assert!(bytes.is_empty(), "{bytes:?}");
    found
}

/// A server of plain TCP that does one thing with each connection.
fn server(serve: impl Fn(TcpStream) + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || listener.incoming().for_each(|stream| serve(stream.unwrap())));
    port
}

#[test]
fn a_message_is_that_of_rfc_5424() {
    let (send, got) = channel();
    let port = server(move |mut stream| {
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        send.send(bytes).unwrap();
    });
    let facility = SyslogFacility::parse("authpriv").unwrap();
    let options = SyslogOptions::new(format!("tcp://127.0.0.1:{port}")).facility(facility).app_name("agents");
    let mut target = options.host("h1.example").target(&delivery()).unwrap();
    assert_eq!(target.send(&[entry(1), entry(2)], &attempt()), Verdict::Delivered);
    let found = messages(&got.recv().unwrap());
    let version = env!("CARGO_PKG_VERSION");
    let head = format!(
        "<84>1 2026-03-02T10:00:00.123456Z h1.example agents - call_denied [origin software=\"callguard\" swVersion=\"{version}\"] "
    );
    let bodies: Vec<&str> = found.iter().map(|message| message.strip_prefix(head.as_str()).unwrap()).collect();
    assert_eq!(bodies[1].as_bytes(), entry(2).payload);
    let mut target = SyslogOptions::new(format!("tcp://127.0.0.1:{port}"));
    target.facility = SyslogFacility::ALL[0].1;
    let mut target = target.target(&delivery().form(EventForm::Ocsf)).unwrap();
    assert_eq!(target.send(&[entry(3)], &attempt()), Verdict::Delivered);
    let found = messages(&got.recv().unwrap());
    assert!(found[0].starts_with("<12>1 2026-03-02T10:00:00.123456Z - callguard - call_denied ["), "{}", found[0]);
    let event: Value = serde_json::from_str(found[0].split_once("] ").unwrap().1).unwrap();
    assert_eq!((&event["class_uid"], &event["metadata"]["uid"]), (&json!(6003), &json!("00003")));
}

#[test]
fn bad_servers_are_tried_again_within_the_time() {
    let hangs = server(|stream| {
        std::thread::sleep(Duration::from_secs(20));
        drop(stream);
    });
    let drips = server(|mut stream| {
        while stream.write_all(b"x").is_ok() {
            std::thread::sleep(Duration::from_millis(20));
        }
    });
    // What is left unread makes the end of the connection a reset.
    let closes = server(|mut stream| {
        let _one = stream.read(&mut [0; 1]).unwrap();
    });
    let begun = Instant::now();
    for (what, url) in [
        ("hangs", format!("tcp://127.0.0.1:{hangs}")),
        ("drips", format!("tcp://127.0.0.1:{drips}")),
        ("closes", format!("tcp://127.0.0.1:{closes}")),
        ("nobody", "tcp://127.0.0.1:1".to_owned()),
        ("no TLS", format!("tls://127.0.0.1:{drips}")),
    ] {
        let identity = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/ca.pem");
        let mut target = SyslogOptions::new(url).target(&delivery().ca_file(identity)).unwrap();
        let many: Vec<Entry> = (0..200).map(entry).collect();
        let verdict = target.send(&many, &attempt());
        assert!(matches!(verdict, Verdict::Retry { after: None, .. }), "{what}: {verdict:?}");
    }
    assert!(begun.elapsed() < Duration::from_secs(10), "it took {:?}", begun.elapsed());
}

#[test]
fn what_cannot_be_sent_is_refused() {
    let mut target = SyslogOptions::new("tcp://127.0.0.1:1").max_message(300).target(&delivery()).unwrap();
    let mut large = entry(1);
    large.payload = json!({ "timestamp": "2026-03-02T10:00:00Z", "x": "y".repeat(300) }).to_string().into_bytes();
    let no_json = Entry::of(1, b"{".to_vec());
    for (bad, why) in [(large, "`max_message` is 300"), (no_json, "no JSON")] {
        let verdict = target.send(&[bad], &attempt());
        assert!(matches!(&verdict, Verdict::Refused(says) if says.contains(why)), "{verdict:?}");
    }
    let says = |options: SyslogOptions, delivery: &DeliveryOptions| match options.target(delivery) {
        Ok(_) => panic!("it cannot be used"),
        Err(error) => error.to_string(),
    };
    let here = || SyslogOptions::new("tls://127.0.0.1");
    let remote = || SyslogOptions::new("tcp://siem.example");
    assert!(says(remote(), &delivery()).contains("not encrypted"));
    assert!(remote().target(&delivery().allow_http(true)).is_ok());
    for (options, why) in [
        (SyslogOptions::new("udp://siem.example"), "tls://"),
        (SyslogOptions::new("tls://-"), "no name"),
        (SyslogOptions::new("tls://a b"), "no URL"),
        (here().app_name("two words"), "`app_name`"),
        (here().host("h".repeat(256)), "`host`"),
        (here().identity("nowhere.pem", "nowhere.key"), "nowhere"),
    ] {
        assert!(says(options, &delivery()).contains(why), "{why}");
    }
}

/// Reads each connection to its end, as long as it `reads`; `says` whether it says that it closes before it does.
fn tls_server(config: Arc<ServerConfig>, reads: Arc<Mutex<bool>>, says: bool) -> (u16, Receiver<Vec<u8>>) {
    let (send, got) = channel();
    let port = server(move |mut stream| {
        let mut session = ServerConnection::new(Arc::clone(&config)).unwrap();
        let mut bytes = Vec::new();
        if !*reads.lock().unwrap() {
            // It answers, and does not read what comes then.
            session.read_tls(&mut stream).unwrap();
            session.process_new_packets().unwrap();
            while session.wants_write() {
                session.write_tls(&mut stream).unwrap();
            }
            return;
        }
        // A client that will not speak with us ends it.
        if rustls::Stream::new(&mut session, &mut stream).read_to_end(&mut bytes).is_err() {
            return;
        }
        if says {
            session.send_close_notify();
            session.write_tls(&mut stream).unwrap();
        }
        send.send(bytes).unwrap();
    });
    (port, got)
}

#[test]
fn over_tls_the_server_is_who_it_says_and_so_are_we() {
    let certificates = Certificates::new();
    let (open, got) = tls_server(certificates.server(false), Arc::new(Mutex::new(true)), true);
    let (asks, known) = tls_server(certificates.server(true), Arc::new(Mutex::new(true)), false);
    let trusting = delivery().ca_file(certificates.file("ca.pem"));
    let send = |options: SyslogOptions, delivery: &DeliveryOptions| {
        options.target(delivery).unwrap().send(&[entry(1), entry(2)], &attempt())
    };
    let at = |host: &str, port: u16| SyslogOptions::new(format!("tls://{host}:{port}"));
    let client =
        |options: SyslogOptions| options.identity(certificates.file("client.pem"), certificates.file("client.key"));
    assert_eq!(send(at("localhost", open), &trusting), Verdict::Delivered);
    assert_eq!(messages(&got.recv().unwrap()).len(), 2);
    assert_eq!(send(client(at("localhost", asks)), &trusting), Verdict::Delivered);
    assert_eq!(messages(&known.recv().unwrap()).len(), 2);
    let stranger = delivery().ca_file(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/ca.pem"));
    for (verdict, why) in [
        (send(at("localhost", open), &stranger), "UnknownIssuer"),
        (send(at("127.0.0.1", open), &trusting), "not valid for name"),
        (send(at("localhost", asks), &trusting), ""),
    ] {
        let Verdict::Retry { why: says, .. } = verdict else { panic!("{verdict:?}") };
        assert!(says.contains(why), "{says}");
    }
    assert!(got.try_recv().is_err() && known.try_recv().is_err(), "nobody else has read anything");
}

#[test]
fn what_a_server_has_not_read_comes_again_and_nothing_is_lost() {
    let certificates = Certificates::new();
    let reads = Arc::new(Mutex::new(false));
    let (port, got) = tls_server(certificates.server(false), Arc::clone(&reads), true);
    let folder = tempfile::tempdir().unwrap();
    let options = DeliveryOptions::new(folder.path())
        .ca_file(certificates.file("ca.pem"))
        .backoff(Duration::from_millis(1), Duration::from_millis(5));
    let sink = SyslogOptions::new(format!("tls://localhost:{port}")).open(&options).unwrap();
    let policy = "apiVersion: callguard/v1\nkind: Policy\nmetadata: { name: p }\nspec: { default: allow, unknown_tools: allow }\n";
    let guard = crate::Guard::builder().yaml("p", policy).audit(sink).build().unwrap();
    let limit = Instant::now() + Duration::from_secs(20);
    let until = |holds: &dyn Fn(&super::super::SinkStatus) -> bool| {
        while !holds(&guard.audit_sinks()[0]) {
            assert!(Instant::now() < limit, "{:?}", guard.audit_sinks());
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    until(&|status| status.retried >= 20);
    let status = &guard.audit_sinks()[0];
    assert_eq!((status.delivered, status.queued), (0, 1), "{status:?}");
    assert!(status.error.as_ref().unwrap().contains("connection"), "{status:?}");
    *reads.lock().unwrap() = true;
    until(&|status| status.delivered == 1);
    assert!(messages(&got.recv().unwrap())[0].contains("policy_loaded"));
}
