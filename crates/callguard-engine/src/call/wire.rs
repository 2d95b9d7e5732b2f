//! The JSON form of a call as people and programs write it: `{"tool", "args", "principal"?, "environment"?, …}`.

use super::{Principal, ToolEnvelope};
use crate::value::{JsonError, Object, Value, parse_json};
use jiff::Timestamp;

/// Why a JSON text is not a call. Names keys, never values.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct CallError {
    message: String,
}

impl CallError {
    fn new(message: impl Into<String>) -> CallError {
        CallError { message: message.into() }
    }

    pub(crate) fn args_not_object() -> CallError {
        CallError::new("`args` must be an object")
    }
}

impl From<JsonError> for CallError {
    fn from(error: JsonError) -> CallError {
        CallError::new(format!("the call is not JSON that can be judged: {error}"))
    }
}

/// A call, and what its JSON says beside the envelope.
#[derive(Clone, Debug)]
pub struct CallJson {
    /// The call.
    pub call: ToolEnvelope,
    /// Facts, by name.
    pub facts: Object,
}

const KEYS: &[&str] = &[
    "tool",
    "args",
    "principal",
    "environment",
    "metadata",
    "facts",
    "session_id",
    "run_id",
    "call_index",
    "parent_call_id",
    "tool_use_id",
    "server",
    "caller",
    "cwd",
    "timestamp",
];

impl CallJson {
    /// Reads a call; one without a `timestamp` is made `now`.
    ///
    /// # Errors
    /// It is not JSON, an object, or complete; a key is unknown or its value has the wrong type.
    pub fn parse(text: &[u8], now: Timestamp) -> Result<CallJson, CallError> {
        let Value::Object(object) = parse_json(text)? else { return Err(CallError::new("a call is a JSON object")) };
        if let Some((unknown, _)) = object.iter().find(|(key, _)| !KEYS.contains(key)) {
            let meant = crate::diagnostic::did_you_mean(unknown, KEYS.iter().copied());
            let meant = meant.map(|known| format!("; did you mean `{known}`?")).unwrap_or_default();
            return Err(CallError::new(format!("a call has no key `{}`{meant}", unknown.escape_debug())));
        }
        let Some(Value::String(tool)) = object.get("tool") else {
            return Err(CallError::new("a call needs `tool`, a string"));
        };
        let text = |key| optional_text(&object, key);
        let mut call = ToolEnvelope::new(tool, optional_object(&object, "args")?, timestamp(&object, now)?);
        call.principal = principal(&optional_object(&object, "principal")?)?;
        call.environment = text("environment")?;
        call.metadata = optional_object(&object, "metadata")?;
        call.session_id = text("session_id")?;
        call.run_id = text("run_id")?;
        call.parent_call_id = text("parent_call_id")?;
        call.tool_use_id = text("tool_use_id")?;
        call.server = text("server")?;
        call.caller = text("caller")?;
        call.cwd = text("cwd")?;
        call.call_index = match object.get("call_index") {
            None | Some(Value::Null) => None,
            Some(Value::Number(number)) => Some(number.as_u64().ok_or_else(|| wrong("call_index", "a whole number"))?),
            Some(_) => return Err(wrong("call_index", "a whole number")),
        };
        Ok(CallJson { call, facts: optional_object(&object, "facts")? })
    }
}

impl Principal {
    /// Reads `{"user_id", "role", …, "claims"}`; what it does not know is refused.
    ///
    /// # Errors
    /// A key is unknown or its value has the wrong type.
    pub fn from_object(object: &Object) -> Result<Principal, CallError> {
        principal(object)
    }
}

fn principal(object: &Object) -> Result<Principal, CallError> {
    const KEYS: &[&str] = &["user_id", "service_id", "org_id", "role", "roles", "environment", "ticket_ref", "claims"];
    if let Some((unknown, _)) = object.iter().find(|(key, _)| !KEYS.contains(key)) {
        return Err(CallError::new(format!(
            "a principal has no key `{}`; claims go under `claims`",
            unknown.escape_debug()
        )));
    }
    Ok(Principal {
        user_id: optional_text(object, "user_id")?,
        service_id: optional_text(object, "service_id")?,
        org_id: optional_text(object, "org_id")?,
        role: optional_text(object, "role")?,
        roles: texts(object, "roles")?,
        environment: optional_text(object, "environment")?,
        ticket_ref: optional_text(object, "ticket_ref")?,
        claims: optional_object(object, "claims")?,
    })
}

fn optional_text(object: &Object, key: &str) -> Result<Option<String>, CallError> {
    match object.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(wrong(key, "a string")),
    }
}

fn optional_object(object: &Object, key: &str) -> Result<Object, CallError> {
    match object.get(key) {
        None | Some(Value::Null) => Ok(Object::default()),
        Some(Value::Object(inner)) => Ok(inner.clone()),
        Some(_) => Err(wrong(key, "an object")),
    }
}

fn texts(object: &Object, key: &str) -> Result<Vec<String>, CallError> {
    let items = match object.get(key) {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::List(items)) => items,
        Some(_) => return Err(wrong(key, "a list of strings")),
    };
    items.iter().map(|item| item.as_str().map(str::to_owned).ok_or_else(|| wrong(key, "a list of strings"))).collect()
}

fn timestamp(object: &Object, now: Timestamp) -> Result<Timestamp, CallError> {
    match optional_text(object, "timestamp")? {
        None => Ok(now),
        Some(text) => text.parse().map_err(|_| wrong("timestamp", "an RFC 3339 time")),
    }
}

fn wrong(key: &str, expected: &str) -> CallError {
    CallError::new(format!("`{key}` must be {expected}"))
}
