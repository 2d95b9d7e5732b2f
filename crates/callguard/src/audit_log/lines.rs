//! The lines of a log's file, compressed or not, one at a time.

use super::LogFile;
use flate2::bufread::MultiGzDecoder;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What a line may hold; arguments are at most 1 MiB, and escapes may make six of one.
const MOST: u64 = 16 << 20;

/// Reads lines, and counts the bytes that were read for them.
pub struct Lines {
    reader: Box<dyn BufRead + Send>,
    read: Arc<AtomicU64>,
    number: u64,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// From 1.
    pub number: u64,
    /// Without its end.
    pub bytes: Vec<u8>,
    /// Whether it has an end; the last one of a file that was cut off has none.
    pub is_whole: bool,
}

impl Lines {
    /// Of a file. `read` goes up by every byte that is read from it.
    ///
    /// # Errors
    /// It cannot be opened.
    pub fn open(file: &LogFile, read: Arc<AtomicU64>) -> io::Result<Lines> {
        let counted = Counted { from: File::open(file.path())?, read: Arc::clone(&read) };
        let plain = BufReader::with_capacity(1 << 16, counted);
        let reader: Box<dyn BufRead + Send> = match file.is_compressed() {
            true => Box::new(BufReader::with_capacity(1 << 16, MultiGzDecoder::new(plain))),
            false => Box::new(plain),
        };
        Ok(Lines { reader, read, number: 0 })
    }

    /// Of what comes from elsewhere, such as standard input. `read` goes up by every byte that is read from it.
    pub fn of(from: impl Read + Send + 'static, read: Arc<AtomicU64>) -> Lines {
        let counted = Counted { from, read: Arc::clone(&read) };
        Lines { reader: Box::new(BufReader::with_capacity(1 << 16, counted)), read, number: 0 }
    }

    /// Bytes of files that were read so far, this one's and those before it.
    pub fn bytes_read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// The next line; what is longer than 16 MiB is cut off there and counts as not whole.
    fn line(&mut self) -> io::Result<Option<Line>> {
        let mut bytes = Vec::new();
        let taken = self.reader.by_ref().take(MOST).read_until(b'\n', &mut bytes)?;
        if taken == 0 {
            return Ok(None);
        }
        let is_whole = bytes.last() == Some(&b'\n');
        if is_whole {
            bytes.pop();
        }
        self.number = self.number.saturating_add(1);
        Ok(Some(Line { number: self.number, bytes, is_whole }))
    }
}

impl Iterator for Lines {
    type Item = io::Result<Line>;

    fn next(&mut self) -> Option<io::Result<Line>> {
        self.line().transpose()
    }
}

struct Counted<R> {
    from: R,
    read: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.from.read(into)?;
        self.read.fetch_add(u64::try_from(count).unwrap_or(0), Ordering::Relaxed);
        Ok(count)
    }
}
