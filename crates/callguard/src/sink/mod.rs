//! Where audit events go.

mod fan_out;
mod file;
mod stdout;

pub use fan_out::FanOutAuditSink;
pub use file::{FileAuditOptions, FileAuditSink, Sync};
pub use stdout::StdoutAuditSink;

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

    /// Nothing comes any more.
    ///
    /// # Errors
    /// What was taken could not be brought where it belongs.
    fn close(&mut self) -> io::Result<()> {
        self.flush()
    }
}
