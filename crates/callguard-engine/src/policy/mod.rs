//! The language: schema types, checks, overrides.

pub mod model;
