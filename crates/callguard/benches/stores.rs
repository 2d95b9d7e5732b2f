//! `cargo xtask bench stores`: what a reservation costs in each store, alone and with fifty clients at once.
//!
//! Rounds take turns, and the figures are their medians. A reservation is of one limit, and no counter has more than twenty
//! calls in flight; alone, a request is made right before it is timed, and what is given back in between is not timed. Servers run on the same machine, and write as their files say: each Redis command and each PostgreSQL
//! transaction is on the disk before it is answered, unless the row says otherwise.

#![allow(clippy::print_stdout, reason = "its figures are what it is for")]

#[allow(dead_code, clippy::unwrap_used, clippy::panic, reason = "it is made for tests, which need more of it")]
#[path = "../tests/servers/process.rs"]
mod process;

use anyhow::{Context, Result, bail};
use callguard::engine::policy::model::ContractId;
use callguard::engine::session::{
    Amount, CounterKey, Lease, ReleaseRequest, ReserveAnswer, ReserveRequest, StoreError, Want,
};
use callguard::store::{MemoryStore, Store, StoreConfig};
use callguard::{Object, ToolEnvelope};
use clap::Parser;
use jiff::Timestamp;
use process::Server;
use std::borrow::Cow;
use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use ulid::Ulid;

/// Clients at once.
const CLIENTS: usize = 50;
/// Calls in flight of one counter at most.
const IN_FLIGHT: usize = 20;

/// Measures stores.
#[derive(Parser)]
struct Options {
    /// One short round: to see that it runs.
    #[arg(long)]
    quick: bool,
    /// Write the figures here too, as Markdown.
    #[arg(long, value_name = "FILE")]
    markdown: Option<std::path::PathBuf>,
    /// What `cargo bench` says of itself.
    #[arg(long, hide = true)]
    bench: bool,
}

/// What is measured, and the reservations of one round alone and with all clients.
struct Subject {
    name: &'static str,
    store: Arc<dyn Store>,
    alone: usize,
    together: usize,
    found: Vec<Round>,
}

#[derive(Clone, Copy)]
struct Round {
    median: Duration,
    slow: Duration,
    alone: f64,
    together: f64,
}

fn main() -> Result<()> {
    let options = Options::parse();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let folder = tempfile::tempdir()?;
    let (redis, relaxed, postgres) =
        (process::redis(&[]), process::redis(&["--appendfsync", "everysec"]), process::postgres(&[]));
    let mut subjects = subjects(&folder, &redis, &relaxed, &postgres)?;
    let mut bare = Vec::new();
    for _ in 0..if options.quick { 1 } else { 5 } {
        let share = if options.quick { 20 } else { 1 };
        bare.push(bare_transactions(folder.path(), 2_000 / share)?);
        for subject in &mut subjects {
            let round = subject.round(&runtime, share)?;
            subject.found.push(round);
        }
    }
    let report = report(&subjects, median(bare.into_iter()));
    println!("{report}");
    if let Some(file) = options.markdown {
        std::fs::write(file, report)?;
    }
    Ok(())
}

fn subjects(folder: &TempDir, redis: &Server, relaxed: &Server, postgres: &Server) -> Result<Vec<Subject>> {
    let file =
        |name: &str, settings: &str| format!("sqlite:{}/{name}.db?timeout=30s&{settings}", folder.path().display());
    let at = |server: &Server| format!("redis://127.0.0.1:{}?timeout=30s", server.port);
    let postgres = format!("postgres://callguard@127.0.0.1:{}/postgres?timeout=30s&connections=16", postgres.port);
    let subject = |name, address: String, alone, together| {
        let store = StoreConfig::parse(&address).context("the address")?.open().context("the store")?;
        anyhow::Ok(Subject { name, store, alone, together, found: Vec::new() })
    };
    Ok(vec![
        Subject {
            name: "memory",
            store: Arc::new(MemoryStore::new()),
            alone: 200_000,
            together: 200_000,
            found: Vec::new(),
        },
        subject("SQLite", file("full", "durability=full"), 2_000, 20_000)?,
        subject("SQLite, durability=normal", file("normal", "durability=normal"), 5_000, 20_000)?,
        subject("Redis, appendfsync everysec", at(relaxed), 5_000, 100_000)?,
        subject("Redis, appendfsync always", at(redis), 1_000, 20_000)?,
        subject("PostgreSQL", postgres, 1_000, 5_000)?,
    ])
}

