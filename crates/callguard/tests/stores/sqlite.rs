//! The store in a file.

use crate::suite::asking::Asking;
use crate::suite::waiting::eventually;
use crate::suite::{Stores, behaves, outlives};
use callguard::engine::session::Ending;
use callguard::store::{SqliteOptions, SqliteStore, Store, StoreConfig, StoreTerms};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use tempfile::TempDir;

/// One file for all: what the cases do there must not be in each other's way.
struct Sqlite;

static FOLDER: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().unwrap());

impl Stores for Sqlite {
    async fn open(&self, terms: StoreTerms) -> Arc<dyn Store> {
        let mut options = SqliteOptions::default();
        options.terms = terms;
        Arc::new(SqliteStore::open(FOLDER.path().join("sessions.db"), options).unwrap())
    }
}

behaves!(tests, Sqlite);
outlives!(tests, Sqlite);

fn file() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sessions.db");
    (folder, path)
}

fn open(path: &Path, settings: &str) -> Arc<dyn Store> {
    StoreConfig::parse(&format!("sqlite:{}{settings}", path.display())).unwrap().open().unwrap()
}

fn refused(path: &Path) -> String {
    match SqliteStore::open(path, SqliteOptions::default()) {
        Ok(_) => panic!("it was opened"),
        Err(error) => error.reason().to_owned(),
    }
}

#[test]
fn the_file_is_its_owner_s_alone() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, path) = file();
    let _store = open(&path, "?durability=normal");
    let files: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 3, "the file, its journal and what processes share: {files:?}");
    for file in files {
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600, "{file:?}");
    }
}

#[test]
fn what_is_no_such_file_is_refused() {
    let (folder, path) = file();
    std::fs::write(&path, "this is a text, and longer than the header of any database ".repeat(20)).unwrap();
    assert_eq!(refused(&path), format!("`{}`: the file is not one of SQLite's", path.display()));
    let nowhere = folder.path().join("no/such/folder/sessions.db");
    assert!(refused(&nowhere).starts_with(&format!("`{}`: it cannot be opened: ", nowhere.display())));
    let later = folder.path().join("later.db");
    drop(open(&later, ""));
    rusqlite::Connection::open(&later).unwrap().pragma_update(None, "user_version", 99).unwrap();
    assert_eq!(refused(&later), format!("`{}`: a later version of CallGuard has written it", later.display()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_restricts_and_what_was_written_stays() {
    let (_folder, path) = file();
    let store = open(&path, "?max_size=200kB");
    let asking = Asking::new(&*store);
    let request = || asking.request(&"tool".repeat(500), vec![asking.calls("calls", 1_000_000)]);
    let mut held = 0_u64;
    let error = loop {
        match store.reserve(request()).await {
            Ok(_) => held += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(error.reason(), "the disk is full, or the file as large as it may be");
    assert!(held > 10, "{held}");
    let larger = open(&path, "");
    let asking = asking.on(&*larger);
    assert!(asking.is_refused(vec![asking.calls("calls", held)]).await);
    assert!(!asking.is_refused(vec![asking.calls("calls", held + 1)]).await, "exactly what was granted is held");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_another_process_holds_restricts_until_it_lets_go() {
    let (_folder, path) = file();
    let store = open(&path, "?timeout=100ms");
    let asking = Asking::new(&*store);
    let held = asking.hold(vec![asking.calls("calls", 1)]).await;
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = store.attempt(asking.attempt(true, Vec::new())).await.unwrap_err();
    assert_eq!(error.reason(), "the file is busy: other processes write it");
    store.commit(asking.commit(held, Ending::Succeeded)).await.unwrap_err();
    other.execute_batch("ROLLBACK").unwrap();
    // The run has happened, and is counted as soon as that can be written.
    eventually(async || asking.view().await.calls == 1).await;
    assert!(asking.is_refused(vec![asking.calls("calls", 1)]).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_file_restricts() {
    let (_folder, path) = file();
    let store = open(&path, "?timeout=100ms");
    let asking = Asking::new(&*store);
    asking.run(vec![asking.sum("sum", "1", "9")], Ending::Succeeded).await;
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("UPDATE counter SET total = 'much'").unwrap();
    let error = store.reserve(asking.request("tool", vec![asking.sum("sum", "1", "9")])).await.unwrap_err();
    assert_eq!(error.reason(), "what the store holds is not a number");
    other.execute_batch("UPDATE counter SET total = NULL").unwrap();
    assert!(asking.is_refused(vec![asking.sum("sum", "1", "9")]).await, "more than can be said is more than any limit");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_needs_any_more_goes() {
    let (_folder, path) = file();
    let store = open(&path, "?lease=1ms&idle=1ms&durability=normal");
    for _ in 0..1_001 {
        let asking = Asking::new(&*store);
        store.reserve(asking.request("tool", vec![asking.calls("calls", 1)])).await.unwrap();
    }
    let other = rusqlite::Connection::open(&path).unwrap();
    for table in ["session", "counter", "hold", "reservation"] {
        let left: i64 = other.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap();
        assert!(left < 600, "{table}: {left}");
    }
}
