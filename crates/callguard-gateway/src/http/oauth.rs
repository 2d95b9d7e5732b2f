//! What OAuth has of a resource: its metadata (RFC 9728), and what a request without a good token is told (RFC 6750), as MCP
//! wants both.

use super::identity::{Identity, Unknown};
use super::jwt::Refused;
use super::reply::{self, Reply};
use crate::mcp::answer::{INTERNAL, INVALID_REQUEST};
use hyper::StatusCode;
use hyper::header::{HeaderValue, WWW_AUTHENTICATE};
use serde_json::json;
use std::collections::BTreeSet;

const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

/// The document of what is at the path behind the well-known one; `None` if it is no such path, or no tokens are taken.
pub(super) fn metadata(identity: &Identity, path: &str) -> Option<String> {
    let resource = path.strip_prefix(WELL_KNOWN)?.trim_end_matches('/');
    let origin = identity.public_url.as_deref().filter(|_| !identity.issuers.is_empty())?;
    // What is there at all is nobody's business who has no token.
    let is_ours = resource.is_empty() || resource == "/mcp" || resource.strip_prefix("/mcp/").is_some_and(is_name);
    let issuers: Vec<&str> = identity.issuers.iter().map(|issuer| issuer.config.issuer.as_str()).collect();
    is_ours.then(|| {
        let document = json!({
            "resource": format!("{origin}{resource}"),
            "authorization_servers": issuers,
            "bearer_methods_supported": ["header"],
            "scopes_supported": scopes(identity),
        });
        document.to_string()
    })
}

/// What a request is told whose caller is not known.
pub(super) fn challenge(identity: &Identity, path: &str, unknown: &Unknown) -> Reply {
    let (status, code, says) = match unknown {
        Unknown::Nobody if identity.issuers.is_empty() => (None, None, "the request has no key that is known here"),
        Unknown::Nobody => (None, None, "the request has neither a token nor a key that is known here"),
        Unknown::Refused(Refused::Invalid(why)) => (None, Some("invalid_token"), *why),
        Unknown::Refused(Refused::Scopes(_)) => {
            (Some(StatusCode::FORBIDDEN), Some("insufficient_scope"), "the token lacks a scope")
        }
        Unknown::Refused(Refused::NoKeys) => {
            let says = "the keys of the token's issuer cannot be had";
            return reply::error(StatusCode::SERVICE_UNAVAILABLE, INTERNAL, says);
        }
    };
    let mut words = Vec::new();
    if let Some(code) = code {
        words.extend([format!("error=\"{code}\""), format!("error_description=\"{}\"", says.replace('`', "'"))]);
    }
    let needed = match unknown {
        Unknown::Refused(Refused::Scopes(needed)) => needed.clone(),
        _ => scopes(identity),
    };
    if !needed.is_empty() {
        words.push(format!("scope=\"{}\"", needed.join(" ")));
    }
    words.extend(place(identity, path).map(|url| format!("resource_metadata=\"{url}\"")));
    let mut reply = reply::error(status.unwrap_or(StatusCode::UNAUTHORIZED), INVALID_REQUEST, says);
    let words = format!("Bearer {}", words.join(", "));
    let value = HeaderValue::from_str(words.trim_end()).unwrap_or(HeaderValue::from_static("Bearer"));
    reply.headers_mut().insert(WWW_AUTHENTICATE, value);
    reply
}

/// Where the metadata are of what is at `path`.
fn place(identity: &Identity, path: &str) -> Option<String> {
    let origin = identity.public_url.as_deref().filter(|_| !identity.issuers.is_empty())?;
    let path = path.trim_end_matches('/');
    let is_server = path == "/mcp" || path.strip_prefix("/mcp/").is_some_and(is_name);
    Some(format!("{origin}{WELL_KNOWN}{}", if is_server { path } else { "" }))
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

/// Every scope that some issuer's tokens need, once and in order.
fn scopes(identity: &Identity) -> Vec<String> {
    let all: BTreeSet<&String> = identity.issuers.iter().flat_map(|issuer| &issuer.config.scopes).collect();
    all.into_iter().cloned().collect()
}
