//! Decisions over HTTP: what they say, what they count, and whether that is what their description says.

use super::harness::{Gate, Got, gate_with};
use hyper::Method;
use serde_json::{Value, json as value};
use std::time::Duration;

const ADA: (&str, &str) = ("authorization", "Bearer one");
const EVE: (&str, &str) = ("authorization", "Bearer two");

async fn gate(more: &str) -> Gate {
    let keys = [
        "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed",
        "3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3",
    ];
    gate_with(&format!(
        "  listen: 127.0.0.1:0
  environment: production
  decisions: {{ permits: 6, permits_per_caller: 4{more} }}
  audit: {{ sinks: [{{ file: {{ path: FOLDER/audit.jsonl }} }}] }}
  identity:
    api_keys:
      - {{ name: ada, sha256: {}, principal: {{ user_id: ada }} }}
      - {{ name: eve, sha256: {}, principal: {{ user_id: eve, role: intern }} }}
",
        keys[0], keys[1]
    ))
    .await
}

/// Holds an answer against the description that the gateway serves.
pub(super) async fn described(gate: &Gate, name: &str, said: &Value) {
    let document: Value =
        serde_json::from_str(&gate.ask_at("/v1/openapi.json", Method::GET, &[], "").await.body).unwrap();
    let mut schema = document.clone();
    schema["$ref"] = Value::from(format!("#/components/schemas/{name}"));
    let wrong: Vec<String> = jsonschema::validator_for(&schema)
        .unwrap()
        .iter_errors(said)
        .map(|error| format!("{error} at {}", error.instance_path()))
        .collect();
    assert!(wrong.is_empty(), "{name}: {wrong:?}: {said}");
}

async fn asked(gate: &Gate, who: (&str, &str), path: &str, body: &Value) -> Got {
    gate.ask_at(path, Method::POST, &[who], &body.to_string()).await
}

/// A good answer, which is as its description says, to a request that is.
async fn good(gate: &Gate, who: (&str, &str), path: &str, body: Value) -> Value {
    let [request, response] = match path {
        "/v1/decide" => ["Call", "Decision"],
        "/v1/settle" => ["Outcome", "Settled"],
        _ => ["Batch", "Decisions"],
    };
    described(gate, request, &body).await;
    let got = asked(gate, who, path, &body).await;
    assert_eq!(got.status, 200, "{got:?}");
    let said: Value = serde_json::from_str(&got.body).unwrap();
    described(gate, response, &said).await;
    said
}

