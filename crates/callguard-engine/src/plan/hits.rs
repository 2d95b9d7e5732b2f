//! Contracts that came into question.

use smallvec::SmallVec;

/// The place of a contract in its policy.
pub(crate) type Place = u32;

/// Places of contracts, gathered in any order and any number of times. The usual few never leave the stack.
#[derive(Debug)]
pub(crate) struct Hits {
    places: SmallVec<[Place; 24]>,
    /// So many may stand here before they are sorted out, so that a long text full of hits stays small.
    most: usize,
}

impl Default for Hits {
    fn default() -> Hits {
        Hits { places: SmallVec::new(), most: 256 }
    }
}

impl Hits {
    /// These came into question.
    #[inline]
    pub(super) fn add(&mut self, places: &[Place]) {
        if !places.is_empty() {
            self.add_some(places);
        }
    }

    fn add_some(&mut self, places: &[Place]) {
        self.places.extend_from_slice(places);
        if self.places.len() > self.most {
            self.sort_out();
            self.most = self.places.len().saturating_mul(2).max(256);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Each once, in the order of the policy.
    pub(crate) fn in_order(mut self) -> impl Iterator<Item = Place> {
        if self.places.len() > 1 {
            self.sort_out();
        }
        self.places.into_iter()
    }

    fn sort_out(&mut self) {
        self.places.sort_unstable();
        self.places.dedup();
    }
}
