//! The CallGuard engine: policy text becomes a checked policy, and a checked policy decides tool calls.
//!
//! The engine is pure. It opens no file, reads no clock, asks no network and draws no random number: what it
//! needs it asks for (see [`decide::Step`]), and a failed answer restricts.

pub mod audit;
pub mod call;
pub mod decide;
pub mod diagnostic;
mod plan;
pub mod policy;
pub mod session;
pub mod source;
pub mod value;
