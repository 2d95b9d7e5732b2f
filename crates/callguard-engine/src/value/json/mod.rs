//! JSON in and out, with nothing lost and nothing twice.

mod convert;
mod error;
mod read;
mod write;

pub use error::{JsonError, JsonErrorKind};
pub use read::{JsonLimits, parse_json, parse_json_with};
pub(crate) use write::write_escaped;
pub use write::{write_json, write_json_into};

#[cfg(test)]
pub(super) mod tests;
