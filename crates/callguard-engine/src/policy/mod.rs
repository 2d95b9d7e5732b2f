//! The language: schema types, checks, overrides.

pub mod model;
pub mod read;
pub mod register;
