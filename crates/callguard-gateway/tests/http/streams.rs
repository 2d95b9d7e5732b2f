//! Streams that break off and are taken up again.

use super::harness::{Server, call, events, gate, hello, pieces, soon, status};
use hyper::Method;

const RESULT: &str = r#"{"jsonrpc":"2.0","id":3,"result":{"content":[{"type":"text","text":"078-05-1120"}]}}"#;
const SHOWN: &str = r#"{"jsonrpc":"2.0","id":3,"result":{"content":[{"type":"text","text":"gone"}]}}"#;

#[tokio::test]
async fn an_answer_that_comes_by_another_stream_is_judged_there() {
    let server = Server::start(|seen| match (&seen.method, seen.header("last-event-id")) {
        (&Method::POST, _) if seen.body.contains("initialize") => hello(),
        (&Method::POST, _) => events(["id: s/1\ndata:\n\n"]),
        (_, Some("s/1")) => events([format!("id: s/2\ndata: {RESULT}\n\n")]),
        // As a server does whose client may not have got it.
        (_, Some("s/2")) => events([format!("id: s/2\ndata: {RESULT}\n\n")]),
        _ => status(405),
    })
    .await;
    let gate = gate(&server).await;
    let session = gate.session(&[]).await;
    let named = ("mcp-session-id", session.as_str());
    let got = gate.post(&[named], &call(3, "read")).await;
    assert_eq!(got.body, "id: s/1\ndata: \n\n");
    for last in ["s/1", "s/2"] {
        let got = gate.ask(Method::GET, &[named, ("last-event-id", last)], "").await;
        assert_eq!(got.body, format!("id: s/2\ndata: {SHOWN}\n\n"), "after {last}");
    }
    server.seen();
    let other = gate.session(&[]).await;
    let got = gate.ask(Method::GET, &[("mcp-session-id", &other), ("last-event-id", "s/1")], "").await;
    assert_eq!(got.status, 400, "an event of another session: {got:?}");
    assert_eq!(server.seen().len(), 1, "nothing but the handshake reached the server");
}

#[tokio::test]
async fn a_stream_that_ends_early_answers_what_it_owes() {
    let server = Server::start(|_| events([": nothing\n\n"])).await;
    let got = gate(&server).await.post(&[], &call(3, "read")).await;
    assert!(got.body.contains(r#"data: {"jsonrpc":"2.0","id":3,"error":{"code":-31001,"#), "{got:?}");
}

#[tokio::test]
async fn a_server_says_things_unasked() {
    let unasked = r#"{"jsonrpc":"2.0","id":"q","method":"elicitation/create","params":{}}"#;
    let server = Server::start(move |seen| match seen.method {
        Method::POST if seen.body.contains("initialize") => hello(),
        Method::POST => status(202),
        _ => events([format!("data: {unasked}\n\n"), format!("data: {RESULT}\n\n")]).open(),
    })
    .await;
    let gate = gate(&server).await;
    let session = gate.session(&[]).await;
    let named = [("mcp-session-id", session.as_str())];
    let mut heard = pieces(gate.send(Method::GET, &named, "").await.into_body());
    assert_eq!(soon(heard.recv()).await.unwrap(), format!("data: {unasked}\n\n"));
    let answer = r#"{"jsonrpc":"2.0","id":"q","result":{"action":"decline"}}"#;
    let got = gate.post(&named, answer).await;
    assert_eq!((got.status.as_u16(), got.body.as_str()), (202, ""));
    let said: Vec<String> = server.seen().into_iter().map(|seen| seen.body).collect();
    assert_eq!(said.last().map(String::as_str), Some(answer));
    assert!(heard.try_recv().is_err(), "an answer that nobody asked for went no further");
}

#[tokio::test]
async fn a_server_without_streams_of_its_own_says_so() {
    let server = Server::start(|_| status(405)).await;
    let got = gate(&server).await.ask(Method::GET, &[], "").await;
    assert_eq!(got.status, 405);
}
