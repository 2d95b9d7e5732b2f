//! Answers: judged where the request was governed, dropped where there was none.

use super::harness::{Wire, wire, wire_with};

async fn called(tool: &str) -> Wire {
    let mut wire = wire();
    let line = format!(r#"{{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{{"name":"{tool}"}}}}"#);
    wire.client.line(&line).await;
    assert_eq!(wire.server.heard().await, line);
    wire.script.log();
    wire
}

#[tokio::test]
async fn a_result_that_may_be_seen_comes_as_it_was_written() {
    let mut wire = called("read").await;
    let line = r#"{ "result": {"content":[{"type":"text","text":"\u0061"}],"isError":false,"n":1.50}, "id":3 }"#;
    wire.server.line(line).await;
    assert_eq!(wire.client.heard().await, line);
    assert_eq!(wire.script.log(), ["read ran"]);
}

#[tokio::test]
async fn a_changed_result_keeps_its_shape() {
    let mut wire = called("read").await;
    wire.server
        .line(r#"{"id":3,"result":{"content":[{"type":"text","text":"a secret"},{"type":"resource","resource":{"uri":"x:secret","text":"secret"}}],"structuredContent":{"k":["secret",1e2]},"isError":true}}"#)
        .await;
    let expected = r#"{"jsonrpc":"2.0","id":3,"result":{"content":[{"type":"text","text":"a [gone]"},{"type":"resource","resource":{"uri":"x:[gone]","text":"[gone]"}}],"structuredContent":{"k":["[gone]",1e2]},"isError":true}}"#;
    assert_eq!(wire.client.heard().await, expected);
    assert_eq!(wire.script.log(), ["read failed"]);
}

#[tokio::test]
async fn an_error_is_judged_too() {
    let mut wire = called("read").await;
    wire.server.line(r#"{"id":3,"error":{"code":-32603,"message":"secret","data":{"trace":"secret"}}}"#).await;
    let expected = r#"{"jsonrpc":"2.0","id":3,"error":{"code":-32603,"message":"[gone]","data":{"trace":"[gone]"}}}"#;
    assert_eq!(wire.client.heard().await, expected);
    assert_eq!(wire.script.log(), ["read failed"]);
}

#[tokio::test]
async fn a_result_that_is_kept_back_becomes_a_refusal() {
    let mut wire = called("withheld").await;
    wire.server.line(r#"{"id":3,"result":{"content":[]}}"#).await;
    let expected = r#"{"jsonrpc":"2.0","id":3,"result":{"content":[{"type":"text","text":"kept back"}],"isError":true,"_meta":{"callguard/decision":"withhold"}}}"#;
    assert_eq!(wire.client.heard().await, expected);
}

#[tokio::test]
async fn a_result_with_two_readings_is_unreadable() {
    for result in [
        r#"{"content":[],"content":["secret"]}"#.to_owned(),
        format!("{}1{}", "[".repeat(100), "]".repeat(100)),
        r#"{"task":{"taskId":"t"}}"#.to_owned(),
        r#"{"resultType":"task","taskId":"t"}"#.to_owned(),
    ] {
        let mut wire = called("read").await;
        wire.server.line(&format!(r#"{{"id":3,"result":{result}}}"#)).await;
        assert!(wire.client.heard().await.contains("kept back"), "{result}");
        assert_eq!(wire.script.log(), ["read unreadable"]);
    }
}

#[tokio::test]
async fn an_answer_is_found_however_its_id_is_written() {
    for id in ["3", "3.0", "30e-1", "\"3\"", "\" 0x3\""] {
        let mut wire = called("read").await;
        wire.server.line(&format!(r#"{{"id":{id},"result":"secret"}}"#)).await;
        assert_eq!(wire.client.heard().await, format!(r#"{{"jsonrpc":"2.0","id":{id},"result":"[gone]"}}"#));
    }
}

#[tokio::test]
async fn an_answer_to_nothing_is_dropped() {
    let mut wire = called("read").await;
    for frame in [
        r#"{"id":4,"result":"secret"}"#,
        r#"{"id":null,"result":"secret"}"#,
        r#"{"id":[3],"result":"secret"}"#,
        r#"{"id":true,"result":"secret"}"#,
        r#"{"result":"secret"}"#,
        r#"{"id":"hello there","error":"secret"}"#,
        r#"{"ID":3,"Result":"secret"}"#,
        r#"{"jsonrpc":"2.0","id":3,"result":"secret"#,
        "not JSON, secret",
        "[1,2",
    ] {
        wire.server.line(frame).await;
        wire.client_heard_nothing().await;
        let remarks = std::mem::take(&mut *wire.remarks.lock().unwrap());
        assert!(remarks.len() == 1 && !remarks[0].contains("secret"), "{frame}: {remarks:?}");
    }
    assert_eq!(wire.script.log(), [""; 0]);
}

#[tokio::test]
async fn an_answer_with_two_readings_fails_its_request() {
    for frame in [
        r#"{"id":3,"result":"secret","result":1}"#,
        r#"{"id":3,"result":"secret","error":1}"#,
        r#"{"id":3,"method":"x","result":"secret"}"#,
        r#"{"id":3,"Result":"secret"}"#,
        r#"{"id":3,"method":["x"],"result":"secret"}"#,
    ] {
        let mut wire = called("read").await;
        wire.server.line(frame).await;
        let heard = wire.client.heard().await;
        assert!(heard.contains(r#""id":3,"error":{"code":-31000"#) && !heard.contains("secret"), "{heard}");
        assert_eq!(wire.script.log(), ["read lost"]);
    }
}

#[tokio::test]
async fn an_answer_inside_carriage_returns_is_not_passed_on() {
    let mut wire = called("read").await;
    wire.server.say("{\"method\":\"x\",\"params\":\r{\"id\":3,\"result\":\"secret\"}\r}\n").await;
    wire.client_heard_nothing().await;
}

#[tokio::test]
async fn an_answer_that_is_too_large_fails_its_request() {
    let mut wire = wire_with(1_000);
    let request = r#"{"jsonrpc":"2.0","id":3,"method":"x"}"#;
    wire.client.line(request).await;
    wire.server.heard().await;
    wire.server.line(&format!(r#"{{"result":"{}","jsonrpc":"2.0","id":3}}"#, "x".repeat(100_000))).await;
    let expected = r#"{"jsonrpc":"2.0","id":3,"error":{"code":-31000,"message":"the server's answer cannot be read: the frame is too large"}}"#;
    assert_eq!(wire.client.heard().await, expected);
    wire.client.line(&format!(r#"{{"result":"{}","jsonrpc":"2.0","id":4}}"#, "x".repeat(100_000))).await;
    let expected = r#"{"jsonrpc":"2.0","id":4,"error":{"code":-32600,"message":"the frame is too large"}}"#;
    assert_eq!(wire.client.heard().await, expected);
}

#[tokio::test]
async fn hidden_tools_are_not_listed() {
    let mut wire = wire();
    wire.client.line(r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#).await;
    wire.server.heard().await;
    wire.server.line(r#"{"id":1,"result":{"tools":[{"name":"read"},{"name":"hidden"}],"nextCursor":"c"}}"#).await;
    assert_eq!(wire.client.heard().await, r#"{"id":1,"result":{"tools":[{"name":"read"}],"nextCursor":"c"}}"#);
    wire.client.line(r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#).await;
    wire.server.heard().await;
    wire.server.line(r#"{"id":1,"result":{"tools":[{"name":"hidden"}],"tools":[]}}"#).await;
    assert!(wire.client.heard().await.contains("-31000"));
}

#[tokio::test]
async fn the_server_cannot_answer_a_call_that_is_still_judged() {
    let mut wire = wire();
    wire.client.line(r#"{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"slow"}}"#).await;
    wire.server_heard_nothing().await;
    wire.server.line(r#"{"id":3,"result":"secret"}"#).await;
    wire.client_heard_nothing().await;
    wire.script.let_go.notify_one();
    assert!(wire.server.heard().await.contains("slow"));
}
