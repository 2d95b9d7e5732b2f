//! A URL as a call names it.

use super::super::path::is_bidi_control;
use super::host::HostValue;
use std::borrow::Cow;
use url::Url;

const LONGEST_URL: usize = 16 * 1024;

/// A URL, read by WHATWG's rules, and why its readers may disagree.
#[derive(Clone)]
pub struct UrlValue {
    text: String,
    pub(super) url: Option<Url>,
    pub(super) host: Option<HostValue>,
    pub(super) doubt: Option<&'static str>,
    /// It counts where it restricts, and never excuses.
    pub(super) guessed: bool,
}

impl UrlValue {
    /// Reads an absolute URL.
    pub fn parse(text: &str) -> UrlValue {
        if text.len() > LONGEST_URL {
            return UrlValue::unknown(text, "a URL is longer than 16 KiB");
        }
        let stripped = without_breaks(text);
        let text = &*stripped;
        let mut doubt = unreadable(text);
        match Url::parse(text) {
            Ok(url) if !looks_like_host_and_port(text, &url) => {
                doubt = doubt.or_else(|| ambiguous(text, &url));
                UrlValue::of(url, doubt)
            }
            _ => UrlValue::without_scheme(text, doubt.unwrap_or("a URL without a scheme")),
        }
    }

    /// A URL that is there, but nobody can say which.
    pub fn unknown(text: &str, doubt: &'static str) -> UrlValue {
        UrlValue { text: text.to_owned(), url: None, host: None, doubt: Some(doubt), guessed: false }
    }

    /// The URL as WHATWG writes it, for equality and explanations.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its host, if it has one.
    pub fn host(&self) -> Option<&HostValue> {
        self.host.as_ref()
    }

    /// The same URL with the addresses that the host's resolver found for its name.
    #[must_use]
    pub fn resolved_to(mut self, addresses: Vec<std::net::IpAddr>) -> UrlValue {
        self.host = self.host.map(|host| host.resolved_to(addresses));
        self
    }

    /// The same URL, which may not be all that is reached: it counts where it restricts, and never excuses.
    #[must_use]
    pub fn guessed(mut self) -> UrlValue {
        self.guessed = true;
        self.host = self.host.map(HostValue::guessed);
        self
    }

    /// Why it may be another URL, if it may.
    pub fn doubt(&self) -> Option<&'static str> {
        self.doubt
    }

    fn of(url: Url, doubt: Option<&'static str>) -> UrlValue {
        let port = url.port_or_known_default().or_else(|| default_port(url.scheme()));
        let host = url.host_str().filter(|host| !host.is_empty()).map(|host| HostValue::read(host, port));
        let doubt = doubt.or_else(|| host.as_ref().and_then(HostValue::doubt));
        UrlValue { text: url.to_string(), url: Some(url), host, doubt, guessed: false }
    }

    /// `example.com/x` and `example.com:8080` are commonly taken for `http`: the host counts, in doubt.
    fn without_scheme(text: &str, doubt: &'static str) -> UrlValue {
        let host = Url::parse(&format!("http://{text}")).ok().and_then(|url| UrlValue::of(url, None).host);
        UrlValue { text: text.to_owned(), url: None, host, doubt: Some(doubt), guessed: false }
    }
}

impl std::fmt::Debug for UrlValue {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("UrlValue").field("doubt", &self.doubt).finish_non_exhaustive()
    }
}

/// WHATWG leaves tabs and newlines out, wherever they stand.
fn without_breaks(text: &str) -> Cow<'_, str> {
    const BREAKS: [char; 3] = ['\t', '\n', '\r'];
    if text.contains(BREAKS) { Cow::Owned(text.replace(BREAKS, "")) } else { Cow::Borrowed(text) }
}

fn unreadable(text: &str) -> Option<&'static str> {
    if text.chars().any(|c| c.is_control() || is_bidi_control(c)) {
        Some("a URL holds a control character")
    } else if text.contains('\\') {
        Some("a URL holds a backslash, which its readers take differently")
    } else {
        None
    }
}

/// `example.com:8080/x` and `localhost:3000` parse as a scheme without a host.
fn looks_like_host_and_port(text: &str, url: &Url) -> bool {
    let after = text.trim_start().get(url.scheme().len()..).unwrap_or_default();
    !url.has_host()
        && (url.scheme().contains('.') || after.trim_start_matches(':').starts_with(|c: char| c.is_ascii_digit()))
}

fn ambiguous(text: &str, url: &Url) -> Option<&'static str> {
    let after = text.trim_start().get(url.scheme().len()..).unwrap_or_default();
    if url.is_special() && url.scheme() != "file" && !after.starts_with("://") {
        return Some("a URL without `//` after its scheme");
    }
    if url.is_special() && after.starts_with(":///") && url.scheme() != "file" {
        return Some("a URL without a host where it is expected");
    }
    if url.cannot_be_a_base() && url.path().contains("://") {
        return Some("a URL within a URL");
    }
    None
}

/// Default ports of schemes that WHATWG does not know, from IANA's Service Name Registry.
fn default_port(scheme: &str) -> Option<u16> {
    Some(match scheme {
        "ssh" | "sftp" | "git+ssh" | "scp" => 22,
        "git" => 9418,
        "ldap" => 389,
        "ldaps" => 636,
        "smtp" => 25,
        "imap" => 143,
        "imaps" => 993,
        "postgres" | "postgresql" => 5432,
        "mysql" => 3306,
        "redis" => 6379,
        "mongodb" => 27017,
        "amqp" => 5672,
        "mqtt" => 1883,
        _ => return None,
    })
}
