//! A call: who asks for which tool with which arguments, and what those arguments touch.

mod arguments;
pub mod catalog;
mod envelope;
pub mod facets;
mod gather;
pub(crate) mod name;
mod principal;
pub mod schema;
mod tool;
mod wire;

pub use envelope::{SideEffect, ToolEnvelope};
pub(crate) use gather::argv;
pub use gather::{CallFacets, FacetCache};
pub use principal::Principal;
pub use tool::Tool;
pub use wire::{CallError, CallJson};
