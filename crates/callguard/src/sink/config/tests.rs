#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at what it did not expect")]

use super::*;

const WHOLE: &str = "
audit:
  on_failure: deny
  intent_first: true
  redaction_key: { file: FOLDER/key }
  sinks:
    - stdout
    - file:
        path: FOLDER/audit.jsonl
        sync: every
        checkpoint: { every: 10, after: 5m }
        rotate: { size: 64MiB, after: 1d }
        keep: 30
        compress: true
    - webhook:
        url: http://127.0.0.1:1/hook
        secrets: [{ file: FOLDER/secret }]
        headers: { x-team: { file: FOLDER/token } }
        buffer: { path: FOLDER/webhook, size: 1MiB, when_full: block, durable: true }
        timeout: 500ms
        backoff: { first: 1s, most: 2m }
        shutdown: 100ms
        format: ocsf
    - splunk_hec:
        url: http://127.0.0.1:1
        token: { file: FOLDER/token }
        index: security
        acknowledge: true
        shutdown: 100ms
        buffer: { path: FOLDER/splunk }
    - datadog:
        api_key: { file: FOLDER/token }
        url: http://127.0.0.1:1
        tags: [env:prod]
        shutdown: 100ms
        buffer: { path: FOLDER/datadog }
    - otlp:
        endpoint: http://127.0.0.1:1
        attributes: { deployment.environment.name: prod }
        shutdown: 100ms
        buffer: { path: FOLDER/otlp }
    - syslog:
        url: tcp://127.0.0.1:1
        facility: authpriv
        app_name: agents
        host: h1
        max_message: 8KiB
        shutdown: 100ms
        buffer: { path: FOLDER/syslog }
";

#[cfg(all(feature = "webhook", feature = "splunk", feature = "datadog", feature = "otlp", feature = "syslog"))]
#[test]
fn every_sink_is_read_and_opens() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().to_str().unwrap();
    std::fs::write(folder.path().join("token"), "t0ken\n").unwrap();
    std::fs::write(folder.path().join("key"), "k".repeat(32)).unwrap();
    std::fs::write(folder.path().join("secret"), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n").unwrap();
    let config = AuditConfig::read("audit.yaml", &WHOLE.replace("FOLDER", place)).unwrap();
    assert_eq!((config.on_failure(), config.intent_first()), (OnAuditFailure::Deny, true));
    assert!(config.redaction_key().unwrap().is_some());
    assert_eq!(config.open().unwrap().len(), 7);
    for folder_of in ["webhook", "splunk", "datadog", "otlp", "syslog"] {
        assert!(folder.path().join(folder_of).join("0/lock").exists(), "{folder_of}");
    }
    std::fs::write(folder.path().join("key"), "short").unwrap();
    let error = config.redaction_key().unwrap_err().to_string();
    assert!(error.contains("the redaction key") && error.contains("32 bytes"), "{error}");
    std::fs::remove_file(folder.path().join("token")).unwrap();
    let error = config.open().err().unwrap().to_string();
    assert!(error.contains("`webhook`") && error.contains("token"), "{error}");
    assert!(!format!("{config:?}").contains("t0ken"));
}

#[cfg(feature = "syslog")]
#[test]
fn what_is_wrong_is_said_with_its_place_and_all_at_once() {
    let text = "audit:
  on_failure: maybe
  sinks:
    - file: { pth: a.jsonl, sync: always, rotate: { size: 5 furlongs } }
    - sylog: {}
    - syslog: { url: 'tls://s', facility: kern, cert_file: c.pem, buffer: { path: b } }
    - [a]
  sink: x
";
    let error = AuditConfig::read("audit.yaml", text).unwrap_err();
    let shown = error.to_string();
    for part in [
        "`on_failure` takes `continue` or `deny_writes` or `deny`",
        "`file` has no `path`",
        "did you mean `path`?",
        "`sync` takes `flush` or `group` or `every`",
        "`size` takes a size such as `128MiB`",
        "`sylog` is not a key of the sink",
        "`facility` takes `user` or `daemon`",
        "`syslog` has no `key_file`",
        "a sink is a mapping of one key",
        "did you mean `sinks`?",
        "audit.yaml:4",
    ] {
        assert!(shown.contains(part), "{part}\n{shown}");
    }
    for (text, part) in [
        ("audits: {}", "did you mean `audit`?"),
        ("", "holds 0 documents"),
        ("audit: 5", "takes a mapping"),
        ("audit: { sinks: { file: a } }", "`sinks` takes a list"),
    ] {
        let shown = AuditConfig::read("audit.yaml", text).unwrap_err().to_string();
        assert!(shown.contains(part), "{part}\n{shown}");
    }
}

