//! What audit and messages hide.

/// Rules of what to hide.
#[derive(Clone, Debug, Default)]
pub struct RedactionRules;

impl RedactionRules {
    /// The text without what the rules hide.
    pub fn redact_text<'a>(&self, text: &'a str) -> std::borrow::Cow<'a, str> {
        text.into()
    }

    /// The text as a message may carry it: quoted, stripped, cut and redacted.
    pub fn quote_for_message(&self, text: &str) -> String {
        format!("\"{text}\"")
    }
}

impl RedactionRules {
    /// The value without what the rules hide.
    pub fn redact_value(&self, value: &crate::value::Value) -> crate::value::Value {
        value.clone()
    }
}
