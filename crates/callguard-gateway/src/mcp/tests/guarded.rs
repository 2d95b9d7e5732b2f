//! The SDK's guard as the judge.

use super::harness::{Wire, wire_judged_by};
use crate::mcp::guarded::{Context, Guarded};
use callguard::{Guard, Principal};
use std::sync::Arc;

fn guarded(spec: &str) -> Wire {
    let head = "apiVersion: callguard/v1\nkind: Policy\nmetadata: { name: p }\nspec:\n";
    let guard = Guard::from_yaml(format!("{head}{spec}")).unwrap();
    let principal = Principal { role: Some("intern".to_owned()), ..Principal::default() };
    let context = Context { principal, environment: Some("staging".to_owned()), ..Context::default() };
    wire_judged_by(Guarded { guard, context: Arc::new(context) })
}

fn call(id: u32, tool: &str, args: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"{tool}","arguments":{args}}}}}"#)
}

async fn answered(wire: &mut Wire, result: &str) -> String {
    let line = call(1, "read", "{}");
    wire.client.line(&line).await;
    assert_eq!(wire.server.heard().await, line);
    wire.server.line(&format!(r#"{{"jsonrpc":"2.0","id":1,"result":{result}}}"#)).await;
    wire.client.heard().await
}

#[tokio::test]
async fn a_denial_names_the_contract_and_the_policy() {
    let mut wire = guarded(
        r#"  preconditions:
    - { id: no-roots, tools: read, when: { args.path: /, principal.role: intern, environment: staging }, action: deny, message: "Not the root, {principal.role}." }
"#,
    );
    wire.client.line(&call(1, "read", r#"{"path":"/"}"#)).await;
    let heard = wire.client.heard().await;
    assert!(heard.contains(r#""text":"Not the root, \"intern\"."}],"isError":true,"_meta":{"callguard/decision":{"decision":"deny","contract":"p/no-roots","policy_error":false,"policy_version":"sha256:"#), "{heard}");
    wire.server_heard_nothing().await;
}

#[tokio::test]
async fn an_ask_does_not_run_where_nobody_can_be_asked() {
    let mut wire =
        guarded("  preconditions:\n    - { id: ask, tools: read, action: ask, message: A person looks first. }\n");
    wire.client.line(&call(1, "read", "{}")).await;
    let heard = wire.client.heard().await;
    assert!(heard.contains("A person looks first. (a person must approve this, and nobody can be asked"), "{heard}");
    assert!(heard.contains(r#""decision":"ask","contract":"p/ask""#), "{heard}");
    wire.server_heard_nothing().await;
}

#[tokio::test]
async fn a_tool_that_is_never_allowed_is_hidden() {
    let mut wire = guarded(
        "  preconditions:\n    - { id: no, tools: remove, when: { principal.role: intern }, action: deny, message: No. }\n",
    );
    wire.client.line(r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#).await;
    wire.server.heard().await;
    wire.server.line(r#"{"id":1,"result":{"tools":[{"name":"read"},{"name":"remove"}]}}"#).await;
    assert_eq!(wire.client.heard().await, r#"{"id":1,"result":{"tools":[{"name":"read"}]}}"#);
}

#[tokio::test]
async fn an_observed_denial_hides_and_stops_nothing() {
    let mut wire =
        guarded("  mode: observe\n  preconditions:\n    - { id: no, tools: read, action: deny, message: No. }\n");
    wire.client.line(r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#).await;
    wire.server.heard().await;
    let page = r#"{"id":1,"result":{"tools":[{"name":"read"}]}}"#;
    wire.server.line(page).await;
    assert_eq!(wire.client.heard().await, page);
    assert_eq!(answered(&mut wire, "{}").await, r#"{"jsonrpc":"2.0","id":1,"result":{}}"#);
}

const REDACTS: &str = "  postconditions:\n    - { id: ssn, redact: { detect: [us_ssn], with: gone } }\n";
const WITHHOLDS: &str = "  postconditions:\n    - { id: big, when: { output.text: { longer_than: 10 } }, action: withhold, message: Too long. }\n";

#[tokio::test]
async fn results_are_redacted_and_withheld() {
    let shown = answered(&mut guarded(REDACTS), r#"{"content":[{"type":"text","text":"078-05-1120"}]}"#).await;
    assert_eq!(shown, r#"{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"gone"}]}}"#);
    let shown = answered(&mut guarded(WITHHOLDS), r#"{"content":[{"type":"text","text":"0123456789a"}]}"#).await;
    assert_eq!(
        shown,
        r#"{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"Too long."}],"isError":true,"_meta":{"callguard/decision":{"decision":"withhold","contract":"p/big"}}}}"#
    );
}

#[tokio::test]
async fn a_result_that_cannot_be_read_is_withheld_where_a_contract_looks() {
    let twice = r#"{"content":[],"content":[{"type":"text","text":"x"}]}"#;
    let large = format!(r#"{{"content":[{{"type":"text","text":"{}"}}]}}"#, "x".repeat(17 << 20));
    for result in [twice, &large] {
        for spec in [REDACTS, WITHHOLDS] {
            let shown = answered(&mut guarded(spec), result).await;
            assert!(shown.contains(r#""isError":true"#) && shown.len() < 2_000, "{spec} {shown:.300}");
        }
        for spec in [
            "  default: allow\n",
            "  postconditions:\n    - { id: other, tools: write, action: withhold, message: No. }\n",
        ] {
            assert_eq!(
                answered(&mut guarded(spec), result).await,
                format!(r#"{{"jsonrpc":"2.0","id":1,"result":{result}}}"#)
            );
        }
    }
}

#[tokio::test]
async fn limits_count_calls_that_run() {
    let mut wire =
        guarded("  session:\n    - { id: two, tools: read, limit: { calls: 2 }, message: Twice is enough. }\n");
    for _ in 0..2 {
        answered(&mut wire, "{}").await;
    }
    wire.client.line(&call(2, "read", "{}")).await;
    assert!(wire.client.heard().await.contains("Twice is enough."));
}

#[tokio::test]
async fn names_that_are_no_names_are_denied() {
    for name in [r"re\u200bad", " read", r"re\u0000ad", &"x".repeat(300)] {
        let mut wire = guarded("  default: allow\n");
        wire.client.line(&call(1, name, "{}")).await;
        let heard = wire.client.heard().await;
        assert!(heard.contains(r#""isError":true"#) && heard.contains("(schema)"), "{heard}");
        wire.server_heard_nothing().await;
    }
}
