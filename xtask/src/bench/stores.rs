//! What a reservation costs in each store, with a report in `docs/reports/`.

use crate::machine::Machine;
use crate::servers::Servers;
use crate::{process, root, target_dir};
use anyhow::{Context, Result};
use std::fs;

const FEATURES: &str = "postgres,redis,sqlite";

pub(super) fn measure(quick: bool) -> Result<()> {
    let (started, machine) = (jiff::Timestamp::now(), Machine::here()?);
    let before = load()?;
    let file = target_dir().join("bench-stores.md");
    let mut bench = process::cargo(["bench", "--quiet", "--locked", "--package", "callguard", "--features", FEATURES]);
    bench.args(["--bench", "stores", "--", "--markdown"]).arg(&file).args(quick.then_some("--quick"));
    process::run(Servers::find()?.tell(&mut bench))?;
    if quick {
        return Ok(());
    }
    let figures = fs::read_to_string(&file).context("the benchmark wrote no figures")?;
    let date = started.strftime("%Y-%m-%d");
    let changes = if machine.uncommitted_changes { ", with uncommitted changes" } else { "" };
    let report = format!(
        "# Stores, {date}\n\n`cargo xtask bench stores` at {}{changes}; {}, {} cores, {}; load {before} before, {} after.\n\n\
         A reservation is one limit over a window of a minute, in a session with at most twenty calls in flight. Figures are medians of \
         five rounds in turns. Clients, store and server share the machine.\n\n{figures}",
        machine.commit.get(..12).unwrap_or(&machine.commit),
        machine.processor,
        machine.cores,
        machine.rustc,
        load()?,
    );
    let path = root().join(format!("docs/reports/stores-{date}.md"));
    fs::write(&path, report).with_context(|| format!("cannot write {}", path.display()))
}

/// How many processes wanted the machine over the last minute.
fn load() -> Result<String> {
    let text = fs::read_to_string("/proc/loadavg").context("the load is not known")?;
    Ok(text.split(' ').next().unwrap_or_default().to_owned())
}
