//! Callers by their tokens: which count, whose they are, and what the others are told.

use super::harness::{Answer, Gate, Got, Server, call, gate_with, hello, json, status};
use data_encoding::BASE64URL_NOPAD;
use hyper::Method;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json as value};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

/// A key of an issuer.
struct Signer {
    id: &'static str,
    pair: EcdsaKeyPair,
}

impl Signer {
    fn new(id: &'static str) -> Signer {
        let random = SystemRandom::new();
        let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, made.as_ref(), &random).unwrap();
        Signer { id, pair }
    }

    fn jwk(&self) -> Value {
        let point = self.pair.public_key().as_ref();
        let [x, y] = [&point[1..33], &point[33..]].map(|part| BASE64URL_NOPAD.encode(part));
        value!({ "kty": "EC", "crv": "P-256", "kid": self.id, "x": x, "y": y, "use": "sig" })
    }

    fn sign(&self, header: Value, claims: &str) -> String {
        let [header, claims] =
            [header.to_string().as_str(), claims].map(|part| BASE64URL_NOPAD.encode(part.as_bytes()));
        let said = format!("{header}.{claims}");
        let signed = self.pair.sign(&SystemRandom::new(), said.as_bytes()).unwrap();
        format!("{said}.{}", BASE64URL_NOPAD.encode(signed.as_ref()))
    }

    fn token(&self, changes: Value) -> String {
        self.sign(value!({ "alg": "ES256", "kid": self.id }), &claims(changes).to_string())
    }
}

fn in_seconds(seconds: i64) -> i64 {
    i64::try_from(SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs()).unwrap() + seconds
}

/// Good claims, but for these. `null` takes one away.
fn claims(changes: Value) -> Value {
    let mut claims = value!({
        "iss": "https://login.example", "aud": "https://gate.example/mcp", "sub": "ada", "exp": in_seconds(300),
        "scope": "mcp:tools other", "realm": { "role": "builder" }, "tenant": "acme",
    });
    for (name, change) in changes.as_object().unwrap() {
        claims[name] = change.clone();
        if change.is_null() {
            claims.as_object_mut().unwrap().remove(name);
        }
    }
    claims
}

fn set(signers: &[&Signer]) -> String {
    value!({ "keys": signers.iter().map(|signer| signer.jwk()).collect::<Vec<_>>() }).to_string()
}

