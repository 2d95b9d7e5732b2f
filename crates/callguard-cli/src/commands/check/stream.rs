//! Calls one a line, decisions one a line, in order; an unreadable line is a denied one.

use super::{Checker, as_json, exit_of, text};
use crate::exit::Exit;
use crate::screen::{Failure, Screen};
use callguard::Effect;
use callguard::engine::call::CallJson;
use jiff::Timestamp;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, stdin};
use std::path::Path;

/// A line longer than this is denied unread; arguments have at most 1 MiB, and a call has more than its arguments.
const MOST_LINE: u64 = 2 << 20;

pub(crate) fn run(checker: &Checker, calls: &Path, json: bool, screen: &mut Screen) -> Result<Exit, Failure> {
    let unreadable = |error| Failure::Usage(format!("cannot read `{}`: {error}", calls.display()));
    let mut reader: Box<dyn BufRead> = match calls.to_str() {
        Some("-") => Box::new(BufReader::new(stdin())),
        _ => Box::new(BufReader::new(File::open(calls).map_err(unreadable)?)),
    };
    let mut strictest = Effect::Allow;
    while let Some(line) = next_line(&mut reader).map_err(unreadable)? {
        let decision = match line {
            Line::TooLong => checker.guard.refusal("the line is longer than 2 MiB"),
            Line::Blank => continue,
            Line::Call(bytes) => match CallJson::parse(&bytes, Timestamp::now()) {
                Ok(call) => checker.decide(call)?,
                Err(error) => checker.guard.refusal(&error.to_string()),
            },
        };
        strictest = strictest.max(decision.effect);
        if json { screen.line(as_json(&decision))? } else { text::short(&decision, screen)? }
    }
    Ok(exit_of(strictest))
}

enum Line {
    Call(Vec<u8>),
    Blank,
    TooLong,
}

/// The next line without its end; the rest of one that is too long is skipped, not kept.
fn next_line(reader: &mut dyn BufRead) -> std::io::Result<Option<Line>> {
    let mut bytes = Vec::new();
    if reader.take(MOST_LINE).read_until(b'\n', &mut bytes)? == 0 {
        return Ok(None);
    }
    let complete = bytes.last() == Some(&b'\n');
    if !complete && u64::try_from(bytes.len()).is_ok_and(|length| length >= MOST_LINE) {
        skip_line(reader)?;
        return Ok(Some(Line::TooLong));
    }
    while bytes.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r')) {
        bytes.pop();
    }
    Ok(Some(if bytes.iter().all(u8::is_ascii_whitespace) { Line::Blank } else { Line::Call(bytes) }))
}

fn skip_line(reader: &mut dyn BufRead) -> std::io::Result<()> {
    loop {
        let buffered = reader.fill_buf()?;
        let end = buffered.iter().position(|byte| *byte == b'\n');
        let used = end.map_or(buffered.len(), |at| at.saturating_add(1));
        let done = end.is_some() || buffered.is_empty();
        reader.consume(used);
        if done {
            return Ok(());
        }
    }
}
