//! The language: schema types, checks, overrides.
