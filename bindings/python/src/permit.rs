//! The right to run one call once, and what becomes of it.

use crate::convert::to_python;
use crate::decision::{self, Decision};
use crate::options::facts;
use crate::process::detached;
use crate::release::Released;
use crate::waiting::{Waiting, said};
use callguard::approval::Approval;
use callguard::{Before, ResultEffect, Settled};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

const USED_UP: &str = "it is used up: a permit is good for one run, and a run for one result";

/// What can be taken once.
struct Once<T: Send>(Mutex<Released<T>>);

impl<T: Send> Once<T> {
    fn new(value: T) -> Once<T> {
        Once(Mutex::new(Released::new(value)))
    }

    fn take(&self, py: Python<'_>) -> PyResult<T> {
        self.take_if_there(py)?.ok_or_else(|| PyRuntimeError::new_err(USED_UP))
    }

    fn take_if_there(&self, py: Python<'_>) -> PyResult<Option<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take(py)
    }
}

/// The right to run one call once. Dropped before its start, what it reserved goes back.
#[pyclass(frozen, module = "callguard")]
pub(crate) struct Permit {
    permit: Once<callguard::Permit>,
    decision: callguard::Decision,
    waits: bool,
}

/// A tool that runs. Dropped before it is settled, its outcome is unknown and what it reserved is spent.
#[pyclass(frozen, module = "callguard")]
pub(crate) struct Running {
    running: Once<callguard::Running>,
    waits: bool,
}

/// A result that was judged and not yet shown.
#[pyclass(frozen, module = "callguard")]
pub(crate) struct Judged(Once<callguard::Judged>);

/// A call that a person must grant.
#[pyclass(frozen, module = "callguard")]
pub(crate) struct Asked {
    asked: Once<callguard::Asked>,
    decision: callguard::Decision,
    shown_args: String,
    waits: bool,
}

/// What becomes of a call, as Python has it: a `Permit`, an `Asked`, or the `Decision` that denies it. `waits` says
/// whether its store answers later than at once.
pub(crate) fn before(py: Python<'_>, before: Before, shown_args: String, waits: bool) -> PyResult<Py<PyAny>> {
    Ok(match before {
        Before::Allowed(permit) => {
            let decision = permit.decision().cloned().ok_or_else(|| PyRuntimeError::new_err(USED_UP))?;
            Py::new(py, Permit { permit: Once::new(permit), decision, waits })?.into_any()
        }
        Before::Asked(asked) => {
            let decision = asked.decision().clone();
            Py::new(py, Asked { asked: Once::new(asked), decision, shown_args, waits })?.into_any()
        }
        Before::Denied(denied) => Py::new(py, Decision(denied.decision().clone()))?.into_any(),
    })
}

#[pymethods]
impl Permit {
    /// Why the call may run.
    #[getter]
    fn decision(&self) -> Decision {
        Decision(self.decision.clone())
    }

    /// Says that the tool starts now. From here on the run counts, whatever becomes of it.
    fn start(&self, py: Python<'_>) -> PyResult<Running> {
        Ok(Running { running: Once::new(self.permit.take(py)?.start()), waits: self.waits })
    }

    /// Gives it back: the tool never starts.
    fn give_back(&self, py: Python<'_>) -> PyResult<()> {
        let permit = self.permit.take(py)?;
        detached(py, || drop(permit));
        Ok(())
    }
}

#[pymethods]
impl Running {
    /// Judges what the tool gave back, and writes the session. A value that is not JSON is one that no contract can read. A
    /// `Pending` of a `Judged`, where the store answers later and nobody waits here.
    #[pyo3(signature = (value, *, is_error=false, facts=None, wait=true))]
    fn judge(
        &self,
        py: Python<'_>,
        value: &Bound<'_, PyAny>,
        is_error: bool,
        facts: Option<&Bound<'_, PyDict>>,
        wait: bool,
    ) -> PyResult<Py<PyAny>> {
        let (output, facts) = (decision::output(value, is_error)?, self::facts(facts)?);
        let judging = self.running.take(py)?.judge(output, facts);
        said(py, Waiting::of(self.waits, wait), judging, |py, judged| {
            Ok(Py::new(py, Judged(Once::new(judged)))?.into_any())
        })
    }

