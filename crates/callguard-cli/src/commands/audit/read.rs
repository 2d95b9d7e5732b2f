//! Reads the records of a log that a filter wants.

use super::unreadable;
use crate::args::audit::FilterArgs;
use crate::logs::Progress;
use crate::screen::{Failure, Screen, style};
use callguard::audit_log::{Filter, Lines, LogFiles, Record};
use jiff::{Span, SpanRelativeTo, Timestamp};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// The filter of the command line.
pub(super) fn filter(args: &FilterArgs) -> Result<Filter, Failure> {
    let now = Timestamp::now();
    Ok(Filter {
        since: args.since.as_deref().map(|text| time("--since", text, now)).transpose()?,
        until: args.until.as_deref().map(|text| time("--until", text, now)).transpose()?,
        tool: args.tool.clone(),
        decision: args.decision.clone(),
        contract: args.contract.clone(),
        principal: args.principal.clone(),
        session: args.session.clone(),
        with_log_records: false,
    })
}

/// A time, or a span before now.
fn time(option: &str, text: &str, now: Timestamp) -> Result<Timestamp, Failure> {
    if let Ok(time) = text.parse() {
        return Ok(time);
    }
    // A day has 24 hours here.
    let span = text.parse::<Span>().ok().and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()).ok());
    let ago = span.and_then(|span| now.checked_sub(span).ok());
    ago.ok_or_else(|| {
        Failure::Usage(format!("`{option}` takes a time (2026-01-31T10:00:00Z) or so long ago (2h), not `{text}`"))
    })
}

/// Reads every wanted record, the oldest first, until `take` has enough. Lines that are no records are counted and named.
pub(super) fn each(
    files: &LogFiles,
    filter: &Filter,
    progress: &Progress,
    screen: &mut Screen,
    mut take: impl FnMut(&Record, &[u8], &mut Screen) -> Result<ControlFlow<()>, Failure>,
) -> Result<(), Failure> {
    let wrong = |error: std::io::Error| unreadable(files.active(), &error);
    let list = files.list().map_err(wrong)?;
    if list.is_empty() {
        return Err(Failure::Outside(format!("there is no log `{}`", files.active().display())));
    }
    let read = Arc::new(AtomicU64::new(0));
    let mut broken = 0_u64;
    'files: for file in &list {
        let mut lines = Lines::open(file, Arc::clone(&read)).map_err(wrong)?;
        while let Some(line) = lines.next() {
            let line = line.map_err(wrong)?;
            progress.at(lines.bytes_read());
            match Record::read(&line.bytes) {
                Ok(record) if filter.wants(&record) => {
                    if take(&record, &line.bytes, screen)?.is_break() {
                        break 'files;
                    }
                }
                Ok(_) => {}
                Err(_) if !line.is_whole => {}
                Err(_) => broken = broken.saturating_add(1),
            }
        }
    }
    progress.done();
    warn_of(broken, screen);
    Ok(())
}

pub(super) fn warn_of(broken: u64, screen: &mut Screen) {
    if broken > 0 {
        let (ask, count) = (style::ASK, broken);
        screen.note(format_args!(
            "{ask}warning{ask:#}: {count} line(s) are not what was written; `callguard audit verify` names them"
        ));
    }
}
