//! A call: who asks for which tool with which arguments, and what those arguments touch.

mod envelope;
pub mod facets;
mod principal;
pub mod schema;

pub use envelope::{SideEffect, ToolEnvelope};
pub use principal::Principal;
