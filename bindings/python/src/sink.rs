//! Audit sinks that are Python objects.

use crate::process::has_ended;
use callguard::AuditEvent;
use callguard::sink::AuditSink;
use pyo3::intern;
use pyo3::prelude::*;
use std::io;

/// A Python object with `emit(event: dict)`, `flush()` and `close()`. Called from the audit's own thread.
pub(crate) struct PySink(pub(crate) Py<PyAny>);

impl PySink {
    fn with(&self, act: impl for<'py> FnOnce(&Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>>) -> io::Result<()> {
        let ended = || io::Error::other("the interpreter has ended");
        if has_ended() {
            return Err(ended());
        }
        let done = Python::try_attach(|py| act(self.0.bind(py)).map(drop)).ok_or_else(ended)?;
        done.map_err(|error| io::Error::other(error.to_string()))
    }
}

impl AuditSink for PySink {
    fn write(&mut self, event: &AuditEvent) -> io::Result<()> {
        let json = event.to_json();
        self.with(|sink| {
            let event = crate::decision::as_dict(sink.py(), json.as_bytes())?;
            sink.call_method1(intern!(sink.py(), "emit"), (event,))
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        // What was written before the end was flushed before it.
        if has_ended() { Ok(()) } else { self.with(|sink| sink.call_method0(intern!(sink.py(), "flush"))) }
    }
}

impl Drop for PySink {
    fn drop(&mut self) {
        if has_ended() {
            return;
        }
        Python::try_attach(|py| {
            let sink = self.0.bind(py);
            if let Err(error) = sink.call_method0(intern!(py, "close")) {
                error.write_unraisable(py, Some(sink));
            }
        });
    }
}
