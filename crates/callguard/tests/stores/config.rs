//! The line that names a store.

use callguard::engine::diagnostic::Code;
use callguard::store::{StoreConfig, StoreConfigError};

fn variables(name: &str) -> Option<String> {
    match name {
        "PASSWORD" => Some("p@ss:w/rd?&x=1".to_owned()),
        "STORE" => Some("redis://user:hunter2@cache:6380/2".to_owned()),
        "FOLDER" => Some("/var/lib/a b".to_owned()),
        _ => None,
    }
}

fn parse(text: &str) -> Result<StoreConfig, StoreConfigError> {
    StoreConfig::parse_with(text, &variables)
}

fn shown(text: &str) -> String {
    format!("{:?}", parse(text).unwrap())
}

fn refused(text: &str) -> String {
    let error = parse(text).unwrap_err();
    assert_eq!(error.code(), Code::BadStore);
    assert!(!error.help().is_empty());
    error.to_string()
}

#[test]
fn every_kind_of_store_has_its_address() {
    assert!(shown("memory").contains("Memory"));
    let file = shown("sqlite:/a/b.db?durability=normal&max_size=2GB&lease=5m&idle=7d&timeout=500ms&local_share=1/4");
    for part in ["\"/a/b.db\"", "Normal", "2000000000", "lease: 300s", "idle: 604800s", "timeout: 500ms", "Some(4)"] {
        assert!(file.contains(part), "{part} in {file}");
    }
    assert!(shown("sqlite:///a/b.db").contains("\"/a/b.db\""));
    let redis = shown("rediss://user@cache.internal/3?prefix=team&ca=/ca.pem&cert=/c.pem&key=/k.pem");
    for part in ["Tcp(\"cache.internal\", 6379)", "tls: true", "\"user\"", "database: 3", "\"team\"", "\"/ca.pem\""] {
        assert!(redis.contains(part), "{part} in {redis}");
    }
    assert!(shown("valkey://[::1]:7000?cluster=true").contains("Tcp(\"::1\", 7000)"));
    assert!(shown("redis+unix:///run/my%20redis.sock").contains("Unix(\"/run/my redis.sock\")"));
    let postgres = shown("postgres://me@db.internal:5433/agents?schema=guard&connections=3");
    for part in ["db.internal", "5433", "\"agents\"", "\"guard\"", "connections: 3", "Require"] {
        assert!(postgres.contains(part), "{part} in {postgres}");
    }
    assert!(shown("postgresql:///agents?host=/run/postgresql").contains("Disable"));
    assert!(shown("postgres://me@localhost/agents").contains("Disable"));
    assert!(shown("postgres://me@db/agents?sslmode=verify-full").contains("Require"));
    assert!(shown("postgres://me@db/agents?sslmode=disable").contains("Disable"));
}

#[test]
fn secrets_come_from_elsewhere_and_are_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    std::fs::write(&file, "hunter2\n").unwrap();
    for text in [
        "redis://:${env:PASSWORD}@cache".to_owned(),
        "${env:STORE}".to_owned(),
        format!("redis://cache?password_file={}", file.display()),
        format!("postgres://me@db/agents?password_file={}", file.display()),
        "postgres://me:${env:PASSWORD}@db/agents".to_owned(),
        "postgres://me:hunter2@db/agents".to_owned(),
    ] {
        let shown = shown(&text);
        assert!(shown.contains("password: Some([secret])"), "{text}: {shown}");
        assert!(!shown.contains("hunter2") && !shown.contains("p@ss"), "{text}: {shown}");
        assert!(shown.contains("\"cache\"") || shown.contains("\"db\""), "a value cannot pass for more: {shown}");
    }
    assert!(shown("sqlite:${env:FOLDER}/s.db").contains("\"/var/lib/a b/s.db\""));
}

#[test]
fn a_password_that_is_spelled_out_is_noticed() {
    for text in [
        "redis://:hunter2@h",
        "redis://u:hunter2@h/0?x=1",
        "postgres://h/d?user=a&password=hunter2",
        "rediss://u:a${env:B}@h",
    ] {
        assert!(StoreConfig::spells_password(text), "{text}");
    }
    for text in [
        "memory",
        "sqlite:/a:b@c",
        "redis://u@h",
        "redis://u:${env:P}@h",
        "postgres://u@h/d?password=${env:P}",
        "redis://u:@h",
    ] {
        assert!(!StoreConfig::spells_password(text), "{text}");
    }
}

