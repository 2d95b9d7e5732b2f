//! `callguard diff`: which decisions change between two policies.

mod lines;
mod markdown;
pub(crate) mod text;

use crate::args::{DiffArgs, FailOn};
use crate::exit::Exit;
use crate::input;
use crate::logs::Logs;
use crate::past::Replayed;
use crate::screen::{Failure, Screen};
use callguard::engine::decide::{Engine, HostPaths};
use callguard::engine::policy::{LoadErrors, LoadInput, load};
use callguard::{Disk, LoadError};
use callguard_analysis::history::Past;
use callguard_analysis::log::{Entry, Log};
use callguard_analysis::{DiffJson, Report};
use jiff::Timestamp;
use std::io::BufRead;
use std::path::Path;

/// Where the paths of calls start, as in the tests of policies: so a comparison says the same on every machine.
const WORKSPACE: &str = "/workspace";
const HOME: &str = "/home/agent";

pub(crate) fn run(args: &DiffArgs, screen: &mut Screen) -> Result<Exit, Failure> {
    let (old, new) = (engine(&args.old)?, engine(&args.new)?);
    let mut report = Report::of(&old, &new, base());
    if !args.audit.is_empty() || args.calls.is_some() {
        let mut past = Past::default();
        if !args.audit.is_empty() {
            replay(args, &mut past)?;
        }
        if let Some(calls) = &args.calls {
            lines::each(calls, |line| past.call((&old, &new), line, base()))?;
        }
        report.past = Some(past);
    }
    let names = (args.old.as_str(), args.new.as_str());
    if args.json {
        screen.line(
            serde_json::to_string_pretty(&DiffJson::from(&report))
                .map_err(|error| Failure::Outside(error.to_string()))?,
        )?;
    } else if args.markdown {
        screen.text(markdown::comment(&report, names))?;
    } else {
        text::report(&report, names, usize::from(args.width), screen)?;
    }
    Ok(exit(&report, args.fail_on))
}

/// The calls of the logs under both policies, each with the sessions that come of its own decisions.
fn replay(args: &DiffArgs, past: &mut Past) -> Result<(), Failure> {
    let replayed = |name: &String| Replayed::new(input::policies(std::slice::from_ref(name))?, WORKSPACE, HOME);
    let (mut old, mut new, mut log) = (replayed(&args.old)?, replayed(&args.new)?, Log::default());
    Logs::of(&args.audit)?.each(|line| {
        let entry = log.read(&line.bytes);
        match (&entry, old.take(&entry)?, new.take(&entry)?) {
            (Entry::Decided(decided), Some(old), Some(new)) => past.judge(
                &decided.situation.call,
                (old.effect, &old.decider.to_string()),
                (new.effect, &new.decider.to_string()),
            ),
            (Entry::Decided(_), ..) => past.turns_on_facts(),
            _ => past.pass(&entry),
        }
        Ok(())
    })
}

fn exit(report: &Report, fail_on: FailOn) -> Exit {
    let differs = fails(fail_on, report.may_loosen(), report.may_differ());
    if differs { Exit::Differs } else { Exit::Ok }
}

/// Whether that is what `--fail-on` names.
pub(crate) fn fails(fail_on: FailOn, loosens: bool, differs: bool) -> bool {
    match fail_on {
        FailOn::Loosening => loosens,
        FailOn::Any => differs,
        FailOn::Never => false,
    }
}

/// An engine that reads paths as the tests of policies do: in `/workspace`, without a disk. So a comparison says the same
/// on every machine.
fn engine(name: &str) -> Result<Engine, Failure> {
    let files = input::policies(&[name.to_owned()])?;
    let input = LoadInput { files, bases: &Disk, operators: std::sync::Arc::default() };
    let loaded = load(input).map_err(|errors: LoadErrors| Failure::Policy(Box::new(LoadError::from(errors))))?;
    let paths =
        HostPaths { workspace: Some(WORKSPACE.to_owned()), home: Some(HOME.to_owned()), ..HostPaths::default() };
    Ok(Engine::new(loaded.set).with_paths(paths))
}

/// The time of calls that no condition on time tells apart: always the same, so that output is.
pub(crate) fn base() -> Timestamp {
    Timestamp::constant(1_767_614_400, 0)
}
