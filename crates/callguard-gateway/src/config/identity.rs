//! How a caller becomes a principal.

use super::certificates::{self, CertificateRule};
use super::jwt::{self, IssuerConfig};
use crate::http::KeyDigest;
use callguard::engine::diagnostic::Code;
use callguard::engine::source::Node;
use callguard::settings::{Cx, Section};
use callguard::{Principal, Value};
use data_encoding::HEXLOWER_PERMISSIVE;
use std::path::Path;

/// What a request may show of its caller.
#[derive(Clone, Debug, Default)]
pub(crate) struct IdentityConfig {
    /// The principal of every caller, where nobody shows anything.
    pub(crate) fixed: Option<Principal>,
    pub(crate) keys: Vec<KeyConfig>,
    pub(crate) issuers: Vec<IssuerConfig>,
    pub(crate) certificates: Vec<CertificateRule>,
}

#[derive(Clone, Debug)]
pub(crate) struct KeyConfig {
    pub(crate) name: String,
    pub(crate) digest: KeyDigest,
    pub(crate) principal: Principal,
}

impl IdentityConfig {
    /// Whether callers show who they are.
    pub(crate) fn is_proven(&self) -> bool {
        self.fixed.is_none()
    }
}

pub(super) fn read(spec: &mut Section<'_>, folder: &Path, has_public_url: bool, cx: &mut Cx) -> Option<IdentityConfig> {
    let Some(node) = spec.node("identity", cx) else {
        // Everybody who can reach it is the same nobody.
        return Some(IdentityConfig { fixed: Some(Principal::default()), ..IdentityConfig::default() });
    };
    let mut section = Section::of(node, "identity", cx)?;
    let fixed = section.node("static", cx).map(|node| (node, principal(node, cx)));
    let keys = section.node("api_keys", cx).map(|node| (node, section.list("api_keys", cx)));
    let issuers = section.node("jwt", cx).map(|node| (node, section.list("jwt", cx)));
    let certificates = section.node("certificates", cx).map(|node| (node, section.list("certificates", cx)));
    section.finish(cx);
    match (fixed, keys.is_some() || issuers.is_some() || certificates.is_some()) {
        (Some((_, principal)), false) => {
            return principal.map(|fixed| IdentityConfig { fixed: Some(fixed), ..IdentityConfig::default() });
        }
        (Some((node, _)), true) => {
            let says = "callers are all one by `static`, or show who they are, not both";
            cx.error(node, Code::WrongShape, says, "keep `static`, or the others");
            return None;
        }
        (None, false) => {
            cx.error(
                node,
                Code::MissingKey,
                "`identity` names nobody",
                "add `static`, `api_keys`, `jwt` or `certificates`",
            );
            return None;
        }
        (None, true) => {}
    }
    let keys = keys.map_or_else(Vec::new, |(node, keys)| self::keys(node, keys, cx));
    let issuers = issuers.map_or_else(Vec::new, |(node, all)| jwt::all(node, all, folder, has_public_url, cx));
    let certificates = certificates.map_or_else(Vec::new, |(node, all)| certificates::all(node, all, cx));
    Some(IdentityConfig { fixed: None, keys, issuers, certificates })
}

fn keys(node: &Node, keys: &[Node], cx: &mut Cx) -> Vec<KeyConfig> {
    if keys.is_empty() && node.as_list().is_some() {
        cx.error(node, Code::WrongShape, "`api_keys` is empty, so that nobody could call", "add a key");
    }
    let keys: Vec<KeyConfig> = keys.iter().filter_map(|key| self::key(key, cx)).collect();
    check_distinct(&keys, node, cx);
    keys
}

fn check_distinct(keys: &[KeyConfig], node: &Node, cx: &mut Cx) {
    for (at, key) in keys.iter().enumerate() {
        if keys.iter().take(at).any(|other| other.digest == key.digest || other.name == key.name) {
            let says = format!("the key `{}` stands twice, or has another's name", key.name);
            cx.error(node, Code::WrongShape, &says, "give each caller a key and a name of its own");
        }
    }
}

fn key(node: &Node, cx: &mut Cx) -> Option<KeyConfig> {
    let mut section = Section::of(node, "api key", cx)?;
    let name = section.required("name", cx);
    let digest = section.node("sha256", cx);
    if digest.is_none() {
        section.missing("sha256", cx);
    }
    let principal =
        section.node("principal", cx).map_or_else(|| Some(Principal::default()), |node| principal(node, cx));
    section.finish(cx);
    let digest = digest.and_then(|node| {
        let read = node.as_scalar().and_then(|digits| HEXLOWER_PERMISSIVE.decode(digits.text.as_bytes()).ok());
        let digest = read.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok()).map(KeyDigest);
        if digest.is_none() {
            let help = "`callguard gateway key` makes a key and says its digest";
            cx.error(node, Code::WrongShape, "`sha256` takes the 64 hexadecimal digits of a key's digest", help);
        }
        digest
    });
    Some(KeyConfig { name: name?, digest: digest?, principal: principal? })
}

pub(super) fn principal(node: &Node, cx: &mut Cx) -> Option<Principal> {
    let Value::Object(object) = node.to_value() else {
        let says = format!("a principal is a mapping, not {}", node.describe());
        cx.error(node, Code::WrongShape, &says, "write keys such as `user_id`, `service_id`, `role`");
        return None;
    };
    match Principal::from_object(&object) {
        Ok(principal) => Some(principal),
        Err(error) => {
            cx.error(node, Code::WrongShape, &error.to_string(), "see the principal in the policy language");
            None
        }
    }
}
