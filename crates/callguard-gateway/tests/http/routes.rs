//! Resources and prompts where a gateway governs them, and where it does not.

use super::harness::{Gate, Server, gate_with, json};
use hyper::Method;

const ETC: &str = r#"{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"file:///etc/passwd"}}"#;
const NOTES: &str = r#"{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"file:///notes"}}"#;
const PROMPT: &str = r#"{"jsonrpc":"2.0","id":1,"method":"prompts/get","params":{"name":"secret-plan"}}"#;
const SEEN: &str =
    r#"{"jsonrpc":"2.0","id":1,"result":{"contents":[{"uri":"file:///notes","text":"it is 123-45-6789"}]}}"#;

async fn gate(governs: &str) -> (Server, Gate) {
    let server = Server::start(|_| json(SEEN)).await;
    let url = &server.url;
    let spec = format!("  listen: 127.0.0.1:0\n{governs}  upstreams: {{ s: {{ url: '{url}' }} }}\n");
    (server, gate_with(&spec).await)
}

async fn said(gate: &Gate, body: &str) -> String {
    gate.ask_at("/mcp/s", Method::POST, &[], body).await.body
}

#[tokio::test]
async fn governed_they_are_judged_before_and_after() {
    let (server, gate) = gate("  governs: [resources, prompts]\n").await;
    assert!(said(&gate, ETC).await.contains("Not that file."));
    assert!(said(&gate, PROMPT).await.contains("Not that prompt."));
    assert!(server.seen().is_empty(), "nothing of it reached the server");
    let notes = said(&gate, NOTES).await;
    assert!(notes.contains("it is gone") && notes.contains("file:///notes"), "{notes}");
}

#[tokio::test]
async fn otherwise_they_go_on_as_they_came() {
    let (server, gate) = gate("").await;
    for body in [ETC, PROMPT, NOTES] {
        assert_eq!(said(&gate, body).await, SEEN);
    }
    assert_eq!(server.seen().len(), 3);
}
