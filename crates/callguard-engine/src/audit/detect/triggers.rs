//! Where in a text a rule's regex is worth trying, found in passes that touch few bytes each.
//!
//! A *prefix* stands where a word begins, in or right before a long run of token characters. A *keyword* has at least
//! five bytes, so that one of its groups of four starts at an even place wherever it stands: every second place is
//! looked up in a table. ASCII case never counts.

use super::runs::{Class, LONG, LongRuns, TOKEN};
use std::ops::Range;

/// Keywords are at least so long.
#[cfg(test)]
pub(super) const SHORTEST_KEYWORD: usize = 5;
/// Prefixes are at least so long.
#[cfg(test)]
pub(super) const SHORTEST_PREFIX: usize = 2;
/// How far before a long run a prefix with dots may begin: `xoxe.`, `dp.pt.`.
const DOTTED: usize = 24;

/// Of the table that says whether a group of four may begin a keyword.
const SLOTS: usize = 1 << 13;

/// Words, each known by a number, that are looked for by their groups of four bytes.
#[derive(Debug)]
pub(in crate::audit) struct Keywords {
    known: Box<[bool; SLOTS]>,
    words: Vec<String>,
    /// Group, how far from the word's start it stands, the word; in order.
    groups: Vec<(u32, usize, usize)>,
}

impl Keywords {
    /// Each word has at least five bytes and is in lower case.
    pub(in crate::audit) fn new(words: Vec<String>) -> Keywords {
        let mut all = Keywords { known: Box::new([false; SLOTS]), words, groups: Vec::new() };
        for (number, word) in all.words.iter().enumerate() {
            for (offset, group) in word.as_bytes().array_windows::<4>().enumerate().take(2) {
                let group = folded(*group);
                all.known.get_mut(slot(group)).into_iter().for_each(|known| *known = true);
                all.groups.push((group, offset, number));
            }
        }
        all.groups.sort_unstable();
        all
    }

    /// Every occurrence: the word's number, and where it stands. Starts rise, but for words that overlap.
    pub(in crate::audit) fn find(&self, text: &[u8], mut hit: impl FnMut(usize, Range<usize>)) {
        let mut done = 0;
        while let Some((pair, group)) = self.candidate(text, done) {
            self.verify(text, pair * 2, group, &mut hit);
            done = pair + 1;
        }
    }

    /// The first pair of bytes from `from` on that begins a group which is in the table.
    fn candidate(&self, text: &[u8], from: usize) -> Option<(usize, u32)> {
        let (pairs, _) = text.as_chunks::<2>();
        let mut groups = pairs.get(from..)?.array_windows().map(|[[a, b], [c, d]]| folded([*a, *b, *c, *d]));
        let mut pair = from;
        let group = groups.find(|group| {
            pair += 1;
            self.known.get(slot(*group)).is_some_and(|known| *known)
        })?;
        Some((pair - 1, group))
    }

    fn verify(&self, text: &[u8], at: usize, group: u32, hit: &mut impl FnMut(usize, Range<usize>)) {
        let first = self.groups.partition_point(|(known, ..)| *known < group);
        let same = self.groups.get(first..).unwrap_or_default().iter().take_while(|(known, ..)| *known == group);
        for (_, offset, number) in same {
            let (Some(start), Some(word)) = (at.checked_sub(*offset), self.words.get(*number)) else { continue };
            let range = start..start + word.len();
            if text.get(range.clone()).is_some_and(|part| part.eq_ignore_ascii_case(word.as_bytes())) {
                hit(*number, range);
            }
        }
    }
}

/// With the bit that tells lower from upper case. What is not a letter may fall together with something else.
fn folded(group: [u8; 4]) -> u32 {
    u32::from_le_bytes(group) | 0x2020_2020
}

fn slot(group: u32) -> usize {
    usize::try_from(group.wrapping_mul(0x9E37_79B1) >> 19).unwrap_or_default() % SLOTS
}

/// The beginnings of tokens, each known by a number.
#[derive(Debug)]
pub(super) struct Prefixes {
    /// By their first two bytes.
    buckets: Vec<Vec<(String, usize)>>,
}

