//! The answer to a call: judged as a whole, changed in place, its shape kept.

use super::answer;
use super::envelope::{self, Envelope};
use super::era::Era;
use super::judge::{Outcome, Running, Settled};
use super::route::Route;
use callguard::engine::value::{JsonLimits, Value, parse_json_with, write_json};

/// Results are judged up to this.
const LIMITS: JsonLimits = JsonLimits { bytes: 16 << 20, depth: 64 };
/// What a content block can be. A client cannot read one of another type, so no contract may change it.
const BLOCK_TYPES: [&str; 5] = ["text", "image", "audio", "resource", "resource_link"];

/// What goes on to the client: the answer as it came, or a line in its place.
pub(crate) enum Judged {
    AsItCame,
    Line(Vec<u8>),
}

/// Judges the server's answer to a call.
pub(crate) async fn judge(answer: &Envelope<'_>, id: &str, era: Era, route: Route, running: impl Running) -> Judged {
    let (outcome, original) = read(answer);
    match running.settle(outcome).await {
        Settled::Unchanged => Judged::AsItCame,
        Settled::Withheld { message, decision } => Judged::Line(answer::refused(id, era, route, &message, decision)),
        Settled::Changed(value) => Judged::Line(changed(answer, id, original.as_ref(), value)),
    }
}

fn read(answer: &Envelope<'_>) -> (Outcome, Option<Value>) {
    let raw = answer.result.or(answer.error);
    let parsed = raw.map(|raw| parse_json_with(raw.get().as_bytes(), LIMITS));
    match parsed {
        Some(Ok(value)) if is_task(&value) => {
            (Outcome::Unreadable { reason: "the result is a task that ends elsewhere".to_owned() }, None)
        }
        Some(Ok(value)) => {
            let is_error = answer.error.is_some() || member(&value, "isError") == Some(&Value::Bool(true));
            (Outcome::Answer { is_error, value: value.clone() }, Some(value))
        }
        Some(Err(error)) => (Outcome::Unreadable { reason: format!("the result cannot be read: {error}") }, None),
        None => (Outcome::Unreadable { reason: "the answer has no result".to_owned() }, None),
    }
}

/// Whether the result says that the real one is to be fetched by another request.
fn is_task(result: &Value) -> bool {
    matches!(member(result, "task"), Some(Value::Object(_)))
        || member(result, "resultType").and_then(Value::as_str) == Some("task")
}

fn changed(answer: &Envelope<'_>, id: &str, original: Option<&Value>, mut value: Value) -> Vec<u8> {
    if answer.error.is_some() {
        keep(&mut value, original, "code");
        let (value, id) = (write_json(&value), answer.id.map_or(id, |id| id.get()));
        return format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"error\":{value}}}\n").into_bytes();
    }
    for key in ["isError", "resultType"] {
        keep(&mut value, original, key);
    }
    keep_block_types(&mut value, original);
    keep_messages(&mut value, original);
    answer::result(answer.id.map_or(id, |id| id.get()), &value)
}

/// Puts back what stands under `key`.
fn keep(value: &mut Value, original: Option<&Value>, key: &str) {
    if let (Value::Object(object), Some(kept)) = (value, original.and_then(|original| member(original, key))) {
        object.insert(key, kept.clone());
    }
}

fn keep_block_types(value: &mut Value, original: Option<&Value>) {
    let Some(Value::List(originals)) = original.and_then(|original| member(original, "content")) else { return };
    let Value::Object(result) = value else { return };
    for (key, content) in result.iter_mut() {
        if let ("content", Value::List(blocks)) = (key, content) {
            for (block, original) in blocks.iter_mut().zip(originals) {
                if member(original, "type").and_then(Value::as_str).is_some_and(|word| BLOCK_TYPES.contains(&word)) {
                    keep(block, Some(original), "type");
                }
            }
        }
    }
}

/// Whose messages those of a prompt are, and what they hold.
fn keep_messages(value: &mut Value, original: Option<&Value>) {
    let Some(Value::List(originals)) = original.and_then(|original| member(original, "messages")) else { return };
    let Value::Object(result) = value else { return };
    for (key, messages) in result.iter_mut() {
        let ("messages", Value::List(messages)) = (key, messages) else { continue };
        for (message, original) in messages.iter_mut().zip(originals) {
            keep(message, Some(original), "role");
            let Value::Object(message) = message else { continue };
            for (key, content) in message.iter_mut().filter(|(key, _)| *key == "content") {
                keep(content, member(original, key), "type");
            }
        }
    }
}

fn member<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    match value {
        Value::Object(object) => object.get(key),
        _ => None,
    }
}

/// The version that an answer to `initialize` names.
pub(crate) fn negotiated_version(answer: &Envelope<'_>) -> Option<String> {
    envelope::string(envelope::only(&envelope::members(answer.result?.get())?, "protocolVersion")?)
}
