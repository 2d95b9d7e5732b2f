//! How it ends: either side can go at any time.

use super::harness::wire;
use crate::mcp::relay::Gone;

const CALL: &str = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read"}}"#;

#[tokio::test]
async fn a_server_that_ends_leaves_no_request_without_an_answer() {
    let mut wire = wire();
    wire.client.line(CALL).await;
    wire.client.line(r#"{"jsonrpc":"2.0","id":"p","method":"ping"}"#).await;
    wire.client.line(r#"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"slow"}}"#).await;
    wire.server.heard().await;
    wire.server.heard().await;
    drop(wire.server);
    let mut heard = [wire.client.heard().await, wire.client.heard().await, wire.client.heard().await];
    heard.sort();
    let error = r#""error":{"code":-31001,"message":"the server ended before it answered"}}"#;
    assert_eq!(heard, ["\"p\"", "1", "2"].map(|id| format!(r#"{{"jsonrpc":"2.0","id":{id},{error}"#)));
    assert_eq!(wire.client.heard().await, "");
    assert_eq!(wire.running.await.unwrap(), Gone::Server);
    assert_eq!(wire.script.log(), ["read {}", "slow {}", "read lost"]);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_says_no_more_still_gets_its_answers() {
    let mut wire = wire();
    wire.client.line(CALL).await;
    wire.client.hang_up().await;
    assert_eq!(wire.server.heard().await, CALL);
    assert_eq!(wire.server.heard().await, "");
    wire.server.line(r#"{"id":1,"result":{}}"#).await;
    assert_eq!(wire.client.heard().await, r#"{"id":1,"result":{}}"#);
    wire.server.hang_up().await;
    assert_eq!(wire.running.await.unwrap(), Gone::Client);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_end_is_left_after_a_while() {
    let mut idle = wire();
    idle.client.hang_up().await;
    let before = tokio::time::Instant::now();
    assert_eq!(idle.running.await.unwrap(), Gone::Client);
    assert!(before.elapsed().as_secs() < 2);

    let mut busy = wire();
    busy.client.line(CALL).await;
    busy.client.hang_up().await;
    let before = tokio::time::Instant::now();
    assert_eq!(busy.running.await.unwrap(), Gone::Client);
    assert_eq!(before.elapsed().as_secs(), 10);
}

#[tokio::test]
async fn the_last_line_needs_no_end() {
    let mut wire = wire();
    wire.client.say(r#"{"method":"x"}"#).await;
    wire.client.hang_up().await;
    assert_eq!(wire.server.bytes().await, br#"{"method":"x"}"#);
    wire.server.say(r#"{"method":"y"}"#).await;
    wire.server.hang_up().await;
    assert_eq!(wire.client.bytes().await, br#"{"method":"y"}"#);
}

#[tokio::test]
async fn a_client_that_is_gone_ends_the_relay() {
    let mut wire = wire();
    drop(wire.client);
    wire.server.line(r#"{"method":"x"}"#).await;
    assert_eq!(wire.running.await.unwrap(), Gone::Client);
}
