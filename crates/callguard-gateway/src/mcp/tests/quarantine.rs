//! Tools whose definitions nobody has accepted.

use super::harness::{Wire, wire_pinned};
use crate::mcp::pins::Pins;
use callguard::{Value, parse_json};

const ECHO: &str = r#"{"name":"echo","description":"Says it again."}"#;

fn wire() -> Wire {
    let Value::Object(echo) = parse_json(ECHO.as_bytes()).unwrap() else { panic!("no object") };
    wire_pinned(Pins::of([echo]).unwrap())
}

fn call(id: u32, tool: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"{tool}","arguments":{{}}}}}}"#)
}

/// The client lists the tools, and the server has these.
async fn listed(wire: &mut Wire, tools: &str) -> String {
    wire.client.line(r#"{"jsonrpc":"2.0","id":"l","method":"tools/list"}"#).await;
    wire.server.heard().await;
    wire.server.line(&format!(r#"{{"id":"l","result":{{"tools":[{tools}]}}}}"#)).await;
    wire.client.heard().await
}

#[tokio::test]
async fn a_tool_that_is_as_accepted_is_listed_and_called() {
    let mut wire = wire();
    assert!(listed(&mut wire, ECHO).await.contains("Says it again."));
    wire.client.line(&call(1, "echo")).await;
    assert_eq!(wire.server.heard().await, call(1, "echo"));
}

#[tokio::test]
async fn one_that_is_not_is_neither_and_the_others_are() {
    let mut wire = wire();
    let heard = listed(&mut wire, &format!(r#"{ECHO},{{"name":"fresh"}}"#)).await;
    assert!(heard.contains("echo") && !heard.contains("fresh"), "{heard}");
    wire.client.line(&call(1, "fresh")).await;
    // It was not among what was listed: it is asked for again, and is no other than before.
    let asked = wire.server.heard().await;
    assert!(asked.contains("\"method\":\"tools/list\""), "{asked}");
    let id = asked.split("\"id\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    wire.server.line(&format!(r#"{{"id":"{id}","result":{{"tools":[{ECHO},{{"name":"fresh"}}]}}}}"#)).await;
    let heard = wire.client.heard().await;
    assert!(heard.contains("quarantined") && heard.contains(r#""isError":true"#), "{heard}");
    assert!(heard.contains(r#""contract":"(pins)""#), "{heard}");
    let log = wire.script.log();
    assert_eq!(log, ["fresh quarantined: nobody has accepted its definition", "\"fresh\" refused"]);
    wire.client.line(&call(2, "echo")).await;
    assert_eq!(wire.server.heard().await, call(2, "echo"));
}

#[tokio::test]
async fn a_definition_that_changes_within_a_session_counts_at_once() {
    let mut wire = wire();
    listed(&mut wire, ECHO).await;
    wire.server.line(r#"{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}"#).await;
    wire.client.heard().await;
    wire.client.line(&call(1, "echo")).await;
    let asked = wire.server.heard().await;
    let id = asked.split("\"id\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let changed = ECHO.replace("again", "to everybody");
    wire.server.line(&format!(r#"{{"id":"{id}","result":{{"tools":[],"nextCursor":"2"}}}}"#)).await;
    let asked = wire.server.heard().await;
    assert!(asked.contains(r#""cursor":"2""#), "{asked}");
    let id = asked.split("\"id\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    wire.server.line(&format!(r#"{{"id":"{id}","result":{{"tools":[{changed}]}}}}"#)).await;
    assert!(wire.client.heard().await.contains("quarantined"));
    assert!(!listed(&mut wire, &changed).await.contains("everybody"));
    assert!(listed(&mut wire, ECHO).await.contains("again"), "what is as accepted again may be used again");
}

#[tokio::test]
async fn a_server_that_does_not_say_is_not_called() {
    let mut wire = wire();
    wire.client.line(&call(1, "echo")).await;
    let asked = wire.server.heard().await;
    let id = asked.split("\"id\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    wire.server.line(&format!(r#"{{"id":"{id}","error":{{"code":-32600,"message":"not initialized"}}}}"#)).await;
    assert!(wire.client.heard().await.contains("quarantined"));
    wire.server_heard_nothing().await;
}
