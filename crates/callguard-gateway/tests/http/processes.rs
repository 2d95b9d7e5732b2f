//! Servers that are programs, behind HTTP.

use super::harness::{Gate, call, gate_with, pieces, soon};
use hyper::Method;
use std::time::Duration;

/// A server in a few lines of shell, which notes its life in the gateway's folder.
const SERVER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/http/server.sh");

async fn gate() -> Gate {
    gate_with(&format!("  listen: 127.0.0.1:0\n  upstreams: {{ s: {{ command: [sh, '{SERVER}', FOLDER] }} }}\n")).await
}

fn file(gate: &Gate, name: &str) -> String {
    std::fs::read_to_string(gate.folder.path().join(name)).unwrap_or_default()
}

#[tokio::test]
async fn each_session_has_a_process_of_its_own() {
    let gate = gate().await;
    let sessions = [gate.session(&[]).await, gate.session(&[]).await];
    for session in &sessions {
        let named = [("mcp-session-id", session.as_str())];
        let got = gate.post(&named, &call(3, "read")).await;
        assert_eq!(got.headers["content-type"], "application/json");
        assert_eq!(got.body, r#"{"jsonrpc":"2.0","id":3,"result":{"content":[{"type":"text","text":"gone"}]}}"#);
        assert!(gate.post(&named, &call(4, "denied")).await.body.contains("Not this one."));
        let mut unasked = pieces(gate.send(Method::GET, &named, "").await.into_body());
        assert_eq!(
            soon(unasked.recv()).await.unwrap(),
            "data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/x\"}\n\n"
        );
        assert_eq!(gate.post(&named, "{\"jsonrpc\":\"2.0\",\n\"method\":\"notifications/y\"}").await.status, 202);
        assert_eq!(gate.ask(Method::DELETE, &named, "").await.status, 200);
        assert_eq!(gate.post(&named, &call(3, "read")).await.status, 404);
    }
    soon(async {
        while file(&gate, "life").matches("end").count() < 2 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    assert_eq!(file(&gate, "life").matches("start").count(), 2);
    assert!(!file(&gate, "heard").contains("denied"));
    assert!(file(&gate, "heard").contains("{\"jsonrpc\":\"2.0\", \"method\":\"notifications/y\"}"), "on one line");
}

#[tokio::test]
async fn an_answer_that_takes_its_time_comes_as_a_stream() {
    let gate = gate().await;
    let session = gate.session(&[]).await;
    let got = gate.post(&[("mcp-session-id", &session)], &call(3, "slow")).await;
    assert_eq!(got.headers["content-type"], "text/event-stream");
    let expected = [r#"{"jsonrpc":"2.0","id":"q","method":"ping"}"#, r#"{"jsonrpc":"2.0","id":3,"result":{}}"#];
    assert_eq!(got.body, expected.map(|line| format!("data: {line}\n\n")).concat());
}

#[tokio::test]
async fn a_process_that_ends_leaves_no_request_without_an_answer() {
    let gate = gate().await;
    let session = gate.session(&[]).await;
    let named = [("mcp-session-id", session.as_str())];
    assert!(gate.post(&named, &call(3, "dies")).await.body.contains(r#""id":3,"error":{"code":-31001"#));
    assert_eq!(gate.post(&named, &call(3, "read")).await.status, 404);
}

#[tokio::test]
async fn without_a_session_a_modern_request_has_a_process_for_itself() {
    let gate = gate().await;
    let modern = r#"{"jsonrpc":"2.0","id":5,"method":"server/discover","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}"#;
    let got = gate.post(&[], modern).await;
    assert!(got.body.contains("-32601") && got.session().is_none(), "{got:?}");
    let got = gate.post(&[], &call(3, "read")).await;
    assert_eq!(got.status, 400, "a legacy request needs a session: {got:?}");
}

#[tokio::test]
async fn a_program_that_is_not_there_is_said_not_to_start() {
    let gate = gate_with("  listen: 127.0.0.1:0\n  upstreams: { s: { command: [/nonexistent/server] } }\n").await;
    let got = gate.post(&[], r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{}}"#).await;
    assert_eq!(got.status, 502);
    assert!(!got.body.contains("nonexistent"), "{got:?}");
}
