//! Lines and columns of byte offsets, fast even in a file that is one long line.

/// Bytes between two counted places.
const STRIDE: usize = 1024;

/// Where lines start, and how many characters stand before every [`STRIDE`]th byte.
#[derive(Clone, Debug, Default)]
pub(super) struct LineIndex {
    starts: Vec<u32>,
    chars: Vec<u32>,
}

impl LineIndex {
    pub(super) fn new(text: &str) -> LineIndex {
        let after_breaks =
            text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at.saturating_add(1));
        let starts = std::iter::once(0).chain(after_breaks).map_while(|at| u32::try_from(at).ok()).collect();
        let mut seen = 0_usize;
        let mut chars = vec![0];
        for block in text.as_bytes().chunks(STRIDE) {
            seen = seen.saturating_add(count_chars(block));
            chars.push(u32::try_from(seen).unwrap_or(u32::MAX));
        }
        LineIndex { starts, chars }
    }

    /// The one-based line that holds `offset`, and the offset at which that line starts.
    pub(super) fn line(&self, offset: u32) -> (usize, u32) {
        let line = self.starts.partition_point(|start| *start <= offset);
        (line.max(1), line.checked_sub(1).and_then(|at| self.starts.get(at)).copied().unwrap_or(0))
    }

    /// The offset at which a line starts, by its one-based number.
    pub(super) fn start(&self, line: usize) -> Option<usize> {
        self.starts.get(line.checked_sub(1)?).and_then(|start| usize::try_from(*start).ok())
    }

    /// How many characters begin before `offset`.
    pub(super) fn chars_before(&self, text: &str, offset: u32) -> usize {
        let offset = usize::try_from(offset).unwrap_or(usize::MAX).min(text.len());
        let block = offset.checked_div(STRIDE).unwrap_or(0);
        let counted = self.chars.get(block).copied().and_then(|count| usize::try_from(count).ok()).unwrap_or(0);
        let rest = text.as_bytes().get(block.saturating_mul(STRIDE)..offset).unwrap_or_default();
        counted.saturating_add(count_chars(rest))
    }
}

/// Characters that begin in `bytes`: everything but UTF-8's continuation bytes.
fn count_chars(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0b1100_0000 != 0b1000_0000).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_as_one_would_by_hand() {
        let text = format!("{}\né\r\n\n{}x", "日本é ".repeat(700), "é".repeat(5_000));
        let index = LineIndex::new(&text);
        let (mut line, mut start) = (1, 0);
        for (chars, (at, c)) in text.char_indices().enumerate() {
            let at = u32::try_from(at).unwrap_or(u32::MAX);
            assert_eq!(index.chars_before(&text, at), chars);
            assert_eq!(index.line(at), (line, start));
            if c == '\n' {
                (line, start) = (line + 1, at + 1);
            }
        }
        assert_eq!(index.start(2), text.find('\n').map(|at| at + 1));
        assert_eq!((index.start(0), index.start(5)), (None, None));
        assert_eq!(index.chars_before(&text, u32::MAX), text.chars().count());
    }
}
