//! Spanned trees become checked policies.
//!
//! A reader takes a node and the [`Cx`], reports what is wrong into the context and gives `None` for what it could not
//! read; nothing stops at the first error.

pub(crate) mod condition;
mod cx;
mod fields;
pub(crate) mod message;
mod scalar;
mod selector;

pub(crate) use cx::Cx;
pub(crate) use fields::{Fields, list, one_or_many, one_or_many_texts, texts, wrong_shape};
pub(crate) use scalar::{boolean, count, date, duration_millis, is_kebab, name, number, text, unknown_word, word};
pub(crate) use selector::selector;
pub use selector::{Scope, SelectorError, parse_selector};
