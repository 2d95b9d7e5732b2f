//! Callers by the certificates of their connections.

use super::harness::{Gate, Server, call, gate_with, hello, json};
use rcgen::string::Ia5String;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType, IsCa, Issuer, KeyIdMethod, KeyPair,
    KeyUsagePurpose, RevokedCertParams, SanType, SerialNumber, date_time_ymd,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use std::fs::write;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// Signs certificates of clients.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

/// What a client shows.
struct Shown {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

impl Authority {
    fn new() -> Authority {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Authority { issuer: Issuer::new(params, key), pem }
    }

    fn signed(&self, serial: u64, common_name: &str, names: Vec<SanType>) -> Shown {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.serial_number = Some(SerialNumber::from(serial));
        params.distinguished_name.push(DnType::CommonName, common_name);
        params.subject_alt_names = names;
        let key = KeyPair::generate().unwrap();
        let made = params.signed_by(&key, &self.issuer).unwrap();
        let key = PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).unwrap();
        Shown { chain: vec![made.der().clone()], key }
    }

    fn revoking(&self, serial: u64) -> String {
        let revoked = RevokedCertParams {
            serial_number: SerialNumber::from(serial),
            revocation_time: date_time_ymd(2024, 1, 1),
            reason_code: None,
            invalidity_date: None,
        };
        let list = CertificateRevocationListParams {
            this_update: date_time_ymd(2024, 1, 1),
            next_update: date_time_ymd(2090, 1, 1),
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: vec![revoked],
            key_identifier_method: KeyIdMethod::Sha256,
        };
        list.signed_by(&self.issuer).unwrap().pem().unwrap()
    }
}

fn uri(text: &str) -> Vec<SanType> {
    vec![SanType::URI(Ia5String::try_from(text).unwrap())]
}

struct Place {
    gate: Gate,
    own: CertificateDer<'static>,
    _folder: TempDir,
    _server: Server,
}

