//! Deciding.

mod truth;

pub use truth::{Direction, Truth};
