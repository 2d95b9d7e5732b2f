//! One module a command: settings in, an exit code out.

pub(crate) mod audit;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod convert;
pub(crate) mod demo;
pub(crate) mod diff;
pub(crate) mod explain;
pub(crate) mod fmt;
pub(crate) mod gateway;
pub(crate) mod init;
pub(crate) mod lint;
pub(crate) mod mcp;
pub(crate) mod replay;
pub(crate) mod schema;
pub(crate) mod template;
pub(crate) mod test;
pub(crate) mod validate;
