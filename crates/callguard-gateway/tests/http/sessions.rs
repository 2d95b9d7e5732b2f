//! Whose a session is, and what reaches the server of a client's request.

use super::harness::{Gate, Server, call, gate, gate_with, hello, json, status};
use hyper::Method;

fn keys(server: &Server) -> String {
    // `one` and `two`, as SHA-256.
    let [one, two] = [
        "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed",
        "3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3",
    ];
    format!(
        "  listen: 127.0.0.1:0
  upstreams: {{ s: {{ url: '{}', headers: {{ authorization: {{ file: FOLDER/policy.yaml.token }} }} }} }}
  identity:
    api_keys:
      - {{ name: ada, sha256: {one}, principal: {{ user_id: ada }} }}
      - {{ name: eve, sha256: {two}, principal: {{ user_id: eve, role: intern }} }}
",
        server.url
    )
}

async fn keyed(server: &Server) -> Gate {
    let plain = keys(server).replace(", headers: { authorization: { file: FOLDER/policy.yaml.token } }", "");
    gate_with(&plain).await
}

const ADA: (&str, &str) = ("authorization", "Bearer one");
const EVE: (&str, &str) = ("authorization", "Bearer two");

async fn answering() -> Server {
    Server::start(|seen| match seen.method {
        Method::POST if seen.body.contains("initialize") => hello(),
        Method::POST => json(r#"{"jsonrpc":"2.0","id":1,"result":{"content":[]}}"#),
        Method::DELETE => status(200),
        _ => status(405),
    })
    .await
}

#[tokio::test]
async fn a_session_belongs_to_whom_opened_it() {
    let server = answering().await;
    let gate = keyed(&server).await;
    let session = gate.session(&[ADA]).await;
    assert_ne!(session, "theirs");
    server.seen();
    let named = ("mcp-session-id", session.as_str());
    for method in [Method::POST, Method::GET, Method::DELETE] {
        let got = gate.ask(method.clone(), &[EVE, named], &call(1, "read")).await;
        assert_eq!(got.status, 404, "{method}: {got:?}");
        assert_eq!(gate.ask(method, &[named], &call(1, "read")).await.status, 401);
    }
    assert_eq!(gate.post(&[ADA, ("mcp-session-id", "theirs")], &call(1, "read")).await.status, 404);
    assert_eq!(gate.post(&[ADA, named, named], &call(1, "read")).await.status, 400);
    assert!(server.seen().is_empty());
    assert_eq!(gate.post(&[ADA, named], &call(1, "read")).await.status, 200);
    assert_eq!(server.seen()[0].header("mcp-session-id"), Some("theirs"));
}

#[tokio::test]
async fn who_calls_decides() {
    let server = answering().await;
    let gate = keyed(&server).await;
    assert!(gate.post(&[EVE], &call(1, "restricted")).await.body.contains("Unknown tool: restricted"));
    server.seen();
    assert!(gate.post(&[ADA], &call(1, "restricted")).await.body.contains(r#""content":[]"#));
    let without = gate.post(&[("authorization", "Bearer three")], &call(1, "read")).await;
    assert_eq!((without.status.as_u16(), &without.headers["www-authenticate"]), (401, &"Bearer".parse().unwrap()));
}

#[tokio::test]
async fn what_a_client_says_of_itself_does_not_reach_the_server() {
    let server = answering().await;
    let gate = keyed(&server).await;
    gate.post(&[ADA, ("cookie", "a=b"), ("x-forwarded-for", "1.2.3.4"), ("traceparent", "00-1")], &call(1, "read"))
        .await;
    let seen = server.seen().remove(0);
    assert_eq!(
        (seen.header("authorization"), seen.header("cookie"), seen.header("x-forwarded-for")),
        (None, None, None)
    );
    assert_eq!(seen.header("traceparent"), Some("00-1"));
    assert!(seen.header("user-agent").unwrap().starts_with("callguard/"));
}

#[tokio::test]
async fn the_server_gets_the_gateways_own_credentials() {
    let server = answering().await;
    let token = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(token.path(), "Bearer ours\n").unwrap();
    let spec = keys(&server).replace("FOLDER/policy.yaml.token", &token.path().to_string_lossy());
    let gate = gate_with(&spec).await;
    gate.post(&[ADA], &call(1, "read")).await;
    assert_eq!(server.seen()[0].header("authorization"), Some("Bearer ours"));
}

#[tokio::test]
async fn a_session_ends_when_it_is_ended_on_either_side() {
    let server = answering().await;
    let gate = gate(&server).await;
    let session = gate.session(&[]).await;
    let named = [("mcp-session-id", session.as_str())];
    assert_eq!(gate.ask(Method::DELETE, &named, "").await.status, 200);
    assert_eq!(gate.post(&named, &call(1, "read")).await.status, 404);
    let forgetful = Server::start(|seen| match seen.body.contains("initialize") {
        true => hello(),
        false => status(404),
    })
    .await;
    let gate = super::harness::gate(&forgetful).await;
    let session = gate.session(&[]).await;
    let named = [("mcp-session-id", session.as_str())];
    let got = gate.post(&named, &call(1, "read")).await;
    assert_eq!(got.status, 404, "{got:?}");
    forgetful.seen();
    assert_eq!(gate.post(&named, &call(1, "read")).await.status, 404);
    assert!(forgetful.seen().is_empty(), "the session is gone here too");
}

#[tokio::test]
async fn pages_of_other_places_are_refused() {
    let server = answering().await;
    let gate = gate(&server).await;
    for header in [("origin", "http://evil.example"), ("origin", "null"), ("host", "evil.example")] {
        let got = gate.post(&[header], &call(1, "read")).await;
        assert_eq!(got.status, 403, "{header:?}: {got:?}");
    }
    assert!(server.seen().is_empty());
    assert_eq!(gate.post(&[("origin", "http://localhost:3000")], &call(1, "read")).await.status, 200);
}
