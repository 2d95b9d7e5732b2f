//! The `callguard` command.

use callguard_cli::Program;
use pyo3::prelude::*;
use std::ffi::OsString;

/// Runs the command line and gives its exit code. `program` are the words that start it once more.
#[pyfunction]
pub(crate) fn run_cli(py: Python<'_>, program: Vec<OsString>, args: Vec<OsString>) -> u8 {
    py.detach(|| callguard_cli::run(&Program::of(program), args))
}
