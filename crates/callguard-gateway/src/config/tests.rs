//! Configurations: what reads, and what is wrong where.

#![allow(clippy::unwrap_used, clippy::panic)]

use super::*;
use crate::http::KeyDigest;
use crate::mcp::Route;
use callguard::Principal;
use jsonwebtoken::Algorithm;

const HEAD: &str = "apiVersion: callguard/v1\nkind: Gateway\nmetadata: { name: office }\nspec:\n";

fn read(spec: &str) -> Result<GatewayConfig, String> {
    GatewayConfig::read(Path::new("/etc/gate/gateway.yaml"), &format!("{HEAD}{spec}"))
        .map_err(|error| error.to_string())
}

fn wrong(spec: &str) -> String {
    match read(spec) {
        Ok(config) => panic!("it reads: {config:?}"),
        Err(text) => text,
    }
}

const LEAST: &str = "  policies: [policy.yaml]\n  upstreams: { files: { command: [server, /srv] } }\n";

const WHOLE: &str = "
  listen: 0.0.0.0:443
  tls:
    cert_file: tls/cert.pem
    key_file: /run/key.pem
    client_ca_file: tls/clients.pem
    client_crl_file: tls/revoked.pem
    client_certificates: optional
  public_url: https://gate.example.com
  hosts: [gate.example.com]
  environment: production
  governs: [resources, prompts]
  policies: [policy.yaml, template/file-agent]
  upstreams:
    files:
      command: [npx, server, /srv]
      env: { MODE: quiet, TOKEN: { env: FILES_TOKEN } }
      pins: files.pins.json
    tickets:
      url: https://tickets.example.com/mcp
      headers: { authorization: { file: /run/secrets/tickets } }
      ca_file: ca.pem
      policies: [tickets.yaml]
  identity:
    api_keys:
      - name: ci
        sha256: ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad
        principal: { service_id: ci, role: builder }
    jwt:
      - issuer: https://login.example.com
        jwks: { url: https://login.example.com/keys, ca_file: login.pem, refresh: 10m, retry: 10s }
        audience: [https://old.example.com]
        algorithms: [ES256]
        clock_skew: 10s
        scopes: [mcp:tools]
        required_claims: { tenant: [acme, beta], email_verified: true, ticket: null }
        principal:
          { user_id: sub, service_id: azp, org_id: tenant, role: [realm, role], roles: groups, environment: env, ticket_ref: ticket, claims: [tenant] }
      - { issuer: b, jwks_file: keys.json }
    certificates:
      - { uri: 'spiffe://example.com/*', principal: { role: agent } }
      - { dns: host.example.com }
      - { email: ada@example.com }
      - { common_name: carol }
  decisions: { lease: 1m, permits: 5, permits_per_caller: 2 }
  admin: { listen: 127.0.0.1:9464 }
  approvals: { groups: [oncall] }
  audit: { sinks: [stdout] }
  store: memory
  limits: { body: 1MiB, body_time: 5s, header_time: 10s, connections: 50, sessions: 10, sessions_per_caller: 2, session_idle: 1h }
";

#[test]
fn the_least_has_defaults() {
    let config = read(LEAST).unwrap();
    assert_eq!(config.listen(), "127.0.0.1:8808");
    assert_eq!(config.policies(), ["/etc/gate/policy.yaml"]);
    assert_eq!(config.limits, Limits::default());
    assert_eq!(config.identity.fixed, Some(Principal::default()));
    assert!(config.audit.is_none() && config.tls.is_none());
}

#[test]
fn what_the_reference_shows_of_the_file_holds() {
    let page = include_str!("../../../../docs/reference/gateway.md");
    let shown = page.split("```yaml\nspec:\n").skip(1).filter_map(|rest| rest.split_once("```"));
    let shown: Vec<&str> = shown.map(|(block, _)| block).collect();
    assert!(shown.len() >= 3 && shown.len() == page.matches("```yaml\n").count(), "{shown:?}");
    for block in shown {
        let least: String =
            LEAST.split_inclusive('\n').filter(|line| !block.contains(line.split(':').next().unwrap())).collect();
        let spec = format!("{block}{least}");
        assert!(read(&spec).is_ok(), "{spec}\n{}", read(&spec).unwrap_err());
    }
}

#[test]
fn an_address_that_is_a_variable_is_read_when_it_is_opened() {
    let read = |store: &str| read(&format!("{LEAST}  store: \"{store}\"\n"));
    assert!(read("${env:STORE}").is_ok());
    assert!(read("${env:SCHEME}://h").is_err());
}

#[test]
fn everything_that_can_be_said_is_heard() {
    let config = read(WHOLE).unwrap();
    assert_eq!(config.policies(), ["/etc/gate/policy.yaml", "template/file-agent"]);
    assert_eq!(config.tls.as_ref().unwrap().cert, Path::new("/etc/gate/tls/cert.pem"));
    assert_eq!(config.tls.as_ref().unwrap().key, Path::new("/run/key.pem"));
    assert_eq!(config.upstreams().collect::<Vec<_>>(), ["files", "tickets"]);
    assert_eq!(config.governs, [Route::Resource, Route::Prompt]);
    assert!(read(&format!("{LEAST}  governs: [tools]\n")).unwrap_err().to_string().contains("`tools` is nothing"));
    let all = ["/etc/gate/policy.yaml", "template/file-agent", "/etc/gate/tickets.yaml"];
    assert_eq!(config.policy_sets(), [&all[..2], &all[..]]);
    let WayConfig::Process(files) = &config.upstreams["files"].way else { panic!("no program") };
    assert_eq!(files.args, ["server", "/srv"]);
    assert_eq!(files.env[1], ("TOKEN".to_owned(), EnvValue::Secret(SecretSource::Env("FILES_TOKEN".to_owned()))));
    assert_eq!(config.upstreams["files"].pins.as_deref(), Some(Path::new("/etc/gate/files.pins.json")));
    let keys = &config.identity.keys;
    assert_eq!(keys[0].digest, KeyDigest::of(b"abc"));
    assert_eq!(keys[0].principal.role.as_deref(), Some("builder"));
    assert_eq!((config.limits.body, config.limits.sessions_of_one), (1 << 20, 2));
    assert_eq!(config.limits.session_idle, Duration::from_secs(3_600));
    let clients = config.tls.as_ref().unwrap().clients.as_ref().unwrap();
    assert_eq!((clients.ca.as_path(), clients.is_required), (Path::new("/etc/gate/tls/clients.pem"), false));
    let issuer = &config.identity.issuers[0];
    assert_eq!((issuer.principal.len(), issuer.required.len(), issuer.required[0].accepted.len()), (7, 3, 2));
    assert_eq!((issuer.algorithms.as_slice(), issuer.clock_skew), (&[Algorithm::ES256][..], Duration::from_secs(10)));
    assert_eq!(config.identity.certificates.len(), 4);
    let decisions = config.decisions.unwrap();
    assert_eq!((decisions.lease, decisions.permits, decisions.permits_of_one), (Duration::from_secs(60), 5, 2));
    assert!(config.has_metrics() && config.fixed.has_approvals);
    assert_eq!(config.approvers, ["oncall"]);
}

/// Editors are told of every key that is read.
#[test]
fn all_of_it_is_in_the_schema() {
    let schema: serde_json::Value =
        serde_json::from_str(include_str!("../../../../docs/reference/schemas/Gateway.schema.json")).unwrap();
    let mut sources = callguard::engine::source::Sources::default();
    let id = sources.add("gateway.yaml", format!("{HEAD}{WHOLE}"));
    let (documents, _) = callguard::engine::source::read_documents(&sources, id);
    let written: serde_json::Value = serde_json::from_str(&callguard::write_json(&documents[0].to_value())).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let wrong: Vec<String> =
        validator.iter_errors(&written).map(|error| format!("{error} at {}", error.instance_path())).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    for (spec, code, says) in [
        ("  upstreams: { a: { command: [x] } }\n", "CG0203", "has no `policies`"),
        ("  policies: [p.yaml]\n", "CG0203", "has no `upstreams`"),
        ("  policies: [p.yaml]\n  upstreams: { a: { command: x } }\n", "CG0202", "`command` takes a list"),
        ("  policies: [p.yaml]\n  upstreams: { a: { command: [] } }\n", "CG0202", "a program and its arguments"),
        ("  policies: [p.yaml]\n  upstreams: { a: {} }\n", "CG0202", "either a `url` or a `command`"),
        ("  policies: [p.yaml]\n  upstreams: { a/b: { command: [x] } }\n", "CG0202", "name is part of a path"),
        ("  policies: [p.yaml]\n  upstreams: { a: { url: ftp://x } }\n", "CG0202", "`url` takes"),
        ("  policies: [p.yaml]\n  upstreams: { a: { url: http://u:p@x } }\n", "CG0202", "`url` takes"),
        (
            "  policies: [p.yaml]\n  upstreams: { a: { url: http://x, headers: { host: { env: A } } } }\n",
            "CG0202",
            "no header that",
        ),
    ] {
        let text = wrong(spec);
        assert!(text.contains(says), "{spec}: {text}");
        assert!(text.contains(code) && text.contains("gateway.yaml"), "{spec}: {text}");
    }
    for (spec, says) in [
        ("  listn: x\n", "did you mean `listen`?"),
        ("  listen: here\n", "an address and a port"),
        ("  listen: 0.0.0.0:1\n", "beyond loopback needs `tls`"),
        ("  listen: 0.0.0.0:1\n", "needs `identity` with"),
        ("  public_url: https://g.example/mcp\n", "without a path"),
        ("  public_url: ftp://g.example\n", "without a path"),
        ("  identity: {}\n", "names nobody"),
        ("  identity: { api_keys: [] }\n", "nobody could call"),
        ("  identity: { static: {}, api_keys: [] }\n", "not both"),
        ("  identity: { static: { rol: x } }\n", "rol"),
        ("  identity: { api_keys: [{ name: a, sha256: abc }] }\n", "64 hexadecimal digits"),
        ("  identity: { api_keys: [{ name: a }] }\n", "has no `sha256`"),
        ("  store: mongo://x\n", "CG1061"),
        ("  approvals: { groups: [a] }\n", "answers for their own calls"),
        ("  approvals: {}\n", "has no `groups`"),
        ("  admin: { listen: here }\n", "an address and a port"),
        ("  admin: { metrics: true }\n", "`metrics` is not a key"),
        ("  limits: { body: many }\n", "a size such as"),
        ("  tls: { cert_file: a }\n", "has no `key_file`"),
        ("  tls: { cert_file: a, key_file: b, client_certificates: optional }\n", "has no `client_ca_file`"),
        (
            "  tls: { cert_file: a, key_file: b, client_ca_file: c, client_certificates: no }\n",
            "`required` or `optional`",
        ),
        ("  identity: { certificates: [{ dns: a }] }\n", "who signs"),
        ("  identity: { certificates: [] }\n", "nobody could call"),
        ("  identity: { certificates: [{ principal: {} }] }\n", "by one name"),
        ("  identity: { certificates: [{ dns: a, uri: b }] }\n", "by one name"),
        ("  identity: { certificates: [{ dns: 'a*b*' }] }\n", "one `*`"),
    ] {
        let text = wrong(&format!("{LEAST}{spec}"));
        assert!(text.contains(says), "{spec}: {text}");
    }
}

#[test]
fn two_callers_do_not_share_a_key() {
    let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    let keys = format!("[{{ name: a, sha256: {digest} }}, {{ name: b, sha256: {digest} }}]");
    assert!(wrong(&format!("{LEAST}  identity: {{ api_keys: {keys} }}\n")).contains("stands twice"));
}

/// What is wrong with an issuer that has these keys beside its name.
fn wrong_issuer(keys: &str) -> String {
    wrong(&format!("{LEAST}  identity: {{ jwt: [{{ issuer: i, {keys} }}] }}\n"))
}

#[test]
fn an_issuer_is_read_with_its_defaults() {
    let spec = format!("{LEAST}  identity: {{ jwt: [{{ issuer: i, audience: [a], jwks_file: k.json }}] }}\n");
    let issuer = read(&spec).unwrap().identity.issuers.remove(0);
    assert_eq!(issuer.keys, KeysConfig::File("/etc/gate/k.json".into()));
    assert_eq!(issuer.principal, [("user_id", ClaimPath(vec!["sub".to_owned()]))]);
    assert!(!issuer.algorithms.is_empty() && !issuer.algorithms.contains(&Algorithm::HS256));
    let spec = "  public_url: https://Gate.example/\n  identity: { jwt: [{ issuer: i, jwks: { url: https://i.example/k } }] }\n";
    let config = read(&format!("{LEAST}{spec}")).unwrap();
    assert_eq!(config.public_url.as_deref(), Some("https://gate.example"));
    assert_eq!(config.public_host().as_deref(), Some("gate.example"));
}

#[test]
fn what_is_wrong_with_an_issuer_is_said() {
    for (keys, says) in [
        ("jwks_file: k", "nobody says whom the tokens"),
        ("audience: [a]", "`jwks` or `jwks_file`"),
        ("audience: [a], jwks_file: k, jwks: { url: https://x }", "`jwks` or `jwks_file`"),
        ("audience: [a], jwks: { url: http://x.example/k }", "`url` takes `https://`"),
        ("audience: [a], jwks: { url: https://u:p@x.example/k }", "`url` takes `https://`"),
        ("audience: [a], jwks_file: k, algorithms: [HS256]", "a public key checks"),
        ("audience: [a], jwks_file: k, algorithms: [none]", "a public key checks"),
        ("audience: [a], jwks_file: k, algorithms: []", "a public key checks"),
        ("audience: [a], jwks_file: k, clock_skew: 1h", "ten minutes at most"),
        ("audience: [a], jwks_file: k, scopes: ['a b']", "no spaces"),
        ("audience: [a], jwks_file: k, principal: { rol: x }", "did you mean `role`"),
        ("audience: [a], jwks_file: k, principal: { role: [] }", "the name of a claim"),
    ] {
        let text = wrong_issuer(keys);
        assert!(text.contains(says), "{keys}: {text}");
    }
    let twice = "[{ issuer: i, audience: [a], jwks_file: k }, { issuer: i, audience: [a], jwks_file: k }]";
    assert!(wrong(&format!("{LEAST}  identity: {{ jwt: {twice} }}\n")).contains("stands twice"));
    assert!(wrong(&format!("{LEAST}  identity: {{ jwt: [] }}\n")).contains("nobody could call"));
}

#[test]
fn what_has_a_wrong_shape_is_not_missing_too() {
    let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    for keys in [
        "{ a: b }".to_owned(),
        "text".to_owned(),
        "[text]".to_owned(),
        format!("[{{ name: [a], sha256: {digest} }}]"),
        "[{ name: a, sha256: { b: c } }]".to_owned(),
        format!("[{{ name: a, sha256: {digest}, principal: text }}]"),
    ] {
        let text = wrong(&format!("{LEAST}  identity: {{ api_keys: {keys} }}\n"));
        assert_eq!(text.matches("error[").count(), 1, "{text}");
    }
    for spec in ["  policies: x\n  upstreams: { a: { command: [x] } }\n", "  policies: [p]\n  upstreams: x\n"] {
        assert_eq!(wrong(spec).matches("error[").count(), 1, "{}", wrong(spec));
    }
    assert!(wrong("  policies: []\n  upstreams: { a: { command: [x] } }\n").contains("`policies` is empty"));
}

#[test]
fn a_secret_that_is_written_down_is_not_shown() {
    for spec in [
        "  policies: [p]\n  upstreams: { a: { url: http://x, headers: { authorization: hunter2 } } }\n".to_owned(),
        format!("{LEAST}  store: redis://:hunter2@host\n"),
    ] {
        let text = wrong(&spec);
        assert!(text.contains("is written down") && !text.contains("hunter2"), "{text}");
    }
}

#[test]
fn another_kind_is_no_gateway() {
    let text =
        GatewayConfig::read(Path::new("p.yaml"), "apiVersion: callguard/v1\nkind: Policy\n").unwrap_err().to_string();
    assert!(text.contains("`kind` takes `Gateway`") && !text.contains("has no `spec`"), "{text}");
    assert!(GatewayConfig::read(Path::new("p.yaml"), "").is_err());
    assert!(GatewayConfig::read(Path::new("p.yaml"), &format!("{HEAD}{LEAST}---\na: b\n")).is_err());
}
