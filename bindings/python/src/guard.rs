//! The guard.

use crate::call::ToolEnvelope;
use crate::decision::{self, Decision};
use crate::process::detached;
use crate::redaction::RedactionPolicy;
use crate::release::Released;
use crate::waiting::{Waiting, said};
use crate::{error, options, permit, remote};
use callguard::engine::session::SessionKey;
use callguard::{Before, CoveredTool, Knowledge, RedactionKey, Value};
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::sync::Arc;

/// Guards the tool calls of an agent.
#[pyclass(frozen, module = "callguard")]
pub(crate) struct Guard {
    guard: Released<callguard::Guard>,
    /// Whether its store answers later than at once.
    waits: bool,
}

#[pymethods]
impl Guard {
    #[new]
    #[pyo3(signature = (
        sources, *, sinks=Vec::new(), redaction=None, redaction_key=None, on_audit_failure="continue", intent_first=false,
        workspace=None, home=None, follow_links=true, operators=None, backend=None, store=None,
    ))]
    #[expect(clippy::too_many_arguments, reason = "they are keywords")]
    fn new(
        py: Python<'_>,
        sources: Vec<(String, Option<String>)>,
        sinks: Vec<Bound<'_, PyAny>>,
        redaction: Option<&RedactionPolicy>,
        redaction_key: Option<&[u8]>,
        on_audit_failure: &str,
        intent_first: bool,
        workspace: Option<String>,
        home: Option<String>,
        follow_links: bool,
        operators: Option<&Bound<'_, PyDict>>,
        backend: Option<&Bound<'_, PyAny>>,
        store: Option<&str>,
    ) -> PyResult<Guard> {
        let mut builder = callguard::Guard::builder().paths(options::paths(workspace, home, follow_links));
        for (name, text) in sources {
            builder = match text {
                Some(text) => builder.yaml(name, text),
                None => builder.file(name),
            };
        }
        for sink in &sinks {
            builder = options::sink(builder, sink)?;
        }
        for (name, function) in operators.into_iter().flat_map(|operators| operators.iter()) {
            builder = options::operator(builder, &name.extract::<String>()?, function.unbind())?;
        }
        let mut waits = false;
        if let Some(text) = store {
            (builder, waits) = options::named_store(py, builder, text)?;
        }
        if let Some(backend) = backend {
            builder = options::store(builder, backend)?;
        }
        if let Some(rules) = redaction {
            builder = builder.redaction(rules.0.clone());
        }
        if let Some(key) = redaction_key {
            let key = RedactionKey::new(key).map_err(|refused| PyValueError::new_err(refused.to_string()))?;
            builder = builder.redaction_key(key);
        }
        builder = builder.on_audit_failure(options::on_audit_failure(on_audit_failure)?).intent_first(intent_first);
        detached(py, || builder.build())
            .map(|guard| Guard { guard: Released::new(guard), waits })
            .map_err(|found| error::config(py, &found))
    }

    /// The facts that a contract about this call looks at.
    fn wanted_facts(&self, py: Python<'_>, call: &ToolEnvelope) -> PyResult<Vec<String>> {
        Ok(self.guard(py)?.wanted_facts(&call.0))
    }

    /// What would be decided.
    #[pyo3(signature = (call, *, facts=None, refused_by=None, explain=false))]
    fn check(
        &self,
        py: Python<'_>,
        call: &ToolEnvelope,
        facts: Option<&Bound<'_, PyDict>>,
        refused_by: Option<(String, String)>,
        explain: bool,
    ) -> PyResult<Py<PyAny>> {
        let known = Knowledge {
            facts: options::facts(facts)?,
            refused_by: options::refused(refused_by),
            ..Knowledge::default()
        };
        let (guard, call) = (self.guard(py)?.clone(), call.0.clone());
        let deciding = async move { guard.check_knowing(call, known, explain).await };
        said(py, self.waiting(true), deciding, |py, decided| Ok(Py::new(py, Decision(decided))?.into_any()))
    }

    /// Decides a call: a `Permit`, an `Asked`, or the `Decision` that denies it; a `Pending` of these, where the store answers
    /// later and nobody waits here.
    #[pyo3(signature = (call, *, facts=None, refused_by=None, trace_parent=None, wait=true))]
    fn before(
        &self,
        py: Python<'_>,
        call: &ToolEnvelope,
        facts: Option<&Bound<'_, PyDict>>,
        refused_by: Option<(String, String)>,
        trace_parent: Option<String>,
        wait: bool,
    ) -> PyResult<Py<PyAny>> {
        let known = Knowledge { facts: options::facts(facts)?, refused_by: options::refused(refused_by), trace_parent };
        let (guard, call, waits) = (self.guard(py)?.clone(), call.0.clone(), self.waits);
        let deciding = async move {
            let before = guard.before_knowing(call, known).await;
            let shown = match &before {
                Before::Asked(asked) => guard.shown(&Value::Object(asked.call().args.clone())),
                _ => String::new(),
            };
            (before, shown)
        };
        said(py, self.waiting(wait), deciding, move |py, (before, shown)| permit::before(py, before, shown, waits))
    }

    /// A text with everything hidden that audit events hide.
    fn redact_text(&self, py: Python<'_>, text: &str) -> PyResult<String> {
        Ok(self.guard(py)?.redact_text(text))
    }

    /// The decision on a call that cannot be read: denied by `(schema)`, with the reason for the agent.
    fn refusal(&self, py: Python<'_>, why: &str) -> PyResult<Decision> {
        Ok(Decision(self.guard(py)?.refusal(why)))
    }

    /// The decision on a call that cannot be read, recorded: denied by `(schema)`, with the reason for the agent.
    fn refuse(&self, py: Python<'_>, call: &ToolEnvelope, why: &str) -> PyResult<Decision> {
        let (guard, call) = (self.guard(py)?, call.0.clone());
        Ok(Decision(detached(py, || guard.refuse(call, why)).decision().clone()))
    }

    /// What the agent would see of a result.
    #[pyo3(signature = (call, value, *, is_error=false))]
    fn check_result<'py>(
        &self,
        py: Python<'py>,
        call: &ToolEnvelope,
        value: &Bound<'_, PyAny>,
        is_error: bool,
    ) -> PyResult<Bound<'py, PyDict>> {
        let output = decision::output(value, is_error)?;
        let guard = self.guard(py)?;
        let settled = detached(py, || guard.check_result(&call.0, output));
        decision::settled(py, &settled)
    }

    /// The session of a call: attempts, calls, calls by tool, consecutive failures, labels. A `Pending` of it, where the store
    /// answers later and nobody waits here.
    #[pyo3(signature = (call, *, wait=true))]
    fn session(&self, py: Python<'_>, call: &ToolEnvelope, wait: bool) -> PyResult<Py<PyAny>> {
        let key = SessionKey::of(&Arc::new(call.0.clone()));
        let guard = self.guard(py)?.clone();
        let looking = async move { guard.session(key).await };
        said(py, self.waiting(wait), looking, |py, view| {
            let view = view.map_err(|error| PyRuntimeError::new_err(error.to_string()))?;
            let dict = PyDict::new(py);
            dict.set_item("attempts", view.attempts)?;
            dict.set_item("calls", view.calls)?;
            dict.set_item("calls_of", view.calls_of)?;
            dict.set_item("consecutive_failures", view.consecutive_failures)?;
            dict.set_item("labels", view.labels.into_iter().map(|label| label.name).collect::<Vec<_>>())?;
            Ok(dict.into_any().unbind())
        })
    }

    /// Whether some arguments could make the call run.
    fn could_run(&self, py: Python<'_>, call: &ToolEnvelope) -> PyResult<bool> {
        Ok(self.guard(py)?.could_run(&call.0))
    }

    /// Records which tools of an agent are guarded: of each its name, its agent, whether it is guarded, and why.
    fn report_coverage(&self, py: Python<'_>, tools: Vec<(String, Option<String>, bool, String)>) -> PyResult<()> {
        let covered = |(tool, agent, guarded, why)| CoveredTool { tool, agent, guarded, why };
        let tools = tools.into_iter().map(covered).collect();
        let guard = self.guard(py)?;
        detached(py, || guard.report_coverage(tools));
        Ok(())
    }

    /// Puts the policy files in force as they are now.
    fn reload(&self, py: Python<'_>) -> PyResult<()> {
        let guard = self.guard(py)?;
        detached(py, || guard.reload()).map_err(|found| error::config(py, &found))
    }

    /// `sha256:` of the policies in force.
    #[getter]
    fn policy_version(&self, py: Python<'_>) -> PyResult<String> {
        Ok(self.guard(py)?.policy_version())
    }

    /// Waits until every event so far was written.
    fn flush(&self, py: Python<'_>) -> PyResult<()> {
        let guard = self.guard(py)?;
        detached(py, || guard.flush());
        Ok(())
    }

    /// How many audit events could not be written.
    #[getter]
    fn audit_failures(&self, py: Python<'_>) -> PyResult<u64> {
        Ok(self.guard(py)?.audit_failures())
    }

    /// How each sink does whose receiver is elsewhere.
    fn audit_sinks<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyDict>>> {
        self.guard(py)?.audit_sinks().iter().map(|status| remote::status(py, status)).collect()
    }
}

impl Guard {
    fn guard(&self, py: Python<'_>) -> PyResult<&callguard::Guard> {
        self.guard.get(py)?.ok_or_else(|| PyRuntimeError::new_err("the guard is gone"))
    }

    fn waiting(&self, here: bool) -> Waiting {
        Waiting::of(self.waits, here)
    }
}
