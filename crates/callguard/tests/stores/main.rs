//! Stores on this machine alone: what they do, and what is peculiar to each.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

#[cfg(all(feature = "sqlite", feature = "redis", feature = "postgres"))]
mod config;
mod local_share;
mod memory;
#[cfg(feature = "sqlite")]
mod sqlite;
mod suite;
