//! The MCP gateway: frames between a client and a server, with a guard between them.
//!
//! It works on frames, not on typed messages. What no policy governs is forwarded byte for byte; what is governed
//! (`tools/call`, what else a configuration names, and the answers to it and to `tools/list`) is read once, exactly, judged, and forwarded as it was
//! read.

pub(crate) mod answer;
pub(crate) mod call;
pub(crate) mod envelope;
pub(crate) mod era;
pub(crate) mod exchange;
pub(crate) mod frame;
mod from_client;
mod from_server;
pub(crate) mod guarded;
pub(crate) mod id;
mod in_flight;
mod inquiry;
pub(crate) mod judge;
mod list;
pub(crate) mod outlet;
mod oversize;
pub(crate) mod pins;
pub(crate) mod process;
pub(crate) mod quarantine;
pub(crate) mod relay;
mod result;
pub(crate) mod route;
mod std_streams;
pub(crate) mod stdio;
mod unknown_tool;

pub use inquiry::list_tools;
pub use pins::{Change, FieldChange, Finding, FindingKind, Pins, PinsError, scan, visible};
pub use route::Route;
pub use stdio::{StdioEnd, StdioGuard, run_stdio};

#[cfg(any(test, fuzzing))]
pub mod lenient;
#[cfg(test)]
mod tests;
