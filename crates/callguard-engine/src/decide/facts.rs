//! Facts: what the host answers is held to what the policies declare.

use super::FactAnswers;
use super::engine::Engine;
use crate::policy::model::FactType;
use crate::value::Value;

impl Engine {
    /// An answer of another type than declared is a failed one; null is missing.
    pub(super) fn typed_facts(&self, answers: FactAnswers) -> FactAnswers {
        if answers.is_empty() {
            return answers;
        }
        let held = |(name, answer): (String, Result<Value, String>)| {
            let declared = self.parts.set.policies.iter().filter_map(|policy| policy.facts.get(&name));
            let wrong = |value: &Value| declared.clone().any(|wanted| !is_of(value, *wanted));
            match answer {
                Ok(value) if wrong(&value) => (name, Err("the host's answer is not of the declared type".to_owned())),
                other => (name, other),
            }
        };
        answers.into_iter().map(held).collect()
    }
}

fn is_of(value: &Value, wanted: FactType) -> bool {
    match wanted {
        FactType::String => matches!(value, Value::String(_) | Value::Null),
        FactType::Number => matches!(value, Value::Number(_) | Value::Null),
        FactType::Boolean => matches!(value, Value::Bool(_) | Value::Null),
        FactType::List => matches!(value, Value::List(_) | Value::Null),
        FactType::Object => matches!(value, Value::Object(_) | Value::Null),
    }
}