async fn answering() -> Server {
    Server::start(|seen| match seen.body.contains("initialize") {
        true => hello(),
        false => json(r#"{"jsonrpc":"2.0","id":1,"result":{"content":[]}}"#),
    })
    .await
}

/// An issuer of which every answer is scripted.
async fn issuer(answer: impl Fn() -> Answer + Send + Sync + 'static) -> Server {
    Server::start(move |_| answer()).await
}

async fn gate(server: &Server, issuer: &Server) -> Gate {
    gate_with(&format!(
        "  listen: 127.0.0.1:0
  public_url: https://gate.example
  hosts: [127.0.0.1]
  upstreams: {{ s: {{ url: '{}' }}, other: {{ command: [true] }} }}
  identity:
    api_keys:
      - {{ name: eve, sha256: 3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3 }}
    jwt:
      - issuer: https://login.example
        jwks: {{ url: '{}', retry: 400ms }}
        required_claims: {{ tenant: [acme, beta] }}
        scopes: ['mcp:tools']
        principal: {{ user_id: sub, role: [realm, role], claims: [tenant] }}
",
        server.url, issuer.url
    ))
    .await
}

async fn asked(gate: &Gate, token: &str, tool: &str) -> Got {
    let bearer = format!("Bearer {token}");
    gate.ask_at("/mcp/s", Method::POST, &[("authorization", &bearer)], &call(1, tool)).await
}

#[tokio::test]
async fn a_token_names_its_principal_and_goes_no_further() {
    let signer = Signer::new("a");
    let keys = set(&[&signer]);
    let (server, issuer) = (answering().await, issuer(move || json(keys.clone())).await);
    let gate = gate(&server, &issuer).await;
    let token = signer.token(value!({}));
    let got = asked(&gate, &token, "restricted").await;
    assert_eq!((got.status.as_u16(), got.body.contains(r#""content":[]"#)), (200, true), "{got:?}");
    let intern = signer.token(value!({ "realm": { "role": "intern" } }));
    assert!(asked(&gate, &intern, "restricted").await.body.contains("Unknown tool: restricted"));
    let seen = server.seen();
    assert_eq!(seen.len(), 2, "the call, and what shows how it answers calls of tools that it lacks");
    let sent = format!("{seen:?}");
    assert!(!sent.contains(&token) && !sent.to_lowercase().contains("authorization"), "{sent}");
    assert_eq!(issuer.seen().len(), 1, "keys are kept");
    let got = gate.ask_at("/mcp/s", Method::POST, &[("authorization", "Bearer two")], &call(1, "read")).await;
    assert_eq!(got.status, 200, "a key counts beside tokens: {got:?}");
}

#[tokio::test]
async fn a_session_is_of_one_subject() {
    let signer = Signer::new("a");
    let keys = set(&[&signer]);
    let (server, issuer) = (answering().await, issuer(move || json(keys.clone())).await);
    let gate = gate(&server, &issuer).await;
    let [ada, again, bob] = [value!({}), value!({ "exp": in_seconds(600) }), value!({ "sub": "bob" })]
        .map(|changes| format!("Bearer {}", signer.token(changes)));
    let hello = r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{}}"#;
    let session = gate.ask_at("/mcp/s", Method::POST, &[("authorization", &ada)], hello).await.session().unwrap();
    for (bearer, status) in [(&again, 200), (&bob, 404)] {
        let headers = [("authorization", bearer.as_str()), ("mcp-session-id", &session)];
        assert_eq!(gate.ask_at("/mcp/s", Method::POST, &headers, &call(1, "read")).await.status, status);
    }
}

#[tokio::test]
async fn what_is_no_good_token_is_refused_with_the_reason() {
    let (signer, stranger) = (Signer::new("a"), Signer::new("a"));
    let keys = set(&[&signer]);
    let (server, issuer) = (answering().await, issuer(move || json(keys.clone())).await);
    let gate = gate(&server, &issuer).await;
    let whole = claims(value!({})).to_string();
    let header = value!({ "alg": "ES256", "kid": "a" });
    let public = signer.jwk().to_string();
    let by_secret = |secret: &[u8]| {
        let said = format!(
            "{}.{}",
            BASE64URL_NOPAD.encode(br#"{"alg":"HS256","kid":"a"}"#),
            BASE64URL_NOPAD.encode(whole.as_bytes())
        );
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret);
        let signed = ring::hmac::sign(&key, said.as_bytes());
        format!("{said}.{}", BASE64URL_NOPAD.encode(signed.as_ref()))
    };
    let unsigned = signer.sign(value!({ "alg": "none" }), &whole);
    let bare = format!("{}.", unsigned.rsplit_once('.').unwrap().0);
    let embedded = value!({ "alg": "ES256", "kid": "b", "jwk": stranger.jwk() });
    let twice = format!("{},\"tenant\":\"x\"}}", whole.trim_end_matches('}'));
    for (token, why) in [
        (signer.token(value!({ "exp": in_seconds(-60) })), "it has expired"),
        (signer.token(value!({ "exp": null })), "lacks"),
        (signer.token(value!({ "exp": "soon" })), "lacks"),
        (signer.token(value!({ "nbf": in_seconds(120) })), "not valid yet"),
        (signer.token(value!({ "iss": "https://evil.example" })), "issuer is not known"),
        (signer.token(value!({ "iss": null })), "no signed token"),
        (signer.token(value!({ "aud": "https://gate.example/mcp/other" })), "somebody else"),
        (signer.token(value!({ "aud": ["https://elsewhere.example"] })), "somebody else"),
        (signer.token(value!({ "aud": null })), "lacks"),
        (signer.token(value!({ "tenant": "evil" })), "must have"),
        (signer.token(value!({ "tenant": null })), "must have"),
        (signer.token(value!({ "realm": { "role": ["builder"] } })), "another shape"),
        (stranger.token(value!({})), "signature is wrong"),
        (by_secret(public.as_bytes()), "kind that is not taken"),
        (by_secret(signer.pair.public_key().as_ref()), "kind that is not taken"),
        (unsigned.clone(), "no signed token"),
        (bare, "no signed token"),
        (stranger.sign(embedded, &whole), "key is not known"),
        (signer.sign(value!({ "alg": "RS256", "kid": "a" }), &whole), "key is not known"),
        (signer.sign(value!({ "alg": "ES384", "kid": "a" }), &whole), "kind that is not taken"),
        (signer.sign(value!({ "alg": "ES256", "kid": "a", "crit": ["b64"] }), &whole), "not known here"),
        (signer.sign(header, &twice), "one way only"),
        ("three".to_owned(), "no signed token"),
        (String::from("a.b.c"), "no signed token"),
    ] {
        let got = asked(&gate, &token, "read").await;
        let told = got.header("www-authenticate");
        assert_eq!(got.status, 401, "{token}: {got:?}");
        assert!(told.starts_with("Bearer error=\"invalid_token\"") && told.contains(why), "{why}: {told}");
        assert!(!got.body.contains("acme") && !told.contains("acme"));
    }
    assert!(server.seen().is_empty());
    // A clock may be off by as much as `clock_skew`.
    for changes in [value!({ "exp": in_seconds(-10) }), value!({ "nbf": in_seconds(10) })] {
        assert_eq!(asked(&gate, &signer.token(changes), "read").await.status, 200);
    }
}

#[tokio::test]
async fn a_client_learns_where_tokens_come_from() {
    let signer = Signer::new("a");
    let keys = set(&[&signer]);
    let (server, issuer) = (answering().await, issuer(move || json(keys.clone())).await);
    let gate = gate(&server, &issuer).await;
    let got = gate.ask_at("/mcp/s", Method::POST, &[], &call(1, "read")).await;
    let told = "Bearer scope=\"mcp:tools\", resource_metadata=\"https://gate.example/.well-known/oauth-protected-resource/mcp/s\"";
    assert_eq!((got.status.as_u16(), got.header("www-authenticate")), (401, told));
    for path in ["", "/mcp", "/mcp/s"] {
        let well_known = format!("/.well-known/oauth-protected-resource{path}");
        let got = gate.ask_at(&well_known, Method::GET, &[], "").await;
        let document: Value = serde_json::from_str(&got.body).unwrap();
        assert_eq!(document["resource"], format!("https://gate.example{path}"));
        assert_eq!(document["authorization_servers"], value!(["https://login.example"]));
        assert_eq!(document["scopes_supported"], value!(["mcp:tools"]));
        assert_eq!(document["bearer_methods_supported"], value!(["header"]));
    }
    let got = gate.ask_at("/.well-known/oauth-protected-resource/else", Method::GET, &[], "").await;
    assert_eq!(got.status, 401);
    let got = asked(&gate, &signer.token(value!({ "scope": "other" })), "read").await;
    let told = got.header("www-authenticate");
    assert_eq!(got.status, 403, "{got:?}");
    assert!(told.contains("error=\"insufficient_scope\"") && told.contains("scope=\"mcp:tools\""), "{told}");
    assert!(told.contains("resource_metadata="), "{told}");
    let got = asked(&gate, &signer.token(value!({ "scope": null, "scp": ["mcp:tools"] })), "read").await;
    assert_eq!(got.status, 200, "{got:?}");
}

#[tokio::test]
async fn a_gateway_with_keys_alone_has_no_metadata() {
    let server = answering().await;
    let gate = gate_with(&format!(
        "  listen: 127.0.0.1:0
  upstreams: {{ s: {{ url: '{}' }} }}
  identity: {{ api_keys: [{{ name: eve, sha256: 3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3 }}] }}
",
        server.url
    ))
    .await;
    let got = gate.ask_at("/.well-known/oauth-protected-resource", Method::GET, &[], "").await;
    assert_eq!((got.status.as_u16(), got.header("www-authenticate")), (401, "Bearer"));
}

#[tokio::test]
async fn keys_that_change_are_fetched_but_not_at_will() {
    let (old, new) = (Signer::new("a"), Signer::new("b"));
    let keys = Arc::new(Mutex::new(set(&[&old])));
    let said = Arc::clone(&keys);
    let (server, issuer) = (answering().await, issuer(move || json(said.lock().unwrap().clone())).await);
    let gate = gate(&server, &issuer).await;
    assert_eq!(asked(&gate, &old.token(value!({})), "read").await.status, 200);
    *keys.lock().unwrap() = set(&[&old, &new]);
    for _ in 0..20 {
        let got = asked(&gate, &Signer::new("x").token(value!({})), "read").await;
        assert_eq!(got.status, 401);
    }
    assert!(issuer.seen().len() <= 2, "strangers make no requests");
    tokio::time::sleep(Duration::from_millis(450)).await;
    assert_eq!(asked(&gate, &new.token(value!({})), "read").await.status, 200);
    // What was taken back counts no more once the rest was read again.
    *keys.lock().unwrap() = set(&[&new]);
    tokio::time::sleep(Duration::from_millis(450)).await;
    asked(&gate, &Signer::new("x").token(value!({})), "read").await;
    assert_eq!(asked(&gate, &old.token(value!({})), "read").await.status, 401);
}

#[tokio::test]
async fn an_issuer_that_fails_takes_no_keys_away() {
    let signer = Signer::new("a");
    let keys = set(&[&signer]);
    let fails = Arc::new(Mutex::new(true));
    let failing = Arc::clone(&fails);
    let issuer = issuer(move || if *failing.lock().unwrap() { status(500) } else { json(keys.clone()) }).await;
    let server = answering().await;
    let gate = gate(&server, &issuer).await;
    assert_eq!(asked(&gate, &signer.token(value!({})), "read").await.status, 503, "nobody can tell");
    *fails.lock().unwrap() = false;
    tokio::time::sleep(Duration::from_millis(450)).await;
    assert_eq!(asked(&gate, &signer.token(value!({})), "read").await.status, 200);
    *fails.lock().unwrap() = true;
    tokio::time::sleep(Duration::from_millis(450)).await;
    assert_eq!(asked(&gate, &Signer::new("b").token(value!({})), "read").await.status, 401);
    assert_eq!(asked(&gate, &signer.token(value!({})), "read").await.status, 200, "the keys of before stay");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_a_file_change_with_it() {
    let (old, new) = (Signer::new("a"), Signer::new("b"));
    let server = answering().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys.json");
    std::fs::write(&file, set(&[&old])).unwrap();
    let gate = gate_with(&format!(
        "  listen: 127.0.0.1:0
  upstreams: {{ s: {{ url: '{}' }} }}
  identity: {{ jwt: [{{ issuer: https://login.example, audience: [https://gate.example/mcp], jwks_file: {} }}] }}
",
        server.url,
        file.display()
    ))
    .await;
    assert_eq!(asked(&gate, &old.token(value!({})), "read").await.status, 200);
    assert_eq!(asked(&gate, &new.token(value!({})), "read").await.status, 401);
    std::fs::write(&file, set(&[&new])).unwrap();
    super::harness::soon(async {
        while asked(&gate, &new.token(value!({})), "read").await.status != 200 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await;
    assert_eq!(asked(&gate, &old.token(value!({})), "read").await.status, 401);
}
