//! What a decision says.

use crate::convert::{NotJson, to_output};
use callguard::engine::decide::DecisionJson;
use callguard::{Effect, Output, Settled, Value, parse_json};
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// The decision on a call before it runs.
#[pyclass(frozen, module = "callguard")]
pub(crate) struct Decision(pub(crate) callguard::Decision);

#[pymethods]
impl Decision {
    /// `allow`, `deny` or `ask`.
    #[getter]
    fn effect(&self) -> &'static str {
        self.0.effect.as_str()
    }

    /// Whether the call may run.
    #[getter]
    fn allowed(&self) -> bool {
        self.0.effect == Effect::Allow
    }

    /// What decided: `POLICY/ID`, or `(default)`, `(unknown_tools)`, `(requires)`, `(schema)`, `(hook)`, `(store)`.
    #[getter]
    fn contract(&self) -> String {
        self.0.decider.to_string()
    }

    /// For the agent.
    #[getter]
    fn message(&self) -> Option<&str> {
        self.0.message.as_deref()
    }

    /// Whether something could not be decided and restricted.
    #[getter]
    fn policy_error(&self) -> bool {
        self.0.policy_error
    }

    /// `sha256:` of the policies.
    #[getter]
    fn policy_version(&self) -> &str {
        self.0.policy_version.as_str()
    }

    /// `enforce` or `observe`.
    #[getter]
    fn mode(&self) -> &'static str {
        self.0.mode.as_str()
    }

    /// What would be decided if all that is observed were enforced.
    #[getter]
    fn would(&self) -> Option<&'static str> {
        self.0.would.map(Effect::as_str)
    }

    /// The contracts that applied, by id.
    #[getter]
    fn applied(&self) -> Vec<String> {
        self.0.applied.iter().map(|applied| applied.id.to_string()).collect()
    }

    /// The form that `callguard check --json` prints.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let json = serde_json::to_vec(&DecisionJson::from(&self.0)).map_err(shapeless)?;
        as_dict(py, &json)
    }

    fn __repr__(&self) -> String {
        format!("Decision({:?}, contract={:?})", self.0.effect.as_str(), self.0.decider.to_string())
    }
}

/// JSON of an object as a dictionary.
pub(crate) fn as_dict<'py>(py: Python<'py>, json: &[u8]) -> PyResult<Bound<'py, PyDict>> {
    let value = parse_json(json).map_err(shapeless)?;
    Ok(crate::convert::to_python(py, &value)?.cast_into::<PyDict>()?)
}

fn shapeless(error: impl std::fmt::Display) -> PyErr {
    pyo3::exceptions::PyRuntimeError::new_err(error.to_string())
}

/// What a tool gave back, as contracts read it: of what has no form as JSON nothing is known.
pub(crate) fn output(value: &Bound<'_, PyAny>, is_error: bool) -> PyResult<Output> {
    match to_output(value) {
        Ok(value) if is_error => Ok(Output::error(value)),
        Ok(value) => Ok(Output::success(value)),
        Err(NotJson::Type(why) | NotJson::Value(why)) => Ok(Output::unreadable(why)),
        Err(NotJson::Interrupted(error)) => Err(error),
    }
}

/// What became of a result: how, what the agent may see of it, and what decided.
pub(crate) fn settled<'py>(py: Python<'py>, settled: &Settled) -> PyResult<Bound<'py, PyDict>> {
    let shown: &Value = &settled.output.value;
    let dict = PyDict::new(py);
    dict.set_item("effect", settled.effect.as_str())?;
    dict.set_item("value", crate::convert::to_python(py, shown)?)?;
    dict.set_item("is_error", settled.output.is_error)?;
    dict.set_item("contract", settled.decider.as_ref().map(ToString::to_string))?;
    dict.set_item("message", settled.message.as_deref())?;
    dict.set_item("policy_error", settled.policy_error)?;
    dict.set_item("applied", settled.applied.iter().map(|applied| applied.id.to_string()).collect::<Vec<_>>())?;
    Ok(dict)
}
