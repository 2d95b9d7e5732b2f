//! Where audit events go.

mod file;
mod stdout;

pub use file::FileAuditSink;
pub use stdout::StdoutAuditSink;

use callguard_engine::audit::event::AuditEvent;
use std::io;

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
}
