//! `cargo xtask bench audit`: what the audit costs the deciding path, and how much the pipeline carries.
//!
//! Rounds take turns, and the figures are their medians. Events go through a guard as those of programs do: redacted, then
//! appended to a chained file. What the deciding path pays is the difference to a guard without sinks, in batches that the
//! queue holds, so that the path never waits for the thread behind it; both are times of its thread's processor.

#![allow(clippy::print_stdout, reason = "its figures are what it is for")]

use anyhow::{Context, Result, bail};
use callguard::sink::{FileAuditSink, Sync};
use callguard::{Before, Guard, Object, Output, ToolEnvelope, Value};
use clap::Parser;
use jiff::Timestamp;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Calls of a batch; each is two events, and the queue has 4,096 places.
const BATCH: usize = 1_500;

const POLICY: &str =
    "apiVersion: callguard/v1\nkind: Policy\nmetadata: { name: p }\nspec: { default: allow, unknown_tools: allow }\n";

/// Measures the audit.
#[derive(Parser)]
struct Options {
    /// One short round: to see that it runs.
    #[arg(long)]
    quick: bool,
    /// Write the figures here too, as Markdown.
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
    /// What `cargo bench` says of itself.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Result<()> {
    let options = Options::parse();
    let (rounds, calls) = if options.quick { (1, BATCH) } else { (9, 40 * BATCH) };
    let mut rows: Vec<(&str, Vec<f64>)> = Vec::new();
    for _ in 0..rounds {
        let without = path_nanos(None)?;
        let with = path_nanos(Some(Sync::Group))?;
        note(&mut rows, "deciding path without an audit, ns of processor a call", without);
        note(&mut rows, "deciding path with an audit, ns of processor a call", with);
        note(&mut rows, "the audit's share, ns an event", (with - without) / 2.0);
        for (sync, name) in [
            (Sync::Group, "events a second, `sync: group` (fdatasync a group)"),
            (Sync::Flush, "events a second, `sync: flush` (no fdatasync before the end)"),
        ] {
            note(&mut rows, name, carried(sync, calls)?);
        }
    }
    let report = report(rows);
    println!("{report}");
    if let Some(file) = options.markdown {
        fs::write(file, report)?;
    }
    Ok(())
}

fn report(rows: Vec<(&str, Vec<f64>)>) -> String {
    let mut report = "| figure | median | least | most |\n|---|---:|---:|---:|\n".to_owned();
    for (name, mut found) in rows {
        found.sort_by(f64::total_cmp);
        let at = |place: usize| found.get(place).copied().unwrap_or_default();
        report += &format!("| {name} | {:.0} | {:.0} | {:.0} |\n", at(found.len() / 2), at(0), at(found.len() - 1));
    }
    report
}

fn note(rows: &mut Vec<(&'static str, Vec<f64>)>, name: &'static str, value: f64) {
    match rows.iter_mut().find(|(known, _)| *known == name) {
        Some((_, found)) => found.push(value),
        None => rows.push((name, vec![value])),
    }
}

fn guard(folder: &Path, sync: Option<Sync>) -> Result<Guard> {
    let builder = Guard::builder().yaml("p", POLICY);
    let builder = match sync {
        Some(sync) => builder.audit(FileAuditSink::options().sync(sync).open(folder.join("audit.jsonl"))?),
        None => builder,
    };
    Ok(builder.build()?)
}

/// What a call costs the thread that decides.
fn path_nanos(sync: Option<Sync>) -> Result<f64> {
    let folder = tempfile::tempdir()?;
    let guard = guard(folder.path(), sync)?;
    let mut spent = Duration::ZERO;
    for _ in 0..8 {
        let calls = calls(BATCH);
        guard.flush();
        let begun = thread_time()?;
        run(&guard, calls)?;
        spent += thread_time()?.saturating_sub(begun);
    }
    Ok(spent.as_secs_f64() * 1e9 / (8 * BATCH) as f64)
}

/// Events that are decided, redacted, chained and where `sync` says, each second of the clock.
fn carried(sync: Sync, count: usize) -> Result<f64> {
    let folder = tempfile::tempdir()?;
    let guard = guard(folder.path(), Some(sync))?;
    let calls = calls(count);
    guard.flush();
    let begun = Instant::now();
    run(&guard, calls)?;
    guard.flush();
    Ok((2 * count) as f64 / begun.elapsed().as_secs_f64())
}

fn calls(count: usize) -> Vec<ToolEnvelope> {
    let call = |number: usize| {
        let mut args = Object::default();
        args.insert("path", Value::from(format!("/srv/app/releases/{number}/config.yaml")));
        args.insert("command", Value::from("git -C /srv/app pull --ff-only && systemctl reload app"));
        let mut call = ToolEnvelope::new("deploy", args, Timestamp::UNIX_EPOCH);
        call.session_id = Some(format!("s{}", number % 50));
        call
    };
    (0..count).map(call).collect()
}

fn run(guard: &Guard, calls: Vec<ToolEnvelope>) -> Result<()> {
    for call in calls {
        let Before::Allowed(permit) = guard.before_now(call)? else { bail!("the policy allows it") };
        drop(permit.start().settle_now(Output::success(Value::from("done")))?);
    }
    Ok(())
}

/// What this thread has had of the processor: the first figure of `schedstat`, nanoseconds.
fn thread_time() -> Result<Duration> {
    let text = fs::read_to_string("/proc/thread-self/schedstat").context("the thread's time is not known")?;
    let spent = text.split(' ').next().context("`schedstat` is empty")?;
    Ok(Duration::from_nanos(spent.parse()?))
}
