//! The language: schema types, checks, overrides.

pub mod model;
pub mod partial_call;
pub mod read;
pub mod register;

mod load;
pub mod templates;
pub mod test_file;
pub use load::{Bases, LoadErrors, LoadInput, Loaded, NoBases, PolicyFile, load};
