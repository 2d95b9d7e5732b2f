//! The relay between a client and a server that are in-memory streams.
#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, clippy::indexing_slicing)]

mod answers;
mod calls;
mod ending;
mod guarded;
mod harness;
mod passthrough;
mod properties;
mod quarantine;
mod routes;
mod smuggling;
