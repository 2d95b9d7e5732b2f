//! What is hidden in audit events beyond what the policies say.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// Keys and patterns whose values are hidden in audit events, in addition to those of the policies and the built-in ones.
#[pyclass(frozen, module = "callguard")]
#[derive(Clone)]
pub(crate) struct RedactionPolicy(pub(crate) callguard::RedactionPolicy);

#[pymethods]
impl RedactionPolicy {
    #[new]
    #[pyo3(signature = (sensitive_keys=Vec::new(), patterns=Vec::new(), *, keep_keys=Vec::new(), max_length=None))]
    fn new(
        sensitive_keys: Vec<String>,
        patterns: Vec<String>,
        keep_keys: Vec<String>,
        max_length: Option<u64>,
    ) -> PyResult<RedactionPolicy> {
        let mut rules = callguard::RedactionPolicy::default();
        let refused = |error: callguard::engine::call::facets::OperandError| PyValueError::new_err(error.message);
        sensitive_keys.iter().try_for_each(|key| rules.hide_key(key)).map_err(refused)?;
        keep_keys.iter().try_for_each(|key| rules.keep_key(key)).map_err(refused)?;
        patterns.iter().try_for_each(|pattern| rules.hide_pattern(pattern)).map_err(refused)?;
        max_length.map(|most| rules.cut_after(most)).transpose().map_err(refused)?;
        Ok(RedactionPolicy(rules))
    }

    /// A text with what must be hidden in it hidden.
    fn redact(&self, text: &str) -> String {
        self.0.redact_text(text).into_owned()
    }
}
