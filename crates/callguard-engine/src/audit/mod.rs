//! What is recorded of a call, and what is hidden in it.

pub mod detect;
pub mod event;
pub mod output;
pub mod redact;
pub mod result;
mod wire;
