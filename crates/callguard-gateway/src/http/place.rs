//! Where a request may come from and be meant for: pages of the web can make a browser call a gateway on its own machine.

use hyper::HeaderMap;
use hyper::header::{HOST, ORIGIN};
use std::collections::BTreeSet;
use std::net::IpAddr;
use url::Url;

/// The names by which the gateway may be called.
#[derive(Debug, Default)]
pub(crate) struct Places {
    hosts: BTreeSet<String>,
    /// Where no browser can reach it, any name will do.
    any_host: bool,
}

impl Places {
    /// A gateway at an address, with more names of its own.
    pub(crate) fn of(address: IpAddr, names: impl IntoIterator<Item = String>) -> Places {
        let mut hosts: BTreeSet<String> = names.into_iter().map(|name| name.to_ascii_lowercase()).collect();
        if address.is_loopback() {
            hosts.extend(["localhost", "127.0.0.1", "[::1]"].map(str::to_owned));
        }
        if !address.is_unspecified() {
            hosts.insert(spelt(address));
        }
        Places { hosts, any_host: false }
    }

    /// A gateway at a path of the file system.
    pub(crate) fn unix(names: impl IntoIterator<Item = String>) -> Places {
        Places { hosts: names.into_iter().map(|name| name.to_ascii_lowercase()).collect(), any_host: true }
    }

    /// Whether the request is meant for this gateway and comes from no other place.
    pub(super) fn allow(&self, headers: &HeaderMap) -> bool {
        self.allow_host(headers) && self.allow_origin(headers)
    }

    fn allow_host(&self, headers: &HeaderMap) -> bool {
        let mut said = headers.get_all(HOST).iter();
        match (said.next(), said.next()) {
            (Some(host), None) => {
                self.any_host || host.to_str().is_ok_and(|host| self.hosts.contains(&without_port(host)))
            }
            (None, _) => self.any_host,
            _ => false,
        }
    }

    /// Programs send no origin.
    fn allow_origin(&self, headers: &HeaderMap) -> bool {
        headers.get_all(ORIGIN).iter().all(|origin| {
            let url = origin.to_str().ok().and_then(|origin| Url::parse(origin).ok());
            let host = url.as_ref().filter(|url| matches!(url.scheme(), "http" | "https")).and_then(Url::host_str);
            host.is_some_and(|host| self.hosts.contains(host))
        })
    }
}

fn spelt(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    }
}

fn without_port(host: &str) -> String {
    let is_port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
    let name = match host.rsplit_once(':') {
        Some((name, port)) if is_port(port) && (!name.contains(':') || name.ends_with(']')) => name,
        _ => host,
    };
    name.to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn allowed(places: &Places, host: &str, origin: Option<&str>) -> bool {
        let mut headers = HeaderMap::new();
        headers.append(HOST, host.parse().unwrap());
        if let Some(origin) = origin {
            headers.append(ORIGIN, origin.parse().unwrap());
        }
        places.allow(&headers)
    }

    #[test]
    fn a_page_of_another_place_is_refused() {
        let local = Places::of("127.0.0.1".parse().unwrap(), []);
        for host in ["127.0.0.1:8808", "localhost", "LOCALHOST:1", "[::1]:8808"] {
            assert!(allowed(&local, host, None), "{host}");
        }
        for host in ["evil.example", "evil.example:8808", "127.0.0.1.evil.example", "localhost:8808@evil.example", ""] {
            assert!(!allowed(&local, host, None), "{host}");
        }
        assert!(allowed(&local, "localhost", Some("http://localhost:3000")));
        for origin in ["null", "http://evil.example", "file://localhost", "http://localhost.evil.example", "localhost"]
        {
            assert!(!allowed(&local, "localhost", Some(origin)), "{origin}");
        }
    }

    #[test]
    fn a_gateway_has_the_names_that_it_was_given() {
        let named = Places::of("0.0.0.0".parse().unwrap(), ["Gate.Example".to_owned()]);
        assert!(allowed(&named, "gate.example:443", Some("https://gate.example")));
        assert!(!allowed(&named, "0.0.0.0", None) && !allowed(&named, "localhost", None));
        let unix = Places::unix([]);
        assert!(allowed(&unix, "anything", None) && !allowed(&unix, "anything", Some("http://anything")));
        assert!(unix.allow(&HeaderMap::new()));
    }

    #[test]
    fn two_hosts_are_none() {
        let mut headers = HeaderMap::new();
        headers.append(HOST, "localhost".parse().unwrap());
        headers.append(HOST, "localhost".parse().unwrap());
        assert!(!Places::of("::1".parse().unwrap(), []).allow(&headers));
    }
}