/// A gateway that takes the authority's certificates, with more lines in `tls`.
async fn place(authority: &Authority, tls: &str, revoked: Option<u64>) -> Place {
    let server = Server::start(|seen| match seen.body.contains("initialize") {
        true => hello(),
        false => json(r#"{"jsonrpc":"2.0","id":1,"result":{"content":[]}}"#),
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let at = |name: &str| folder.path().join(name);
    let put = |path: &Path, text: String| write(path, text).unwrap();
    put(&at("cert.pem"), made.cert.pem());
    put(&at("key.pem"), made.signing_key.serialize_pem());
    put(&at("ca.pem"), authority.pem.clone());
    put(&at("crl.pem"), authority.revoking(revoked.unwrap_or(999)));
    let dir = folder.path().display();
    let gate = gate_with(&format!(
        "  listen: 127.0.0.1:0
  tls: {{ cert_file: {dir}/cert.pem, key_file: {dir}/key.pem, client_ca_file: {dir}/ca.pem, client_crl_file: {dir}/crl.pem{tls} }}
  upstreams: {{ s: {{ url: '{}' }} }}
  identity:
    api_keys: [{{ name: eve, sha256: 3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3 }}]
    certificates:
      - {{ uri: spiffe://example.com/ci, principal: {{ service_id: ci, role: intern }} }}
      - {{ uri: 'spiffe://example.com/agents/*' }}
      - {{ common_name: carol }}
      - {{ dns: host.example.com }}
      - {{ email: ada@example.com }}
",
        server.url
    ))
    .await;
    Place { gate, own: made.cert.der().clone(), _folder: folder, _server: server }
}

impl Place {
    /// What a request over a connection of its own is answered; nothing if there is none.
    async fn ask(&self, shown: Option<Shown>, headers: &str, body: &str) -> String {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(self.own.clone()).unwrap();
        let config = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots);
        let config = match shown {
            Some(shown) => config.with_client_auth_cert(shown.chain, shown.key).unwrap(),
            None => config.with_no_client_auth(),
        };
        let stream = TcpStream::connect(&self.gate.place).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let Ok(mut stream) = TlsConnector::from(Arc::new(config)).connect(name, stream).await else {
            return String::new();
        };
        let length = body.len();
        let head = format!(
            "POST /mcp HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n{headers}Content-Length: {length}\r\n\r\n"
        );
        let mut heard = Vec::new();
        // A side that refuses a certificate ends the connection at any time.
        let _broken = stream.write_all(format!("{head}{body}").as_bytes()).await;
        let _broken = stream.read_to_end(&mut heard).await;
        String::from_utf8(heard).unwrap()
    }
}

const DONE: &str = r#""content":[]"#;
const KEY: &str = "Authorization: Bearer two\r\n";

#[tokio::test]
async fn a_certificate_names_its_caller() {
    let authority = Authority::new();
    let place = place(&authority, "", None).await;
    let names = |names: Vec<SanType>| authority.signed(1, "nobody", names);
    let text = |text: &str| Ia5String::try_from(text).unwrap();
    let dns = names(vec![SanType::DnsName(text("Host.example.com"))]);
    let email = names(vec![SanType::Rfc822Name(text("ada@example.com"))]);
    for shown in [names(uri("spiffe://example.com/agents/a")), authority.signed(1, "carol", Vec::new()), dns, email] {
        let heard = place.ask(Some(shown), "", &call(1, "restricted")).await;
        assert!(heard.starts_with("HTTP/1.1 200") && heard.contains(DONE), "{heard}");
    }
    let heard = place.ask(Some(names(uri("spiffe://example.com/ci"))), "", &call(1, "restricted")).await;
    assert!(heard.contains("Unknown tool: restricted"), "its role is that of the configuration: {heard}");
    for other in ["spiffe://example.com/ci/x", "spiffe://example.com/agents/", "spiffe://evil.example/agents/a"] {
        let heard = place.ask(Some(names(uri(other))), "", &call(1, "read")).await;
        assert!(heard.starts_with("HTTP/1.1 401"), "{other}: {heard}");
    }
}

#[tokio::test]
async fn what_is_shown_in_a_request_counts_before_the_connection() {
    let authority = Authority::new();
    let place = place(&authority, "", None).await;
    let ci = || authority.signed(1, "x", uri("spiffe://example.com/ci"));
    assert!(place.ask(Some(ci()), KEY, &call(1, "restricted")).await.contains(DONE));
    let heard = place.ask(Some(ci()), "Authorization: Bearer wrong\r\n", &call(1, "read")).await;
    assert!(heard.starts_with("HTTP/1.1 401"), "{heard}");
}

#[tokio::test]
async fn strangers_get_no_connection() {
    let authority = Authority::new();
    let strict = place(&authority, "", Some(7)).await;
    let stranger = Authority::new().signed(1, "carol", Vec::new());
    assert_eq!(strict.ask(Some(stranger), KEY, &call(1, "read")).await, "");
    assert_eq!(strict.ask(None, KEY, &call(1, "read")).await, "");
    assert_eq!(strict.ask(Some(authority.signed(7, "carol", Vec::new())), "", &call(1, "read")).await, "", "revoked");
    assert!(strict.ask(Some(authority.signed(8, "carol", Vec::new())), "", &call(1, "read")).await.contains(DONE));
    let lax = place(&authority, ", client_certificates: optional", None).await;
    assert!(lax.ask(None, KEY, &call(1, "read")).await.contains(DONE));
    assert!(lax.ask(None, "", &call(1, "read")).await.starts_with("HTTP/1.1 401"));
    let stranger = Authority::new().signed(1, "carol", Vec::new());
    assert_eq!(lax.ask(Some(stranger), KEY, &call(1, "read")).await, "");
}

#[tokio::test]
async fn a_session_is_of_one_name() {
    let authority = Authority::new();
    let place = place(&authority, "", None).await;
    let agent = |name: &str| authority.signed(1, "x", uri(&format!("spiffe://example.com/agents/{name}")));
    let hello = r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{}}"#;
    let heard = place.ask(Some(agent("a")), "", hello).await;
    let session = heard.lines().find_map(|line| line.strip_prefix("mcp-session-id: ")).unwrap().to_owned();
    let named = format!("Mcp-Session-Id: {session}\r\n");
    assert!(place.ask(Some(agent("a")), &named, &call(1, "read")).await.contains(DONE));
    assert!(place.ask(Some(agent("b")), &named, &call(1, "read")).await.starts_with("HTTP/1.1 404"));
}
