//! What headers say of a body: proxies read the one, servers the other. Both must say the same.

use crate::mcp::envelope::{self, Envelope, Message};
use crate::mcp::era::VERSION_KEY;
use data_encoding::BASE64;
use hyper::HeaderMap;
use hyper::header::HeaderName;

pub(super) const VERSION: HeaderName = HeaderName::from_static("mcp-protocol-version");
pub(super) const METHOD: HeaderName = HeaderName::from_static("mcp-method");
pub(super) const NAME: HeaderName = HeaderName::from_static("mcp-name");
/// What a client repeats of a call's arguments.
pub(super) const PARAM_PREFIX: &str = "mcp-param-";
/// MCP's code for a header that says something else than the body (2026-07-28).
pub(super) const MISMATCH: i32 = -32020;

/// Where the name stands that `Mcp-Name` repeats.
const NAMED: [(&str, &str); 3] = [("tools/call", "name"), ("prompts/get", "name"), ("resources/read", "uri")];

/// The era's header and the body's id where the two differ.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mismatch {
    pub(super) id: Option<String>,
    pub(super) says: String,
}

/// Holds headers against the message that they came with. What is no single message has no such headers.
pub(super) fn check(headers: &HeaderMap, body: &[u8]) -> Result<(), Mismatch> {
    let single = match envelope::peek(body) {
        Ok(Message::Single(message)) => Some(message),
        // What is none is refused where it is read.
        _ => None,
    };
    let id = single.as_ref().and_then(|message| message.id).map(|id| id.get().to_owned());
    let differs = |name: &HeaderName| {
        Err(Mismatch { id: id.clone(), says: format!("the header `{name}` and the body do not say the same") })
    };
    for name in [&VERSION, &METHOD, &NAME] {
        if headers.get_all(name).iter().nth(1).is_some() {
            return Err(Mismatch { id, says: format!("the header `{name}` stands twice") });
        }
    }
    if let Some(method) = headers.get(METHOD)
        && single.as_ref().and_then(|message| message.method.as_deref()).map(str::as_bytes) != Some(method.as_bytes())
    {
        return differs(&METHOD);
    }
    if let Some(version) = headers.get(VERSION)
        && let Some(said) = single.as_ref().and_then(|message| version_of(message))
        && said.as_bytes() != version.as_bytes()
    {
        return differs(&VERSION);
    }
    if let Some(name) = headers.get(NAME) {
        let said = single.as_ref().and_then(|message| name_of(message));
        if said.is_none() || decoded(name.as_bytes()) != said {
            return differs(&NAME);
        }
    }
    Ok(())
}

/// The version that a modern message says it is of.
pub(super) fn version_of(message: &Envelope<'_>) -> Option<String> {
    let params = envelope::members(message.params?.get())?;
    let meta = envelope::members(envelope::only(&params, "_meta")?.get())?;
    envelope::only(&meta, VERSION_KEY).and_then(envelope::string)
}

/// What `Mcp-Name` must say of a message.
pub(super) fn name_of(message: &Envelope<'_>) -> Option<String> {
    let method = message.method.as_deref()?;
    let (_, key) = NAMED.iter().find(|(named, _)| *named == method)?;
    let params = envelope::members(message.params?.get())?;
    envelope::only(&params, key).and_then(envelope::string)
}

/// A name as a header spells it.
pub(super) fn encoded(name: &str) -> String {
    let is_plain = name.bytes().all(|byte| matches!(byte, b' '..=b'~')) && name.trim() == name;
    if is_plain && !name.starts_with("=?base64?") {
        name.to_owned()
    } else {
        format!("=?base64?{}?=", BASE64.encode(name.as_bytes()))
    }
}

fn decoded(header: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(header).ok()?;
    match text.strip_prefix("=?base64?").and_then(|text| text.strip_suffix("?=")) {
        Some(code) => String::from_utf8(BASE64.decode(code.as_bytes()).ok()?).ok(),
        None => Some(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use hyper::header::HeaderValue;

    const MODERN: &str = r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}"#;

    fn checked(headers: &[(&'static str, &str)], body: &str) -> bool {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_str(value).unwrap());
        }
        check(&map, body.as_bytes()).is_ok()
    }

    #[test]
    fn headers_and_body_say_the_same() {
        let call = format!(r#"{{"id":1,"method":"tools/call","params":{{"name":"read é",{MODERN}}}}}"#);
        let version = ("mcp-protocol-version", "2026-07-28");
        let (method, name) = (("mcp-method", "tools/call"), ("mcp-name", "=?base64?cmVhZCDDqQ==?="));
        assert!(checked(&[], &call));
        assert!(checked(&[version, method, name], &call));
        assert_eq!(encoded("read é"), name.1);
        for headers in [
            vec![("mcp-protocol-version", "2025-11-25")],
            vec![("mcp-method", "tools/list")],
            vec![("mcp-method", "Tools/Call")],
            vec![("mcp-name", "read")],
            vec![("mcp-name", "=?base64?cmVhZCDDq?=")],
            vec![method, ("mcp-method", "tools/list")],
            vec![version, version],
        ] {
            assert!(!checked(&headers, &call), "{headers:?}");
        }
    }

    #[test]
    fn a_batch_has_no_method_and_a_list_no_name() {
        let batch = r#"[{"id":1,"method":"tools/call","params":{"name":"a"}}]"#;
        assert!(checked(&[("mcp-protocol-version", "2025-03-26")], batch));
        assert!(!checked(&[("mcp-method", "tools/call")], batch));
        assert!(!checked(&[("mcp-name", "a")], r#"{"id":1,"method":"tools/list"}"#));
        assert!(!checked(&[("mcp-name", "a")], r#"{"id":1,"method":"tools/call","params":{"name":"a","name":"a"}}"#));
    }

    #[test]
    fn names_come_back_as_they_were() {
        for name in ["read", " read", "=?base64?x?=", "é\n", ""] {
            assert_eq!(decoded(encoded(name).as_bytes()).as_deref(), Some(name));
        }
    }
}
