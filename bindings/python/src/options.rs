//! From keywords to what the SDK takes.

use crate::convert::{NotJson, to_python, to_value};
use crate::error;
use crate::remote::NativeSink;
use crate::sink::PySink;
use crate::store::{MemoryStorageBackend, PyStore};
use crate::waiting::waited;
use callguard::engine::call::facets::path::Lexical;
use callguard::engine::decide::{FactAnswers, HookRefusal, HostPaths};
use callguard::sink::StdoutAuditSink;
use callguard::store::StoreConfig;
use callguard::{Disk, GuardBuilder, OnAuditFailure, Value};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};
use std::sync::Arc;

/// Answers to facts: a tuple of one is the value, a text why there is none.
pub(crate) fn facts(given: Option<&Bound<'_, PyDict>>) -> PyResult<FactAnswers> {
    let mut answers = FactAnswers::new();
    for (name, answer) in given.into_iter().flat_map(|facts| facts.iter()) {
        let answer = match answer.cast::<PyTuple>() {
            Ok(value) => match to_value(&value.get_item(0)?) {
                Err(NotJson::Interrupted(error)) => return Err(error),
                read => read.map_err(|_| "the host's answer is not JSON".to_owned()),
            },
            Err(_) => Err(answer.extract::<String>()?),
        };
        answers.insert(name.extract()?, answer);
    }
    Ok(answers)
}

/// A hook that refused: its name and the reason.
pub(crate) fn refused(given: Option<(String, String)>) -> Option<HookRefusal> {
    given.map(|(name, reason)| HookRefusal { name, reason })
}

/// What happens to calls when the audit cannot be written.
pub(crate) fn on_audit_failure(word: &str) -> PyResult<OnAuditFailure> {
    let known = OnAuditFailure::ALL.iter().find(|(known, _)| *known == word);
    known.map(|(_, what)| *what).ok_or_else(|| {
        PyValueError::new_err(format!("on_audit_failure={word:?}: it is \"continue\", \"deny_writes\" or \"deny\""))
    })
}

/// A sink: `"stdout"`, a `NativeSink`, or an object with `emit`, `flush` and `close`.
pub(crate) fn sink(mut builder: GuardBuilder, sink: &Bound<'_, PyAny>) -> PyResult<GuardBuilder> {
    if let Ok(word) = sink.cast::<PyString>() {
        return match word.to_str()? {
            "stdout" => Ok(builder.audit(StdoutAuditSink)),
            other => Err(PyTypeError::new_err(format!("`{other}` is no sink"))),
        };
    }
    if let Ok(native) = sink.cast::<NativeSink>() {
        if let Some(key) = native.get().redaction_key(sink.py())? {
            builder = builder.redaction_key(key);
        }
        for shared in native.get().shared(sink.py())? {
            builder = builder.audit(shared);
        }
        return Ok(builder);
    }
    Ok(builder.audit(PySink(sink.clone().unbind())))
}

/// The store that a text names, and whether it answers later than at once.
pub(crate) fn named_store(py: Python<'_>, builder: GuardBuilder, text: &str) -> PyResult<(GuardBuilder, bool)> {
    let config = StoreConfig::parse(text)
        .map_err(|found| error::setting(py, &format!("{found} ({})\nhelp: {}", found.code(), found.help())))?;
    let opened = waited(py, Box::pin(config.open_ready()))?.map_err(|found| {
        let code = found.code();
        error::setting(py, &format!("{found} ({code})\nhelp: `callguard explain {code}` says what to look at"))
    })?;
    Ok((builder.store(opened), text != "memory"))
}

/// A store: one of our own, or an object with the operations of one.
pub(crate) fn store(builder: GuardBuilder, backend: &Bound<'_, PyAny>) -> PyResult<GuardBuilder> {
    match backend.cast::<MemoryStorageBackend>() {
        Ok(memory) => Ok(builder.store(memory.get().store(backend.py())?)),
        Err(_) => Ok(builder.store(PyStore(backend.clone().unbind()))),
    }
}

/// An operator of the host's: `name(value, operand) -> bool`. One that raises or gives anything else is unknown.
pub(crate) fn operator(builder: GuardBuilder, name: &str, function: Py<PyAny>) -> PyResult<GuardBuilder> {
    let holds = move |value: &Value, operand: &Value| {
        Python::attach(|py| {
            let arguments = (to_python(py, value).ok()?, to_python(py, operand).ok()?);
            function.bind(py).call1(arguments).ok()?.extract::<bool>().ok()
        })
    };
    builder
        .fallible_operator(name, holds)
        .map_err(|name| PyTypeError::new_err(format!("the operator `{name}` must have a name that starts with `x_`")))
}

/// Where the host's paths start, and whether links are followed.
pub(crate) fn paths(workspace: Option<String>, home: Option<String>, follow_links: bool) -> HostPaths {
    let resolver: Arc<dyn callguard::engine::call::facets::path::PathResolver + Send + Sync> =
        if follow_links { Arc::new(Disk) } else { Arc::new(Lexical) };
    HostPaths { workspace, home, resolver }
}
