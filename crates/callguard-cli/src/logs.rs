//! Audit logs as commands read them: every file of each, compressed or not, the oldest first.

use crate::screen::Failure;
use callguard::audit_log::{Line, Lines, LogFile, LogFiles};
use indicatif::{ProgressBar, ProgressStyle};
use std::collections::BTreeSet;
use std::fs;
use std::io::{self, IsTerminal, stdin};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// Logs, to be read one after the other.
pub(crate) struct Logs {
    sources: Vec<Source>,
}

enum Source {
    Standard,
    File(LogFile),
}

impl Logs {
    /// Of each name the log with what was rotated beside it; `-` is standard input. A file is read once, however often it is
    /// named, so that a shell's `audit*.jsonl*` names what it means.
    pub(crate) fn of(names: &[PathBuf]) -> Result<Logs, Failure> {
        let mut seen = BTreeSet::new();
        let mut sources = Vec::new();
        for name in names {
            if name.to_str() == Some("-") {
                sources.push(Source::Standard);
                continue;
            }
            let files = LogFiles::of(name).list().map_err(|error| unreadable(name, &error))?;
            if files.is_empty() {
                return Err(Failure::Usage(format!("there is no log `{}`", name.display())));
            }
            for file in files {
                let place = fs::canonicalize(file.path()).map_err(|error| unreadable(file.path(), &error))?;
                if seen.insert(place) {
                    sources.push(Source::File(file));
                }
            }
        }
        Ok(Logs { sources })
    }

    /// Hands on each line that is not blank.
    pub(crate) fn each(&self, mut take: impl FnMut(&Line) -> Result<(), Failure>) -> Result<(), Failure> {
        let progress = Progress::of(self.bytes(), true);
        let read = Arc::new(AtomicU64::new(0));
        for source in &self.sources {
            let name = source.name();
            let lines = source.open(&read).map_err(|error| unreadable(name, &error))?;
            self.each_of(lines, name, &progress, &mut take)?;
        }
        progress.done();
        Ok(())
    }

    fn each_of(
        &self,
        mut lines: Lines,
        name: &Path,
        progress: &Progress,
        take: &mut impl FnMut(&Line) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        while let Some(line) = lines.next() {
            let line = line.map_err(|error| unreadable(name, &error))?;
            progress.at(lines.bytes_read());
            if !line.bytes.iter().all(u8::is_ascii_whitespace) {
                take(&line)?;
            }
        }
        Ok(())
    }

    fn bytes(&self) -> u64 {
        let files = self.sources.iter().filter_map(|source| match source {
            Source::Standard => None,
            Source::File(file) => fs::metadata(file.path()).ok(),
        });
        files.map(|found| found.len()).sum()
    }
}

impl Source {
    fn name(&self) -> &Path {
        match self {
            Source::Standard => Path::new("-"),
            Source::File(file) => file.path(),
        }
    }

    fn open(&self, read: &Arc<AtomicU64>) -> io::Result<Lines> {
        match self {
            Source::Standard => Ok(Lines::of(stdin(), Arc::clone(read))),
            Source::File(file) => Lines::open(file, Arc::clone(read)),
        }
    }
}

fn unreadable(name: &Path, error: &io::Error) -> Failure {
    Failure::Usage(format!("cannot read `{}`: {error}", name.display()))
}

/// How far reading has come, shown on a terminal.
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Over every byte of the log; only where nothing else is printed to the same terminal meanwhile.
    pub(crate) fn over(files: &LogFiles, is_quiet: bool) -> Progress {
        let list = files.list().unwrap_or_default();
        let bytes = list.iter().filter_map(|file| fs::metadata(file.path()).ok()).map(|found| found.len()).sum();
        Progress::of(bytes, is_quiet)
    }

    fn of(bytes: u64, is_quiet: bool) -> Progress {
        let shows = io::stderr().is_terminal() && (is_quiet || !io::stdout().is_terminal());
        Progress { bar: shows.then(|| ProgressBar::new(bytes).with_style(looks())) }
    }

    pub(crate) fn at(&self, bytes: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(bytes);
        }
    }

    pub(crate) fn done(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn looks() -> ProgressStyle {
    let template = "{bar:40} {binary_bytes}/{binary_total_bytes} {binary_bytes_per_sec} {eta}";
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
