//! One module a command: settings in, an exit code out.

pub mod check;
pub mod completions;
pub mod demo;
pub mod explain;
pub mod mcp;
pub mod template;
pub mod test;
pub mod validate;
