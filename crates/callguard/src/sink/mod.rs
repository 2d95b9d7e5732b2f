//! Where audit events go.

#[cfg(all(test, any(feature = "syslog", feature = "webhook")))]
mod certificates;
mod config;
#[cfg(feature = "datadog")]
mod datadog;
#[cfg(feature = "delivery")]
#[cfg_attr(
    not(all(feature = "webhook", feature = "splunk", feature = "datadog", feature = "otlp", feature = "syslog")),
    allow(dead_code, unused_imports, reason = "which of its parts are used, the receivers say that are compiled in")
)]
mod delivery;
mod fan_out;
mod file;
mod intents;
#[cfg(feature = "otlp")]
mod otlp;
#[cfg(all(test, feature = "webhook", feature = "splunk", feature = "datadog", feature = "otlp"))]
mod receivers;
#[cfg(feature = "delivery")]
mod secret;
mod shared;
#[cfg(feature = "splunk")]
mod splunk;
mod stdout;
#[cfg(feature = "syslog")]
mod syslog;
#[cfg(all(test, feature = "webhook", feature = "splunk", feature = "datadog", feature = "otlp"))]
mod tls_receivers;
#[cfg(feature = "webhook")]
mod webhook;

pub use config::{AuditConfig, AuditConfigError, AuditOpenError};
#[cfg(feature = "datadog")]
pub use datadog::DatadogOptions;
#[cfg(feature = "delivery")]
pub use delivery::{
    DeliveryOptions, EventForm, OpenError, RemoteAuditSink, SinkMeter, SinkState, SinkStatus, WhenFull,
};
pub use fan_out::FanOutAuditSink;
pub use file::{FileAuditOptions, FileAuditSink, Sync};
#[cfg(feature = "otlp")]
pub use otlp::OtlpOptions;
#[cfg(feature = "delivery")]
pub use secret::Secret;
pub use shared::{SharedAuditSink, WeakAuditSink};
#[cfg(feature = "splunk")]
pub use splunk::SplunkHecOptions;
pub use stdout::StdoutAuditSink;
#[cfg(feature = "syslog")]
pub use syslog::{SyslogFacility, SyslogOptions};
#[cfg(feature = "webhook")]
pub use webhook::WebhookOptions;

use callguard_engine::audit::event::AuditEvent;
use std::io;
use std::time::Duration;

/// Takes redacted events, in order, from one thread.
pub trait AuditSink: Send {
    /// Takes one event.
    ///
    /// # Errors
    /// It could not be taken; what then happens is the guard's to say (`OnAuditFailure`).
    fn write(&mut self, event: &AuditEvent) -> io::Result<()>;

    /// Everything taken so far is where it belongs.
    ///
    /// # Errors
    /// It could not be brought there.
    fn flush(&mut self) -> io::Result<()>;

    /// How long until it wants to be flushed though nothing is written; `None` where it does not.
    fn due(&self) -> Option<Duration> {
        None
    }

    /// What counts the events that it delivers, where it does so later.
    #[cfg(feature = "delivery")]
    fn meter(&self) -> Option<SinkMeter> {
        None
    }

    /// Nothing comes any more.
    ///
    /// # Errors
    /// What was taken could not be brought where it belongs.
    fn close(&mut self) -> io::Result<()> {
        self.flush()
    }
}
