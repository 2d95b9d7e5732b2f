//! Whose counters.

use crate::call::ToolEnvelope;
use crate::policy::model::ContractId;
use crate::value::write_string;
use std::fmt::{self, Display};
use std::sync::Arc;

/// Whose session a call belongs to. A client cannot renew it: without a host's id it is the principal's, else the
/// guard's. Two keys are equal exactly when their texts are.
#[derive(Clone)]
pub struct SessionKey(Arc<ToolEnvelope>);

impl SessionKey {
    /// The session of a call.
    pub fn of(call: &Arc<ToolEnvelope>) -> SessionKey {
        SessionKey(Arc::clone(call))
    }

    /// The key as text: a JSON list of its parts.
    pub fn text(&self) -> String {
        SessionKey::text_of(&self.0)
    }

    /// The text of a call's session key.
    pub fn text_of(call: &ToolEnvelope) -> String {
        if let Some(id) = &call.session_id {
            return unambiguous(&["session", id]);
        }
        let who = &call.principal;
        let parts = [who.org_id.as_deref(), who.user_id.as_deref(), who.service_id.as_deref()];
        if parts.iter().all(Option::is_none) {
            return unambiguous(&["guard"]);
        }
        let [org, user, service] = parts.map(Option::unwrap_or_default);
        unambiguous(&["principal", org, user, service])
    }
}

impl PartialEq for SessionKey {
    fn eq(&self, other: &SessionKey) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.text() == other.text()
    }
}

impl Eq for SessionKey {}

impl fmt::Debug for SessionKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("SessionKey").field(&self.text()).finish()
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
    let mut text = String::with_capacity(parts.iter().map(|part| part.len().saturating_add(3)).sum());
    let mut separator = '[';
    for part in parts {
        text.push(std::mem::replace(&mut separator, ','));
        write_string(part, &mut text);
    }
    text.push(']');
    text
}

impl Display for SessionKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text())
    }
}

impl Display for CounterKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}
