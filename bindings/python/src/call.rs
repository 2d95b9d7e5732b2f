//! A tool call as it is judged.

use crate::convert::{dict, to_object};
use crate::principal::Principal;
use jiff::Timestamp;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// A tool call as it is judged. What is judged is what runs: the arguments are a copy.
#[pyclass(frozen, module = "callguard")]
pub(crate) struct ToolEnvelope(pub(crate) callguard::ToolEnvelope);

#[pymethods]
impl ToolEnvelope {
    #[new]
    #[pyo3(signature = (
        tool, args=None, *, principal=None, environment=None, session_id=None, run_id=None, call_index=None,
        parent_call_id=None, tool_use_id=None, caller=None, server=None, cwd=None, metadata=None, timestamp=None,
    ))]
    #[expect(clippy::too_many_arguments, reason = "they are keywords")]
    fn new(
        tool: String,
        args: Option<&Bound<'_, PyAny>>,
        principal: Option<&Principal>,
        environment: Option<String>,
        session_id: Option<String>,
        run_id: Option<String>,
        call_index: Option<u64>,
        parent_call_id: Option<String>,
        tool_use_id: Option<String>,
        caller: Option<String>,
        server: Option<String>,
        cwd: Option<String>,
        metadata: Option<&Bound<'_, PyAny>>,
        timestamp: Option<&str>,
    ) -> PyResult<ToolEnvelope> {
        let object = |given: Option<&Bound<'_, PyAny>>| given.map(to_object).transpose().map(Option::unwrap_or_default);
        let timestamp = match timestamp {
            Some(text) => text
                .parse()
                .map_err(|_| PyValueError::new_err("`timestamp` is not a time; write it like 2026-01-31T12:00:00Z"))?,
            None => Timestamp::now(),
        };
        Ok(ToolEnvelope(callguard::ToolEnvelope {
            principal: principal.map(|who| who.0.clone()).unwrap_or_default(),
            environment,
            session_id,
            run_id,
            call_index,
            parent_call_id,
            tool_use_id,
            caller,
            server,
            cwd,
            metadata: object(metadata)?,
            ..callguard::ToolEnvelope::new(tool, object(args)?, timestamp)
        }))
    }

    #[getter]
    fn tool(&self) -> &str {
        &self.0.tool
    }

    /// The same as `tool`.
    #[getter]
    fn tool_name(&self) -> &str {
        &self.0.tool
    }

    /// A copy of the arguments.
    #[getter]
    fn args<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        dict(py, &self.0.args)
    }

    #[getter]
    fn principal(&self) -> Principal {
        Principal(self.0.principal.clone())
    }

    #[getter]
    fn environment(&self) -> Option<&str> {
        self.0.environment.as_deref()
    }

    #[getter]
    fn session_id(&self) -> Option<&str> {
        self.0.session_id.as_deref()
    }

    #[getter]
    fn run_id(&self) -> Option<&str> {
        self.0.run_id.as_deref()
    }

    #[getter]
    fn call_id(&self) -> Option<&str> {
        Some(self.0.call_id.as_str()).filter(|id| !id.is_empty())
    }

    #[getter]
    fn call_index(&self) -> Option<u64> {
        self.0.call_index
    }

    #[getter]
    fn parent_call_id(&self) -> Option<&str> {
        self.0.parent_call_id.as_deref()
    }

    #[getter]
    fn tool_use_id(&self) -> Option<&str> {
        self.0.tool_use_id.as_deref()
    }

    #[getter]
    fn caller(&self) -> Option<&str> {
        self.0.caller.as_deref()
    }

    #[getter]
    fn server(&self) -> Option<&str> {
        self.0.server.as_deref()
    }

    #[getter]
    fn cwd(&self) -> Option<&str> {
        self.0.cwd.as_deref()
    }

    #[getter]
    fn metadata<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        dict(py, &self.0.metadata)
    }

    #[getter]
    fn timestamp(&self) -> String {
        self.0.timestamp.to_string()
    }

    /// Names the tool and no argument: it may land in a log.
    fn __repr__(&self) -> String {
        format!("ToolEnvelope({:?}, ...)", self.0.tool)
    }
}