#[cfg(all(feature = "datadog", feature = "otlp", feature = "webhook"))]
#[test]
fn what_a_receiver_takes_is_held_to_its_shape() {
    for (sink, part) in [
        ("datadog: { api_key: { env: A }, tags: [[a]], buffer: { path: b } }", "`tags` takes text"),
        ("datadog: { api_key: { env: A }, service: [], buffer: { path: b } }", "`service` takes text"),
        ("datadog: { buffer: { path: b } }", "`datadog` has no `api_key`"),
        ("datadog: { api_key: { env: A } }", "`datadog` has no `buffer`"),
        ("otlp: { endpoint: 'http://a', attributes: x, buffer: { path: b } }", "`attributes` takes a mapping"),
        ("webhook: { url: 'https://a', timeout: soon, buffer: { path: b } }", "`timeout` takes a time"),
        ("webhook: { url: 'https://a', buffer: { path: b, durable: 5 } }", "`durable` takes `true` or `false`"),
        ("file: { path: a, keep: 0 }", "`keep` takes a whole number from 1"),
        ("file: [a]", "`file` takes a mapping, not"),
    ] {
        let text = format!("audit:\n  sinks:\n    - {sink}\n");
        let shown = AuditConfig::read("audit.yaml", &text).unwrap_err().to_string();
        assert!(shown.contains(part) && shown.contains("audit.yaml:3"), "{part}\n{shown}");
    }
}

#[test]
fn the_key_of_a_log_is_read_when_the_sinks_open() {
    let folder = tempfile::tempdir().unwrap();
    let (key, log) = (folder.path().join("key.pem"), folder.path().join("audit.jsonl"));
    let config = |key: &str| {
        let text = format!("audit: {{ sinks: [file: {{ path: {}, signing_key: {key} }}] }}", log.display());
        AuditConfig::read("audit.yaml", &text).unwrap()
    };
    let of_file = config(&format!("{{ file: {} }}", key.display()));
    let error = of_file.open().err().unwrap().to_string();
    assert!(error.contains("key.pem"), "{error}");
    crate::audit_log::LogKey::generate().unwrap().write(&key).unwrap();
    assert_eq!(of_file.open().unwrap().len(), 1);
    let error = config("{ env: CALLGUARD_NO_SUCH_KEY }").open().err().unwrap().to_string();
    assert!(error.contains("CALLGUARD_NO_SUCH_KEY") && error.contains("in the environment"), "{error}");
}

#[cfg(feature = "splunk")]
#[test]
fn a_secret_that_is_written_down_is_refused_and_not_shown() {
    let sink = |token: &str| {
        let text = format!(
            "audit:\n  sinks:\n    - splunk_hec: {{ url: 'https://s', token: {token}, buffer: {{ path: b }} }}\n"
        );
        AuditConfig::read("audit.yaml", &text).unwrap_err()
    };
    let error = sink("canary-5c9e");
    assert!(error.findings()[0].message.contains("does not stand in a configuration"));
    assert!(!error.to_string().contains("canary"), "{error}");
    let error = AuditConfig::read("audit.yaml", "audit: { redaction_key: canary-5c9e, sinks: [stdout] }").unwrap_err();
    assert!(!error.to_string().contains("canary") && error.to_string().contains("`redaction_key` is written down"));
    assert!(sink("{ env: A, file: b }").to_string().contains("either `env` or `file`"));
    assert!(sink("{ enw: A }").to_string().contains("did you mean `env`?"));
}

#[cfg(all(feature = "datadog", feature = "otlp", feature = "splunk", feature = "syslog", feature = "webhook"))]
#[test]
fn the_block_of_the_reference_loads() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/audit.md");
    let page = std::fs::read_to_string(page).unwrap();
    let (_, block) = page.split_once("```yaml title=\"audit.yaml\"\n").unwrap();
    let (block, _) = block.split_once("```").unwrap();
    let config = AuditConfig::read("audit.yaml", block).unwrap();
    assert_eq!((config.on_failure(), config.uses_stdout()), (OnAuditFailure::Deny, true));
}
