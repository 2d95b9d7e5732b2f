//! `domain`, `scheme`, `address`, `port`, `has_credentials`.

use super::super::OperandError;
use super::address::{AddressSet, is_below, is_in};
use super::host::{HostValue, Place, SYMBOLIC, looks_like};
use super::value::UrlValue;
use crate::decide::{Direction, Truth};
use url::Host;

/// A test of one URL or host.
#[derive(Clone, Debug)]
pub struct UrlTest {
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    Domain(Vec<Domain>),
    Scheme(Vec<String>),
    Address(Vec<AddressSet>),
    Port(Vec<u16>),
    HasCredentials(bool),
}

/// A name as hosts are compared with it, and as it looks.
#[derive(Clone, Debug)]
struct Domain {
    name: String,
    looks: String,
}

impl UrlTest {
    /// `domain`: one of these hosts, or below it, on label boundaries.
    ///
    /// # Errors
    /// An empty list, a URL, a glob, an address, or what is no host name.
    pub fn domain(names: &[String]) -> Result<UrlTest, OperandError> {
        each("domain", names, |name| Domain::parse(name)).map(|names| UrlTest { kind: Kind::Domain(names) })
    }

    /// `scheme`: one of these.
    ///
    /// # Errors
    /// An empty list, or what is no scheme.
    pub fn scheme(names: &[String]) -> Result<UrlTest, OperandError> {
        each("scheme", names, |name| parse_scheme(name)).map(|names| UrlTest { kind: Kind::Scheme(names) })
    }

    /// `address`: `public`, `private`, `loopback`, `link_local`, `metadata_service`, `multicast`, `reserved`, CIDRs.
    ///
    /// # Errors
    /// An empty list, an unknown word, or a CIDR with bits after its prefix.
    pub fn address(words: &[String]) -> Result<UrlTest, OperandError> {
        each("address", words, |word| AddressSet::parse(word)).map(|sets| UrlTest { kind: Kind::Address(sets) })
    }

    /// `port`: one of these, the scheme's default included.
    ///
    /// # Errors
    /// An empty list, or a number that is no port (1 to 65535).
    pub fn port(numbers: &[u64]) -> Result<UrlTest, OperandError> {
        each("port", numbers, |number| parse_port(*number)).map(|ports| UrlTest { kind: Kind::Port(ports) })
    }

    /// `has_credentials: true` (or `false`, its opposite): a user or password stands before the host.
    pub fn has_credentials(expected: bool) -> UrlTest {
        UrlTest { kind: Kind::HasCredentials(expected) }
    }

    /// Whether it also applies to hosts, which have neither scheme nor credentials.
    pub fn applies_to_hosts(&self) -> bool {
        matches!(self.kind, Kind::Domain(_) | Kind::Address(_) | Kind::Port(_))
    }

    /// Whether it holds of a URL, read in `direction`.
    pub fn holds(&self, url: &UrlValue, direction: Direction) -> Truth {
        let known = match (&self.kind, &url.url) {
            (Kind::Scheme(names), Some(parsed)) => Truth::from(names.iter().any(|name| name == parsed.scheme())),
            (Kind::HasCredentials(expected), Some(parsed)) => {
                let has = !parsed.username().is_empty() || parsed.password().is_some();
                Truth::from(has == *expected)
            }
            (Kind::Scheme(_) | Kind::HasCredentials(_), None) => Truth::Unknown,
            _ => url.host.as_ref().map_or(Truth::False, |host| self.holds_host(host, direction)),
        };
        in_doubt(known, url.doubt.is_some(), url.guessed, direction)
    }

    /// Whether it holds of a host, read in `direction`. Unknown where it does not apply to hosts.
    pub fn holds_host(&self, host: &HostValue, direction: Direction) -> Truth {
        let known = match &self.kind {
            Kind::Domain(names) => Truth::any(names.iter().map(|domain| domain.holds(host, direction))),
            Kind::Address(sets) => is_in(sets, host, direction),
            Kind::Port(ports) => host.port.map_or(Truth::Unknown, |port| Truth::from(ports.contains(&port))),
            Kind::Scheme(_) | Kind::HasCredentials(_) => Truth::Unknown,
        };
        in_doubt(known, host.doubt.is_some(), host.guessed, direction)
    }
}

