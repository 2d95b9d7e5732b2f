//! Where Redis is, and how to come in.

use crate::store::{Secret, StoreConfigError, StoreTerms, TlsFiles};
use percent_encoding::percent_decode_str;
use std::path::PathBuf;
use url::Url;

/// Settings of a [`RedisStore`](super::RedisStore).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RedisOptions {
    /// Where it listens.
    pub address: RedisAddress,
    /// Whether to speak TLS.
    pub tls: bool,
    /// Certificates, for TLS.
    pub tls_files: TlsFiles,
    /// The user; without one, Redis' own default.
    pub username: Option<String>,
    /// The password.
    pub password: Option<Secret>,
    /// The number of the database.
    pub database: u16,
    /// Whether the server is part of a cluster.
    pub cluster: bool,
    /// What every key begins with. In a cluster all keys of one prefix are on one node, so that an operation is atomic.
    pub prefix: String,
    /// How long things last.
    pub terms: StoreTerms,
}

/// Where Redis listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RedisAddress {
    /// A host and its port.
    Tcp(String, u16),
    /// A socket of this machine.
    Unix(PathBuf),
}

impl RedisOptions {
    /// A server at an address, without TLS.
    pub fn new(address: RedisAddress) -> RedisOptions {
        RedisOptions {
            address,
            tls: false,
            tls_files: TlsFiles::default(),
            username: None,
            password: None,
            database: 0,
            cluster: false,
            prefix: "callguard".to_owned(),
            terms: StoreTerms::default(),
        }
    }

    /// What an address without settings says.
    pub(in crate::store) fn from_url(text: &str) -> Result<RedisOptions, StoreConfigError> {
        let text = text.replacen("valkey", "redis", 1);
        if let Some(path) = text.strip_prefix("redis+unix://") {
            let path = decoded(path)?;
            return match path.starts_with('/') {
                true => Ok(RedisOptions::new(RedisAddress::Unix(path.into()))),
                false => Err(unreadable("the path of a socket begins with `/`")),
            };
        }
        let url = Url::parse(&text).map_err(|error| unreadable(&error.to_string()))?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| unreadable("there is no host"))?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let mut options = RedisOptions::new(RedisAddress::Tcp(decoded(host)?, url.port().unwrap_or(6379)));
        options.tls = url.scheme() == "rediss";
        if !url.username().is_empty() {
            options.username = Some(decoded(url.username())?);
        }
        options.password = url.password().map(decoded).transpose()?.map(Secret::new);
        let database = url.path().trim_matches('/');
        if !database.is_empty() {
            options.database = database.parse().map_err(|_| unreadable("the database is a number"))?;
        }
        Ok(options)
    }

    /// What cannot work is said now.
    pub(in crate::store) fn checked(self) -> Result<RedisOptions, StoreConfigError> {
        let fault = if self.prefix.is_empty() || self.prefix.contains(['{', '}']) {
            ("`prefix` is some text without braces", "in a cluster the braces are put around it")
        } else if self.cluster && self.database != 0 {
            ("a cluster has no databases but 0", "leave out the number behind the host, and choose a `prefix`")
        } else if self.tls_files.cert.is_some() != self.tls_files.key.is_some() {
            ("`cert` and `key` go together", "write both, or neither")
        } else if !self.tls && self.tls_files != TlsFiles::default() {
            ("certificates are for TLS", "write `rediss://`")
        } else {
            return Ok(self);
        };
        Err(StoreConfigError::new(fault.0, fault.1))
    }
}

fn decoded(text: &str) -> Result<String, StoreConfigError> {
    let decoded = percent_decode_str(text).decode_utf8();
    decoded.map(Into::into).map_err(|_| unreadable("what is percent-encoded is not text"))
}

fn unreadable(why: &str) -> StoreConfigError {
    StoreConfigError::new(
        format!("the address of Redis cannot be read: {why}"),
        "write `redis://USER:PASSWORD@HOST:PORT/DATABASE`; encode what separates: `@` is `%40`",
    )
}
