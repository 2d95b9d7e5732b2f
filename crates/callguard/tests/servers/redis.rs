//! The store in Redis.

use crate::kinds::{Place, open};
use crate::process;
use crate::suite::{Stores, asking::Asking, behaves, outlives};
use callguard::engine::session::Ending;
use callguard::store::{RedisAddress, RedisOptions, RedisStore, Store, StoreTerms};
use std::sync::Arc;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_does_what_every_store_does() {
    let place = &Place::redis();
    behaves!(in_turn, place);
    outlives!(in_turn, place);
}

/// A cluster of one node that has every slot: it refuses scripts whose keys are not together.
struct Cluster(process::Server);

impl Stores for Cluster {
    async fn open(&self, terms: StoreTerms) -> Arc<dyn Store> {
        let mut options = RedisOptions::new(RedisAddress::Tcp("127.0.0.1".to_owned(), self.0.port));
        options.cluster = true;
        options.terms = terms;
        Arc::new(RedisStore::open(&options).unwrap())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_in_a_cluster_does_what_every_store_does() {
    let server = process::redis(&["--cluster-enabled", "yes"]);
    ask(server.port, &["CLUSTER", "ADDSLOTSRANGE", "0", "16383"]).await;
    while !ask(server.port, &["CLUSTER", "INFO"]).await.contains("cluster_state:ok") {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let cluster = &Cluster(server);
    behaves!(in_turn, cluster);
    outlives!(in_turn, cluster);
}

#[tokio::test]
async fn a_password_is_asked_for_and_never_shown() {
    let server = process::redis(&["--requirepass", "p@ss:w/ord"]);
    let address = |password: &str| format!("redis://:{password}@127.0.0.1:{}/0", server.port);
    assert_eq!(open(&address("p%40ss%3Aw%2Ford")).health().await, Ok(()));
    let file = server.folder.path().join("password");
    std::fs::write(&file, "p@ss:w/ord\n").unwrap();
    let with_file = format!("redis://127.0.0.1:{}/0?password_file={}", server.port, file.display());
    assert_eq!(open(&with_file).health().await, Ok(()));
    let refused = open(&address("hunter2")).health().await.unwrap_err();
    assert_eq!(refused.reason(), "it refuses the user or the password");
}

#[tokio::test]
async fn what_others_wrote_under_our_keys_is_an_error() {
    let place = Place::redis();
    let store = open(&place.address());
    let asking = Asking::new(&*store);
    asking.run(vec![asking.calls("calls", 9)], Ending::Succeeded).await;
    let port = match &place {
        Place::Redis(server) => server.port,
        _ => unreachable!("it is Redis"),
    };
    let keys = ask(port, &["-n", "1", "KEYS", "{callguard}:s:*"]).await;
    ask(port, &["-n", "1", "HSET", keys.trim(), "version", "many"]).await;
    store.attempt(asking.attempt(true, Vec::new())).await.unwrap_err();
    ask(port, &["-n", "1", "SET", keys.trim(), "text"]).await;
    store.attempt(asking.attempt(true, Vec::new())).await.unwrap_err();
}

#[tokio::test]
async fn every_key_goes_away_by_itself() {
    let place = Place::redis();
    let store = open(&place.address());
    let asking = Asking::new(&*store);
    let window = asking.want("window", callguard::engine::session::Amount::Call { max: 9 }, Some(60_000));
    let held = asking.hold(vec![window.clone(), asking.calls("calls", 9)]).await;
    asking.run(vec![window, asking.calls("calls", 9)], Ending::Failed).await;
    store.attempt(asking.attempt(true, Vec::new())).await.unwrap();
    let Place::Redis(server) = &place else { unreachable!("it is Redis") };
    let keys = ask(server.port, &["-n", "1", "KEYS", "*"]).await;
    assert!(keys.lines().count() >= 7, "{keys}");
    for key in keys.lines() {
        let left: i64 = ask(server.port, &["-n", "1", "PTTL", key]).await.trim().parse().unwrap();
        assert!(left > 0, "{key} stays for ever");
    }
    store.release(asking.release(held)).await.unwrap();
}

/// Asks Redis in its own words, as `redis-cli` would.
async fn ask(port: u16, words: &[&str]) -> String {
    let client = ::redis::Client::open(("127.0.0.1", port)).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let (database, words) = match words {
        ["-n", database, words @ ..] => (*database, words),
        words => ("0", words),
    };
    ::redis::cmd("SELECT").arg(database).query_async::<()>(&mut connection).await.unwrap();
    let mut command = ::redis::cmd(words[0]);
    command.arg(&words[1..]);
    shown(&command.query_async(&mut connection).await.unwrap())
}

fn shown(value: &::redis::Value) -> String {
    match value {
        ::redis::Value::BulkString(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        ::redis::Value::VerbatimString { text, .. } | ::redis::Value::SimpleString(text) => text.clone(),
        ::redis::Value::Int(number) => number.to_string(),
        ::redis::Value::Array(values) => values.iter().map(shown).collect::<Vec<_>>().join("\n"),
        other => format!("{other:?}"),
    }
}
