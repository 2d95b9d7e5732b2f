//! The sink `syslog` and rsyslog: every event arrives, whole, over TLS.

use crate::process::{Server, rsyslog_in};
use crate::tls::Certificates;
use callguard::sink::{DeliveryOptions, FileAuditSink, SinkStatus, SyslogFacility, SyslogOptions};
use callguard::{Before, Guard, Object, Output, ToolEnvelope, Value};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

const POLICY: &str =
    "apiVersion: callguard/v1\nkind: Policy\nmetadata: { name: p }\nspec: { default: allow, unknown_tools: allow }\n";

/// By GnuTLS: the driver for OpenSSL of 8.2302 closes connections twice, and then writes its files into others. Speaks TLS
/// alone, and with clients alone whom the authority vouches for; each message is a line.
fn rsyslog(certificates: &Certificates) -> Server {
    let folder = tempfile::tempdir().unwrap();
    certificates.copied(&["ca.pem", "server.pem", "server.key"], folder.path());
    rsyslog_in(folder, |folder, port| {
        let folder = folder.display();
        format!(
            r#"global(workDirectory="{folder}" maxMessageSize="64k" defaultNetstreamDriver="gtls"
  defaultNetstreamDriverCAFile="{folder}/ca.pem" defaultNetstreamDriverCertFile="{folder}/server.pem"
  defaultNetstreamDriverKeyFile="{folder}/server.key" parser.escapeControlCharactersOnReceive="off")
module(load="imtcp" StreamDriver.Name="gtls" StreamDriver.Mode="1" StreamDriver.AuthMode="x509/certvalid")
input(type="imtcp" address="127.0.0.1" port="{port}")
template(name="line" type="string"
  string="%syslogfacility-text%.%syslogseverity-text% %hostname% %app-name% %msgid% %structured-data%%msg%\n")
action(type="omfile" file="{folder}/out" template="line")
"#
        )
    })
}

fn run(guard: &Guard, number: usize) {
    let mut args = Object::default();
    args.insert("note", Value::from(format!("{number} \"quoted\"\nand ä {}", "x".repeat(number * 97 % 4000))));
    args.insert("more", Value::List(vec![Value::from("y".repeat(4000)); number % 4]));
    let call = ToolEnvelope::new("tool", args, Timestamp::now());
    let Before::Allowed(permit) = guard.before_now(call).unwrap() else { panic!("the policy allows it") };
    drop(permit.start().settle_now(Output::success(Value::Null)).unwrap());
}

/// The events of a file of lines, by id.
fn events(path: &Path, json: impl Fn(&str) -> Option<&str>) -> BTreeMap<String, serde_json::Value> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let parsed = text.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(json(line)?).ok());
    parsed.filter_map(|event| Some((event["event_id"].as_str()?.to_owned(), event))).collect()
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

#[test]
fn rsyslog_gets_every_event_whole_over_tls_through_an_outage() {
    let certificates = Certificates::new();
    let mut server = rsyslog(&certificates);
    let folder = tempfile::tempdir().unwrap();
    let delivery = DeliveryOptions::new(folder.path().join("buffer"))
        .ca_file(certificates.file("ca.pem"))
        .backoff(Duration::from_millis(10), Duration::from_millis(100));
    let sink = SyslogOptions::new(format!("tls://localhost:{}", server.port))
        .facility(SyslogFacility::parse("local3").unwrap())
        .host("h1")
        .identity(certificates.file("client.pem"), certificates.file("client.key"))
        .open(&delivery)
        .unwrap();
    let log = folder.path().join("audit.jsonl");
    let file = FileAuditSink::open(&log).unwrap();
    let guard = Guard::builder().yaml("p", POLICY).audit(sink).audit(file).build().unwrap();
    (0..200).for_each(|number| run(&guard, number));
    guard.flush();
    until(&guard, |status| status.queued == 0 && status.delivered == 401);
    // What it has read it keeps in memory until it has written it.
    std::thread::sleep(Duration::from_millis(500));
    server.kill();
    (200..300).for_each(|number| run(&guard, number));
    guard.flush();
    until(&guard, |status| status.retried >= 3);
    server.start_again();
    let status = until(&guard, |status| status.queued == 0 && status.delivered == 601);
    assert_eq!((status.dropped, status.dead), (0, 0));
    drop(guard);
    let recorded = events(&log, |line| Some(line).filter(|line| line.contains("\"action\"")));
    assert_eq!(recorded.len(), 601);
    let version = env!("CARGO_PKG_VERSION");
    let head = |action: &str| {
        format!("local3.info h1 callguard {action} [origin software=\"callguard\" swVersion=\"{version}\"]")
    };
    let limit = Instant::now() + Duration::from_secs(30);
    let out = server.folder.path().join("out");
    let got = loop {
        let got = events(&out, |line| line.get(line.find("]{")? + 1..));
        if got.len() == recorded.len() || Instant::now() > limit {
            break got;
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    assert_eq!(recorded.keys().collect::<Vec<_>>(), got.keys().collect::<Vec<_>>());
    for (id, event) in &recorded {
        let arrived = &got[id];
        assert_eq!((&arrived["tool_args"], &arrived["action"]), (&event["tool_args"], &event["action"]));
    }
    let text = std::fs::read_to_string(&out).unwrap();
    assert!(text.lines().any(|line| line.starts_with(&head("call_executed"))), "no line begins so");
}

#[test]
fn rsyslog_gets_nothing_from_a_stranger_and_a_stranger_nothing_from_us() {
    let certificates = Certificates::new();
    let server = rsyslog(&certificates);
    let other = Certificates::new();
    let url = format!("tls://localhost:{}", server.port);
    let refused = |ca: &Certificates, options: SyslogOptions| {
        let folder = tempfile::tempdir().unwrap();
        let delivery =
            DeliveryOptions::new(folder.path()).ca_file(ca.file("ca.pem")).shutdown(Duration::from_millis(50));
        let guard = Guard::builder().yaml("p", POLICY).audit(options.open(&delivery).unwrap()).build().unwrap();
        let status = until(&guard, |status| status.retried >= 1);
        assert_eq!((status.delivered, status.queued), (0, 1), "{status:?}");
    };
    let known =
        |options: SyslogOptions| options.identity(certificates.file("client.pem"), certificates.file("client.key"));
    refused(&other, known(SyslogOptions::new(&url)));
    refused(&certificates, SyslogOptions::new(&url));
    refused(&certificates, SyslogOptions::new(&url).identity(other.file("client.pem"), other.file("client.key")));
    std::thread::sleep(Duration::from_millis(300));
    let text = std::fs::read_to_string(server.folder.path().join("out")).unwrap_or_default();
    assert!(!text.contains("policy_loaded"), "{text}");
}
