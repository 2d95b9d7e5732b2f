//! Parts of the SDK that are measured by themselves, each with a report by itself in `docs/reports/`.

use crate::machine::Machine;
use crate::servers::Servers;
use crate::{process, root, target_dir};
use anyhow::{Context, Result};
use std::fs;

/// A benchmark of the crate `callguard` that writes its figures as Markdown.
pub(super) struct Alone {
    pub(super) name: &'static str,
    features: &'static str,
    needs_servers: bool,
    title: &'static str,
    about: &'static str,
}

pub(super) const ALL: &[Alone] = &[
    Alone {
        name: "stores",
        features: "postgres,redis,sqlite",
        needs_servers: true,
        title: "Stores",
        about: "A reservation is one limit over a window of a minute, in a session with at most twenty calls in flight; alone, \
                each request is made right before it, and neither that nor giving one back is timed; fifty clients give none back. Figures are medians of five rounds in turns. \
                Clients, store and server share the machine.",
    },
    Alone {
        name: "audit",
        features: "",
        needs_servers: false,
        title: "The audit pipeline",
        about: "A call is two events (before and after), each redacted, then appended to a chained file on this machine's disk. \
                The deciding path's figures are its thread's processor time, beside a guard without an audit; events a second \
                are of the clock, from the first call to the last byte written. Medians of nine rounds in turns.",
    },
];

impl Alone {
    pub(super) fn measure(&self, quick: bool) -> Result<()> {
        let (started, machine) = (jiff::Timestamp::now(), Machine::here()?);
        let before = load()?;
        let file = target_dir().join(format!("bench-{}.md", self.name));
        let mut bench = process::cargo(["bench", "--quiet", "--locked", "--package", "callguard"]);
        bench.args(["--features", self.features, "--bench", self.name, "--", "--markdown"]).arg(&file);
        bench.args(quick.then_some("--quick"));
        process::run(match self.needs_servers {
            true => Servers::find()?.tell(&mut bench),
            false => &mut bench,
        })?;
        if quick {
            return Ok(());
        }
        let figures = fs::read_to_string(&file).context("the benchmark wrote no figures")?;
        write(self.name, self.title, self.about, &figures, started, &machine, &before)
    }
}

/// Writes a report by itself.
pub(super) fn write(
    name: &str,
    title: &str,
    about: &str,
    figures: &str,
    started: jiff::Timestamp,
    machine: &Machine,
    before: &str,
) -> Result<()> {
    let date = started.strftime("%Y-%m-%d");
    let changes = if machine.uncommitted_changes { ", with uncommitted changes" } else { "" };
    let report = format!(
        "# {title}, {date}\n\n`cargo xtask bench {name}` at {}{changes}; {}, {} cores, {}; load {before} before, {} after.\n\n\
         {about}\n\n{figures}",
        machine.commit.get(..12).unwrap_or(&machine.commit),
        machine.processor,
        machine.cores,
        machine.rustc,
        load()?,
    );
    let path = root().join(format!("docs/reports/{name}-{date}.md"));
    fs::write(&path, report).with_context(|| format!("cannot write {}", path.display()))
}

/// How many processes wanted the machine over the last minute.
pub(super) fn load() -> Result<String> {
    let text = fs::read_to_string("/proc/loadavg").context("the load is not known")?;
    Ok(text.split(' ').next().unwrap_or_default().to_owned())
}
