//! Facts: what a host has to say where the policy looked for itself.

use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

/// The facts of a policy and the type of each.
#[derive(Default)]
pub(super) struct Facts {
    types: BTreeMap<String, &'static str>,
}

impl Facts {
    /// The fact that stands for a selector, to be of this type; none where it already has another one.
    pub(super) fn declare(&mut self, selector: &str, of: &'static str) -> Option<String> {
        let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '_' };
        let fact: String = selector.chars().map(plain).collect();
        let known = *self.types.entry(fact.clone()).or_insert(of);
        (known == of).then_some(fact)
    }

    pub(super) fn declared(&self) -> Json {
        Json::Object(self.types.iter().map(|(fact, of)| (fact.clone(), Json::from(*of))).collect::<Map<_, _>>())
    }
}

/// The type that an operator with this operand looks for.
pub(super) fn type_for(operator: &str, operand: &Json) -> &'static str {
    let first = operand.as_array().and_then(|items| items.first()).unwrap_or(operand);
    match operator {
        "gt" | "gte" | "lt" | "lte" => "number",
        "equals" | "not_equals" | "in" | "not_in" if first.is_number() => "number",
        "equals" | "not_equals" | "in" | "not_in" if first.is_boolean() => "boolean",
        _ => "string",
    }
}
