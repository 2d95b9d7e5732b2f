//! Several sinks as one.

use super::AuditSink;
use callguard_engine::audit::event::AuditEvent;
use std::io;
use std::time::Duration;

/// Gives every event to every sink. One that fails does not stop the others; the first failure is reported.
#[derive(Default)]
pub struct FanOutAuditSink {
    sinks: Vec<Box<dyn AuditSink>>,
}

impl FanOutAuditSink {
    /// Of these sinks.
    pub fn new(sinks: Vec<Box<dyn AuditSink>>) -> FanOutAuditSink {
        FanOutAuditSink { sinks }
    }

    fn each(&mut self, mut act: impl FnMut(&mut dyn AuditSink) -> io::Result<()>) -> io::Result<()> {
        self.sinks.iter_mut().map(|sink| act(&mut **sink)).fold(Ok(()), io::Result::and)
    }
}

impl AuditSink for FanOutAuditSink {
    fn write(&mut self, event: &AuditEvent) -> io::Result<()> {
        self.each(|sink| sink.write(event))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.each(|sink| sink.flush())
    }

    fn due(&self) -> Option<Duration> {
        self.sinks.iter().filter_map(|sink| sink.due()).min()
    }

    fn close(&mut self) -> io::Result<()> {
        self.each(|sink| sink.close())
    }
}

impl std::fmt::Debug for FanOutAuditSink {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("FanOutAuditSink").field("sinks", &self.sinks.len()).finish()
    }
}
