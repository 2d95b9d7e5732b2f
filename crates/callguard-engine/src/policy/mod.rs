//! The language: schema types, checks, overrides.

mod compose;
mod examples;
pub mod explicit;
pub mod files;
mod load;
pub mod model;
pub mod partial_call;
pub mod read;
pub mod reference;
pub mod register;
pub mod schema;
pub mod templates;
pub mod test_file;

pub use load::{Bases, LoadErrors, LoadInput, Loaded, NoBases, PolicyFile, load};
