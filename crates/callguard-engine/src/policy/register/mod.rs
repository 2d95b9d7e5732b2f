//! Registers of the language's words: what the readers accept, the JSON Schemas describe and "did you mean" looks at.

pub mod keys;
pub mod operators;
mod place;
pub mod selectors;

pub use place::Place;
