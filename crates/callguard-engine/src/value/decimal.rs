//! Sums that are never rounded.

/// An exact decimal for sums.
#[derive(Clone, Debug, PartialEq)]
pub struct Decimal;