/// In doubt, what restricts counts what matches, and nothing excuses.
fn in_doubt(known: Truth, doubt: bool, guessed: bool, direction: Direction) -> Truth {
    match direction {
        Direction::Restricting if doubt => known.or(Truth::Unknown),
        Direction::Excusing if doubt || guessed => Truth::Unknown,
        _ => known,
    }
}

impl Domain {
    fn parse(text: &str) -> Result<Domain, OperandError> {
        if text.split_once(':').is_some_and(|(kind, name)| SYMBOLIC.contains(&kind) && !name.is_empty()) {
            return Ok(Domain { name: text.to_owned(), looks: String::new() });
        }
        let host = text.strip_suffix('.').unwrap_or(text);
        if let Some(rest) = text.strip_prefix("*.").or_else(|| text.strip_prefix('.')) {
            return Err(bad_domain(text, "has a wildcard", &format!("write `{rest}`: what is below it is included")));
        }
        if let Some((_, rest)) = text.split_once("://") {
            let host = rest.split(['/', ':', '?', '#']).next().unwrap_or_default();
            return Err(bad_domain(
                text,
                "is a URL",
                &format!("write the host alone: `{host}`; use `scheme` for the scheme"),
            ));
        }
        if text.contains(['/', ':', '@', '*', '?', '#', '\\']) || text.chars().any(char::is_whitespace) {
            return Err(bad_domain(
                text,
                "is not a host name",
                "write a host such as `example.com`; use `port` for ports",
            ));
        }
        match Host::parse(host) {
            Ok(Host::Domain(name)) if !name.split('.').any(str::is_empty) => {
                let (shown, _) = idna::domain_to_unicode(&name);
                Ok(Domain { looks: looks_like(&shown), name: name.to_ascii_lowercase() })
            }
            Ok(Host::Ipv4(_) | Host::Ipv6(_)) => Err(bad_domain(text, "is an address", "use `address` for addresses")),
            _ => Err(bad_domain(text, "is not a host name", "write a host such as `example.com`")),
        }
    }

    fn holds(&self, host: &HostValue, direction: Direction) -> Truth {
        match &host.place {
            Place::Name { name, .. } if is_below(name, &self.name) => Truth::True,
            Place::Name { looks: Some(looks), .. } if direction == Direction::Restricting => {
                Truth::from(!self.looks.is_empty() && is_below(looks, &self.looks))
            }
            Place::Symbolic(text) => Truth::from(*text == self.name),
            _ => Truth::False,
        }
    }
}

fn parse_scheme(text: &str) -> Result<String, OperandError> {
    let name = text.trim_end_matches('/').trim_end_matches(':');
    let is_scheme = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    if is_scheme {
        return Ok(text.to_ascii_lowercase());
    }
    let help = format!("write the name alone, for example `{}`", if name == text { "https" } else { name });
    Err(OperandError { message: format!("`{text}` is not a URL scheme"), help: Some(help) })
}

fn parse_port(number: u64) -> Result<u16, OperandError> {
    u16::try_from(number).ok().filter(|port| *port > 0).ok_or_else(|| OperandError {
        message: format!("`{number}` is not a port"),
        help: Some("ports are 1 to 65535".to_owned()),
    })
}

fn bad_domain(text: &str, problem: &str, help: &str) -> OperandError {
    OperandError { message: format!("`{text}` {problem}, and `domain` takes host names"), help: Some(help.to_owned()) }
}

fn each<T, U>(
    operator: &str,
    operands: &[T],
    parse: impl Fn(&T) -> Result<U, OperandError>,
) -> Result<Vec<U>, OperandError> {
    if operands.is_empty() {
        return Err(OperandError { message: format!("`{operator}` has an empty list"), help: None });
    }
    operands.iter().map(parse).collect()
}
