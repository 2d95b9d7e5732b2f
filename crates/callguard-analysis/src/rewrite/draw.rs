//! Where choices come from: bytes of a fuzzer, or of a seed.

use arbitrary::Unstructured;

/// Draws choices from bytes. Once they are used up every choice is the first one, which ends every recursion.
pub struct Draw<'a> {
    bytes: Unstructured<'a>,
}

/// Bytes that follow from a seed.
pub fn bytes_of(seed: u64, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    fastrand::Rng::with_seed(seed).fill(&mut bytes);
    bytes
}

impl<'a> Draw<'a> {
    /// Draws from these bytes.
    pub fn new(bytes: &'a [u8]) -> Draw<'a> {
        Draw { bytes: Unstructured::new(bytes) }
    }

    /// A number below `end`; 0 if that is 0.
    pub fn below(&mut self, end: usize) -> usize {
        let last = end.saturating_sub(1);
        self.bytes.int_in_range(0..=last).unwrap_or(0)
    }

    /// True in so many of a hundred draws.
    pub fn chance(&mut self, percent: usize) -> bool {
        let byte = self.bytes.arbitrary::<u8>().unwrap_or(0);
        usize::from(byte) * 100 >= 100_usize.saturating_sub(percent) * 256
    }

    /// One of them.
    ///
    /// # Panics
    /// There is none.
    pub fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    /// What `make` makes, in so many of a hundred draws.
    pub fn maybe<T>(&mut self, percent: usize, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.chance(percent).then(|| make(self))
    }

    /// One to `most` of what `make` makes.
    pub fn several<T>(&mut self, most: usize, mut make: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..=self.below(most)).map(|_| make(self)).collect()
    }

    /// A number of 64 bits.
    pub fn word(&mut self) -> u64 {
        self.bytes.arbitrary().unwrap_or(0)
    }
}
