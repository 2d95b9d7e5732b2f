//! The MCP gateway: frames between a client and a server, with a guard between them.
//!
//! It works on frames, not on typed messages. What no policy governs is forwarded byte for byte; what is governed
//! (`tools/call`, and the answers to it and to `tools/list`) is read once, exactly, judged, and forwarded as it was
//! read.

mod answer;
mod call;
mod envelope;
mod era;
mod frame;
mod from_client;
mod from_server;
mod guarded;
mod id;
mod in_flight;
mod inquiry;
mod judge;
mod list;
mod outlet;
mod oversize;
mod pins;
mod process;
mod quarantine;
mod relay;
mod result;
mod std_streams;
mod stdio;
mod unknown_tool;

pub use inquiry::list_tools;
pub use pins::{Change, FieldChange, Finding, FindingKind, Pins, PinsError, scan, visible};
pub use stdio::{StdioEnd, StdioGuard, run_stdio};

#[cfg(any(test, fuzzing))]
pub mod lenient;
#[cfg(test)]
mod tests;
