//! What is read again while calls go on, and other places to listen.

use super::harness::{Gate, POLICY, Server, call, document, gate, gate_with, hello, json, soon};
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

async fn answering() -> Server {
    Server::start(|seen| match seen.body.contains("initialize") {
        true => hello(),
        false => json(r#"{"jsonrpc":"2.0","id":1,"result":{"content":[]}}"#),
    })
    .await
}

/// Asks until the answer holds what is wanted.
async fn until(gate: &Gate, headers: &[(&str, &str)], tool: &str, wanted: &str) {
    soon(async {
        while !gate.post(headers, &call(1, tool)).await.body.contains(wanted) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_changes_counts_at_once_and_a_broken_one_does_not() {
    let server = answering().await;
    let gate = gate(&server).await;
    let policy = gate.folder.path().join("policy.yaml");
    let session = gate.session(&[]).await;
    let named = [("mcp-session-id", session.as_str())];
    assert!(gate.post(&named, &call(1, "read")).await.body.contains(r#""content":[]"#));
    std::fs::write(&policy, POLICY.replace("tools: denied", "tools: read")).unwrap();
    until(&gate, &named, "read", "Not this one.").await;
    std::fs::write(&policy, "nonsense").unwrap();
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert!(gate.post(&named, &call(1, "read")).await.body.contains("Not this one."), "the old policy stays");
    std::fs::write(&policy, POLICY).unwrap();
    until(&gate, &named, "read", r#""content":[]"#).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_that_changes_ends_what_is_no_more() {
    let (server, other) = (answering().await, answering().await);
    let gate = gate(&server).await;
    let session = gate.session(&[]).await;
    let named = [("mcp-session-id", session.as_str())];
    let file = gate.folder.path().join("gateway.yaml");
    let spec =
        |url: &str, listen: &str| document(&format!("  listen: {listen}\n  upstreams: {{ s: {{ url: '{url}' }} }}\n"));
    // Where it listens does not change under way: nothing of it counts.
    std::fs::write(&file, spec(&other.url, "127.0.0.1:1")).unwrap();
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(gate.post(&named, &call(1, "read")).await.status, 200);
    std::fs::write(&file, spec(&other.url, "127.0.0.1:0")).unwrap();
    soon(async {
        while gate.post(&named, &call(1, "read")).await.status != 404 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await;
    other.seen();
    gate.session(&[]).await;
    assert_eq!(other.seen().len(), 1);
}

#[tokio::test]
async fn a_socket_of_the_file_system_is_its_owners() {
    let server = answering().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gate.sock");
    // What a gateway left that was killed.
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let spec = format!("  listen: 'unix:{}'\n  upstreams: {{ s: {{ url: '{}' }} }}\n", path.display(), server.url);
    let gate = gate_with(&spec).await;
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let mut stream = tokio::net::UnixStream::connect(&path).await.unwrap();
    let body = call(1, "denied");
    let head = format!(
        "POST /mcp HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    let mut heard = String::new();
    soon(stream.read_to_string(&mut heard)).await.unwrap();
    assert!(heard.starts_with("HTTP/1.1 200") && heard.contains("Not this one."), "{heard}");
    drop(gate);
}

#[tokio::test]
async fn tls_is_spoken_on_both_sides() {
    let server = answering().await;
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let [cert, key] = ["cert.pem", "key.pem"].map(|name| folder.path().join(name));
    std::fs::write(&cert, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let far = gate_with(&format!(
        "  listen: 127.0.0.1:0\n  tls: {{ cert_file: {}, key_file: {} }}\n  upstreams: {{ s: {{ url: '{}' }} }}\n",
        cert.display(),
        key.display(),
        server.url
    ))
    .await;
    let port = far.place.rsplit_once(':').unwrap().1;
    let near = |ca_file: &str| {
        format!("  listen: 127.0.0.1:0\n  upstreams: {{ s: {{ url: 'https://localhost:{port}/mcp'{ca_file} }} }}\n")
    };
    let trusting = gate_with(&near(&format!(", ca_file: {}", cert.display()))).await;
    let session = trusting.session(&[]).await;
    let got = trusting.post(&[("mcp-session-id", &session)], &call(1, "read")).await;
    assert!(got.body.contains(r#""content":[]"#), "{got:?}");
    let got = gate_with(&near("")).await.post(&[], &call(1, "read")).await;
    assert_eq!(got.status, 502, "a certificate that nobody trusts: {got:?}");
}
