//! The answers that the gateway gives itself.

use super::era::Era;
use super::route::Route;
use callguard::engine::value::{Object, Value, write_json};

/// The frame is malformed, smuggles something, or may not be sent.
pub(crate) const INVALID_REQUEST: i32 = -32600;
/// The parameters of a governed request are not what they must be.
pub(crate) const INVALID_PARAMS: i32 = -32602;
/// Something failed inside, and so nothing was let through.
pub(crate) const INTERNAL: i32 = -31000;
/// The server ended before it answered.
pub(crate) const SERVER_ENDED: i32 = -31001;

/// A policy says no, to a request whose answers have no other way to say it.
pub(crate) const REFUSED: i32 = -31002;

/// The key of a decision in a result's `_meta`.
const DECISION_KEY: &str = "callguard/decision";

/// A JSON-RPC error, as a line. `id` is the id as it was written.
pub(crate) fn error(id: &str, code: i32, message: &str) -> Vec<u8> {
    let message = write_json(&Value::from(message));
    format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"error\":{{\"code\":{code},\"message\":{message}}}}}\n").into_bytes()
}

/// A JSON-RPC result, as a line.
pub(crate) fn result(id: &str, result: &Value) -> Vec<u8> {
    format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"result\":{}}}\n", write_json(result)).into_bytes()
}

/// The answer to a request that a policy refuses, or whose result it withholds, as a line.
pub(crate) fn refused(id: &str, era: Era, route: Route, message: &str, decision: Value) -> Vec<u8> {
    if route == Route::Tool {
        return result(id, &refusal(era, message, decision));
    }
    let data = object([(DECISION_KEY, decision)]);
    let error = object([("code", Value::from(REFUSED)), ("message", Value::from(message)), ("data", data)]);
    format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"error\":{}}}\n", write_json(&error)).into_bytes()
}

/// A tool result that says no in a way that the model can act on.
pub(crate) fn refusal(era: Era, message: &str, decision: Value) -> Value {
    let text = object([("type", Value::from("text")), ("text", Value::from(message))]);
    let mut result = Object::default();
    result.insert("content", Value::List(vec![text]));
    result.insert("isError", Value::Bool(true));
    result.insert("_meta", object([(DECISION_KEY, decision)]));
    if era == Era::Modern {
        result.insert("resultType", Value::from("complete"));
    }
    Value::Object(result)
}

fn object<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Object(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}
