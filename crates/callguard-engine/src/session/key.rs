//! Whose counters.

use crate::call::ToolEnvelope;
use crate::policy::model::ContractId;
use crate::value::write_escaped;
use std::borrow::Cow;
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

    /// Appends [`SessionKey::text`].
    pub fn write_text(&self, text: &mut String) {
        write_session(&self.0, text);
    }

    /// The text of a call's session key.
    pub fn text_of(call: &ToolEnvelope) -> String {
        let mut text = String::with_capacity(64);
        write_session(call, &mut text);
        text
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

fn write_session(call: &ToolEnvelope, text: &mut String) {
    let mut list = List::begin(text);
    let who = &call.principal;
    let parts = [who.org_id.as_deref(), who.user_id.as_deref(), who.service_id.as_deref()];
    if let Some(id) = &call.session_id {
        ["session", id].into_iter().for_each(|part| list.add(part));
    } else if parts.iter().all(Option::is_none) {
        list.add("guard");
    } else {
        list.add("principal");
        parts.into_iter().for_each(|part| list.add(part.unwrap_or_default()));
    }
    list.end();
}

/// One counter of one contract: the contract and the parts of `per`. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CounterKey(Arc<str>);

impl CounterKey {
    /// The counter of `contract` for these parts, each a name and its value.
    pub fn new<'p>(contract: &ContractId, parts: impl IntoIterator<Item = (Cow<'p, str>, Cow<'p, str>)>) -> CounterKey {
        let mut text = String::with_capacity(128);
        let mut list = List::begin(&mut text);
        list.add_joined([&contract.policy, "/", &contract.id]);
        for (name, value) in parts {
            list.add(&name);
            list.add(&value);
        }
        list.end();
        CounterKey(text.into())
    }

    /// The key as text; two keys are equal exactly when their texts are.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Parts as a JSON list: no part can pass for two.
struct List<'t> {
    text: &'t mut String,
    separator: char,
}

impl List<'_> {
    fn begin(text: &mut String) -> List<'_> {
        List { text, separator: '[' }
    }

    fn add(&mut self, part: &str) {
        self.add_joined([part]);
    }

    /// One part that is written in pieces.
    fn add_joined<const N: usize>(&mut self, pieces: [&str; N]) {
        self.text.push(std::mem::replace(&mut self.separator, ','));
        self.text.push('"');
        pieces.into_iter().for_each(|piece| write_escaped(piece, self.text));
        self.text.push('"');
    }

    fn end(self) {
        self.text.push(']');
    }
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
