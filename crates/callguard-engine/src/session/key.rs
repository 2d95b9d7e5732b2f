//! Whose counters.

use crate::call::ToolEnvelope;
use crate::policy::model::ContractId;
use crate::value::{Value, write_json};
use std::fmt::{self, Display};

/// Whose session a call belongs to. A client cannot renew it: without a host's id it is the principal's, else the
/// guard's.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionKey(String);

impl SessionKey {
    /// The session of a call.
    pub fn of(call: &ToolEnvelope) -> SessionKey {
        if let Some(id) = &call.session_id {
            return SessionKey(unambiguous(&["session", id]));
        }
        let who = &call.principal;
        let parts = [who.org_id.as_deref(), who.user_id.as_deref(), who.service_id.as_deref()];
        if parts.iter().all(Option::is_none) {
            return SessionKey(unambiguous(&["guard"]));
        }
        let [org, user, service] = parts.map(Option::unwrap_or_default);
        SessionKey(unambiguous(&["principal", org, user, service]))
    }

    /// The key as text; two keys are equal exactly when their texts are.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One counter of one contract: the contract and the parts of `per`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CounterKey(String);

impl CounterKey {
    /// The counter of `contract` for these parts, each a name and its value.
    pub fn new(contract: &ContractId, parts: &[(String, String)]) -> CounterKey {
        let contract = contract.to_string();
        let parts = parts.iter().flat_map(|(name, value)| [name.as_str(), value.as_str()]);
        CounterKey(unambiguous(&std::iter::once(contract.as_str()).chain(parts).collect::<Vec<_>>()))
    }

    /// The key as text; two keys are equal exactly when their texts are.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Parts as a JSON list: no part can pass for two.
fn unambiguous(parts: &[&str]) -> String {
    write_json(&Value::List(parts.iter().map(|part| Value::from(*part)).collect()))
}

impl Display for SessionKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl Display for CounterKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}
