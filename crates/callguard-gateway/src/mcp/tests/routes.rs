//! Resources and prompts: judged like calls, answered in their own shape.

use super::harness::{Wire, wire};

const READ: &str = r#"{"jsonrpc":"2.0","id":3,"method":"resources/read","params":{"uri":"file:///a"}}"#;
const PROMPT: &str = r#"{"jsonrpc":"2.0","id":3,"method":"prompts/get","params":{"name":"p","arguments":{"k":"v"}}}"#;

async fn asked(line: &str) -> Wire {
    let mut wire = wire();
    wire.client.line(line).await;
    assert_eq!(wire.server.heard().await, line);
    wire
}

#[tokio::test]
async fn they_are_calls_of_reserved_names() {
    for (line, call) in [
        (READ, r#"mcp:resources/read {"uri":"file:///a"}"#),
        (PROMPT, r#"mcp:prompts/get {"name":"p","arguments":{"k":"v"}}"#),
    ] {
        let mut wire = asked(line).await;
        assert_eq!(wire.script.log(), [call]);
        let answer = r#"{ "id":3, "result":{"contents":[ ],"n":1.50} }"#;
        wire.server.line(answer).await;
        assert_eq!(wire.client.heard().await, answer, "its bytes go on");
    }
}

#[tokio::test]
async fn what_is_denied_is_an_error_and_goes_nowhere() {
    for line in [READ.replace("file:///a", "file:///denied"), PROMPT.replace("\"v\"", "\"denied\"")] {
        let mut wire = wire();
        wire.client.line(&line).await;
        let expected = r#"{"jsonrpc":"2.0","id":3,"error":{"code":-31002,"message":"not this one","data":{"callguard/decision":"deny"}}}"#;
        assert_eq!(wire.client.heard().await, expected);
        wire.client.line(r#"{"jsonrpc":"2.0","method":"ping"}"#).await;
        assert_eq!(wire.server.heard().await, r#"{"jsonrpc":"2.0","method":"ping"}"#);
    }
}

#[tokio::test]
async fn what_comes_back_is_judged_and_keeps_its_shape() {
    let mut wire = asked(READ).await;
    wire.server.line(r#"{"id":3,"result":{"contents":[{"uri":"file:///a","text":"a secret"}]}}"#).await;
    let expected = r#"{"jsonrpc":"2.0","id":3,"result":{"contents":[{"uri":"file:///a","text":"a [gone]"}]}}"#;
    assert_eq!(wire.client.heard().await, expected);
    let mut wire = asked(PROMPT).await;
    wire.server
        .line(r#"{"id":3,"result":{"messages":[{"role":"user","content":{"type":"text","text":"a secret"}}]}}"#)
        .await;
    let expected = r#"{"jsonrpc":"2.0","id":3,"result":{"messages":[{"role":"user","content":{"type":"text","text":"a [gone]"}}]}}"#;
    assert_eq!(wire.client.heard().await, expected);
    let mut wire = asked(READ).await;
    wire.server.line(r#"{"id":3,"result":{"contents":[],"contents":[{"text":"secret"}]}}"#).await;
    let expected =
        r#"{"jsonrpc":"2.0","id":3,"error":{"code":-31002,"message":"kept back","data":{"callguard/decision":null}}}"#;
    assert_eq!(wire.client.heard().await, expected, "two readings are none");
}

#[tokio::test]
async fn what_hides_one_is_refused() {
    for line in [
        READ.replace("resources/read", "Resources/Read"),
        READ.replace("\"id\":3,", ""),
        READ.replace(r#""uri":"file:///a""#, r#""uri":"file:///a","uri":"file:///denied""#),
        READ.replace(r#""uri":"file:///a""#, r#""uri":"file:///a","URI":"file:///denied""#),
        READ.replace(r#""file:///a""#, r#"["file:///a"]"#),
        READ.replace(r#"{"uri":"file:///a"}"#, "{}"),
        r#"{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"mcp:resources/read"}}"#.to_owned(),
    ] {
        let mut wire = wire();
        wire.client.line(&line).await;
        assert!(wire.client.heard().await.contains("\"error\""), "{line}");
        wire.client.hang_up().await;
        assert_eq!(wire.server.heard().await, "", "{line}");
        assert!(wire.script.log().iter().any(|noted| noted.ends_with("refused")), "{line}");
    }
}
