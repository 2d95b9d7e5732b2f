//! Calls that wait for a person, and people who answer over HTTP.

use super::decisions::described;
use super::harness::{Gate, Server, call, gate_with, hello, json, soon};
use hyper::Method;
use serde_json::{Value, json as value};
use std::sync::Arc;
use std::time::Duration;

const ADA: (&str, &str) = ("authorization", "Bearer one");
const EVE: (&str, &str) = ("authorization", "Bearer two");
const BOB: (&str, &str) = ("authorization", "Bearer three");

/// Ada calls, Eve is on call, and Bob is in security besides.
async fn gate(more: &str) -> (Arc<Gate>, Server) {
    let server = Server::start(|seen| match seen.body.contains("initialize") {
        true => hello(),
        false => json(r#"{"jsonrpc":"2.0","id":1,"result":{"content":[]}}"#),
    })
    .await;
    let keys = [
        "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed",
        "3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3",
        "8b5b9db0c13db24256c829aa364aa90c6d2eba318b9232a4ab9313b954d3555f",
    ];
    let gate = gate_with(&format!(
        "  listen: 127.0.0.1:0
  upstreams: {{ s: {{ url: '{}' }} }}
  approvals: {{ groups: [oncall] }}
  decisions: {{}}
  audit: {{ sinks: [{{ file: {{ path: FOLDER/audit.jsonl }} }}] }}
  identity:
    api_keys:
      - {{ name: ada, sha256: {}, principal: {{ user_id: ada{more} }} }}
      - {{ name: eve, sha256: {}, principal: {{ user_id: eve, role: oncall }} }}
      - {{ name: bob, sha256: {}, principal: {{ user_id: bob, roles: [oncall, security] }} }}
",
        server.url, keys[0], keys[1], keys[2]
    ))
    .await;
    (Arc::new(gate), server)
}

/// A call that is on its way.
fn calling(gate: &Arc<Gate>, tool: &'static str) -> tokio::task::JoinHandle<String> {
    let gate = Arc::clone(gate);
    tokio::spawn(async move { gate.ask_at("/mcp/s", Method::POST, &[ADA], &call(1, tool)).await.body })
}

/// The one call that waits, once it does.
async fn waiting(gate: &Gate) -> Value {
    soon(async {
        loop {
            let got = gate.ask_at("/v1/approvals", Method::GET, &[EVE], "").await;
            let said: Value = serde_json::from_str(&got.body).unwrap();
            described(gate, "Approvals", &said).await;
            if let Some(one) = said["approvals"].get(0) {
                return one.clone();
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
}

async fn answer(gate: &Gate, who: (&str, &str), id: &Value, body: Value) -> u16 {
    let path = format!("/v1/approvals/{}", id.as_str().unwrap());
    let got = gate.ask_at(&path, Method::POST, &[who], &body.to_string()).await;
    if got.status != 204 {
        described(gate, "Error", &serde_json::from_str(&got.body).unwrap()).await;
    }
    got.status.as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_waits_until_a_person_approves_of_that_very_call() {
    let (gate, server) = gate("").await;
    let called = calling(&gate, "doubtful");
    let one = waiting(&gate).await;
    assert_eq!(
        (one["tool"].as_str(), one["server"].as_str(), one["message"].as_str()),
        (Some("doubtful"), Some("s"), Some("May it?"))
    );
    assert_eq!((one["args"].clone(), one["principal"].clone()), (value!({ "x": 1 }), value!({ "user_id": "ada" })));
    assert!(server.seen().is_empty() && !called.is_finished());
    let yes = value!({ "decision": "approve", "digest": one["digest"] });
    described(&gate, "Answer", &yes).await;
    let other = value!({ "decision": "approve", "digest": "00" });
    assert_eq!(answer(&gate, EVE, &one["id"], other).await, 409, "another call");
    assert_eq!(answer(&gate, ADA, &one["id"], yes.clone()).await, 403, "not on call");
    assert_eq!(answer(&gate, EVE, &value!("none"), yes.clone()).await, 404);
    for wrong in
        [value!({ "decision": "maybe", "digest": one["digest"] }), value!({ "decision": "approve" }), value!([])]
    {
        assert_eq!(answer(&gate, EVE, &one["id"], wrong).await, 400);
    }
    assert!(server.seen().is_empty() && !called.is_finished());
    assert_eq!(answer(&gate, EVE, &one["id"], yes.clone()).await, 204);
    assert!(soon(called).await.unwrap().contains(r#""content":[]"#));
    assert_eq!(server.seen().len(), 1);
    assert_eq!(answer(&gate, EVE, &one["id"], yes).await, 404, "once");
    let file = gate.folder.path().join("audit.jsonl");
    soon(async {
        loop {
            let events = std::fs::read_to_string(&file).unwrap_or_default();
            if events.lines().any(|line| line.contains("approval_granted") && line.contains("eve")) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_refuses_with_a_reason() {
    let (gate, server) = gate("").await;
    let called = calling(&gate, "doubtful");
    let one = waiting(&gate).await;
    let no = value!({ "decision": "refuse", "digest": one["digest"], "why": "not on a Friday" });
    assert_eq!(answer(&gate, EVE, &one["id"], no).await, 204);
    let said = soon(called).await.unwrap();
    assert!(said.contains("isError") && said.contains("not on a Friday"), "{said}");
    assert!(server.seen().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_policy_names_who_may_approve() {
    let (gate, _server) = gate("").await;
    let called = calling(&gate, "secret");
    let one = waiting(&gate).await;
    assert_eq!(one["approvers"], value!([["security"]]));
    let yes = value!({ "decision": "approve", "digest": one["digest"] });
    assert_eq!(answer(&gate, EVE, &one["id"], yes.clone()).await, 403, "the call waits on");
    assert_eq!(answer(&gate, BOB, &one["id"], yes).await, 204);
    assert!(soon(called).await.unwrap().contains(r#""content":[]"#));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_answers_for_calls_of_their_own() {
    let (gate, _server) = gate(", role: oncall").await;
    let called = calling(&gate, "doubtful");
    let one = waiting(&gate).await;
    for decision in ["approve", "refuse"] {
        let own = value!({ "decision": decision, "digest": one["digest"] });
        assert_eq!(answer(&gate, ADA, &one["id"], own).await, 403);
    }
    called.abort();
    // A caller that goes away takes its call along.
    soon(async {
        while gate.ask_at("/v1/approvals", Method::GET, &[EVE], "").await.body != r#"{"approvals":[]}"# {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_answers_ends_as_the_policy_says() {
    let (gate, server) = gate("").await;
    let called = calling(&gate, "hasty");
    let said = soon(called).await.unwrap();
    assert!(said.contains("isError"), "{said}");
    assert!(server.seen().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_waits_for_a_person_too() {
    let (gate, _server) = gate("").await;
    let asking = Arc::clone(&gate);
    let body = value!({ "tool": "doubtful", "args": { "x": 1 } }).to_string();
    let asked = tokio::spawn(async move { asking.ask_at("/v1/decide", Method::POST, &[ADA], &body).await });
    let one = waiting(&gate).await;
    let yes = value!({ "decision": "approve", "digest": one["digest"] });
    assert_eq!(answer(&gate, EVE, &one["id"], yes).await, 204);
    let said: Value = serde_json::from_str(&soon(asked).await.unwrap().body).unwrap();
    assert_eq!((said["decision"].as_str(), said["permit"]["id"].is_string()), (Some("allow"), true), "{said}");
}
