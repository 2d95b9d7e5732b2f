//! Lines of logs, one after the other: a log may be longer than memory.

use super::{BufRead, Failure, Path};
use std::fs::File;
use std::io::{BufReader, Read, stdin};

/// A line longer than this is handed on cut, so that it counts as unreadable: an event holds one call, and that has at most
/// 1 MiB of arguments.
const MOST_LINE: u64 = 4 << 20;

/// Hands on each line that is not blank.
pub(super) fn each(log: &Path, mut take: impl FnMut(&[u8])) -> Result<(), Failure> {
    let unreadable = |error| Failure::Usage(format!("cannot read `{}`: {error}", log.display()));
    let mut reader: Box<dyn BufRead> = match log.to_str() {
        Some("-") => Box::new(BufReader::new(stdin())),
        _ => Box::new(BufReader::new(File::open(log).map_err(unreadable)?)),
    };
    let mut line = Vec::new();
    loop {
        line.clear();
        if (&mut reader).take(MOST_LINE).read_until(b'\n', &mut line).map_err(unreadable)? == 0 {
            return Ok(());
        }
        if !line.iter().all(u8::is_ascii_whitespace) {
            take(&line);
        }
    }
}
