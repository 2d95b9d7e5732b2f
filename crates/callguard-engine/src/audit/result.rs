//! Redaction of results.

/// What a result redaction replaces.
#[derive(Clone, Debug)]
pub struct ResultRedaction;

/// Why a result cannot be redacted.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the result cannot be redacted")]
pub struct CannotRedact;

impl ResultRedaction {
    /// The value without what is redacted; `None` if there was nothing.
    pub fn apply(&self, _value: &crate::value::Value) -> Result<Option<crate::value::Value>, CannotRedact> {
        Ok(None)
    }
}
