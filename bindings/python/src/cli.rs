//! The `callguard` command.

use pyo3::prelude::*;
use std::ffi::OsString;

/// Runs the command line and gives its exit code.
#[pyfunction]
pub(crate) fn run_cli(py: Python<'_>, args: Vec<OsString>) -> u8 {
    py.detach(|| callguard_cli::run(args))
}
