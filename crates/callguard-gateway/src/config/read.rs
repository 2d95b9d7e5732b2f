//! The document, section by section.

use super::{ConfigError, DecisionsConfig, Fixed, GatewayConfig, IdentityConfig, Limits, identity, listen, upstream};
use crate::mcp::Route;
use callguard::engine::diagnostic::Code;
use callguard::engine::policy::register::keys::API_VERSION;
use callguard::engine::source::{Node, Sources, read_documents};
use callguard::settings::{Cx, Section};
use callguard::sink::AuditConfig;
use callguard::store::StoreConfig;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

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
    let governs = governs(&mut spec, cx);
    let policies = spec.texts("policies", cx);
    let decisions = decisions(&mut spec, cx);
    let upstreams = upstream::all(&mut spec, folder, decisions.is_some(), cx);
    let public_url = listen::public_url(&mut spec, cx);
    let identity = identity::read(&mut spec, folder, public_url.is_some(), cx);
    let approvers = approvers(&mut spec, identity.as_ref(), cx);
    let audit_node = spec.node("audit", cx);
    let audit = audit_node.and_then(|node| AuditConfig::of_section(node, cx));
    let store = store(&mut spec, cx);
    let admin = listen::admin(&mut spec, cx);
    let limits = limits(&mut spec, cx);
    required_many(&mut spec, "policies", policies.is_empty(), cx);
    spec.finish(cx);
    let (listen, identity) = (listen?, identity?);
    listen::check_certificates(tls.as_ref(), &identity, document, cx);
    listen::check_reach(&listen, tls.is_some(), &identity, document, cx);
    let fixed = Fixed {
        listen,
        store,
        audit: audit_node.map(Node::to_value),
        is_tls: tls.is_some(),
        connections: limits.connections,
        admin,
        has_approvals: approvers.is_some(),
    };
    let policies = policies.into_iter().map(|policy| policy_in(folder, policy)).collect();
    let file = file.to_owned();
    Some(GatewayConfig {
        file,
        fixed,
        audit,
        hosts,
        tls,
        environment,
        governs,
        policies,
        upstreams,
        identity,
        public_url,
        decisions,
        approvers: approvers.unwrap_or_default(),
        limits,
    })
}

/// A key under which something must stand. What is of another shape was told already.
pub(super) fn required_many(spec: &mut Section<'_>, key: &'static str, is_empty: bool, cx: &mut Cx) {
    match spec.node(key, cx) {
        Some(node) if is_empty && (node.as_list().is_some() || node.as_map().is_some()) => {
            cx.error(node, Code::MissingKey, &format!("`{key}` is empty"), "name at least one");
        }
        Some(_) => {}
        None => spec.missing(key, cx),
    }
}

/// A path as it is written, or below the folder of the file.
pub(super) fn below(folder: &Path, path: impl Into<PathBuf>) -> PathBuf {
    folder.join(path.into())
}

/// What is judged besides calls of tools.
fn governs(spec: &mut Section<'_>, cx: &mut Cx) -> Vec<Route> {
    let node = spec.node("governs", cx);
    let route = |name: &str| Route::NAMED.iter().find(|(known, _)| *known == name).map(|(_, route)| *route);
    let mut routes = Vec::new();
    for name in spec.texts("governs", cx) {
        match (route(&name), node) {
            (Some(route), _) => routes.push(route),
            (None, Some(node)) => {
                let says = format!("`{name}` is nothing that `governs` knows");
                cx.error(node, Code::WrongShape, &says, "`resources` and `prompts` are; calls of tools always count");
            }
            (None, None) => {}
        }
    }
    routes
}

pub(super) fn policy_in(folder: &Path, policy: String) -> String {
    if policy.starts_with(TEMPLATE) { policy } else { below(folder, policy).to_string_lossy().into_owned() }
}

/// The store, as it is opened later: it must be one, and name its secrets and not spell them.
fn store(spec: &mut Section<'_>, cx: &mut Cx) -> Option<String> {
    let node = spec.node("store", cx)?;
    let text = spec.text("store", cx)?;
    if StoreConfig::spells_password(&text) {
        cx.written_down.push("store");
        return None;
    }
    // What the environment lacks, and what a variable says that is the whole address, is told when it is opened.
    let is_variable = text.rfind("${") == Some(0) && text.find('}') == text.len().checked_sub(1);
    let filled = |_: &str| Some(if is_variable { "memory" } else { "x" }.to_owned());
    if let Err(error) = StoreConfig::parse_with(&text, &filled) {
        cx.error(node, Code::BadStore, &error.to_string(), error.help());
    }
    Some(text)
}

/// Whoever answers for calls must be told from those who make them.
fn approvers(spec: &mut Section<'_>, identity: Option<&IdentityConfig>, cx: &mut Cx) -> Option<Vec<String>> {
    let node = spec.node("approvals", cx)?;
    let mut section = Section::of(node, "approvals", cx)?;
    let groups = section.texts("groups", cx);
    required_many(&mut section, "groups", groups.is_empty(), cx);
    section.finish(cx);
    if identity.is_some_and(|identity| !identity.is_proven()) {
        let says = "`approvals` needs callers that show who they are: else everybody answers for their own calls";
        cx.error(node, Code::MissingKey, says, "add `api_keys`, `jwt` or `certificates` to `identity`");
    }
    Some(groups)
}

fn decisions(spec: &mut Section<'_>, cx: &mut Cx) -> Option<DecisionsConfig> {
    let mut section = spec.section("decisions", cx)?;
    let count = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
    let read = DecisionsConfig {
        lease: section.duration("lease", cx).unwrap_or(Duration::from_secs(600)),
        permits: section.count("permits", cx).map_or(10_000, count),
        permits_of_one: section.count("permits_per_caller", cx).map_or(1_000, count),
    };
    section.finish(cx);
    Some(read)
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
