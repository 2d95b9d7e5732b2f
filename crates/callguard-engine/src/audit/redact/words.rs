//! Names cut into words, and a quick look at how they end.

use smallvec::SmallVec;

/// The words of a name put together in lower case: `X-Api-Key`, `apiKey`, `APIKey` are `api` and `key`, with an `x` before.
/// Usual names take no memory of their own.
pub(super) struct Words {
    letters: SmallVec<[u8; 64]>,
    /// Where each begins.
    starts: SmallVec<[usize; 8]>,
}

impl Words {
    pub(super) fn of(name: &str) -> Words {
        let mut words = Words { letters: SmallVec::new(), starts: SmallVec::new() };
        let mut letters = name.chars().peekable();
        let mut last = ' ';
        while let Some(letter) = letters.next() {
            let next_lower = letters.peek().is_some_and(|next| next.is_lowercase());
            let starts = !last.is_alphanumeric()
                || letter.is_uppercase() && (last.is_lowercase() || last.is_uppercase() && next_lower)
                || letter.is_ascii_digit() != last.is_ascii_digit();
            if letter.is_alphanumeric() {
                if starts || words.starts.is_empty() {
                    words.starts.push(words.letters.len());
                }
                words.push(letter);
            }
            last = letter;
        }
        words
    }

    fn push(&mut self, letter: char) {
        if letter.is_ascii() {
            self.letters.extend(u8::try_from(letter.to_ascii_lowercase()));
            return;
        }
        for lower in letter.to_lowercase() {
            self.letters.extend_from_slice(lower.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }

    pub(super) fn count(&self) -> usize {
        self.starts.len()
    }

    /// The last so many, put together.
    pub(super) fn last(&self, count: usize) -> &str {
        let start = self.count().checked_sub(count).and_then(|first| self.starts.get(first));
        let letters = start.and_then(|start| self.letters.get(*start..)).unwrap_or_default();
        // INVARIANT: whole characters were pushed, and words begin with one.
        std::str::from_utf8(letters).unwrap_or_default()
    }

    /// Without digits at the end.
    pub(super) fn without_number(&self) -> Words {
        let mut words = Words { letters: self.letters.clone(), starts: self.starts.clone() };
        while let Some(start) = words.starts.last().copied()
            && words.letters.iter().skip(start).all(u8::is_ascii_digit)
        {
            words.starts.pop();
            words.letters.truncate(start);
        }
        words
    }

    /// As it is shown: `badge_number`.
    pub(super) fn shown(&self) -> String {
        let ends = self.starts.iter().skip(1).copied().chain([self.letters.len()]);
        let words = self.starts.iter().zip(ends).filter_map(|(start, end)| self.letters.get(*start..end));
        words.filter_map(|word| std::str::from_utf8(word).ok()).collect::<Vec<_>>().join("_")
    }
}

/// Pairs of letters and digits, a few of which may be taken for others.
#[derive(Clone, Debug, Default)]
pub(super) struct Pairs {
    rows: [u32; 32],
}

impl Pairs {
    /// The last two characters of a name without digits behind it.
    pub(super) fn add(&mut self, name: &str) {
        match last_two(name) {
            [Some(one), Some(last)] if one.is_ascii() && last.is_ascii() => {
                self.rows.get_mut(usize::from(one & 31)).into_iter().for_each(|row| *row |= 1 << (last & 31));
            }
            // Anything may stand before a single letter; what is not ASCII has several spellings.
            [_, Some(last)] if last.is_ascii() => self.rows.iter_mut().for_each(|row| *row |= 1 << (last & 31)),
            _ => self.rows = [u32::MAX; 32],
        }
    }

    pub(super) fn ends(&self, name: &str) -> bool {
        match last_two(name) {
            [Some(one), Some(last)] if one.is_ascii() && last.is_ascii() => {
                self.rows.get(usize::from(one & 31)).is_some_and(|row| row >> (last & 31) & 1 == 1)
            }
            [None, Some(last)] if last.is_ascii() => self.rows.iter().any(|row| row >> (last & 31) & 1 == 1),
            [_, last] => last.is_some(),
        }
    }
}

/// The last two bytes that are letters or digits, digits at the very end left out.
fn last_two(name: &str) -> [Option<u8>; 2] {
    let mut parts = name.bytes().rev().filter(|byte| byte.is_ascii_alphanumeric() || !byte.is_ascii());
    let last = parts.by_ref().find(|byte| !byte.is_ascii_digit());
    [parts.next(), last]
}
