//! The JSON of decisions over HTTP.

use crate::mcp::envelope;
use callguard::engine::call::CallJson;
use callguard::{Clock, Decision, Object, Output, Settled, SystemClock, Value, parse_json, write_json};
use hyper::StatusCode;
use serde::Serialize;
use serde_json::value::RawValue;
use std::time::Duration;

/// Calls of one batch at most.
const BATCH: usize = 100;
/// What the gateway knows itself of a call.
const OWN: [&str; 3] = ["principal", "environment", "timestamp"];

/// What an outcome says.
const OUTCOME: [&str; 4] = ["permit", "output", "error", "form"];

/// A call to be decided.
pub(super) struct Asked {
    pub(super) call: CallJson,
    /// Whether nothing is counted, reserved or recorded.
    pub(super) is_check: bool,
}

/// Why a request is not answered by a decision.
#[derive(Debug)]
pub(in crate::http) struct Refused {
    pub(in crate::http) status: StatusCode,
    pub(in crate::http) code: &'static str,
    pub(in crate::http) says: String,
}

fn invalid(says: impl Into<String>) -> Refused {
    Refused { status: StatusCode::BAD_REQUEST, code: "invalid_request", says: says.into() }
}

fn object(text: &[u8]) -> Result<Object, Refused> {
    match parse_json(text) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(invalid("the body is an object")),
        Err(error) => Err(invalid(format!("the body is not JSON that can be read in one way: {error}"))),
    }
}

impl Asked {
    /// `{"tool", "args", …, "check"?}`.
    pub(super) fn read(text: &[u8]) -> Result<Asked, Refused> {
        let whole = object(text)?;
        for own in OWN {
            if whole.get(own).is_some() {
                return Err(invalid(format!("`{own}` is not the caller's to say")));
            }
        }
        let is_check = match whole.get("check") {
            None | Some(Value::Bool(false)) => false,
            Some(Value::Bool(true)) => true,
            Some(_) => return Err(invalid("`check` is `true` or `false`")),
        };
        let rest = whole.iter().filter(|(key, _)| *key != "check").map(|(key, value)| (key.to_owned(), value.clone()));
        let call = write_json(&Value::Object(rest.collect()));
        let call = CallJson::parse(call.as_bytes(), SystemClock.now()).map_err(|error| invalid(error.to_string()))?;
        Ok(Asked { call, is_check })
    }
}

/// `{"calls": [CALL, …]}`.
pub(super) fn calls(text: &[u8]) -> Result<Vec<Asked>, Refused> {
    let whole = object(text)?;
    if let Some((other, _)) = whole.iter().find(|(key, _)| *key != "calls") {
        return Err(invalid(format!("a batch has no key `{}`", other.escape_debug())));
    }
    let text = std::str::from_utf8(text).map_err(|_| invalid("the body is not UTF-8"))?;
    let members = envelope::members(text).unwrap_or_default();
    let calls: Option<Vec<&RawValue>> =
        envelope::only(&members, "calls").and_then(|calls| envelope::elements(calls.get()));
    let calls = calls.ok_or_else(|| invalid("a batch has `calls`, a list"))?;
    if calls.is_empty() || calls.len() > BATCH {
        return Err(invalid(format!("a batch has 1 to {BATCH} calls")));
    }
    let read = calls.iter().enumerate().map(|(at, call)| {
        Asked::read(call.get().as_bytes()).map_err(|wrong| invalid(format!("calls[{at}]: {}", wrong.says)))
    });
    read.collect()
}

/// `{"permit", "output" | "error", "form"?}`.
pub(super) fn outcome(text: &[u8]) -> Result<(String, Output), Refused> {
    let whole = object(text)?;
    if let Some((other, _)) = whole.iter().find(|(key, _)| !OUTCOME.contains(key)) {
        return Err(invalid(format!("an outcome has no key `{}`", other.escape_debug())));
    }
    let Some(Value::String(permit)) = whole.get("permit").cloned() else {
        return Err(invalid("`permit` is the one that the decision came with"));
    };
    let [output, error, form] = ["output", "error", "form"].map(|key| whole.get(key).cloned());
    let is_mcp = match form.as_ref().map(Value::as_str) {
        None | Some(Some("plain")) => false,
        Some(Some("mcp")) => true,
        Some(_) => return Err(invalid("`form` is `plain` or `mcp`")),
    };
    match (output, error) {
        (Some(output), None) if is_mcp => Ok((permit, Output::mcp(output))),
        (Some(output), None) => Ok((permit, Output::success(output))),
        (None, Some(error)) => Ok((permit, Output::error(error))),
        _ => Err(invalid("a call has an `output` or an `error`, and one of them")),
    }
}

/// What is decided.
#[derive(Serialize)]
pub(super) struct DecisionReply {
    call_id: String,
    decision: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    contract: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    mode: &'static str,
    policy_error: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    policy_version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    permit: Option<PermitReply>,
}

#[derive(Serialize)]
struct PermitReply {
    id: String,
    expires_in_ms: u64,
}

impl DecisionReply {
    pub(super) fn new(
        call_id: String,
        decision: &Decision,
        message: Option<String>,
        permit: Option<(String, Duration)>,
    ) -> DecisionReply {
        DecisionReply {
            call_id,
            decision: decision.effect.as_str(),
            contract: Some(decision.decider.to_string()),
            message: message.or_else(|| decision.message.clone()),
            mode: decision.mode.as_str(),
            policy_error: decision.policy_error,
            policy_version: Some(decision.policy_version.to_string()),
            permit: permit.map(|(id, lease)| PermitReply {
                id,
                expires_in_ms: u64::try_from(lease.as_millis()).unwrap_or(u64::MAX),
            }),
        }
    }

    /// A permit that nobody has any more runs nothing.
    pub(super) fn failed(call_id: String) -> DecisionReply {
        DecisionReply {
            call_id,
            decision: "deny",
            contract: None,
            message: Some("The call could not be decided.".to_owned()),
            mode: "enforce",
            policy_error: true,
            policy_version: None,
            permit: None,
        }
    }
}

/// What the agent may see of a result.
pub(super) fn settled(settled: Settled) -> String {
    let mut reply = Object::default();
    reply.insert("result", Value::from(settled.effect.as_str()));
    reply.insert("is_error", Value::Bool(settled.output.is_error));
    reply.insert("output", settled.output.value);
    reply.insert("policy_error", Value::Bool(settled.policy_error));
    if let Some(contract) = settled.decider {
        reply.insert("contract", Value::from(contract.to_string()));
    }
    if let Some(message) = settled.message {
        reply.insert("message", Value::from(message));
    }
    write_json(&Value::Object(reply))
}
