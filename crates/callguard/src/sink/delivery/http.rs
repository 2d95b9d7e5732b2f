//! One request by HTTP, with TLS by rustls: no redirects, no more time than is given.

use super::options::{DeliveryOptions, OpenError};
use crate::https;
use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use std::io::{self, Write};
use std::time::Duration;
use ureq::Agent;

/// What is read of an answer.
const MOST: u64 = 256 << 10;

/// Sends requests to one receiver.
#[derive(Clone, Debug)]
pub(crate) struct Http {
    agent: Agent,
    url: String,
}

/// What a receiver answered.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// How long it asks to be left alone.
    pub(crate) retry_after: Option<Duration>,
    pub(crate) body: Vec<u8>,
}

/// Why there is no answer. It never holds what was sent, nor a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HttpError(pub(crate) String);

impl Http {
    /// For a receiver at a URL.
    pub(crate) fn new(url: &str, options: &DeliveryOptions) -> Result<Http, OpenError> {
        let uri: ureq::http::Uri =
            url.parse().map_err(|error| OpenError::Setting(format!("`{url}` is no URL: {error}")))?;
        let host = uri.host().unwrap_or_default();
        let is_here = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
        match uri.scheme_str() {
            Some("https") => {}
            Some("http") if is_here || options.allow_http => {}
            Some("http") => {
                let says = format!("`http://{host}` is not encrypted; use `https`, or set `allow_http: true`");
                return Err(OpenError::Setting(says));
            }
            _ => return Err(OpenError::Setting("a receiver's URL begins with `https://`".to_owned())),
        }
        let roots = https::roots(options.ca_file.as_deref(), uri.scheme_str() == Some("https"));
        let agent = https::agent(roots.map_err(OpenError::Setting)?, None);
        Ok(Http { agent, url: url.to_owned() })
    }

    /// Posts a body to the receiver's URL with this behind it.
    pub(crate) fn post(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
        timeout: Duration,
    ) -> Result<Reply, HttpError> {
        let mut request = self.agent.post(format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.config().timeout_global(Some(timeout)).build();
        let mut response = request.send(body).map_err(failure)?;
        let header = response.headers().get("retry-after").and_then(|value| value.to_str().ok()).map(str::to_owned);
        // An answer whose rest does not come is still an answer: its status decides.
        let body = response.body_mut().with_config().limit(MOST).read_to_vec();
        let body = match (response.status().is_success(), body) {
            (true, body) => body.map_err(failure)?,
            (false, body) => body.unwrap_or_default(),
        };
        let retry_after = header.and_then(|text| wait_of(&text, Timestamp::now()));
        Ok(Reply { status: response.status().as_u16(), retry_after, body })
    }
}

/// `Retry-After`: seconds, or a date.
fn wait_of(text: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = jiff::fmt::rfc2822::parse(text.trim()).ok()?.timestamp();
    Some(Duration::try_from(until.duration_since(now)).unwrap_or_default())
}

fn failure(error: ureq::Error) -> HttpError {
    HttpError(match error {
        ureq::Error::Timeout(_) => "it did not answer in time".to_owned(),
        ureq::Error::HostNotFound => "its name does not resolve".to_owned(),
        ureq::Error::ConnectionFailed => "it cannot be connected to".to_owned(),
        ureq::Error::Io(error) => {
            https::tls_trouble(&error).unwrap_or_else(|| format!("the connection failed: {}", error.kind()))
        }
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => format!("TLS failed: {error}"),
        ureq::Error::Protocol(_) => "it does not speak HTTP".to_owned(),
        _ => "the request failed".to_owned(),
    })
}

/// A body, compressed.
pub(crate) fn gzip(body: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), Compression::fast());
    encoder.write_all(body)?;
    encoder.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receiver_may_say_when_it_wants_to_be_asked_again() {
        let now = Timestamp::from_second(1_700_000_000).unwrap_or_default();
        assert_eq!(wait_of(" 120 ", now), Some(Duration::from_secs(120)));
        assert_eq!(wait_of("Tue, 14 Nov 2023 22:13:50 GMT", now), Some(Duration::from_secs(30)));
        assert_eq!(wait_of("Tue, 14 Nov 2000 22:13:50 GMT", now), Some(Duration::ZERO));
        assert_eq!(wait_of("soon", now), None);
    }
}
