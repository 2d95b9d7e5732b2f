//! Frames: lines of bytes, read without interpreting them and within a bound of memory.

use super::oversize::IdScan;
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncRead, BufReader};

/// What a frame may be at most. One frame per direction is in memory at a time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FrameLimits {
    /// Bytes, the line end included.
    pub(crate) bytes: usize,
}

impl Default for FrameLimits {
    fn default() -> FrameLimits {
        FrameLimits { bytes: 64 << 20 }
    }
}

/// One line of the protocol.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Frame {
    /// The line as it came, its end included (the last line of a stream may have none).
    Line(Vec<u8>),
    /// A line over the limit: thrown away, but for the text of its `id` where that could be made out.
    TooLong { id: Option<String> },
}

/// Reads frames from a stream of bytes.
pub(crate) struct FrameReader<R> {
    bytes: BufReader<R>,
    limits: FrameLimits,
}

impl<R: AsyncRead + Unpin> FrameReader<R> {
    pub(crate) fn new(stream: R, limits: FrameLimits) -> FrameReader<R> {
        FrameReader { bytes: BufReader::with_capacity(64 << 10, stream), limits }
    }

    /// The next frame; `None` at the end of the stream.
    pub(crate) async fn next(&mut self) -> std::io::Result<Option<Frame>> {
        let mut line = Vec::new();
        loop {
            let available = self.bytes.fill_buf().await?;
            if available.is_empty() {
                return Ok((!line.is_empty()).then_some(Frame::Line(line)));
            }
            let (part, ended) = up_to_line_end(available);
            if line.len().saturating_add(part.len()) > self.limits.bytes {
                let mut scan = IdScan::default();
                scan.feed(&line);
                drop(line);
                return discard(&mut self.bytes, scan).await.map(Some);
            }
            line.extend_from_slice(part);
            let used = part.len();
            self.bytes.consume(used);
            if ended {
                return Ok(Some(Frame::Line(line)));
            }
        }
    }
}

/// Reads the rest of a line that is too long, keeping nothing of it but its id.
async fn discard(bytes: &mut (impl AsyncBufRead + Unpin), mut scan: IdScan) -> std::io::Result<Frame> {
    loop {
        let available = bytes.fill_buf().await?;
        if available.is_empty() {
            return Ok(Frame::TooLong { id: scan.id() });
        }
        let (part, ended) = up_to_line_end(available);
        scan.feed(part);
        let used = part.len();
        bytes.consume(used);
        if ended {
            return Ok(Frame::TooLong { id: scan.id() });
        }
    }
}

/// The bytes up to and with the first line end, and whether there was one.
fn up_to_line_end(bytes: &[u8]) -> (&[u8], bool) {
    match memchr::memchr(b'\n', bytes).and_then(|at| bytes.get(..=at)) {
        Some(line) => (line, true),
        None => (bytes, false),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    async fn frames(input: &[u8], limit: usize) -> Vec<Frame> {
        let mut reader = FrameReader::new(input, FrameLimits { bytes: limit });
        let mut all = Vec::new();
        while let Some(frame) = reader.next().await.unwrap() {
            all.push(frame);
        }
        all
    }

    fn line(text: &str) -> Frame {
        Frame::Line(text.as_bytes().to_vec())
    }

    #[tokio::test]
    async fn lines_keep_their_ends() {
        assert_eq!(frames(b"a\r\n\n b", 9).await, [line("a\r\n"), line("\n"), line(" b")]);
    }

    #[tokio::test]
    async fn a_line_over_the_limit_is_dropped_and_the_next_one_read() {
        let input = br#"{"id":7,"x":"aaaaaaaaaaaaaaaaaaaa"}
{"x":1}
"#;
        let expected = [Frame::TooLong { id: Some("7".to_owned()) }, line("{\"x\":1}\n")];
        assert_eq!(frames(input, 16).await, expected);
    }

    #[tokio::test]
    async fn a_line_at_the_limit_is_read() {
        assert_eq!(frames(b"12345\n", 6).await, [line("12345\n")]);
        assert_eq!(frames(b"123456\n", 6).await, [Frame::TooLong { id: None }]);
    }
}