    /// `judge` and `release` in one, where no hook looks in between.
    #[pyo3(signature = (value, *, is_error=false, facts=None, wait=true))]
    fn settle(
        &self,
        py: Python<'_>,
        value: &Bound<'_, PyAny>,
        is_error: bool,
        facts: Option<&Bound<'_, PyDict>>,
        wait: bool,
    ) -> PyResult<Py<PyAny>> {
        let (output, facts) = (decision::output(value, is_error)?, self::facts(facts)?);
        let running = self.running.take(py)?;
        let settling = async move { running.judge(output, facts).await.release(None) };
        said(py, Waiting::of(self.waits, wait), settling, |py, settled| {
            Ok(released(py, &settled)?.into_pyobject(py)?.into_any().unbind())
        })
    }

    /// Nobody knows how it ended: what was reserved is spent. Nothing, where it was judged already.
    fn lose(&self, py: Python<'_>) -> PyResult<()> {
        let running = self.running.take_if_there(py)?;
        detached(py, || drop(running));
        Ok(())
    }
}

#[pymethods]
impl Judged {
    /// What the agent will see, unless a hook fails.
    fn settled<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let judged = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        let judged = judged.get(py)?.ok_or_else(|| PyRuntimeError::new_err(USED_UP))?;
        decision::settled(py, judged.settled())
    }

    /// Records it and yields what the agent may see: nothing of it, where the named hook failed. The value is `None` where
    /// the result passed as it is.
    #[pyo3(signature = (failed_hook=None))]
    fn release<'py>(&self, py: Python<'py>, failed_hook: Option<&str>) -> PyResult<(&'static str, Bound<'py, PyAny>)> {
        let judged = self.0.take(py)?;
        released(py, &detached(py, || judged.release(failed_hook)))
    }
}

fn released<'py>(py: Python<'py>, settled: &Settled) -> PyResult<(&'static str, Bound<'py, PyAny>)> {
    let value = match settled.effect {
        ResultEffect::Pass => py.None().into_bound(py),
        _ => to_python(py, &settled.output.value)?,
    };
    Ok((settled.effect.as_str(), value))
}

#[pymethods]
impl Asked {
    /// What asks, and how.
    #[getter]
    fn decision(&self) -> Decision {
        Decision(self.decision.clone())
    }

    /// The arguments as JSON, redacted: what a person may be shown.
    #[getter]
    fn shown_args(&self) -> &str {
        &self.shown_args
    }

    /// Seconds that there are to answer.
    #[getter]
    fn timeout(&self) -> f64 {
        self.decision.ask.as_ref().map_or(0.0, |terms| Duration::from_millis(terms.timeout_millis).as_secs_f64())
    }

    /// For each contract that names groups, those of which one must grant it.
    #[getter]
    fn approvers(&self) -> Vec<Vec<String>> {
        self.decision.ask.as_ref().map(|terms| terms.approvers.clone()).unwrap_or_default()
    }

    /// A person who speaks for these groups granted it, once: the call is judged anew, if the policies let that person. A
    /// `Pending` of what comes of it, where the store answers later and nobody waits here.
    #[pyo3(signature = (by, groups, *, wait=true))]
    fn answer(&self, py: Python<'_>, by: String, groups: Vec<String>, wait: bool) -> PyResult<Py<PyAny>> {
        self.answered(py, Approval::Granted { by, groups }, wait)
    }

    /// Nobody answered in time: what the policies say of that.
    #[pyo3(signature = (*, wait=true))]
    fn timed_out(&self, py: Python<'_>, wait: bool) -> PyResult<Py<PyAny>> {
        self.answered(py, Approval::TimedOut, wait)
    }

    /// A person refused it.
    fn refuse(&self, py: Python<'_>, by: &str, why: &str) -> PyResult<Decision> {
        let asked = self.asked.take(py)?;
        Ok(Decision(detached(py, || asked.refuse(by, why)).decision().clone()))
    }
}

impl Asked {
    fn answered(&self, py: Python<'_>, approval: Approval, wait: bool) -> PyResult<Py<PyAny>> {
        let answering = self.asked.take(py)?.answer(approval);
        let (shown_args, waits) = (self.shown_args.clone(), self.waits);
        said(py, Waiting::of(waits, wait), answering, move |py, answered| before(py, answered, shown_args, waits))
    }
}
