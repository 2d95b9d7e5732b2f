//! No frame may hold a call that some reader finds and the judge does not.

use super::harness::{wire, wire_with};

pub(super) const SMUGGLED: &[(&str, i32)] = &[
    (r#"{"id":1,"method":"tools/call","params":{"name":"read","name":"denied"}}"#, -32602),
    (r#"{"id":1,"method":"tools/call","params":{"name":"read","n\u0061me":"denied"}}"#, -32602),
    (r#"{"id":1,"method":"tools/call","params":{"name":"read","Name":"denied"}}"#, -32602),
    (r#"{"id":1,"method":"tools/call","params":{"name":"read","arguments":{"a":1,"a":2}}}"#, -32602),
    (r#"{"id":1,"method":"tools/call","params":{"name":"read","arguments":{},"ARGUMENTS":{}}}"#, -32602),
    (r#"{"id":1,"method":"tools/call","params":{"name":"read","arguments":[]}}"#, -32602),
    (r#"{"id":1,"method":"tools/call","params":{"name":"read","arguments":"{}"}}"#, -32602),
    (r#"{"id":1,"method":"tools/call","params":{"name":"read","arguments":null}}"#, -32602),
    (r#"{"id":1,"method":"tools/call","params":{"name":["read"]}}"#, -32602),
    (r#"{"id":1,"method":"tools/call","params":{"name":"\ud800"}}"#, -32602),
    (r#"{"id":1,"method":"tools/call","params":["read",{}]}"#, -32602),
    (r#"{"id":1,"method":"tools/call","params":{"name":"read","task":{"ttl":1}}}"#, -32602),
    (r#"{"id":1,"method":"tools/call"}"#, -32602),
    (r#"{"id":1,"Method":"tools/call","params":{"name":"denied"}}"#, -32600),
    (r#"{"id":1,"method":"ping","Method":"tools/call","params":{"name":"denied"}}"#, -32600),
    (r#"{"id":1,"method":"ping","method":"tools/call","params":{"name":"denied"}}"#, -32600),
    (r#"{"id":1,"method":"ping","\u006d\u0065thod":"tools/call","params":{"name":"denied"}}"#, -32600),
    (r#"{"id":1,"method":"tools/call","params":{"name":"read"},"Params":{"name":"denied"}}"#, -32600),
    (r#"{"id":1,"method":"Tools/Call","params":{"name":"denied"}}"#, -32600),
    (r#"{"id":1,"method":"tools/call ","params":{"name":"denied"}}"#, -32600),
    (r#"{"id":1,"method":"tools/call\u0000","params":{"name":"denied"}}"#, -32600),
    (r#"{"id":1,"method":"TOOLS/LIST"}"#, -32600),
    (r#"{"id":1,"method":["tools/call"],"params":{"name":"denied"}}"#, -32600),
    (r#"{"id":1,"method":null,"params":{"name":"denied"}}"#, -32600),
    (r#"{"id":1,"method":"tools/call","params":{"name":"read"},"result":{}}"#, -32600),
    (r#"{"method":"tools/call","params":{"name":"denied"}}"#, -32600),
    (r#"{"id":null,"method":"tools/call","params":{"name":"denied"}}"#, -32600),
    (r#"{"id":1e400,"method":"tools/call","params":{"name":"read"}}"#, -32600),
    (r#"{"id":1.5,"method":"ping"}"#, -32600),
    (r#"{"id":{},"method":"ping"}"#, -32600),
    (r#"{"id":1,"id":2,"method":"ping"}"#, -32600),
    (r#"[{"id":1,"method":"tools/call","params":{"name":"denied"}}]"#, -32600),
    (r#"[{"id":1,"method":"ping"}]"#, -32600),
    ("[]", -32600),
    (r#"{"id":1,"method":"ping"}{"id":2,"method":"tools/call","params":{"name":"denied"}}"#, -32600),
    ("{\"id\":1,\"method\":\"ping\"}\0", -32600),
    ("{\"id\":1,\"method\":\"tools/call\0\",\"params\":{\"name\":\"denied\"}}", -32600),
    ("{\"method\":\"x\",\"params\":\r{\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"denied\"}}\r}", -32600),
    ("\u{feff}{\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"denied\"}}", -32600),
    ("{'id':1,'method':'tools/call'}", -32600),
    ("// {\n{\"id\":1", -32600),
    ("\"tools/call\"", -32600),
    ("7", -32600),
];

#[tokio::test]
async fn smuggled_calls_are_refused() {
    for (frame, code) in SMUGGLED {
        let mut wire = wire();
        wire.client.line(frame).await;
        let heard = wire.client.heard().await;
        assert!(heard.contains(&format!("\"error\":{{\"code\":{code},")), "{frame}: {heard}");
        assert!(!heard.contains("denied"), "{frame}: {heard}");
        if frame.contains('\n') {
            continue;
        }
        wire.server_heard_nothing().await;
        assert!(wire.script.log().iter().all(|line| line.ends_with(" refused")), "{frame}");
    }
}

#[tokio::test]
async fn invalid_utf8_is_refused() {
    for frame in
        [&b"{\"id\":1,\"method\":\"tools/call\xff\"}\n"[..], b"{\"id\":1,\"method\":\"x\",\"params\":\"\xc0\xaf\"}\n"]
    {
        let mut wire = wire();
        wire.client.say(frame).await;
        assert!(wire.client.heard().await.contains("the frame is not UTF-8"));
        wire.server_heard_nothing().await;
    }
}

#[tokio::test]
async fn depth_is_bounded() {
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    let medium = "[".repeat(100) + &"]".repeat(100);
    for (frame, code) in [
        (format!(r#"{{"id":1,"method":"x","params":{deep}}}"#), "-32600"),
        (
            format!(r#"{{"id":1,"method":"tools/call","params":{{"name":"read","arguments":{{"a":{deep}}}}}}}"#),
            "-32600",
        ),
        (
            format!(r#"{{"id":1,"method":"tools/call","params":{{"name":"read","arguments":{{"a":{medium}}}}}}}"#),
            "-32602",
        ),
        (format!(r#"{{"id":1,"method":"tools/call","params":{{"name":"read","_meta":{{"a":{medium}}}}}}}"#), "-32602"),
    ] {
        let mut wire = wire();
        wire.client.line(&frame).await;
        assert!(wire.client.heard().await.contains(code));
        wire.server_heard_nothing().await;
    }
}

#[tokio::test]
async fn a_large_argument_is_refused_with_its_id() {
    let mut wire = wire_with(64 << 20);
    let frame = format!(
        r#"{{"id":1,"method":"tools/call","params":{{"name":"read","arguments":{{"a":"{}"}}}}}}"#,
        "x".repeat(50 << 20)
    );
    let client = &mut wire.client;
    client.line(&frame).await;
    let heard = client.heard().await;
    assert!(
        heard.starts_with(r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"#) && heard.len() < 300,
        "{heard:.300}"
    );
    wire.server_heard_nothing().await;
}

#[tokio::test]
async fn an_id_in_flight_is_refused_however_it_is_written() {
    for (first, second) in [("1", "1"), ("1", "\"1\""), ("\"1\"", "1.0"), ("9007199254740993", "9007199254740992")] {
        let mut wire = wire();
        wire.client.line(&format!(r#"{{"id":{first},"method":"ping"}}"#)).await;
        wire.server.heard().await;
        wire.client.line(&format!(r#"{{"id":{second},"method":"tools/call","params":{{"name":"read"}}}}"#)).await;
        let expected =
            r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"a request with this id is in flight"}}"#;
        assert_eq!(wire.client.heard().await, expected);
        wire.server_heard_nothing().await;
    }
}

#[tokio::test]
async fn what_was_meant_as_a_call_is_on_record() {
    for frame in [
        r#"{"id":1,"method":"tools/call","params":{"name":"read","arguments":[]}}"#,
        r#"{"id":1,"method":"Tools/Call","params":{"name":"read"}}"#,
        r#"{"method":"tools/call","params":{"name":"read"}}"#,
    ] {
        let mut wire = wire();
        wire.client.line(frame).await;
        wire.client.heard().await;
        assert_eq!(wire.script.log(), ["\"read\" refused"], "{frame}");
    }
}
