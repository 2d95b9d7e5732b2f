//! What audit and messages hide.

/// Rules of what to hide.
#[derive(Clone, Debug, Default)]
pub struct RedactionRules;
