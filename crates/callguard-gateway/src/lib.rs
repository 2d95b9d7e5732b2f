//! The CallGuard servers.
