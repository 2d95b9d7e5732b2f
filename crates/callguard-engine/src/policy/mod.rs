//! The language: schema types, checks, overrides.

pub mod model;
pub mod read;
pub mod register;

mod load;
pub mod templates;
pub use load::{Bases, LoadErrors, LoadInput, Loaded, NoBases, PolicyFile, load};
