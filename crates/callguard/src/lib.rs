//! CallGuard for Rust programs: contracts for the tool calls of AI agents.
//!
//! A [`Guard`] decides each call before it runs, runs it only with a permit, checks what comes back, counts over the
//! session, and leaves an audit trail.

pub mod approval;
pub mod audit_log;
mod clock;
mod driver;
mod error;
mod facts;
mod files;
mod guard;
mod hooks;
#[cfg(feature = "tls")]
mod https;
mod knowledge;
mod permit;
mod pipeline;
mod redaction_key;
#[doc(hidden)]
pub mod settings;
pub mod sink;
pub mod store;
mod telemetry;
pub mod testing;

pub use callguard_engine as engine;

pub use callguard_engine::audit::coverage::CoveredTool;
pub use callguard_engine::audit::event::AuditEvent;
pub use callguard_engine::audit::output::Output;
pub use callguard_engine::call::{Principal, SideEffect, ToolEnvelope};
pub use callguard_engine::decide::DecisionJson;
pub use callguard_engine::decide::{Decision, Effect, ResultEffect, Settled};
pub use callguard_engine::value::{Number, Object, Value, parse_json, write_json};
pub use clock::{Clock, SystemClock};
pub use driver::at_once;
pub use error::{LoadError, RunError};
pub use facts::Facts;
pub use files::{Disk, policy_files};
pub use guard::{Before, Guard, GuardBuilder, PreparedPolicies};
pub use hooks::{AfterHook, BeforeHook, HookVerdict};
pub use knowledge::Knowledge;
pub use permit::{Asked, Denied, Judged, Permit, Running};
pub use pipeline::{OnAuditFailure, RedactionPolicy};
pub use redaction_key::{RedactionKey, RedactionKeyError};
#[cfg(feature = "otel")]
pub use telemetry::Telemetry;
#[cfg(feature = "otel-export")]
pub use telemetry::{ExportError, OtlpExport};