impl Prefixes {
    /// Each has at least two bytes and is in lower case.
    pub(super) fn new(prefixes: impl IntoIterator<Item = (String, usize)>) -> Prefixes {
        let mut known = Prefixes { buckets: vec![Vec::new(); 1 << 10] };
        for (prefix, number) in prefixes {
            let place = prefix.as_bytes().first_chunk::<2>().map_or(0, |pair| bucket(*pair));
            known.buckets.get_mut(place).into_iter().for_each(|bucket| bucket.push((prefix.clone(), number)));
        }
        known
    }

    /// Every prefix where a word begins, in or right before a long run.
    pub(super) fn find(&self, text: &[u8], mut hit: impl FnMut(usize, Range<usize>)) {
        for run in LongRuns::of(text, LONG, &TOKEN) {
            let start = dotted(text, run.start);
            let mut begins = true;
            for (at, byte) in text.get(start..run.end).unwrap_or_default().iter().enumerate() {
                let word = WORD.has(*byte);
                if word && begins {
                    self.starting_at(text, start + at, &mut hit);
                }
                begins = !word;
            }
        }
    }

    fn starting_at(&self, text: &[u8], at: usize, hit: &mut impl FnMut(usize, Range<usize>)) {
        let rest = text.get(at..).unwrap_or_default();
        let Some(pair) = rest.first_chunk::<2>() else { return };
        for (prefix, number) in self.buckets.get(bucket(*pair)).into_iter().flatten() {
            if rest.get(..prefix.len()).is_some_and(|part| part.eq_ignore_ascii_case(prefix.as_bytes())) {
                hit(*number, at..at + prefix.len());
            }
        }
    }
}

/// Where the words begin that are joined to a run by dots.
fn dotted(text: &[u8], start: usize) -> usize {
    let before = text.get(start.saturating_sub(DOTTED)..start).unwrap_or_default();
    match before.last() {
        Some(b'.') => start - before.iter().rev().take_while(|byte| TOKEN.has(**byte) || **byte == b'.').count(),
        _ => start,
    }
}

/// As `\b` of a regex of bytes sees it.
static WORD: Class = Class::letters_digits_and(b"_");

fn bucket(pair: [u8; 2]) -> usize {
    pair.iter().fold(0, |place, byte| place << 5 | usize::from(byte & 0x1F))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn keywords(text: &str, words: &[&str]) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        Keywords::new(words.iter().map(|word| (*word).to_owned()).collect())
            .find(text.as_bytes(), |number, range| found.push((number, range.start)));
        found
    }

    #[test]
    fn prefixes_count_where_words_begin_before_long_runs() {
        let prefixes = Prefixes::new([("hvs.".to_owned(), 0), ("ghp_".to_owned(), 1), ("aa".to_owned(), 2)]);
        for (text, wanted) in [
            ("ghp_0123456789abcdef", vec![(1, 0)]),
            ("x=GHP_0123456789abcdef", vec![(1, 2)]),
            ("a-ghp_0123456789abcdef", vec![(1, 2)]),
            ("xghp_0123456789abcdef", vec![]),
            ("ghp_short", vec![]),
            ("see hvs.0123456789abcdef", vec![(0, 4)]),
            ("hvs 0123456789abcdef", vec![]),
            ("12:AA0123456789abcdef", vec![(2, 3)]),
        ] {
            let mut found = Vec::new();
            prefixes.find(text.as_bytes(), |number, range| found.push((number, range.start)));
            assert_eq!(found, wanted, "{text}");
        }
    }

    proptest! {
        #[test]
        fn keywords_are_found_wherever_they_stand(text in "[tokenTOKENxé ]{0,60}") {
            let lower = text.to_ascii_lowercase();
            let mut wanted: Vec<(usize, usize)> = Vec::new();
            for (number, word) in ["token", "tokenx", "okeno"].iter().enumerate() {
                wanted.extend((0..lower.len()).filter(|at| lower.as_bytes().get(*at..).is_some_and(|rest| rest.starts_with(word.as_bytes()))).map(|at| (number, at)));
            }
            let mut found = keywords(&text, &["token", "tokenx", "okeno"]);
            found.sort_unstable();
            prop_assert_eq!(found, wanted);
        }
    }
}
