//! The servers behind a gateway.

use super::read::{below, policy_in, required_many};
use super::{EnvValue, ProcessConfig, UpstreamConfig, WayConfig};
use callguard::engine::diagnostic::Code;
use callguard::engine::source::{Entry, Node};
use callguard::settings::{Cx, SecretSource, Section};
use hyper::Uri;
use hyper::header::HeaderName;
use std::collections::BTreeMap;
use std::path::Path;

/// Headers that are the protocol's and not the configuration's.
const OURS: [&str; 8] =
    ["host", "content-length", "content-type", "transfer-encoding", "connection", "accept", "mcp-session-id", "te"];

pub(super) fn all(
    spec: &mut Section<'_>,
    folder: &Path,
    may_lack: bool,
    cx: &mut Cx,
) -> BTreeMap<String, UpstreamConfig> {
    let entries = spec.named("upstreams", cx);
    if !may_lack || spec.has("upstreams") {
        required_many(spec, "upstreams", entries.is_empty(), cx);
    }
    entries.iter().filter_map(|entry| Some((entry.key.clone(), one(entry, folder, cx)?))).collect()
}

fn one(entry: &Entry, folder: &Path, cx: &mut Cx) -> Option<UpstreamConfig> {
    let is_name = |byte: u8| matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.');
    if !entry.key.bytes().all(is_name) || entry.key.is_empty() || entry.key.starts_with('.') {
        let says = "a server's name is part of a path: letters, digits, `-`, `_` and `.`";
        cx.error(&entry.value, Code::WrongShape, says, "write another name before the colon");
    }
    let mut section = Section::of(&entry.value, "upstream", cx)?;
    let pins = section.text("pins", cx).map(|path| below(folder, path));
    let policies = section.texts("policies", cx).into_iter().map(|policy| policy_in(folder, policy)).collect();
    let way = match (section.has("url"), section.has("command")) {
        (true, false) => http(&mut section, folder, cx),
        (false, true) => process(&mut section, cx),
        _ => {
            let says = "a server has either a `url` or a `command`";
            cx.error(&entry.value, Code::WrongShape, says, "write one of the two");
            return None;
        }
    };
    section.finish(cx);
    Some(UpstreamConfig { name: entry.key.clone(), way: way?, pins, policies })
}

fn http(section: &mut Section<'_>, folder: &Path, cx: &mut Cx) -> Option<WayConfig> {
    let node = section.node("url", cx);
    let url = section.text("url", cx).and_then(|text| text.parse::<Uri>().ok());
    let is_whole = |url: &Uri| {
        let has_user = url.authority().is_some_and(|authority| authority.as_str().contains('@'));
        matches!(url.scheme_str(), Some("http" | "https"))
            && url.host().is_some_and(|host| !host.is_empty())
            && !has_user
    };
    let url = url.filter(is_whole);
    if let (None, Some(node)) = (&url, node) {
        let help = "credentials stand under `headers`";
        cx.error(node, Code::WrongShape, "`url` takes `http://` or `https://`, a host and a path", help);
    }
    let mut headers = Vec::new();
    for entry in section.named("headers", cx) {
        let is_own = OURS.iter().any(|own| entry.key.eq_ignore_ascii_case(own));
        if is_own || HeaderName::from_bytes(entry.key.as_bytes()).is_err() {
            let says = format!("`{}` is no header that a configuration can set", entry.key);
            cx.error(&entry.value, Code::WrongShape, &says, "such as `authorization: { env: NAME }`");
        }
        headers.extend(SecretSource::read(&entry.value, "headers", cx).map(|value| (entry.key.clone(), value)));
    }
    let ca_file = section.text("ca_file", cx).map(|path| below(folder, path));
    Some(WayConfig::Http { url: url?, headers, ca_file })
}

fn process(section: &mut Section<'_>, cx: &mut Cx) -> Option<WayConfig> {
    let node = section.node("command", cx);
    let mut command = section.texts("command", cx).into_iter();
    let program = command.next();
    if let (None, Some(node)) = (&program, node) {
        let help = "such as `[npx, some-server, /srv]`; no shell reads it";
        cx.error(node, Code::WrongShape, "`command` is a list of a program and its arguments", help);
    }
    let env = section.named("env", cx).iter();
    let env: Vec<(String, EnvValue)> =
        env.filter_map(|entry| Some((entry.key.clone(), env_value(&entry.value, cx)?))).collect();
    Some(WayConfig::Process(ProcessConfig { program: program?, args: command.collect(), env }))
}

fn env_value(node: &Node, cx: &mut Cx) -> Option<EnvValue> {
    match node.as_scalar() {
        Some(scalar) => Some(EnvValue::Text(scalar.text.clone())),
        None => SecretSource::read(node, "env", cx).map(EnvValue::Secret),
    }
}
