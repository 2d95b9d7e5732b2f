//! A host as a call names it.

use super::super::path::{fold, is_bidi_control, is_invisible};
use super::address::canonical;
use std::net::IpAddr;
use url::Host;

/// Kinds of hosts that stand for a configured place: `git-remote:origin`.
pub(super) const SYMBOLIC: [&str; 6] =
    ["git-remote", "registry", "docker-context", "kube-context", "aws", "configured"];

/// A host, with a port if one is named.
#[derive(Clone)]
pub struct HostValue {
    pub(super) text: String,
    pub(super) place: Place,
    pub(super) port: Option<u16>,
    pub(super) doubt: Option<&'static str>,
    /// It counts where it restricts, and never excuses.
    pub(super) guessed: bool,
    resolved: Option<Vec<IpAddr>>,
}

/// What a host is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A name: IDNA, lower case, no trailing dot; and how its characters look, if it is not plain ASCII.
    Name { name: String, looks: Option<String> },
    /// An address, as it was spelled.
    Address(IpAddr),
    /// A place that is configured elsewhere. Also what cannot be read, with a doubt.
    Symbolic(String),
}

impl HostValue {
    /// Reads `host`, `host:port`, `[v6]:port` or a symbolic host.
    pub fn parse(text: &str) -> HostValue {
        if let Some((kind, name)) = text.split_once(':')
            && SYMBOLIC.contains(&kind)
            && !name.is_empty()
            && !name.chars().any(|c| c.is_control() || c.is_whitespace())
        {
            return HostValue::symbolic(kind, name);
        }
        if let Some(doubt) = unreadable(text) {
            return HostValue::unknown(text, doubt);
        }
        if let Ok(address) = text.parse::<IpAddr>() {
            return HostValue::of_address(address, None);
        }
        let (host, port) = match split_port(text) {
            Ok(split) => split,
            Err(doubt) => return HostValue::unknown(text, doubt),
        };
        HostValue::read(host, port)
    }

    /// A configured place that a program reaches, for example `git-remote:origin`.
    pub fn symbolic(kind: &str, name: &str) -> HostValue {
        let text = format!("{kind}:{name}");
        HostValue {
            place: Place::Symbolic(text.clone()),
            text,
            port: None,
            doubt: None,
            guessed: false,
            resolved: None,
        }
    }

    /// A host that is there, but nobody can say which.
    pub fn unknown(text: &str, doubt: &'static str) -> HostValue {
        let text = text.to_owned();
        HostValue {
            place: Place::Symbolic(String::new()),
            text,
            port: None,
            doubt: Some(doubt),
            guessed: false,
            resolved: None,
        }
    }

    /// The same host with the addresses that the host's resolver found, which the connection is pinned to.
    #[must_use]
    pub fn resolved_to(mut self, addresses: Vec<IpAddr>) -> HostValue {
        self.resolved = Some(addresses);
        self
    }

    /// The same host, which may not be all that is reached: it counts where it restricts, and never excuses.
    #[must_use]
    pub fn guessed(mut self) -> HostValue {
        self.guessed = true;
        self
    }

    /// The name to resolve, if it is one.
    pub fn name(&self) -> Option<&str> {
        if let Place::Name { name, .. } = &self.place { Some(name) } else { None }
    }

    /// Whether it is an address, and no name.
    pub fn is_address(&self) -> bool {
        matches!(self.place, Place::Address(_))
    }

    /// The host in its one spelling, with the port if one is named, for equality and explanations.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The port, if one is named or the scheme has one.
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// Why it may be another host, if it may.
    pub fn doubt(&self) -> Option<&'static str> {
        self.doubt
    }

    pub(super) fn resolved(&self) -> Option<&[IpAddr]> {
        self.resolved.as_deref()
    }

    /// Reads a host that stands alone, by WHATWG's rules.
    pub(super) fn read(host: &str, port: Option<u16>) -> HostValue {
        if let Some(doubt) = unreadable(host) {
            return HostValue::unknown(host, doubt);
        }
        match Host::parse(host) {
            Ok(Host::Ipv4(address)) => HostValue::of_address(IpAddr::V4(address), port),
            Ok(Host::Ipv6(address)) => HostValue::of_address(IpAddr::V6(address), port),
            Ok(Host::Domain(domain)) => HostValue::of_name(&domain, port),
            Err(_) => HostValue::unknown(host, "a host that cannot be read"),
        }
    }

    fn of_address(raw: IpAddr, port: Option<u16>) -> HostValue {
        let host = match canonical(raw) {
            IpAddr::V4(v4) => v4.to_string(),
            IpAddr::V6(v6) => format!("[{v6}]"),
        };
        HostValue {
            text: with_port(host, port),
            place: Place::Address(raw),
            port,
            doubt: None,
            guessed: false,
            resolved: None,
        }
    }

    fn of_name(domain: &str, port: Option<u16>) -> HostValue {
        let name = domain.strip_suffix('.').unwrap_or(domain).to_ascii_lowercase();
        if name.split('.').any(str::is_empty) {
            return HostValue::unknown(domain, "a host name with an empty label");
        }
        let looks = looks_of(&name);
        HostValue {
            text: with_port(name.clone(), port),
            place: Place::Name { name, looks },
            port,
            doubt: None,
            guessed: false,
            resolved: None,
        }
    }
}

impl std::fmt::Debug for HostValue {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("HostValue").field("port", &self.port).field("doubt", &self.doubt).finish_non_exhaustive()
    }
}

fn with_port(host: String, port: Option<u16>) -> String {
    match port {
        Some(port) => format!("{host}:{port}"),
        None => host,
    }
}

/// What a name that is not plain ASCII looks like (UTS 39 skeleton).
fn looks_of(name: &str) -> Option<String> {
    let (shown, _) = idna::domain_to_unicode(name);
    (!shown.is_ascii()).then(|| looks_like(&shown))
}

/// The UTS 39 skeleton of a folded name.
pub(super) fn looks_like(name: &str) -> String {
    unicode_security::skeleton(&fold(name)).collect()
}

fn unreadable(text: &str) -> Option<&'static str> {
    if text.is_empty() {
        Some("an empty host")
    } else if text.len() > 4096 {
        Some("a host that is too long")
    } else if text.chars().any(|c| c.is_control() || is_bidi_control(c)) {
        Some("a host holds a control character")
    } else if text.chars().any(is_invisible) {
        Some("a host holds a character that shows nothing")
    } else if text.contains(['\\', '/', '@', '?', '#']) {
        Some("text where only a host is expected")
    } else {
        None
    }
}

/// Host and port of `host:port`; IPv6 with a port stands in brackets.
fn split_port(text: &str) -> Result<(&str, Option<u16>), &'static str> {
    let colon = match text.rfind(']') {
        Some(bracket) => text.rfind(':').filter(|colon| *colon > bracket),
        None => text.rfind(':'),
    };
    let Some((host, after)) = colon.and_then(|at| text.split_at_checked(at)) else { return Ok((text, None)) };
    let port = after.trim_start_matches(':');
    if !port.chars().all(|c| c.is_ascii_digit()) {
        return Err("a port that is not a number");
    }
    port.parse().map(|port| (host, Some(port))).map_err(|_| "a port that is not a number")
}
