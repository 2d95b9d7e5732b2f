//! The CallGuard servers.

mod error;
pub mod mcp;

pub use error::GatewayError;
