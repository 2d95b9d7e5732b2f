//! Spans and metrics of calls, with OpenTelemetry. A guard that was given none, or a build without the feature `otel`,
//! makes none and pays nothing.

#[cfg(feature = "otel")]
mod attributes;
#[cfg(feature = "otel-export")]
mod export;
#[cfg(feature = "otel")]
mod instruments;
#[cfg(not(feature = "otel"))]
mod none;
mod parent;
#[cfg(feature = "otel")]
mod span;

#[cfg(feature = "otel-export")]
pub use self::export::{ExportError, OtlpExport};
pub(crate) use self::parent::TraceParent;
#[cfg(feature = "otel")]
pub use self::span::Telemetry;
#[cfg(not(feature = "otel"))]
pub(crate) use none::{CallSpan, Recorder};
#[cfg(feature = "otel")]
pub(crate) use span::{CallSpan, Recorder};
