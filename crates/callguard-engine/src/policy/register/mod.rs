//! Registers of the language's words: what the readers accept, the JSON Schemas describe and "did you mean" looks at.

pub mod keys;
pub mod operators;
mod place;
mod selector_group;
pub mod selectors;

pub use place::Place;
pub use selector_group::SelectorGroup;
