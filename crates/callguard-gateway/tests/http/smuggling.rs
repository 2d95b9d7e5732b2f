//! No request over HTTP may hold a call that some reader finds and the judge does not.

use super::harness::{Server, call, events, gate, hello, json, pieces, soon, status};
use hyper::Method;

const MODERN: &str = r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}"#;

async fn server() -> Server {
    Server::start(|_| json(r#"{"jsonrpc":"2.0","id":1,"result":{"content":[]}}"#)).await
}

#[tokio::test]
async fn a_denied_call_does_not_reach_the_server() {
    let server = server().await;
    let gate = gate(&server).await;
    let got = gate.post(&[], &call(7, "denied")).await;
    assert_eq!(got.status, 200);
    assert!(got.body.contains(r#""id":7"#) && got.body.contains(r#""isError":true"#), "{got:?}");
    assert!(got.body.contains("Not this one.") && got.body.contains(r#""contract":"p/no""#), "{got:?}");
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn what_has_two_readings_is_refused() {
    let server = server().await;
    let gate = gate(&server).await;
    for (body, code) in [
        (r#"{"id":1,"method":"tools/call","params":{"name":"read","name":"denied"}}"#, "-32602"),
        (r#"{"id":1,"method":"tools/call","params":{"name":"read","arguments":{"x":1,"x":2}}}"#, "-32602"),
        (r#"{"id":1,"method":"tools/call","params":{"name":"read","arguments":[]}}"#, "-32602"),
        (r#"{"id":1,"method":"ping","Method":"tools/call","params":{"name":"denied"}}"#, "-32600"),
        (r#"{"id":1,"method":"ping","method":"tools/call","params":{"name":"denied"}}"#, "-32600"),
        (r#"{"id":1,"method":"Tools/Call","params":{"name":"denied"}}"#, "-32600"),
        (r#"{"method":"tools/call","params":{"name":"denied"}}"#, "-32600"),
        (r#"[{"id":1,"method":"tools/call","params":{"name":"denied"}}]"#, "-32600"),
        (r#"[{"id":1,"method":"ping"}]"#, "-32600"),
        (
            "{\"id\":1,\"method\":\"ping\"}\n{\"id\":2,\"method\":\"tools/call\",\"params\":{\"name\":\"denied\"}}",
            "-32600",
        ),
        ("{\"id\":1,\"method\":\"ping\"}{}", "-32600"),
        ("\u{feff}{\"id\":1,\"method\":\"ping\"}", "-32600"),
        ("data: {\"id\":1}\n\n", "-32600"),
    ] {
        let got = gate.post(&[], body).await;
        assert!(got.body.contains(&format!("\"error\":{{\"code\":{code},")), "{body}: {got:?}");
    }
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn headers_that_say_something_else_are_refused() {
    let server = server().await;
    let gate = gate(&server).await;
    let body =
        format!(r#"{{"id":1,"method":"tools/call","params":{{"name":"denied","arguments":{{"x":1}},{MODERN}}}}}"#);
    let version = ("mcp-protocol-version", "2026-07-28");
    for headers in [
        &[version, ("mcp-method", "tools/list")][..],
        &[version, ("mcp-method", "tools/call"), ("mcp-name", "read")],
        &[("mcp-protocol-version", "2025-11-25")],
        &[version, ("mcp-method", "tools/call"), ("mcp-method", "ping")],
        &[version, ("mcp-name", "read"), ("mcp-name", "denied")],
    ] {
        let got = gate.post(headers, &body).await;
        assert_eq!(got.status, 400);
        assert!(got.body.starts_with(r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32020,"#), "{got:?}");
    }
    assert!(server.seen().is_empty());
    let headers = [version, ("mcp-method", "tools/call"), ("mcp-name", "read"), ("mcp-param-x", "1")];
    gate.post(&headers, &body.replace("denied", "read")).await;
    let seen = server.seen().remove(0);
    for (name, value) in headers {
        assert_eq!(seen.header(name), Some(value));
    }
}

#[tokio::test]
async fn what_is_on_several_lines_is_one_message() {
    let server = server().await;
    let gate = gate(&server).await;
    gate.post(&[], "{\"id\":1,\r\n \"method\":\"ping\"\n}").await;
    assert_eq!(server.seen()[0].body, "{\"id\":1,   \"method\":\"ping\" }");
    let odd = r#"{ "id":1 , "method":"x/y","zzz":{"a":1,"a":1e400},"params":[ 1.50 ] }"#;
    gate.post(&[], odd).await;
    assert_eq!(server.seen()[0].body, odd, "what no policy governs is left alone");
}

#[tokio::test]
async fn an_id_in_flight_is_not_taken_twice_in_a_session() {
    let server = Server::start(|seen| match seen.body.contains("initialize") {
        true => hello(),
        false => events([": none yet\n\n"]).open(),
    })
    .await;
    let gate = gate(&server).await;
    let session = gate.session(&[]).await;
    let named = [("mcp-session-id", session.as_str())];
    let first = gate.send(Method::POST, &named, &call(3, "read")).await;
    server.seen();
    for other in [r#"{"jsonrpc":"2.0","id":"3","method":"ping"}"#, r#"{"jsonrpc":"2.0","id":3.0,"method":"ping"}"#] {
        let got = gate.post(&named, other).await;
        assert!(got.body.contains("a request with this id is in flight"), "{got:?}");
    }
    assert!(server.seen().is_empty());
    drop(first);
}

#[tokio::test]
async fn a_split_event_is_one_and_an_answer_comes_once() {
    let result = |text: &str| {
        format!(r#"{{"jsonrpc":"2.0","id":3,"result":{{"content":[{{"type":"text","text":"{text}"}}]}}}}"#)
    };
    let (secret, unasked) = (result("078-05-1120"), result("another"));
    let (head, tail) = secret.split_once(r#""content""#).unwrap();
    let pieces_of = [
        "id: 1\r".to_owned(),
        format!("\ndata: {head}\rda"),
        format!("ta: \"content\"{tail}\r\r"),
        format!("data: {unasked}\n\n"),
        "data: {\"jsonrpc\":\"2.0\",\"id\":4,\"result\":{}}\n\n".to_owned(),
        "data: not json\n\n".to_owned(),
        "data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/x\",\"params\":\"\u{2028}data: {}\"}\n\n".to_owned(),
    ];
    let server = Server::start(move |_| events(pieces_of.clone())).await;
    let got = gate(&server).await.post(&[], &call(3, "read")).await;
    let expected = format!(
        "id: 1\ndata: {}\n\ndata: {{\"jsonrpc\":\"2.0\",\"method\":\"notifications/x\",\"params\":\"\\u2028data: {{}}\"}}\n\n",
        result("gone")
    );
    assert_eq!(got.body, expected);
}

#[tokio::test]
async fn what_only_says_that_it_failed_says_no_more() {
    for (answer, expected) in [
        (status(401).with("www-authenticate", "Bearer resource_metadata=x"), 502),
        (status(302).with("location", "http://evil.example"), 502),
        (json("{\"secret\":\"078-05-1120\"}").status(500), 500),
    ] {
        let answer = std::sync::Mutex::new(Some(answer));
        let server = Server::start(move |_| answer.lock().unwrap().take().unwrap()).await;
        let got = gate(&server).await.post(&[], &call(3, "read")).await;
        assert_eq!(got.status, expected);
        assert!(got.headers.get("www-authenticate").is_none() && got.headers.get("location").is_none());
        assert!(got.body.contains(r#""id":3,"error":{"code":-31001"#) && !got.body.contains("078"), "{got:?}");
    }
}

#[tokio::test]
async fn a_list_is_shortened_in_every_form() {
    let page = r#"{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"read"},{"name":"restricted"}]}}"#;
    for answer in ["json", "events"] {
        let server = Server::start(move |_| match answer {
            "json" => json(page),
            _ => events([format!("data: {page}\n\n")]),
        })
        .await;
        let spec = format!(
            "  listen: 127.0.0.1:0\n  upstreams: {{ s: {{ url: '{}' }} }}\n  identity: {{ static: {{ role: intern }} }}\n",
            server.url
        );
        let gate = super::harness::gate_with(&spec).await;
        let got = gate.post(&[], r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#).await;
        assert!(got.body.contains(r#""tools":[{"name":"read"}]"#), "{got:?}");
    }
}

#[tokio::test]
async fn pieces_come_as_the_server_says_them() {
    let server =
        Server::start(|_| events(["data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/x\"}\n\n"]).open()).await;
    let gate = gate(&server).await;
    let response = gate.send(Method::POST, &[], &call(3, "read")).await;
    let mut pieces = pieces(response.into_body());
    let piece = soon(pieces.recv()).await.unwrap();
    assert_eq!(piece, "data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/x\"}\n\n");
}
