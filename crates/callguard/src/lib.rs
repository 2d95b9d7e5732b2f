//! The CallGuard SDK.
