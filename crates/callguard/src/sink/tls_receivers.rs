//! Receivers over TLS: who is not who the certificate must name gets no byte of an event, and nothing is lost over it.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may")]

use super::certificates::Certificates;
use super::{
    DatadogOptions, DeliveryOptions, OtlpOptions, RemoteAuditSink, Secret, SinkStatus, SplunkHecOptions, WebhookOptions,
};
use crate::Guard;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const POLICY: &str =
    "apiVersion: callguard/v1\nkind: Policy\nmetadata: { name: p }\nspec: { default: allow, unknown_tools: allow }\n";

/// A server whose certificate can be changed, and what it was sent inside of TLS.
struct Server {
    port: u16,
    config: Arc<Mutex<Arc<ServerConfig>>>,
    got: Receiver<Vec<u8>>,
}

impl Server {
    fn new(config: Arc<ServerConfig>) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let config = Arc::new(Mutex::new(config));
        let (shared, (send, got)) = (Arc::clone(&config), channel());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let session = ServerConnection::new(Arc::clone(&shared.lock().unwrap())).unwrap();
                let mut stream = StreamOwned::new(session, stream.unwrap());
                let Some(request) = read(&mut stream) else { continue };
                // Every receiver takes this for success; Splunk's without acknowledgement, too.
                let _gone = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
                send.send(request).unwrap();
            }
        });
        Server { port, config, got }
    }
}

/// A request, if the client speaks TLS with us.
fn read(stream: &mut impl Read) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).to_ascii_lowercase();
        if let Some(end) = text.find("\r\n\r\n") {
            let length = text.lines().find_map(|line| line.strip_prefix("content-length: "))?;
            let whole = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4 + length.parse::<usize>().ok()?;
            assert!(end < whole);
            if bytes.len() >= whole {
                return Some(bytes);
            }
        }
        let count = stream.read(&mut chunk).ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&chunk[..count]);
    }
}

fn until(guard: &Guard, holds: impl Fn(&SinkStatus) -> bool) -> SinkStatus {
    let limit = Instant::now() + Duration::from_secs(30);
    loop {
        let status = guard.audit_sinks().remove(0);
        if holds(&status) {
            return status;
        }
        assert!(Instant::now() < limit, "{status:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

type Make = fn(&str, &DeliveryOptions) -> RemoteAuditSink;

const SINKS: [(&str, Make); 4] = [
    ("webhook", |url, delivery| WebhookOptions::new(url).open(delivery).unwrap()),
    ("splunk", |url, delivery| SplunkHecOptions::new(url, Secret::new("t")).open(delivery).unwrap()),
    ("datadog", |url, delivery| DatadogOptions::new(Secret::new("k")).url(url).open(delivery).unwrap()),
    ("otlp", |url, delivery| OtlpOptions::new(url).open(delivery).unwrap()),
];

#[test]
fn nothing_goes_to_who_is_not_vouched_for_and_all_of_it_to_who_is() {
    let ours = Certificates::new();
    let strangers = Certificates::new();
    for (name, make) in SINKS {
        for (what, config, host, why) in [
            ("a stranger", strangers.server(false), "localhost", "TLS failed: invalid peer certificate"),
            ("another host", ours.server(false), "127.0.0.1", "not valid for name"),
            ("an old certificate", ours.server_as("expired", false), "localhost", "expired"),
        ] {
            let server = Server::new(config);
            let folder = tempfile::tempdir().unwrap();
            let delivery = DeliveryOptions::new(folder.path())
                .ca_file(ours.file("ca.pem"))
                .backoff(Duration::from_millis(1), Duration::from_millis(5))
                .shutdown(Duration::from_millis(20));
            let open = |host: &str| make(&format!("https://{host}:{}", server.port), &delivery);
            let guard = Guard::builder().yaml("p", POLICY).audit(open(host)).build().unwrap();
            let status = until(&guard, |status| status.retried >= 3);
            assert_eq!((status.delivered, status.queued, status.dead), (0, 1, 0), "{name}, {what}: {status:?}");
            let says = status.error.unwrap_or_default();
            assert!(says.contains(why), "{name}, {what}: {says}");
            assert!(server.got.try_recv().is_err(), "{name}, {what}: it was sent something");
            drop(guard);
            // What waited goes out once the receiver is who it says, with what came since.
            *server.config.lock().unwrap() = ours.server(false);
            let guard = Guard::builder().yaml("p", POLICY).audit(open("localhost")).build().unwrap();
            let status = until(&guard, |status| status.queued == 0);
            assert_eq!((status.dropped, status.dead), (0, 0), "{name}, {what}: {status:?}");
            assert!(server.got.recv_timeout(Duration::from_secs(5)).unwrap().starts_with(b"POST "), "{name}, {what}");
        }
    }
}
