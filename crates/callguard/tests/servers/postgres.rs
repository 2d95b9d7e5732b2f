//! The store in PostgreSQL.

use crate::kinds::{Place, open};
use crate::suite::{asking::Asking, behaves, outlives};
use callguard::engine::session::Ending;
use tokio_postgres::NoTls;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgresql_does_what_every_store_does() {
    let place = &Place::postgres();
    behaves!(in_turn, place);
    outlives!(in_turn, place);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tables_are_made_once_and_not_those_of_a_later_version_used() {
    let place = Place::postgres();
    let stores: Vec<_> = (0..8).map(|_| open(&format!("{}?schema=shared&timeout=30s", place.address()))).collect();
    let opened: Vec<_> =
        stores.iter().cloned().map(|store| tokio::spawn(async move { store.health().await })).collect();
    for health in opened {
        assert_eq!(health.await.unwrap(), Ok(()));
    }
    assert_eq!(query(&place, "SELECT count(*) FROM shared.migration").await, 1);
    let other = open(&place.address());
    let asking = Asking::new(&*other);
    asking.run(vec![asking.calls("calls", 1)], Ending::Succeeded).await;
    assert_eq!(query(&place, "SELECT count(*) FROM shared.session").await, 0);
    assert_eq!(
        query(
            &place,
            "WITH n AS (INSERT INTO shared.migration (version) VALUES (99) RETURNING 1) SELECT count(*) FROM n"
        )
        .await,
        1
    );
    let refused = open(&format!("{}?schema=shared", place.address())).health().await.unwrap_err();
    assert_eq!(refused.reason(), "a later version of CallGuard has written its tables");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_that_may_only_use_the_tables_can() {
    let place = Place::postgres();
    assert_eq!(open(&place.address()).health().await, Ok(()));
    for sql in [
        "CREATE ROLE agent LOGIN",
        "GRANT USAGE ON SCHEMA callguard TO agent",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA callguard TO agent",
    ] {
        execute(&place, sql).await;
    }
    let store = open(&place.address().replace("callguard@", "agent@"));
    let asking = Asking::new(&*store);
    asking.run(vec![asking.calls("calls", 1)], Ending::Succeeded).await;
    assert!(asking.is_refused(vec![asking.calls("calls", 1)]).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_needs_any_more_goes() {
    let place = Place::postgres();
    let store = open(&format!("{}?lease=1ms&idle=1ms&timeout=30s", place.address()));
    for _ in 0..1_001 {
        let asking = Asking::new(&*store);
        let request = asking.request("tool", vec![asking.calls("calls", 1)]);
        store.reserve(request).await.unwrap();
    }
    let left = query(&place, "SELECT count(*) FROM callguard.session").await;
    assert!(left < 600, "{left} sessions are left");
    assert!(query(&place, "SELECT count(*) FROM callguard.counter").await < 600);
}

#[tokio::test]
async fn a_server_without_tls_is_refused_where_tls_is_wanted() {
    let place = Place::postgres();
    let store = open(&format!("{}?sslmode=verify-full&timeout=1s", place.address()));
    store.health().await.unwrap_err();
}

async fn client(place: &Place) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(&place.address(), NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

async fn execute(place: &Place, sql: &str) {
    client(place).await.batch_execute(sql).await.unwrap();
}

async fn query(place: &Place, sql: &str) -> i64 {
    client(place).await.query_one(sql, &[]).await.unwrap().get(0)
}
