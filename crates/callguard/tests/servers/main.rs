//! Stores and sinks across a network, against real servers. Started by `cargo xtask test --stage stores`, which says where the
//! servers' programs are.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs
)]

mod crowd;
mod kinds;
mod otlp;
mod postgres;
mod process;
mod proxy;
mod redis;
#[path = "../stores/suite.rs"]
mod suite;
mod syslog;
mod tls;
mod trouble;
mod worker;
