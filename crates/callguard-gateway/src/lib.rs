//! The CallGuard servers.

mod config;
mod error;
mod gateway;
mod http;
pub mod mcp;

pub use config::{ConfigError, GatewayConfig};
pub use error::GatewayError;
pub use gateway::{Gateway, OpenError};
pub use http::{Metrics, new_key};
