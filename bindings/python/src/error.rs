//! Errors as the package has them.

use callguard::LoadError;
use pyo3::intern;
use pyo3::prelude::*;

/// Policies that do not load, with every finding.
pub(crate) fn config(py: Python<'_>, error: &LoadError) -> PyErr {
    setting(py, &error.to_string())
}

/// A setting that cannot be used.
pub(crate) fn setting(py: Python<'_>, why: &str) -> PyErr {
    of_class(py, "CallGuardConfigError", why)
}

/// An error of the package's own hierarchy.
pub(crate) fn of_class(py: Python<'_>, class: &str, message: &str) -> PyErr {
    let made = || py.import(intern!(py, "callguard._errors"))?.getattr(class)?.call1((message,));
    match made() {
        Ok(error) => PyErr::from_value(error),
        Err(error) => error,
    }
}
