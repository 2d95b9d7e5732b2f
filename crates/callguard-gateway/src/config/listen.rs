//! Where a gateway listens, and whom that reaches.

use super::read::below;
use super::{AdminConfig, ClientCertificates, IdentityConfig, Listen, TlsFiles};
use callguard::engine::diagnostic::Code;
use callguard::engine::source::Node;
use callguard::settings::{Cx, Section};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use url::Url;

const DEFAULT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8808);

pub(super) fn read(spec: &mut Section<'_>, cx: &mut Cx) -> Option<Listen> {
    let Some(node) = spec.node("listen", cx) else { return Some(Listen::Tcp(DEFAULT)) };
    let text = spec.text("listen", cx)?;
    if let Some(path) = text.strip_prefix("unix:").filter(|path| !path.is_empty()) {
        return Some(Listen::Unix(PathBuf::from(path)));
    }
    match text.parse() {
        Ok(address) => Some(Listen::Tcp(address)),
        Err(_) => {
            let help = "such as `127.0.0.1:8808`, `[::1]:8808` or `unix:/run/callguard.sock`";
            cx.error(node, Code::WrongShape, "`listen` takes an address and a port, or `unix:` and a path", help);
            None
        }
    }
}

pub(super) fn tls(spec: &mut Section<'_>, folder: &Path, cx: &mut Cx) -> Option<TlsFiles> {
    let mut section = spec.section("tls", cx)?;
    let (cert, key) = (section.required("cert_file", cx), section.required("key_file", cx));
    let ca = section.text("client_ca_file", cx).map(|path| below(folder, path));
    let crl = section.text("client_crl_file", cx).map(|path| below(folder, path));
    let words = [("required", true), ("optional", false)];
    let wanted = section.word("client_certificates", &words, cx);
    if ca.is_none() && (crl.is_some() || section.has("client_certificates")) {
        section.missing("client_ca_file", cx);
    }
    section.finish(cx);
    let clients = ca.map(|ca| ClientCertificates { ca, crl, is_required: wanted.unwrap_or(true) });
    Some(TlsFiles { cert: below(folder, cert?), key: below(folder, key?), clients })
}

/// Where operators ask: without an address, where everybody does.
pub(super) fn admin(spec: &mut Section<'_>, cx: &mut Cx) -> Option<AdminConfig> {
    let mut section = spec.section("admin", cx)?;
    let node = section.node("listen", cx);
    let text = section.text("listen", cx);
    section.finish(cx);
    let listen = text.as_deref().and_then(|text| text.parse().ok());
    if let (Some(node), Some(_), None) = (node, &text, listen) {
        let help = "such as `127.0.0.1:9464`";
        cx.error(node, Code::WrongShape, "`listen` takes an address and a port here", help);
    }
    Some(AdminConfig { listen })
}

/// Names in certificates say something only if somebody vouches for them.
pub(super) fn check_certificates(tls: Option<&TlsFiles>, identity: &IdentityConfig, document: &Node, cx: &mut Cx) {
    if !identity.certificates.is_empty() && tls.is_none_or(|tls| tls.clients.is_none()) {
        let node = document.entry("spec").and_then(|spec| spec.value.entry("identity"));
        let node = node.map_or(document, |identity| &identity.value);
        let says = "`certificates` names callers, and nobody says who signs their certificates";
        cx.error(node, Code::MissingKey, says, "add `client_ca_file` to `tls`");
    }
}

/// Beyond this machine, callers show who they are, and nobody in between reads that.
pub(super) fn check_reach(listen: &Listen, is_tls: bool, identity: &IdentityConfig, document: &Node, cx: &mut Cx) {
    let Listen::Tcp(address) = listen else { return };
    if address.ip().is_loopback() {
        return;
    }
    let node = document.entry("spec").and_then(|spec| spec.value.entry("listen"));
    let node = node.map_or(document, |listen| &listen.value);
    if !is_tls {
        let says = "a gateway beyond loopback needs `tls`";
        cx.error(node, Code::MissingKey, says, "add `tls`, or listen on `127.0.0.1` behind something that speaks it");
    }
    if !identity.is_proven() {
        let says = "a gateway beyond loopback needs `identity` with `api_keys`, `jwt` or `certificates`: else everybody who reaches it is the same caller";
        cx.error(node, Code::MissingKey, says, "add one of them, or listen on `127.0.0.1`");
    }
}

/// Where clients reach the gateway, as they write it: tokens are meant for it, and metadata name it.
pub(super) fn public_url(spec: &mut Section<'_>, cx: &mut Cx) -> Option<String> {
    let node = spec.node("public_url", cx)?;
    let text = spec.text("public_url", cx)?;
    let origin = Url::parse(&text).ok().filter(|url| {
        let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        is_bare && url.username().is_empty() && matches!(url.scheme(), "http" | "https") && url.host().is_some()
    });
    if origin.is_none() {
        let says = "`public_url` takes `https://` and a host, without a path";
        cx.error(node, Code::WrongShape, says, "such as `https://gate.example.com`");
    }
    Some(origin?.origin().ascii_serialization())
}
