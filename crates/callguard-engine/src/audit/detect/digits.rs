//! Stretches of text with many digits in them, where numbers of cards, accounts and people stand.

use std::ops::Range;

/// So many other bytes may stand between two digits: `) ` in a telephone number.
const GAP: usize = 2;

/// Every stretch of digits no further apart than [`GAP`], with the number of digits in it.
pub(super) struct Stretches<'t> {
    text: &'t [u8],
    at: usize,
}

impl<'t> Stretches<'t> {
    pub(super) fn of(text: &'t [u8]) -> Stretches<'t> {
        Stretches { text, at: 0 }
    }
}

impl Iterator for Stretches<'_> {
    type Item = (Range<usize>, usize);

    fn next(&mut self) -> Option<(Range<usize>, usize)> {
        let rest = self.text.get(self.at..)?;
        let start = self.at + rest.iter().position(u8::is_ascii_digit)?;
        let (mut end, mut digits) = (start, 0);
        for (at, byte) in self.text.iter().enumerate().skip(start) {
            if byte.is_ascii_digit() {
                (end, digits) = (at + 1, digits + 1);
            } else if at - end >= GAP {
                break;
            }
        }
        self.at = end;
        Some((start..end, digits))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_that_stand_near_are_one_stretch() {
        let found: Vec<_> = Stretches::of(b"a 12-3 GB82 WEST 1234xxxxxxx5").collect();
        assert_eq!(found, [(2..6, 3), (9..11, 2), (17..21, 4), (28..29, 1)]);
        assert_eq!(Stretches::of(b"none").count(), 0);
    }
}
