//! `tools/call`, and what is judged as such: read once, exactly, and forwarded as it was read.

use super::answer::INVALID_PARAMS;
use super::envelope::{self, Envelope};
use super::era::Era;
use super::judge::Permit;
use super::route::{RESERVED, Route};
use callguard::engine::value::{JsonLimits, Object, Value, parse_json_with, write_json};
use serde_json::value::RawValue;

/// Arguments, and every other member of the parameters, at most.
const LIMITS: JsonLimits = JsonLimits { bytes: 1 << 20, depth: 64 };
/// Parameters of the protocol's own, which say nothing of what is wanted.
const NO_ARGUMENTS: [&str; 3] = ["_meta", "inputResponses", "requestState"];

/// A call that was read, and the line that says exactly this.
pub(crate) struct ToolCall {
    pub(crate) route: Route,
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

/// Reads the call out of a request whose method is the route's.
pub(crate) fn read(request: &Envelope<'_>, route: Route) -> Result<ToolCall, Unreadable> {
    read_exactly(request, route).map_err(|unreadable| Unreadable { tool: named_tool(request, route), ..unreadable })
}

/// The one name that the request names, for the audit.
pub(crate) fn named_tool(request: &Envelope<'_>, route: Route) -> String {
    let named = || {
        let params = request.params.and_then(|params| envelope::members(params.get()));
        let name = params.as_deref().and_then(|params| envelope::only(params, "name"));
        name.and_then(envelope::string).unwrap_or_default()
    };
    route.tool().unwrap_or_else(named)
}

fn read_exactly(request: &Envelope<'_>, route: Route) -> Result<ToolCall, Unreadable> {
    let params = read_params(request.params, route)?;
    let subject = match params.get(route.subject()) {
        Some(Value::String(name)) => name.clone(),
        Some(_) => return unreadable(format!("`{}` is not a string", route.subject())),
        None => return unreadable(format!("the request has no `{}`", route.subject())),
    };
    let (tool, args) = match route.tool() {
        Some(tool) => (tool, params.iter().filter(|(key, _)| !NO_ARGUMENTS.contains(key)).map(owned).collect()),
        None if subject.starts_with(RESERVED) => return unreadable("no tool has such a name"),
        None => (subject, arguments(&params)?),
    };
    let era = Era::of(&params);
    let meta = params.get("_meta").cloned();
    let line = write(request, route, &params);
    Ok(ToolCall { route, tool, args, era, meta, line })
}

fn owned((key, value): (&str, &Value)) -> (String, Value) {
    (key.to_owned(), value.clone())
}

/// The arguments of a tool.
fn arguments(params: &Object) -> Result<Object, Unreadable> {
    if params.get("task").is_some() {
        return unreadable("the call asks for a task, whose result could not be judged");
    }
    match params.get("arguments") {
        Some(Value::Object(args)) => Ok(args.clone()),
        Some(_) => unreadable("the arguments are not an object"),
        None => Ok(Object::default()),
    }
}

fn read_params(params: Option<&RawValue>, route: Route) -> Result<Object, Unreadable> {
    let Some(members) = params.and_then(|params| envelope::members(params.get())) else {
        return unreadable("the parameters are not an object");
    };
    let mut read = Object::default();
    for (key, raw) in members {
        if read.get(&key).is_some() {
            return unreadable("a parameter stands twice");
        }
        if route.parameters().iter().any(|known| key != *known && envelope::resembles(&key, known)) {
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
fn write(request: &Envelope<'_>, route: Route, params: &Object) -> Vec<u8> {
    request.write_line(|key| match key {
        "method" => Some(write_json(&Value::from(route.method()))),
        "params" => Some(write_json(&Value::Object(params.clone()))),
        _ => None,
    })
}
