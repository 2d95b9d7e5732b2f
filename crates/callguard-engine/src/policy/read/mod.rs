//! Spanned trees become checked policies.
//!
//! A reader takes a node and the [`Cx`], reports what is wrong into the context and gives `None` for what it could not
//! read; nothing stops at the first error.

pub(crate) mod action;
pub(crate) mod condition;
mod contract;
mod cx;
mod declared;
mod document;
mod field;
mod fields;
mod limit;
pub(crate) mod message;
mod overrides;
mod redact;
mod regexes;
mod scalar;
mod selector;
mod spec;
mod tools;

pub(crate) use contract::ReadContract;
pub(crate) use cx::Cx;
pub(crate) use document::{Header, policies};
pub(crate) use field::field_path;
pub(crate) use fields::{Fields, list, one_or_many, one_or_many_texts, texts, wrong_shape};
pub(crate) use overrides::{Change, ReadOverride, override_target, read_override};
pub(crate) use redact::refusal;
pub(crate) use regexes::Regexes;
pub use scalar::parse_duration;
pub(crate) use scalar::{boolean, count, date, duration_millis, name, number, text, unknown_word, word};
pub(crate) use selector::selector;
pub use selector::{Scope, SelectorError, parse_selector};
pub(crate) use spec::{CONTRACT_KEYS, ReadSpec, Setting, facts, is_word, spec};
pub(crate) use tools::{ARG_TYPES, ReadDeclaration};
