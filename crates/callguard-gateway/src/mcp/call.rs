//! `tools/call`: read once, exactly, and forwarded as it was read.

use super::answer::INVALID_PARAMS;
use super::envelope::{self, Envelope};
use super::era::Era;
use super::judge::Permit;
use callguard::engine::value::{JsonLimits, Object, Value, parse_json_with, write_json};
use serde_json::value::RawValue;

/// Arguments, and every other member of the parameters, at most.
const LIMITS: JsonLimits = JsonLimits { bytes: 1 << 20, depth: 64 };
/// The governed method.
pub(crate) const METHOD: &str = "tools/call";
const PARAMS_KEYS: [&str; 4] = ["name", "arguments", "_meta", "task"];

/// A call that was read, and the line that says exactly this.
pub(crate) struct ToolCall {
    pub(crate) tool: String,
    pub(crate) args: Object,
    pub(crate) era: Era,
    /// The `_meta` of the request.
    pub(crate) meta: Option<Value>,
    /// Private: it leaves only against a permit.
    line: Vec<u8>,
}

impl ToolCall {
    /// The `traceparent` that stands in `_meta`.
    pub(crate) fn trace_parent(&self) -> Option<String> {
        match self.meta.as_ref()? {
            Value::Object(meta) => match meta.get("traceparent")? {
                Value::String(text) => Some(text.to_string()),
                _ => None,
            },
            _ => None,
        }
    }

    /// The call as a line for the server, and the run that it starts.
    pub(crate) fn forward<P: Permit>(self, permit: P) -> (Vec<u8>, P::Running) {
        (self.line, permit.start())
    }
}

/// Why a call cannot be judged, and so is not forwarded.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unreadable {
    /// The tool, if it is named.
    pub(crate) tool: String,
    pub(crate) code: i32,
    pub(crate) reason: String,
}

fn unreadable<T>(reason: impl Into<String>) -> Result<T, Unreadable> {
    Err(Unreadable { tool: String::new(), code: INVALID_PARAMS, reason: reason.into() })
}

/// Reads the call out of a request whose method is `tools/call`.
pub(crate) fn read(request: &Envelope<'_>) -> Result<ToolCall, Unreadable> {
    read_exactly(request).map_err(|unreadable| Unreadable { tool: named_tool(request), ..unreadable })
}

/// The one name that the request names, for the audit.
pub(crate) fn named_tool(request: &Envelope<'_>) -> String {
    let params = request.params.and_then(|params| envelope::members(params.get()));
    let name = params.as_deref().and_then(|params| envelope::only(params, "name"));
    name.and_then(envelope::string).unwrap_or_default()
}

fn read_exactly(request: &Envelope<'_>) -> Result<ToolCall, Unreadable> {
    let params = read_params(request.params)?;
    let tool = match params.get("name") {
        Some(Value::String(name)) => name.clone(),
        Some(_) => return unreadable("the tool's name is not a string"),
        None => return unreadable("the call names no tool"),
    };
    let args = match params.get("arguments") {
        Some(Value::Object(args)) => args.clone(),
        Some(_) => return unreadable("the arguments are not an object"),
        None => Object::default(),
    };
    if params.get("task").is_some() {
        return unreadable("the call asks for a task, whose result could not be judged");
    }
    let era = Era::of(&params);
    let meta = params.get("_meta").cloned();
    let line = write(request, &params);
    Ok(ToolCall { tool, args, era, meta, line })
}

fn read_params(params: Option<&RawValue>) -> Result<Object, Unreadable> {
    let Some(members) = params.and_then(|params| envelope::members(params.get())) else {
        return unreadable("the parameters are not an object");
    };
    let mut read = Object::default();
    for (key, raw) in members {
        if read.get(&key).is_some() {
            return unreadable("a parameter stands twice");
        }
        if PARAMS_KEYS.iter().any(|known| key != *known && envelope::resembles(&key, known)) {
            return unreadable("a parameter is written in another case");
        }
        match parse_json_with(raw.get().as_bytes(), LIMITS) {
            Ok(value) => read.insert(key, value),
            Err(error) => return unreadable(format!("a parameter cannot be read: {error}")),
        }
    }
    Ok(read)
}

/// The request with what was judged in place of what was sent; everything beside the parameters as it was written.
fn write(request: &Envelope<'_>, params: &Object) -> Vec<u8> {
    request.write_line(|key| match key {
        "method" => Some(write_json(&Value::from(METHOD))),
        "params" => Some(write_json(&Value::Object(params.clone()))),
        _ => None,
    })
}
