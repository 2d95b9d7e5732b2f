//! `callguard audit query`.

use super::read::{each, filter};
use super::text;
use crate::args::audit::QueryArgs;
use crate::exit::Exit;
use crate::logs::Progress;
use crate::screen::{Failure, Screen};
use callguard::audit_log::LogFiles;
use std::ops::ControlFlow;

pub(super) fn run(args: &QueryArgs, screen: &mut Screen) -> Result<Exit, Failure> {
    let files = LogFiles::of(&args.log);
    let filter = filter(&args.filter)?;
    let mut left = args.limit.unwrap_or(usize::MAX);
    let progress = Progress::over(&files, false);
    each(&files, &filter, &progress, screen, |record, line, screen| {
        if left == 0 {
            return Ok(ControlFlow::Break(()));
        }
        match args.json {
            true => screen.line(String::from_utf8_lossy(line))?,
            false => screen.line(text::line(record))?,
        }
        left = left.saturating_sub(1);
        Ok(if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })?;
    Ok(Exit::Ok)
}
