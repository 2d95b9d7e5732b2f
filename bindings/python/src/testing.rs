//! `PolicyTest` documents.

use crate::process::detached;
use pyo3::prelude::*;

/// One case: the test's name, its own, its line, and what came out otherwise than expected.
type Case = (String, String, usize, Vec<String>);

/// Runs every `PolicyTest` of a file.
#[pyfunction]
pub(crate) fn run_policy_tests(py: Python<'_>, path: &str) -> PyResult<Vec<Case>> {
    let results = detached(py, || callguard::testing::run_file(path, None));
    let results = results.map_err(|error| crate::error::of_class(py, "CallGuardConfigError", &error.report()))?;
    let cases = results.into_iter().flat_map(|test| {
        let name = test.name;
        test.cases.into_iter().map(move |case| (name.clone(), case.name, case.line, case.failures))
    });
    Ok(cases.collect())
}
