//! How the wrapped server answers a call of a tool that it does not have, so that a hidden tool answers the same.

use super::answer;
use super::envelope::{self, Envelope};
use super::era::Era;
use callguard::engine::value::{Object, Value, write_json};
use tokio::sync::OnceCell;

/// What was learned, per era.
#[derive(Debug, Default)]
pub(crate) struct UnknownTools {
    legacy: OnceCell<Option<Learned>>,
    modern: OnceCell<Option<Learned>>,
}

/// The server's answer to a call of `probe`, which it does not have.
#[derive(Clone, Debug)]
pub(crate) struct Learned {
    line: String,
    probe: String,
}

impl UnknownTools {
    /// Where the answer of an era is kept.
    pub(crate) fn of(&self, era: Era) -> &OnceCell<Option<Learned>> {
        match era {
            Era::Legacy => &self.legacy,
            Era::Modern => &self.modern,
        }
    }
}

/// A name that no server lists.
pub(crate) fn unlisted_name() -> String {
    own_name("unlisted")
}

/// A name of ours, which nobody has used.
pub(crate) fn own_name(what: &str) -> String {
    format!("callguard_{what}_{}", ulid::Ulid::new().to_string().to_lowercase())
}

/// What the client sends with its requests, for one of our own.
pub(crate) fn own_meta(meta: &Object) -> Value {
    // A progress token is the client's: two requests must not share one.
    let kept = meta.iter().filter(|(key, _)| *key != "progressToken");
    Value::Object(kept.map(|(key, value)| (key.to_owned(), value.clone())).collect())
}

/// The call of the tool `name`, as a line. `meta` is what the client sends with its own calls.
pub(crate) fn probe(id: &str, name: &str, meta: Option<&Value>) -> Vec<u8> {
    let mut params = Object::default();
    params.insert("name", Value::from(name));
    params.insert("arguments", Value::Object(Object::default()));
    if let Some(Value::Object(meta)) = meta {
        params.insert("_meta", own_meta(meta));
    }
    let params = write_json(&Value::Object(params));
    format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"method\":\"tools/call\",\"params\":{params}}}\n").into_bytes()
}

impl Learned {
    /// Learns from the answer to a [`probe`]; `None` if the server did not refuse it.
    pub(crate) fn from_answer(line: &[u8], probe: String) -> Option<Learned> {
        let line = std::str::from_utf8(line).ok()?.trim_ascii_end().to_owned();
        let answer = Envelope::read(&line).ok()?;
        let failed = answer.result.and_then(|result| envelope::only(&envelope::members(result.get())?, "isError"));
        let refused = answer.error.is_some() || failed.is_some_and(|failed| failed.get() == "true");
        refused.then_some(Learned { line, probe })
    }

    /// What the server would answer to the request `id` for the tool `name`.
    fn answer(&self, id: &str, name: &str) -> Option<Vec<u8>> {
        let spelt = write_json(&Value::from(name));
        let spelt = spelt.get(1..spelt.len().checked_sub(1)?)?;
        let answer = Envelope::read(&self.line).ok()?;
        let named = |raw: &str| raw.replace(&self.probe, spelt);
        Some(answer.write_line(|key| match key {
            "id" => Some(id.to_owned()),
            "result" => answer.result.map(|result| named(result.get())),
            "error" => answer.error.map(|error| named(error.get())),
            _ => None,
        }))
    }
}

/// The answer to the request `id` for the hidden tool `name`, as the server gives it if that is known.
pub(crate) fn answer(learned: Option<&Learned>, id: &str, name: &str) -> Vec<u8> {
    let own = || answer::error(id, answer::INVALID_PARAMS, &format!("Unknown tool: {name}"));
    learned.and_then(|learned| learned.answer(id, name)).unwrap_or_else(own)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn answered(line: &str, name: &str) -> String {
        let learned = Learned::from_answer(line.as_bytes(), "nope_1".to_owned());
        String::from_utf8(answer(learned.as_ref(), "\"a\"", name)).unwrap()
    }

    #[test]
    fn the_servers_own_words_are_used() {
        let line = "{\"result\": {\"content\":[{\"type\":\"text\",\"text\":\"Tool nope_1 not found\"}],\"isError\":true},\"jsonrpc\":\"2.0\",\"id\":\"p\"}\n";
        let expected = "{\"result\":{\"content\":[{\"type\":\"text\",\"text\":\"Tool rm \\\"x\\\" not found\"}],\"isError\":true},\"jsonrpc\":\"2.0\",\"id\":\"a\"}\n";
        assert_eq!(answered(line, "rm \"x\""), expected);
        let line = r#"{"jsonrpc":"2.0","id":4,"error":{"code":-32602,"message":"Unknown tool: nope_1"}}"#;
        let expected = r#"{"jsonrpc":"2.0","id":"a","error":{"code":-32602,"message":"Unknown tool: rm"}}"#;
        assert_eq!(answered(line, "rm"), format!("{expected}\n"));
    }

    #[test]
    fn without_a_refusal_to_learn_from_the_usual_words_are_used() {
        let expected =
            "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"error\":{\"code\":-32602,\"message\":\"Unknown tool: rm\"}}\n";
        assert_eq!(answered(r#"{"jsonrpc":"2.0","id":4,"result":{"content":[]}}"#, "rm"), expected);
        assert_eq!(answered("nonsense", "rm"), expected);
    }

    #[test]
    fn a_probe_carries_the_clients_meta_but_its_progress_token() {
        let mut meta = Object::default();
        meta.insert("progressToken", Value::from(1_u64));
        meta.insert("v", Value::from("x"));
        let line = String::from_utf8(probe("1", "n", Some(&Value::Object(meta)))).unwrap();
        assert!(line.ends_with("\"params\":{\"name\":\"n\",\"arguments\":{},\"_meta\":{\"v\":\"x\"}}}\n"), "{line}");
    }
}
