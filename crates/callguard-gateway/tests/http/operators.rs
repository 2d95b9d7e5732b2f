//! What operators ask: probes and metrics.

use super::harness::{Gate, Server, call, gate_with, hello, json, soon};
use hyper::Method;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

async fn answering() -> Server {
    Server::start(|seen| match seen.body.contains("initialize") {
        true => hello(),
        false => json(r#"{"jsonrpc":"2.0","id":1,"result":{"content":[]}}"#),
    })
    .await
}

async fn get(place: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(place).await.unwrap();
    let said = format!("GET {path} HTTP/1.1\r\nHost: 10.0.0.7\r\nConnection: close\r\n\r\n");
    stream.write_all(said.as_bytes()).await.unwrap();
    let mut heard = String::new();
    soon(stream.read_to_string(&mut heard)).await.unwrap();
    heard
}

/// A port that was free a moment ago.
async fn free() -> String {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().to_string()
}

async fn apart(server: &Server) -> (Gate, String) {
    let admin = free().await;
    let spec = format!(
        "  listen: 127.0.0.1:0\n  admin: {{ listen: '{admin}' }}\n  upstreams: {{ s: {{ url: '{}' }} }}\n",
        server.url
    );
    (gate_with(&spec).await, admin)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_counted_is_shown_under_the_names_of_the_dashboard() {
    let server = answering().await;
    let (gate, admin) = apart(&server).await;
    gate.session(&[]).await;
    assert!(gate.post(&[], &call(1, "read")).await.body.contains("content"));
    assert!(gate.post(&[], &call(2, "denied")).await.body.contains("Not this one."));
    let heard = get(&admin, "/metrics").await;
    assert!(heard.starts_with("HTTP/1.1 200") && heard.contains("content-type: text/plain; version=0.0.4"), "{heard}");
    let has = |start: &str, end: &str| heard.lines().any(|line| line.starts_with(start) && line.ends_with(end));
    for (start, end) in [
        ("callguard_calls_total{callguard_contract=\"p/no\",callguard_decision=\"deny\"", " 1"),
        ("callguard_decision_duration_seconds_bucket{callguard_decision=\"allow\"", " 1"),
        ("callguard_policy_reloads_total{callguard_result=\"loaded\"}", " 1"),
        ("callguard_tool_duration_seconds_count", " 1"),
        ("callguard_audit_failures_total", " 0"),
        ("callguard_store_errors_total", " 0"),
        ("callguard_gateway_requests_total{http_response_status_code=\"200\"}", " 3"),
        ("callguard_gateway_sessions", " 1"),
    ] {
        assert!(has(start, end), "{start}: {heard}");
    }
    let got = gate.ask_at("/metrics", Method::GET, &[], "").await;
    assert_eq!(got.status, 404, "they are elsewhere");
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_elsewhere_get_nothing_else() {
    let server = answering().await;
    let (_gate, admin) = apart(&server).await;
    assert!(get(&admin, "/healthz").await.starts_with("HTTP/1.1 200"));
    assert!(get(&admin, "/readyz").await.starts_with("HTTP/1.1 200"));
    assert!(get(&admin, "/mcp").await.starts_with("HTTP/1.1 404"));
    assert!(get(&admin, "/mcp/s").await.starts_with("HTTP/1.1 404"));
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn metrics_where_everybody_asks_need_a_key() {
    let server = answering().await;
    let gate = gate_with(&format!(
        "  listen: 127.0.0.1:0
  admin: {{}}
  upstreams: {{ s: {{ url: '{}' }} }}
  identity: {{ api_keys: [{{ name: eve, sha256: 3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3 }}] }}
",
        server.url
    ))
    .await;
    assert_eq!(gate.ask_at("/metrics", Method::GET, &[], "").await.status, 401);
    let got = gate.ask_at("/metrics", Method::GET, &[("authorization", "Bearer two")], "").await;
    assert!(got.body.contains("callguard_gateway_requests_total{http_response_status_code=\"401\"} 1"), "{got:?}");
    assert_eq!(gate.ask_at("/readyz", Method::GET, &[], "").await.status, 200, "a probe has no key");
}

#[tokio::test]
async fn without_a_word_there_are_no_metrics() {
    let server = answering().await;
    let gate = gate_with(&format!("  listen: 127.0.0.1:0\n  upstreams: {{ s: {{ url: '{}' }} }}\n", server.url)).await;
    assert_eq!(gate.ask_at("/metrics", Method::GET, &[], "").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_whose_sink_wants_nothing_is_not_ready_where_calls_wait_for_events() {
    let server = answering().await;
    // Whoever gets events here wants none of them.
    let receiver = Server::start(|_| super::harness::status(410)).await;
    for (on_failure, status) in [("deny", 503), ("continue", 200)] {
        let gate = gate_with(&format!(
            "  listen: 127.0.0.1:0
  upstreams: {{ s: {{ url: '{}' }} }}
  audit: {{ on_failure: {on_failure}, sinks: [{{ webhook: {{ url: '{}', buffer: {{ path: FOLDER/buffer }} }} }}] }}
",
            server.url, receiver.url
        ))
        .await;
        gate.post(&[], &call(1, "read")).await;
        let got = soon(async {
            loop {
                let got = gate.ask_at("/readyz", Method::GET, &[], "").await;
                if got.body.contains("\"sinks\":\"failing\"") {
                    return got;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        })
        .await;
        assert_eq!(got.status, status, "{got:?}");
    }
}