/// A request that nothing is decided for.
async fn bad(gate: &Gate, who: (&str, &str), path: &str, body: &Value) -> (u16, String) {
    let got = asked(gate, who, path, body).await;
    let said: Value = serde_json::from_str(&got.body).unwrap();
    described(gate, "Error", &said).await;
    (got.status.as_u16(), said["error"]["message"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_call_is_decided_and_its_result_judged() {
    let gate = gate(", lease: 30s").await;
    let call = value!({ "tool": "read", "args": { "x": 1 }, "run_id": "r", "call_index": 0 });
    let said = good(&gate, ADA, "/v1/decide", call).await;
    assert_eq!(said["decision"], "allow");
    let permit = said["permit"]["id"].as_str().unwrap();
    assert_eq!(said["permit"]["expires_in_ms"], 30_000);
    let outcome = value!({ "permit": permit, "output": { "text": "his number is 536-90-4399", "n": 1.50 } });
    let settled = good(&gate, ADA, "/v1/settle", outcome.clone()).await;
    assert_eq!((settled["result"].as_str(), settled["contract"].as_str()), (Some("redact"), Some("p/ssn")));
    assert_eq!(settled["output"]["text"], "his number is gone");
    assert_eq!(bad(&gate, ADA, "/v1/settle", &outcome).await.0, 404, "once");
    let said = good(&gate, ADA, "/v1/decide", value!({ "tool": "denied", "args": { "x": 1 } })).await;
    assert_eq!((said["decision"].as_str(), said["message"].as_str()), (Some("deny"), Some("Not this one.")));
    assert!(said["permit"].is_null());
    let said = good(&gate, ADA, "/v1/decide", value!({ "tool": "doubtful", "args": { "x": 1 } })).await;
    assert_eq!((said["decision"].as_str(), said["permit"].is_null()), (Some("ask"), true));
    let said = good(&gate, EVE, "/v1/decide", value!({ "tool": "restricted" })).await;
    assert_eq!(said["contract"], "p/interns", "who calls is what the key says");
}

#[tokio::test]
async fn a_result_may_be_an_error_or_mcps() {
    let gate = gate(", lease: 30s").await;
    for (what, is_error) in [
        (value!({ "error": "no such file" }), true),
        (value!({ "form": "mcp", "output": { "content": [], "isError": true } }), true),
        (value!({ "form": "mcp", "output": { "content": [{ "type": "text", "text": "ok" }] } }), false),
        (value!({ "output": null }), false),
    ] {
        let said = good(&gate, ADA, "/v1/decide", value!({ "tool": "read" })).await;
        let mut outcome = what.clone();
        outcome["permit"] = said["permit"]["id"].clone();
        let settled = good(&gate, ADA, "/v1/settle", outcome).await;
        assert_eq!(
            (settled["result"].as_str(), settled["is_error"].as_bool()),
            (Some("pass"), Some(is_error)),
            "{what}"
        );
    }
}

#[tokio::test]
async fn what_is_reserved_is_spent_by_a_run_and_not_by_a_check() {
    let gate = gate(", lease: 30s").await;
    let call = value!({ "tool": "counted", "session_id": "s" });
    let look = value!({ "tool": "counted", "session_id": "s", "check": true });
    for _ in 0..3 {
        assert_eq!(good(&gate, ADA, "/v1/decide", look.clone()).await["decision"], "allow");
    }
    for _ in 0..2 {
        assert_eq!(good(&gate, ADA, "/v1/decide", call.clone()).await["decision"], "allow");
    }
    let said = good(&gate, ADA, "/v1/decide", call.clone()).await;
    assert_eq!((said["decision"].as_str(), said["message"].as_str()), (Some("deny"), Some("Twice at most.")));
    assert_eq!(good(&gate, ADA, "/v1/decide", look).await["decision"], "deny");
}

#[tokio::test]
async fn a_batch_is_decided_in_order_or_not_at_all() {
    let gate = gate(", lease: 30s").await;
    let calls = value!({ "calls": [{ "tool": "denied", "args": { "x": 1 } }, { "tool": "read" }, { "tool": "read", "check": true }] });
    let said = good(&gate, ADA, "/v1/decide:batch", calls).await;
    let words: Vec<&str> =
        said["decisions"].as_array().unwrap().iter().map(|one| one["decision"].as_str().unwrap()).collect();
    assert_eq!(words, ["deny", "allow", "allow"]);
    assert!(said["decisions"][1]["permit"]["id"].is_string() && said["decisions"][2]["permit"].is_null());
    let (status, says) =
        bad(&gate, ADA, "/v1/decide:batch", &value!({ "calls": [{ "tool": "read" }, { "tol": "x" }] })).await;
    assert!(status == 400 && says.starts_with("calls[1]:"), "{says}");
    let many: Vec<Value> = (0..101).map(|_| value!({ "tool": "read", "check": true })).collect();
    assert_eq!(bad(&gate, ADA, "/v1/decide:batch", &value!({ "calls": many })).await.0, 400);
    assert_eq!(bad(&gate, ADA, "/v1/decide:batch", &value!({ "calls": [] })).await.0, 400);
    let four: Vec<Value> = (0..4).map(|_| value!({ "tool": "read" })).collect();
    assert_eq!(bad(&gate, ADA, "/v1/decide:batch", &value!({ "calls": four })).await.0, 503, "there is one already");
}

#[tokio::test]
async fn what_is_not_a_call_is_not_decided() {
    let gate = gate(", lease: 30s").await;
    for (path, body, says) in [
        ("/v1/decide", value!([]), "an object"),
        ("/v1/decide", value!({ "args": {} }), "needs `tool`"),
        ("/v1/decide", value!({ "tool": "read", "principal": { "user_id": "root" } }), "not the caller's to say"),
        ("/v1/decide", value!({ "tool": "read", "environment": "test" }), "not the caller's to say"),
        ("/v1/decide", value!({ "tool": "read", "timestamp": "2020-01-01T00:00:00Z" }), "not the caller's to say"),
        ("/v1/decide", value!({ "tool": "read", "check": 1 }), "`true` or `false`"),
        ("/v1/decide", value!({ "tool": "read", "argz": {} }), "did you mean `args`?"),
        ("/v1/settle", value!({ "permit": "x" }), "one of them"),
        ("/v1/settle", value!({ "permit": "x", "output": 1, "error": 2 }), "one of them"),
        ("/v1/settle", value!({ "permit": "x", "output": 1, "form": "xml" }), "`plain` or `mcp`"),
        ("/v1/settle", value!({ "output": 1 }), "`permit`"),
    ] {
        let (status, said) = bad(&gate, ADA, path, &body).await;
        assert!(status == 400 && said.contains(says), "{body}: {said}");
    }
    let twice = r#"{"tool":"denied","args":{"x":1},"args":{}}"#;
    let got = gate.ask_at("/v1/decide", Method::POST, &[ADA], twice).await;
    assert_eq!(got.status, 400, "{got:?}");
    assert_eq!(bad(&gate, ("authorization", "Bearer three"), "/v1/decide", &value!({ "tool": "read" })).await.0, 401);
    assert_eq!(bad(&gate, ADA, "/v1/else", &value!({})).await.0, 404);
    assert_eq!(gate.ask_at("/v1/decide", Method::GET, &[ADA], "").await.status, 405);
}

#[tokio::test]
async fn a_permit_is_its_callers_and_not_for_ever() {
    let gate = gate(", lease: 1s").await;
    let said = good(&gate, ADA, "/v1/decide", value!({ "tool": "read" })).await;
    let outcome = value!({ "permit": said["permit"]["id"], "output": 1 });
    assert_eq!(bad(&gate, EVE, "/v1/settle", &outcome).await.0, 404);
    for _ in 0..3 {
        good(&gate, ADA, "/v1/decide", value!({ "tool": "read" })).await;
    }
    let (status, says) = bad(&gate, ADA, "/v1/decide", &value!({ "tool": "read" })).await;
    assert!(status == 503 && says.contains("too many"), "{says}");
    assert_eq!(good(&gate, EVE, "/v1/decide", value!({ "tool": "read" })).await["decision"], "allow");
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert_eq!(bad(&gate, ADA, "/v1/settle", &outcome).await.0, 404, "it is over");
    super::harness::soon(async {
        while asked(&gate, ADA, "/v1/decide", &value!({ "tool": "read" })).await.status != 200 {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        let file = gate.folder.path().join("audit.jsonl");
        while std::fs::read_to_string(&file).unwrap_or_default().matches("unknown_outcome").count() < 4 {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn the_description_is_of_what_is_there() {
    let gate = gate(", lease: 30s").await;
    let document: Value =
        serde_json::from_str(&gate.ask_at("/v1/openapi.json", Method::GET, &[], "").await.body).unwrap();
    let paths: Vec<&String> = document["paths"].as_object().unwrap().keys().collect();
    assert_eq!(paths, ["/v1/decide", "/v1/decide:batch", "/v1/settle", "/v1/approvals", "/v1/approvals/{id}"]);
    for path in &paths[..3] {
        let status = asked(&gate, ADA, path, &value!({ "nothing": 1 })).await.status;
        assert_eq!(status, 400, "{path}");
    }
    let server = super::harness::Server::start(|_| super::harness::hello()).await;
    let without = super::harness::gate(&server).await;
    assert_eq!(without.ask_at("/v1/openapi.json", Method::GET, &[], "").await.status, 404);
    assert_eq!(without.ask_at("/v1/decide", Method::POST, &[], "{}").await.status, 404);
}
