//! `callguard diff`: which decisions change between two policies.

mod lines;
mod markdown;
pub(crate) mod text;

use crate::args::{DiffArgs, FailOn};
use crate::exit::Exit;
use crate::input;
use crate::logs::Logs;
use crate::screen::{Failure, Screen};
use callguard::engine::decide::{Engine, HostPaths};
use callguard::engine::policy::{LoadErrors, LoadInput, load};
use callguard::{Disk, LoadError};
use callguard_analysis::history::History;
use callguard_analysis::{DiffJson, Report};
use jiff::Timestamp;
use std::io::BufRead;
use std::path::Path;

pub(crate) fn run(args: &DiffArgs, screen: &mut Screen) -> Result<Exit, Failure> {
    let (old, new) = (engine(&args.old)?, engine(&args.new)?);
    let mut report = Report::of(&old, &new, base());
    if !args.audit.is_empty() || args.calls.is_some() {
        let mut history = History::new(&old, &new);
        Logs::of(&args.audit)?.each(|line| {
            history.event(&line.bytes);
            Ok(())
        })?;
        if let Some(calls) = &args.calls {
            lines::each(calls, |line| history.call(line, base()))?;
        }
        report.past = Some(history.past);
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
    let paths = HostPaths {
        workspace: Some("/workspace".to_owned()),
        home: Some("/home/agent".to_owned()),
        ..HostPaths::default()
    };
    Ok(Engine::new(loaded.set).with_paths(paths))
}

/// The time of calls that no condition on time tells apart: always the same, so that output is.
fn base() -> Timestamp {
    Timestamp::constant(1_767_614_400, 0)
}
