//! What is dropped without the interpreter's lock, and by the process that made it.

use crate::{error, process};
use pyo3::prelude::*;

/// What is dropped without the interpreter's lock: the last owner of a guard waits for its audit, whose sinks may be Python.
/// In the child of a fork it is neither used nor dropped: its thread is not there, and its locks may be held for ever.
pub(crate) struct Released<T: Send> {
    value: Option<T>,
    forks: u32,
}

impl<T: Send> Released<T> {
    pub(crate) fn new(value: T) -> Released<T> {
        Released { value: Some(value), forks: process::forks() }
    }

    /// The value; `None` once it was taken.
    pub(crate) fn get(&self, py: Python<'_>) -> PyResult<Option<&T>> {
        self.is_ours(py).map(|()| self.value.as_ref())
    }

    pub(crate) fn take(&mut self, py: Python<'_>) -> PyResult<Option<T>> {
        self.is_ours(py).map(|()| self.value.take())
    }

    fn is_ours(&self, py: Python<'_>) -> PyResult<()> {
        const WHY: &str = "the guard was made before the process forked: make the guard in the child";
        if self.forks == process::forks() { Ok(()) } else { Err(error::of_class(py, "CallGuardError", WHY)) }
    }
}

impl<T: Send> Drop for Released<T> {
    fn drop(&mut self) {
        let mut value = self.value.take();
        if self.forks != process::forks() {
            std::mem::forget(value);
            return;
        }
        if value.is_some() {
            // Without an interpreter there is nothing to let go of.
            Python::try_attach(|py| process::detached(py, || drop(value.take())));
        }
        drop(value);
    }
}
