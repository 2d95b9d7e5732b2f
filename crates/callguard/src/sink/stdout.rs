//! Events on standard output, one line of JSON each.

use super::AuditSink;
use callguard_engine::audit::event::AuditEvent;
use std::io::{self, Write};

/// Writes to standard output. Not for programs whose standard output is a protocol.
#[derive(Debug, Default)]
pub struct StdoutAuditSink;

impl AuditSink for StdoutAuditSink {
    fn write(&mut self, event: &AuditEvent) -> io::Result<()> {
        writeln!(io::stdout().lock(), "{}", event.to_json())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stdout().lock().flush()
    }
}
