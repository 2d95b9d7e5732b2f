//! What takes too much room or too long.

use super::harness::{Server, call, gate_with, hello, soon};
use hyper::Method;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

async fn limited(limits: &str) -> (Server, super::harness::Gate) {
    let server = Server::start(|_| hello()).await;
    let spec =
        format!("  listen: 127.0.0.1:0\n  upstreams: {{ s: {{ url: '{}' }} }}\n  limits: {{ {limits} }}\n", server.url);
    let gate = gate_with(&spec).await;
    (server, gate)
}

#[tokio::test]
async fn a_body_has_a_largest_size() {
    let (server, gate) = limited("body: 1KiB").await;
    let got = gate.post(&[], &format!("{}{}", call(1, "read"), " ".repeat(1024))).await;
    assert_eq!(got.status, 413);
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn who_dawdles_is_sent_away() {
    let (server, gate) = limited("body_time: 200ms, header_time: 300ms").await;
    let host = format!("Host: {}\r\n", gate.place);
    let kind = "Content-Type: application/json\r\nContent-Length: 100\r\n";
    for (said, answer) in [
        (format!("POST /mcp HTTP/1.1\r\n{host}{kind}\r\n{{\"id\":1"), "HTTP/1.1 408"),
        (format!("POST /mcp HTTP/1.1\r\n{host}X-Slow"), ""),
        (String::new(), ""),
    ] {
        let mut stream = TcpStream::connect(&gate.place).await.unwrap();
        stream.write_all(said.as_bytes()).await.unwrap();
        let (begun, mut heard) = (Instant::now(), Vec::new());
        soon(stream.read_to_end(&mut heard)).await.unwrap();
        let heard = String::from_utf8(heard).unwrap();
        assert!(heard.starts_with(answer) && (heard.is_empty() == answer.is_empty()), "{said:?}: {heard:?}");
        assert!(begun.elapsed() < Duration::from_secs(10));
    }
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn connections_and_sessions_are_counted() {
    let (_server, gate) = limited("connections: 2, sessions: 1").await;
    gate.session(&[]).await;
    let got = gate.post(&[], r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{}}"#).await;
    assert_eq!(got.status, 503, "{got:?}");
    let mut held = TcpStream::connect(&gate.place).await.unwrap();
    held.write_all(b"GET").await.unwrap();
    let mut refused = TcpStream::connect(&gate.place).await.unwrap();
    let mut heard = Vec::new();
    assert_eq!(soon(refused.read_to_end(&mut heard)).await.unwrap_or(0), 0, "one of the client's pool, one held");
}

#[tokio::test]
async fn an_idle_session_ends() {
    let (_server, gate) = limited("session_idle: 1s").await;
    let session = gate.session(&[]).await;
    let named = [("mcp-session-id", session.as_str())];
    let gone = async {
        while gate.ask(Method::DELETE, &[("mcp-session-id", "none")], "").await.status != 404
            || gate.ask(Method::PUT, &named, "").await.status != 405
        {}
        tokio::time::sleep(Duration::from_secs(7)).await;
        gate.post(&named, &call(1, "read")).await.status
    };
    assert_eq!(soon(gone).await, 404);
}

#[tokio::test]
async fn a_path_leads_to_one_server() {
    let (_server, gate) = limited("body: 1MiB").await;
    let mut stream = TcpStream::connect(&gate.place).await.unwrap();
    let said = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", gate.place);
    stream.write_all(said("/mcp/other").as_bytes()).await.unwrap();
    let mut heard = String::new();
    soon(stream.read_to_string(&mut heard)).await.unwrap();
    assert!(heard.starts_with("HTTP/1.1 404"), "{heard}");
    let mut stream = TcpStream::connect(&gate.place).await.unwrap();
    stream.write_all(said("/healthz").as_bytes()).await.unwrap();
    let mut heard = String::new();
    soon(stream.read_to_string(&mut heard)).await.unwrap();
    assert!(heard.starts_with("HTTP/1.1 200") && heard.ends_with(r#"{"status":"ok"}"#), "{heard}");
}
