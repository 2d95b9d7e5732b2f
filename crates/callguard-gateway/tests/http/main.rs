//! The gateway over HTTP, before servers whose every byte is scripted.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test stops at what it did not expect, and reads files"
)]

mod approvals;
mod certificates;
mod decisions;
mod harness;
mod limits;
mod operators;
mod own_policies;
mod processes;
mod reloading;
mod routes;
mod sessions;
mod smuggling;
mod streams;
mod tokens;