impl Subject {
    fn round(&self, runtime: &Runtime, share: usize) -> Result<Round> {
        let mut taken = Vec::with_capacity(self.alone);
        let requests = requests("alone".to_owned(), self.alone / share);
        runtime.block_on(async {
            let mut in_flight = VecDeque::with_capacity(IN_FLIGHT);
            for request in requests {
                let session = request.session();
                let asked = Instant::now();
                let answer = self.store.reserve(request).await;
                taken.push(asked.elapsed());
                in_flight.push_back((session, granted(answer)?));
                if in_flight.len() == IN_FLIGHT
                    && let Some((session, lease)) = in_flight.pop_front()
                {
                    self.store.release(ReleaseRequest { session, lease }).await?;
                }
            }
            anyhow::Ok(())
        })?;
        let alone = rate(taken.len(), taken.iter().sum());
        taken.sort();
        let at = |share: usize| taken.get(taken.len() * share / 100).copied().unwrap_or_default();
        let together = self.together(runtime, self.together / share)?;
        Ok(Round { median: at(50), slow: at(99), alone, together })
    }

    fn together(&self, runtime: &Runtime, count: usize) -> Result<f64> {
        let work: Vec<Vec<_>> =
            (0..CLIENTS).map(|client| requests(format!("client {client}"), count / CLIENTS).collect()).collect();
        let started = Instant::now();
        runtime.block_on(async {
            let clients = work.into_iter().map(|requests| {
                let store = Arc::clone(&self.store);
                tokio::spawn(async move {
                    for request in requests {
                        granted(store.reserve(request).await)?;
                    }
                    anyhow::Ok(())
                })
            });
            for client in clients.collect::<Vec<_>>() {
                client.await??;
            }
            anyhow::Ok(())
        })?;
        Ok(rate(count, started.elapsed()))
    }
}

fn granted(answer: Result<ReserveAnswer, StoreError>) -> Result<Lease> {
    match answer? {
        ReserveAnswer::Granted { lease: Some(lease), .. } => Ok(lease),
        _ => bail!("it is refused"),
    }
}

fn rate(count: usize, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64()
}

/// Each made when it is asked for.
fn requests(client: String, count: usize) -> impl Iterator<Item = ReserveRequest> {
    let mark = Ulid::new().to_string();
    let request = move |place: usize| {
        let contract = ContractId { policy: "bench".into(), id: "calls".into() };
        let session = format!("{mark} {client} {}", place / IN_FLIGHT);
        let call = ToolEnvelope::new("deploy", Object::default(), Timestamp::UNIX_EPOCH);
        let (session_id, call_id) = (Some(session.clone()), Ulid::new().to_string());
        let key = CounterKey::new(&contract, [(Cow::Borrowed("session"), Cow::Owned(session))]);
        let want = Want { key, amount: Amount::Call { max: 1_000_000 }, window_millis: Some(60_000), binding: true };
        ReserveRequest {
            call: Arc::new(ToolEnvelope { session_id, call_id, ..call }),
            expected_version: None,
            peek: false,
            wants: vec![want],
            labels: Vec::new(),
            spent_if_lost: false,
        }
    };
    (0..count).map(request)
}

/// One row changed in one transaction that is on the disk before the next begins: so many a second.
fn bare_transactions(folder: &Path, count: usize) -> Result<f64> {
    let sql = rusqlite::Connection::open(folder.join("bare.db"))?;
    sql.pragma_update(None, "journal_mode", "WAL")?;
    sql.pragma_update(None, "synchronous", "FULL")?;
    sql.execute_batch(
        "CREATE TABLE IF NOT EXISTS counter (id INTEGER PRIMARY KEY, value INTEGER NOT NULL);
        INSERT OR IGNORE INTO counter VALUES (1, 0);",
    )?;
    let started = Instant::now();
    for _ in 0..count {
        sql.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        sql.prepare_cached("UPDATE counter SET value = value + 1 WHERE id = 1")?.execute([])?;
        sql.prepare_cached("COMMIT")?.execute([])?;
    }
    Ok(rate(count, started.elapsed()))
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

fn report(subjects: &[Subject], bare: f64) -> String {
    let mut text = format!(
        "| store | alone, median | alone, 99th | alone, per second | {CLIENTS} clients, per second |\n|---|---:|---:|---:|---:|\n"
    );
    for Subject { name, found, .. } in subjects {
        let of = |figure: fn(&Round) -> f64| median(found.iter().map(figure));
        let (half, slow) = (of(|round| micros(round.median)), of(|round| micros(round.slow)));
        let (alone, together) = (of(|round| round.alone), of(|round| round.together));
        text += &format!("| {name} | {half:.1} us | {slow:.1} us | {alone:.0} | {together:.0} |\n");
    }
    text += &format!("\nA bare SQLite transaction that changes one row and is on the disk: {bare:.0} per second.\n");
    if let Some(sqlite) = subjects.iter().find(|subject| subject.name == "SQLite") {
        let share = median(sqlite.found.iter().map(|round| round.alone)) / bare;
        text += &format!("A reservation in SQLite alone: {share:.2} of that.\n");
    }
    text
}

fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}
