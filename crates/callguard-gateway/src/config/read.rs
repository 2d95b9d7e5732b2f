//! The document, section by section.

use super::{ConfigError, Fixed, GatewayConfig, IdentityConfig, KeyConfig, Limits, listen, upstream};
use crate::http::KeyDigest;
use callguard::Principal;
use callguard::Value;
use callguard::engine::diagnostic::Code;
use callguard::engine::policy::register::keys::API_VERSION;
use callguard::engine::source::{Node, Sources, read_documents};
use callguard::settings::{Cx, Section};
use callguard::sink::AuditConfig;
use callguard::store::StoreConfig;
use data_encoding::HEXLOWER_PERMISSIVE;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What is built in needs no folder.
const TEMPLATE: &str = "template/";

pub(super) fn read(file: &Path, text: &str) -> Result<GatewayConfig, ConfigError> {
    let mut sources = Sources::default();
    let id = sources.add(file.to_string_lossy(), text);
    let (documents, findings) = read_documents(&sources, id);
    let mut cx = Cx { findings, ..Cx::default() };
    let config = match documents.as_slice() {
        [document] => whole(document, file, &mut cx),
        [] => None,
        [_, second, ..] => {
            cx.error(second, Code::WrongShape, "a second document in one file", "write one gateway to a file");
            None
        }
    };
    if documents.is_empty() && cx.findings.is_empty() {
        let says = format!("`{}` holds no document", file.display());
        cx.findings.push(callguard::engine::diagnostic::Diagnostic::unplaced(Code::MissingKey, says));
    }
    cx.settled(config).map_err(|findings| ConfigError { findings, sources: Arc::new(sources) })
}

fn whole(document: &Node, file: &Path, cx: &mut Cx) -> Option<GatewayConfig> {
    let mut whole = Section::of(document, "gateway", cx)?;
    let mut is_other = false;
    for (key, word) in [("apiVersion", API_VERSION), ("kind", "Gateway")] {
        if whole.has(key) {
            is_other |= whole.word(key, &[(word, ())], cx).is_none();
        } else {
            whole.node(key, cx);
            whole.missing(key, cx);
        }
    }
    if let Some(mut metadata) = whole.section("metadata", cx) {
        metadata.required("name", cx);
        for key in ["description", "version"] {
            metadata.text(key, cx);
        }
        for key in ["labels", "annotations"] {
            metadata.named(key, cx);
        }
        metadata.finish(cx);
    } else if !whole.has("metadata") {
        whole.missing("metadata", cx);
    }
    if is_other {
        return None;
    }
    let spec = whole.section("spec", cx);
    if spec.is_none() && !whole.has("spec") {
        whole.missing("spec", cx);
    }
    whole.finish(cx);
    config_of(spec?, document, file, cx)
}

fn config_of(mut spec: Section<'_>, document: &Node, file: &Path, cx: &mut Cx) -> Option<GatewayConfig> {
    let folder = file.parent().unwrap_or(Path::new(""));
    let listen = listen::read(&mut spec, cx);
    let tls = listen::tls(&mut spec, folder, cx);
    let hosts = spec.texts("hosts", cx);
    let environment = spec.text("environment", cx);
    let policies = spec.texts("policies", cx);
    let upstreams = upstream::all(&mut spec, folder, cx);
    let identity = identity(&mut spec, cx);
    let audit_node = spec.node("audit", cx);
    let audit = audit_node.and_then(|node| AuditConfig::of_section(node, cx));
    let store = store(&mut spec, cx);
    let limits = limits(&mut spec, cx);
    if policies.is_empty() {
        spec.missing("policies", cx);
    }
    spec.finish(cx);
    let (listen, identity) = (listen?, identity?);
    listen::check_reach(&listen, tls.is_some(), &identity, document, cx);
    let fixed = Fixed {
        listen,
        store,
        audit: audit_node.map(Node::to_value),
        is_tls: tls.is_some(),
        connections: limits.connections,
    };
    let policies = policies.into_iter().map(|policy| at(folder, policy)).collect();
    let file = file.to_owned();
    Some(GatewayConfig { file, fixed, audit, hosts, tls, environment, policies, upstreams, identity, limits })
}

