//! `callguard audit tail`: the newest events, and those that come.

use super::read::{filter, warn_of};
use super::{text, unreadable};
use crate::args::audit::TailArgs;
use crate::exit::Exit;
use crate::screen::{Failure, Screen};
use callguard::audit_log::{Filter, Line, Lines, LogFile, LogFiles, Record};
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::sync::Arc;
use std::time::Duration;

/// Between two looks for more.
const PAUSE: Duration = Duration::from_millis(200);

pub(super) fn run(args: &TailArgs, screen: &mut Screen) -> Result<Exit, Failure> {
    let files = LogFiles::of(&args.log);
    let filter = filter(&args.filter)?;
    let wrong = |error: io::Error| unreadable(files.active(), &error);
    let mut list = files.list().map_err(wrong)?;
    if list.is_empty() && !args.follow {
        return Err(Failure::Outside(format!("there is no log `{}`", args.log.display())));
    }
    // Before the newest events are read, so that none between is left out; those shown already are known by number.
    let mut follower = Follower { files: &files, open: open(&files).map_err(wrong)?, line: Vec::new(), seen: 0 };
    let mut newest: VecDeque<(Record, Vec<u8>)> = VecDeque::new();
    let mut broken = 0_u64;
    let count = list.len();
    // The last file is read in any case: what stands in it now is not what comes.
    while (newest.len() < args.lines || list.len() == count)
        && let Some(file) = list.pop()
    {
        let found = last_of(&file, &filter, args.lines.saturating_sub(newest.len()), &mut follower.seen, &mut broken);
        for entry in found.map_err(wrong)?.into_iter().rev() {
            newest.push_front(entry);
        }
    }
    for (record, line) in newest {
        show(args, &record, &line, screen)?;
    }
    warn_of(broken, screen);
    if !args.follow {
        return Ok(Exit::Ok);
    }
    // Until it is interrupted, or nobody reads any more.
    loop {
        follower.each(|line| match Record::read(line) {
            Ok(record) if filter.wants(&record) => show(args, &record, line, screen),
            Ok(_) => Ok(()),
            Err(_) => {
                warn_of(1, screen);
                Ok(())
            }
        })?;
        std::thread::sleep(PAUSE);
    }
}

fn show(args: &TailArgs, record: &Record, line: &[u8], screen: &mut Screen) -> Result<(), Failure> {
    match args.json {
        true => screen.line(String::from_utf8_lossy(line)),
        false => screen.line(text::line(record)),
    }
}

/// The last wanted records of a file, the oldest first.
fn last_of(
    file: &LogFile,
    filter: &Filter,
    most: usize,
    seen: &mut u64,
    broken: &mut u64,
) -> io::Result<VecDeque<(Record, Vec<u8>)>> {
    let mut last = VecDeque::new();
    for line in Lines::open(file, Arc::default())? {
        let Line { bytes, is_whole, .. } = line?;
        let Ok(record) = Record::read(&bytes) else {
            *broken = broken.saturating_add(u64::from(is_whole));
            continue;
        };
        *seen = record.seq().max(*seen);
        if filter.wants(&record) {
            last.push_back((record, bytes));
            if last.len() > most {
                last.pop_front();
            }
        }
    }
    Ok(last)
}

/// Reads on where the log ended, over the rotation of files.
struct Follower<'f> {
    files: &'f LogFiles,
    open: Option<BufReader<File>>,
    /// The beginning of a line whose end is not there yet.
    line: Vec<u8>,
    /// The number of the last record that was read.
    seen: u64,
}

impl Follower<'_> {
    fn each(&mut self, mut take: impl FnMut(&[u8]) -> Result<(), Failure>) -> Result<(), Failure> {
        let files = self.files;
        let wrong = |error: io::Error| unreadable(files.active(), &error);
        // Looked for before the rest is read: a file that is rotated now is read to its end first.
        let is_rotated = self.is_rotated().map_err(wrong)?;
        self.rest(&mut take)?;
        if is_rotated {
            let (later, seen) = (files.list().map_err(wrong)?, self.seen);
            for file in later.iter().filter(|file| file.first().is_some_and(|first| first > seen)) {
                for line in Lines::open(file, Arc::default()).map_err(wrong)? {
                    self.take(&line.map_err(wrong)?.bytes, &mut take)?;
                }
            }
            self.open = open(files).map_err(wrong)?;
            self.line.clear();
            self.rest(&mut take)?;
        }
        Ok(())
    }

    fn rest(&mut self, take: &mut impl FnMut(&[u8]) -> Result<(), Failure>) -> Result<(), Failure> {
        let files = self.files;
        while let Some(open) = &mut self.open {
            let read = open.read_until(b'\n', &mut self.line).map_err(|error| unreadable(files.active(), &error))?;
            if read == 0 || self.line.pop_if(|last| *last == b'\n').is_none() {
                return Ok(());
            }
            let line = std::mem::take(&mut self.line);
            self.take(&line, take)?;
        }
        Ok(())
    }

    fn take(&mut self, line: &[u8], take: &mut impl FnMut(&[u8]) -> Result<(), Failure>) -> Result<(), Failure> {
        if let Ok(record) = Record::read(line) {
            if record.seq() <= self.seen {
                return Ok(());
            }
            self.seen = record.seq();
        }
        take(line)
    }

    /// Whether the log's name is another file's than the one that is read.
    fn is_rotated(&self) -> io::Result<bool> {
        let Some(open) = &self.open else { return Ok(true) };
        let now = match std::fs::metadata(self.files.active()) {
            Ok(now) => now,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(error),
        };
        let before = open.get_ref().metadata()?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            Ok((now.dev(), now.ino()) != (before.dev(), before.ino()))
        }
        #[cfg(not(unix))]
        Ok(now.len() < before.len())
    }
}

fn open(files: &LogFiles) -> io::Result<Option<BufReader<File>>> {
    match File::open(files.active()) {
        Ok(file) => Ok(Some(BufReader::new(file))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