#[test]
fn what_cannot_be_used_is_said() {
    for (text, said) in [
        ("", "this names no store"),
        ("memory:", "this names no store"),
        ("mysql://h/d", "this names no store"),
        ("sqlite:", "`sqlite:` is followed by the path of a file"),
        ("sqlite::memory:", "`sqlite:` is followed by the path of a file"),
        ("sqlite:/a?durability=some", "`durability` is `full` or `normal`"),
        ("sqlite:/a?max_size=12", "`max_size` is not what it should be"),
        ("sqlite:/a?lease=soon", "`lease` is not what it should be"),
        ("sqlite:/a?lease", "a setting has no value"),
        ("sqlite:/a?lease=1s&lease=2s", "`lease` stands twice"),
        ("sqlite:/a?prefix=x", "the store has no setting `prefix`"),
        ("sqlite:/a?lease=%FF", "`lease` is not what it should be"),
        ("memory?local_share=1/2", "`local_share` has no meaning for the store in memory"),
        ("redis://h?local_share=1/0", "`local_share` is not what it should be"),
        ("redis://h?local_share=2/3", "`local_share` is not what it should be"),
        ("redis://", "the address of Redis cannot be read: there is no host"),
        ("redis://h:port", "the address of Redis cannot be read: invalid port number"),
        ("redis://h/one", "the address of Redis cannot be read: the database is a number"),
        ("redis+unix://sock", "the address of Redis cannot be read: the path of a socket begins with `/`"),
        ("redis://h?prefix={a}", "`prefix` is some text without braces"),
        ("redis://h/1?cluster=true", "a cluster has no databases but 0"),
        ("redis://h?cluster=maybe", "`cluster` is not what it should be"),
        ("redis://h?ca=/ca.pem", "certificates are for TLS"),
        ("rediss://h?cert=/c.pem", "`cert` and `key` go together"),
        ("postgres://h/d?key=/k.pem", "`cert` and `key` go together"),
        ("postgres://h/d?schema=No", "`schema` is a name of small letters, digits and `_`"),
        ("postgres://h/d?connections=0", "`connections` is not what it should be"),
        ("postgres:///d", "there is no host"),
        ("redis://:${env:NONE}@h", "the variable `NONE` is not set"),
        ("redis://:${PASSWORD}@h", "`${PASSWORD}` names nothing"),
        ("redis://:${env:PASSWORD@h", "a `${` has no `}`"),
    ] {
        let found = refused(text);
        let named = found.split_once("`: ").filter(|(store, _)| store.starts_with("the store `"));
        assert_eq!(named.map_or(found.as_str(), |(_, found)| found), said, "{text}");
    }
    assert!(refused("postgres://h:port/d").contains("the address of PostgreSQL cannot be read: "));
    assert!(
        refused("redis://h?password_file=/no/such/file").contains("the password cannot be read from `/no/such/file`")
    );
}

#[test]
fn what_cannot_be_used_is_named_without_its_secrets() {
    for (text, said) in [
        ("mysql://me:hunter2@h/d", "the store `mysql://h/d`: this names no store"),
        ("hunter2", "this names no store"),
        ("redis://:${env:NONE}@h:1/2", "the store `redis://h:1/2`: the variable `NONE` is not set"),
        ("redis://:${env:PASSWORD}@h/1?cluster=true", "the store `redis://h/1`: a cluster has no databases but 0"),
    ] {
        assert_eq!(refused(text), said);
    }
}

#[test]
fn certificates_that_cannot_be_read_are_said_when_the_store_is_opened() {
    for text in ["rediss://h?ca=/no/ca.pem", "rediss://h?cert=/no/c.pem&key=/no/k.pem", "postgres://h/d?ca=/no/ca.pem"]
    {
        let Err(error) = parse(text).unwrap().open() else { panic!("{text} was opened") };
        assert!(error.reason().starts_with("`/no/"), "{text}: {error}");
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, "no certificate").unwrap();
    let Err(error) = parse(&format!("postgres://h/d?ca={}", file.display())).unwrap().open() else { panic!("opened") };
    assert_eq!(error.reason(), "there is no certificate to trust: name one with `ca`");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_an_error_in_time() {
    for text in ["redis://127.0.0.1:1?timeout=200ms", "postgres://me@127.0.0.1:1/d?timeout=200ms"] {
        let store = parse(text).unwrap().open().unwrap();
        let error = store.health().await.unwrap_err();
        assert!(error.reason().starts_with("it cannot be reached: "), "{text}: {error}");
        let Err(error) = parse(text).unwrap().open_ready().await else { panic!("{text} is ready") };
        let (scheme, _) = text.split_once(':').unwrap();
        assert!(error.to_string().starts_with(&format!("the store `{scheme}://127.0.0.1:1")), "{error}");
        assert_eq!(error.code(), Code::StoreNotReached);
    }
}