/// A path as it is written, or below the folder of the file.
pub(super) fn below(folder: &Path, path: impl Into<PathBuf>) -> PathBuf {
    folder.join(path.into())
}

fn at(folder: &Path, policy: String) -> String {
    if policy.starts_with(TEMPLATE) { policy } else { below(folder, policy).to_string_lossy().into_owned() }
}

fn identity(spec: &mut Section<'_>, cx: &mut Cx) -> Option<IdentityConfig> {
    let Some(mut section) = spec.section("identity", cx) else {
        // Everybody who can reach it is the same nobody.
        return (!spec.has("identity")).then(|| IdentityConfig::Static(Principal::default()));
    };
    let fixed = section.node("static", cx).map(|node| (node, principal(node, cx)));
    let keys = section.node("api_keys", cx).map(|node| (node, section.list("api_keys", cx)));
    section.finish(cx);
    match (fixed, keys) {
        (Some((_, principal)), None) => principal.map(IdentityConfig::Static),
        (None, Some((node, keys))) => {
            if keys.is_empty() {
                cx.error(node, Code::WrongShape, "`api_keys` is empty, so that nobody could call", "add a key");
            }
            let keys: Vec<KeyConfig> = keys.iter().filter_map(|key| self::key(key, cx)).collect();
            check_distinct(&keys, node, cx);
            Some(IdentityConfig::Keys(keys))
        }
        (None, None) => {
            section_is_empty(spec, cx);
            None
        }
        (Some((node, _)), Some(_)) => {
            let says = "a caller is told by `static` or by `api_keys`, not by both";
            cx.error(node, Code::WrongShape, says, "keep one of them");
            None
        }
    }
}

fn section_is_empty(spec: &mut Section<'_>, cx: &mut Cx) {
    if let Some(node) = spec.node("identity", cx) {
        cx.error(node, Code::MissingKey, "`identity` names nobody", "add `static` or `api_keys`");
    }
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

fn principal(node: &Node, cx: &mut Cx) -> Option<Principal> {
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

/// The store, as it is opened later: it must be one, and name its secrets and not spell them.
fn store(spec: &mut Section<'_>, cx: &mut Cx) -> Option<String> {
    let node = spec.node("store", cx)?;
    let text = spec.text("store", cx)?;
    if StoreConfig::spells_password(&text) {
        cx.written_down.push("store");
        return None;
    }
    // What the environment lacks is told when it is opened.
    let filled = |_: &str| Some("x".to_owned());
    if let Err(error) = StoreConfig::parse_with(&text, &filled) {
        cx.error(node, Code::BadStore, &error.to_string(), error.help());
    }
    Some(text)
}

fn limits(spec: &mut Section<'_>, cx: &mut Cx) -> Limits {
    let mut limits = Limits::default();
    let Some(mut section) = spec.section("limits", cx) else { return limits };
    let count = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
    let body = section.size("body", cx).map(count);
    // Beyond that a frame is refused in any case.
    limits.body = body.unwrap_or(limits.body).min(64 << 20);
    limits.body_time = section.duration("body_time", cx).unwrap_or(limits.body_time);
    limits.header_time = section.duration("header_time", cx).unwrap_or(limits.header_time);
    limits.connections = section.count("connections", cx).map_or(limits.connections, count).min(1 << 20);
    limits.sessions = section.count("sessions", cx).map_or(limits.sessions, count);
    limits.sessions_of_one = section.count("sessions_per_caller", cx).map_or(limits.sessions_of_one, count);
    limits.session_idle = section.duration("session_idle", cx).unwrap_or(limits.session_idle);
    section.finish(cx);
    limits
}
