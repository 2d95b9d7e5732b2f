//! Order as sorted bounds: the contracts whose bound a number reaches.

use super::hits::{Hits, Place};
use crate::policy::model::OrderOp;
use crate::value::Number;

/// Contracts that want a number above or below a bound.
#[derive(Debug, Default)]
pub(super) struct Orders {
    /// A number at the bound or above comes into question; sorted.
    from: Vec<(Number, Place)>,
    /// A number at the bound or below; sorted.
    up_to: Vec<(Number, Place)>,
    /// Every one: of a value that is no number.
    all: Vec<Place>,
}

impl Orders {
    pub(super) fn insert(&mut self, place: Place, op: OrderOp, bound: Number) {
        match op {
            OrderOp::Greater | OrderOp::AtLeast => self.from.push((bound, place)),
            OrderOp::Less | OrderOp::AtMost => self.up_to.push((bound, place)),
        }
        self.all.push(place);
    }

    /// Sorts the bounds; before that nothing is found.
    pub(super) fn seal(&mut self) {
        self.from.sort_by(|left, right| left.0.cmp(&right.0));
        self.up_to.sort_by(|left, right| left.0.cmp(&right.0));
    }

    pub(super) fn all(&self, hits: &mut Hits) {
        hits.add(&self.all);
    }

    pub(super) fn look_up(&self, number: &Number, hits: &mut Hits) {
        let reached = self.from.partition_point(|(bound, _)| bound <= number);
        self.from.iter().take(reached).for_each(|(_, place)| hits.add(&[*place]));
        let passed = self.up_to.partition_point(|(bound, _)| bound < number);
        self.up_to.iter().skip(passed).for_each(|(_, place)| hits.add(&[*place]));
    }
}
