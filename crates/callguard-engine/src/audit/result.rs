//! Redaction of results.

/// What a result redaction replaces.
#[derive(Clone, Debug)]
pub struct ResultRedaction;
