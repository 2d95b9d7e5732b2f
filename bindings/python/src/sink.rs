//! Audit sinks that are Python objects.

use callguard::AuditEvent;
use callguard::sink::AuditSink;
use pyo3::intern;
use pyo3::prelude::*;
use std::io;

/// A Python object with `emit(event: dict)` and, if it likes, `flush()`. Called from the audit's own thread.
pub(crate) struct PySink(pub(crate) Py<PyAny>);

impl AuditSink for PySink {
    fn write(&mut self, event: &AuditEvent) -> io::Result<()> {
        let json = event.to_json();
        Python::attach(|py| {
            let event = crate::decision::as_dict(py, json.as_bytes())?;
            self.0.bind(py).call_method1(intern!(py, "emit"), (event,)).map(drop)
        })
        .map_err(failed)
    }

    fn flush(&mut self) -> io::Result<()> {
        Python::attach(|py| {
            let sink = self.0.bind(py);
            match sink.getattr_opt(intern!(py, "flush"))? {
                Some(flush) => flush.call0().map(drop),
                None => Ok(()),
            }
        })
        .map_err(failed)
    }
}

fn failed(error: PyErr) -> io::Error {
    io::Error::other(error.to_string())
}
