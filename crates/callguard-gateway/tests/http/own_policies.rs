//! Policies of one server beside those of the gateway.

use super::harness::{Gate, OWN, POLICY, Server, call, gate_with, json, soon};
use hyper::Method;
use std::time::Duration;

const RAN: &str = r#""content":[]"#;
const NOT_HERE: &str = "Not on this server.";
const NOT_THIS: &str = "Not this one.";

/// `s` has policies of its own, `t` has none.
async fn gate() -> (Server, Gate) {
    let server = Server::start(|_| json(r#"{"jsonrpc":"2.0","id":1,"result":{"content":[]}}"#)).await;
    let url = &server.url;
    let upstreams = format!("{{ s: {{ url: '{url}', policies: [own.yaml] }}, t: {{ url: '{url}' }} }}");
    let gate = gate_with(&format!("  listen: 127.0.0.1:0\n  decisions: {{}}\n  upstreams: {upstreams}\n")).await;
    (server, gate)
}

async fn said(gate: &Gate, server: &str, tool: &str) -> String {
    gate.ask_at(&format!("/mcp/{server}"), Method::POST, &[], &call(1, tool)).await.body
}

async fn decided(gate: &Gate, server: &str) -> String {
    let body = format!(r#"{{"tool":"narrow","server":"{server}","args":{{"x":1}},"check":true}}"#);
    let got = gate.ask_at("/v1/decide", Method::POST, &[], &body).await;
    assert_eq!(got.status, 200, "{got:?}");
    got.body
}

/// Asks until the answer holds what is wanted.
async fn until(gate: &Gate, server: &str, tool: &str, wanted: &str) {
    soon(async {
        while !said(gate, server, tool).await.contains(wanted) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn what_a_server_adds_holds_for_it_alone() {
    let (_server, gate) = gate().await;
    assert!(said(&gate, "s", "narrow").await.contains(NOT_HERE));
    assert!(said(&gate, "t", "narrow").await.contains(RAN));
    for server in ["s", "t"] {
        assert!(said(&gate, server, "denied").await.contains(NOT_THIS), "the gateway's own hold on `{server}` too");
        assert!(said(&gate, server, "read").await.contains(RAN), "{server}");
    }
    assert!(decided(&gate, "s").await.contains(NOT_HERE));
    for server in ["t", "unknown"] {
        assert!(!decided(&gate, server).await.contains(NOT_HERE), "{server}");
    }
}

#[tokio::test]
async fn a_limit_of_the_gateway_counts_on_all_servers_together() {
    let (_server, gate) = gate().await;
    assert!(said(&gate, "s", "counted").await.contains(RAN));
    assert!(said(&gate, "t", "counted").await.contains(RAN));
    for server in ["s", "t"] {
        assert!(said(&gate, server, "counted").await.contains("Twice at most."), "{server}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn policies_that_change_together_count_together_or_not_at_all() {
    let (_server, gate) = gate().await;
    let [policy, own] = ["policy.yaml", "own.yaml"].map(|name| gate.folder.path().join(name));
    std::fs::write(&own, "nonsense").unwrap();
    std::fs::write(&policy, POLICY.replace("tools: denied", "tools: read")).unwrap();
    tokio::time::sleep(Duration::from_millis(900)).await;
    for server in ["s", "t"] {
        assert!(said(&gate, server, "read").await.contains(RAN), "the old policies stay on `{server}`");
    }
    assert!(said(&gate, "s", "narrow").await.contains(NOT_HERE));
    std::fs::write(&own, OWN.replace("tools: narrow", "tools: other")).unwrap();
    until(&gate, "s", "other", NOT_HERE).await;
    assert!(said(&gate, "s", "narrow").await.contains(RAN));
    for server in ["s", "t"] {
        assert!(said(&gate, server, "read").await.contains(NOT_THIS), "{server}");
    }
}
