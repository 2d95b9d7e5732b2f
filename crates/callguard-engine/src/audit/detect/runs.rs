//! Long runs of token characters, found without looking at every byte.

use std::ops::Range;

/// A token has so many letters, digits, `_` and `-` in a row.
pub(in crate::audit) const LONG: usize = 16;

/// Some bytes: a table, since the passes ask it of every byte they touch.
#[derive(Debug)]
pub(in crate::audit) struct Class([bool; 256]);

impl Class {
    /// Letters, digits and these.
    #[expect(clippy::indexing_slicing, reason = "a byte is within 256, and the compiler runs it")]
    pub(in crate::audit) const fn letters_digits_and(others: &[u8]) -> Class {
        let mut table = [false; 256];
        let mut byte = 0_u8;
        while byte < 128 {
            table[byte as usize] = byte.is_ascii_alphanumeric();
            byte += 1;
        }
        let mut rest = others;
        while let [first, behind @ ..] = rest {
            table[*first as usize] = true;
            rest = behind;
        }
        Class(table)
    }

    /// Whether it is one of them.
    pub(in crate::audit) fn has(&self, byte: u8) -> bool {
        self.0.get(usize::from(byte)).is_some_and(|has| *has)
    }
}

/// What tokens are made of.
pub(super) static TOKEN: Class = Class::letters_digits_and(b"_-");

/// Every longest run of at least `least` bytes of a class, from left to right.
///
/// A window of that length is read from its end: a byte of another class in it takes the window behind itself, so most
/// bytes are never read, and none more than twice.
pub(in crate::audit) struct LongRuns<'t> {
    text: &'t [u8],
    class: &'static Class,
    least: usize,
    window: usize,
}

impl<'t> LongRuns<'t> {
    pub(in crate::audit) fn of(text: &'t [u8], least: usize, class: &'static Class) -> LongRuns<'t> {
        LongRuns { text, class, least: least.max(1), window: 0 }
    }
}

impl Iterator for LongRuns<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        loop {
            let start = self.window;
            let window = self.text.get(start..start.checked_add(self.least)?)?;
            if let Some(other) = window.iter().rposition(|byte| !self.class.has(*byte)) {
                self.window = start + other + 1;
                continue;
            }
            let behind = self.text.get(start + self.least..).unwrap_or_default();
            let more = behind.iter().take_while(|byte| self.class.has(**byte)).count();
            let end = start + self.least + more;
            self.window = end + 1;
            return Some(start..end);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn naive(text: &[u8], least: usize) -> Vec<Range<usize>> {
        let mut runs = Vec::new();
        let mut start = None;
        for at in 0..=text.len() {
            match (text.get(at).is_some_and(|byte| TOKEN.has(*byte)), start) {
                (true, None) => start = Some(at),
                (false, Some(begun)) => {
                    runs.extend((at - begun >= least).then_some(begun..at));
                    start = None;
                }
                _ => {}
            }
        }
        runs
    }

    proptest! {
        #[test]
        fn they_are_those_that_every_byte_shows(text in "[ab_. /é]{0,80}", least in 1_usize..9) {
            let bytes = text.as_bytes();
            prop_assert_eq!(LongRuns::of(bytes, least, &TOKEN).collect::<Vec<_>>(), naive(bytes, least));
        }
    }
}
