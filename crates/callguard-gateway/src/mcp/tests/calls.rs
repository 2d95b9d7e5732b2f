//! Calls: judged, forwarded as judged, denied, hidden, cancelled.

use super::harness::{Wire, settle, wire};

fn call(id: &str, tool: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"{tool}","arguments":{{"a":1}}}}}}"#)
}

async fn run_tool(wire: &mut Wire, id: &str) -> String {
    wire.client.line(&call(id, "read")).await;
    wire.server.heard().await
}

#[tokio::test]
async fn an_allowed_call_goes_on_as_it_was_judged() {
    let mut wire = wire();
    wire.client
        .line(r#"{ "x" : [1, 2], "id" : "\u0061", "method":"tools\/call", "params": { "arguments": {"n":1.0e2,"s":"\u0041/"}, "name":"r\u0065ad", "_meta": {"progressToken": 7} }, "jsonrpc":"2.0" }"#)
        .await;
    let expected = r#"{"x":[1, 2],"id":"\u0061","method":"tools/call","params":{"arguments":{"n":1.0e2,"s":"A/"},"name":"read","_meta":{"progressToken":7}},"jsonrpc":"2.0"}"#;
    assert_eq!(wire.server.heard().await, expected);
    assert_eq!(wire.script.log(), [r#"read {"n":1.0e2,"s":"A/"}"#]);
}

#[tokio::test]
async fn a_call_without_arguments_is_judged_with_none() {
    let mut wire = wire();
    let line = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read"}}"#;
    wire.client.line(line).await;
    assert_eq!(wire.server.heard().await, line);
    assert_eq!(wire.script.log(), ["read {}"]);
}

#[tokio::test]
async fn a_denied_call_is_a_result_that_says_no() {
    let mut wire = wire();
    wire.client.line(&call("1e0", "denied")).await;
    let expected = r#"{"jsonrpc":"2.0","id":1e0,"result":{"content":[{"type":"text","text":"not this one"}],"isError":true,"_meta":{"callguard/decision":"deny"}}}"#;
    assert_eq!(wire.client.heard().await, expected);
    wire.server_heard_nothing().await;
}

#[tokio::test]
async fn a_denial_is_complete_in_the_modern_era() {
    let mut wire = wire();
    let meta = r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}"#;
    wire.client
        .line(&format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"denied",{meta}}}}}"#))
        .await;
    assert!(wire.client.heard().await.ends_with(r#""resultType":"complete"}}"#));
}

#[tokio::test]
async fn an_id_is_free_again_once_it_is_answered() {
    let mut wire = wire();
    for _ in 0..3 {
        wire.client.line(&call("1", "denied")).await;
        assert!(wire.client.heard().await.contains("not this one"));
    }
    for _ in 0..3 {
        run_tool(&mut wire, "2").await;
        wire.server.line(r#"{"jsonrpc":"2.0","id":2,"result":{}}"#).await;
        assert_eq!(wire.client.heard().await, r#"{"jsonrpc":"2.0","id":2,"result":{}}"#);
    }
}

#[tokio::test]
async fn a_hidden_tool_answers_as_an_unknown_one() {
    let mut wire = wire();
    wire.handshake("2025-06-18").await;
    wire.client.line(&call("5", "hidden")).await;
    let probe = wire.server.heard().await;
    let id = probe.split('"').nth(7).unwrap().to_owned();
    let expected =
        format!(r#"{{"jsonrpc":"2.0","id":"{id}","method":"tools/call","params":{{"name":"{id}","arguments":{{}}}}}}"#);
    assert_eq!(probe, expected);
    let answer =
        format!(r#"{{"id":"{id}","result":{{"content":[{{"type":"text","text":"Tool {id}?"}}],"isError":true}}}}"#);
    wire.server.line(&answer).await;
    let expected = |id| {
        format!(r#"{{"id":{id},"result":{{"content":[{{"type":"text","text":"Tool hidden?"}}],"isError":true}}}}"#)
    };
    assert_eq!(wire.client.heard().await, expected(5));
    wire.client.line(&call("6", "hidden")).await;
    assert_eq!(wire.client.heard().await, expected(6));
    wire.server_heard_nothing().await;
}

#[tokio::test]
async fn what_a_server_says_before_the_handshake_is_not_kept() {
    let mut wire = wire();
    wire.client.line(&call("5", "hidden")).await;
    let id = wire.server.heard().await.split('"').nth(7).unwrap().to_owned();
    wire.server.line(&format!(r#"{{"id":"{id}","error":{{"code":1,"message":"not yet"}}}}"#)).await;
    let usual = r#"{"jsonrpc":"2.0","id":5,"error":{"code":-32602,"message":"Unknown tool: hidden"}}"#;
    assert_eq!(wire.client.heard().await, usual);
    wire.handshake("2025-06-18").await;
    wire.client.line(&call("6", "hidden")).await;
    let id = wire.server.heard().await.split('"').nth(7).unwrap().to_owned();
    wire.server.line(&format!(r#"{{"id":"{id}","error":{{"code":2,"message":"no {id}"}}}}"#)).await;
    assert_eq!(wire.client.heard().await, r#"{"id":6,"error":{"code":2,"message":"no hidden"}}"#);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_answer_the_probe_is_answered_for() {
    let mut wire = wire();
    wire.handshake("2025-06-18").await;
    wire.client.line(&call("5", "hidden")).await;
    wire.server.heard().await;
    let usual = r#"{"jsonrpc":"2.0","id":5,"error":{"code":-32602,"message":"Unknown tool: hidden"}}"#;
    assert_eq!(wire.client.heard().await, usual);
}

#[tokio::test]
async fn a_verdict_that_takes_its_time_holds_up_nothing_else() {
    let mut wire = wire();
    wire.client.line(&call("1", "slow")).await;
    wire.server_heard_nothing().await;
    assert!(run_tool(&mut wire, "2").await.contains("\"id\":2"));
    wire.script.let_go.notify_one();
    assert!(wire.server.heard().await.contains("\"name\":\"slow\""));
    wire.client.line(&call("3", "slow-denied")).await;
    settle().await;
    wire.script.let_go.notify_one();
    assert!(wire.client.heard().await.contains("not this one"));
}

#[tokio::test]
async fn a_judge_that_breaks_lets_nothing_through() {
    let mut wire = wire();
    wire.client.line(&call("1", "breaks")).await;
    settle().await;
    wire.script.let_go.notify_one();
    let expected = r#"{"jsonrpc":"2.0","id":1,"error":{"code":-31000,"message":"the call could not be judged"}}"#;
    assert_eq!(wire.client.heard().await, expected);
    wire.server_heard_nothing().await;
}

#[tokio::test]
async fn a_call_cancelled_while_it_is_judged_never_runs() {
    let mut wire = wire();
    let cancel = r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#;
    wire.client.line(&call("1", "slow")).await;
    wire.client.line(cancel).await;
    assert_eq!(wire.server.heard().await, cancel);
    wire.script.let_go.notify_one();
    settle().await;
    assert_eq!(wire.script.log(), [r#"slow {"a":1}"#, "slow given back"]);
    wire.server_heard_nothing().await;
    wire.client_heard_nothing().await;
}

#[tokio::test]
async fn a_cancelled_call_that_is_answered_all_the_same_is_judged_all_the_same() {
    let mut wire = wire();
    run_tool(&mut wire, "1").await;
    let cancel = r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1.0}}"#;
    wire.client.line(cancel).await;
    assert_eq!(wire.server.heard().await, cancel);
    wire.server.line(r#"{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"secret"}]}}"#).await;
    let expected = r#"{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"[gone]"}]}}"#;
    assert_eq!(wire.client.heard().await, expected);
}

#[tokio::test]
async fn calls_keep_their_order() {
    let mut wire = wire();
    for number in 0..200 {
        wire.client.line(&call(&number.to_string(), "read")).await;
    }
    for number in 0..200 {
        assert!(wire.server.heard().await.contains(&format!("\"id\":{number},")));
    }
}

#[tokio::test]
async fn batches_are_taken_apart_where_the_version_has_them() {
    let mut wire = wire();
    wire.handshake("2025-03-26").await;
    wire.client.line(&format!("[{}, {}, {{\"method\":\"x\" }}]", call("1", "denied"), call("2", "read"))).await;
    assert!(wire.client.heard().await.contains("not this one"));
    assert_eq!(wire.server.heard().await, format!("[{},{{\"method\":\"x\" }}]", call("2", "read")));
    let batch = r#"[ {"jsonrpc":"2.0", "id":3,"method":"ping"} ]"#;
    wire.client.line(batch).await;
    assert_eq!(wire.server.heard().await, batch);
    wire.client.line(&format!("[{}]", call("4", "denied"))).await;
    assert!(wire.client.heard().await.contains("not this one"));
    wire.client.line("[[]]").await;
    assert!(wire.client.heard().await.contains("-32600"));
    wire.server_heard_nothing().await;
    wire.server.line(r#"[{"id":2,"result":{"a":"secret"}},{"id":3,"result": {}},{"id":9,"result":"x"}]"#).await;
    let expected = r#"[{"jsonrpc":"2.0","id":2,"result":{"a":"[gone]"}},{"id":3,"result": {}}]"#;
    assert_eq!(wire.client.heard().await, expected);
}
