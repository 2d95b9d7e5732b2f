//! Where PostgreSQL is, and how to come in.

use crate::store::{Secret, StoreConfigError, StoreTerms, TlsFiles};
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

/// Settings of a [`PostgresStore`](super::PostgresStore).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PostgresOptions {
    pub(super) config: Config,
    /// The password, if the address has none.
    pub password: Option<Secret>,
    /// The schema that CallGuard's tables and functions are in.
    pub schema: String,
    /// The most connections.
    pub connections: usize,
    /// Certificates, for TLS.
    pub tls_files: TlsFiles,
    /// How long things last.
    pub terms: StoreTerms,
}

impl PostgresOptions {
    /// What an address says, as libpq understands it: `postgres://USER@HOST:PORT/DATABASE?sslmode=require`. Beyond this
    /// machine the connection is encrypted and the server's certificate checked, unless `sslmode` says otherwise.
    ///
    /// # Errors
    /// It is none.
    pub fn from_url(text: &str) -> Result<PostgresOptions, StoreConfigError> {
        // Where there is TLS, the certificate and the name in it are always checked.
        let checked =
            text.replace("sslmode=verify-full", "sslmode=require").replace("sslmode=verify-ca", "sslmode=require");
        let mut config: Config = checked.parse().map_err(|error: tokio_postgres::Error| {
            let why = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
            StoreConfigError::new(
                format!("the address of PostgreSQL cannot be read: {why}"),
                "write `postgres://USER:PASSWORD@HOST:PORT/DATABASE`; encode what separates: `@` is `%40`",
            )
        })?;
        if !text.contains("sslmode=") {
            config.ssl_mode(if is_here(&config) { SslMode::Disable } else { SslMode::Require });
        }
        if config.get_application_name().is_none() {
            config.application_name("callguard");
        }
        let password = config.get_password().and_then(|password| std::str::from_utf8(password).ok()).map(Secret::new);
        Ok(PostgresOptions {
            config,
            password,
            schema: "callguard".to_owned(),
            connections: 8,
            tls_files: TlsFiles::default(),
            terms: StoreTerms::default(),
        })
    }

    /// What cannot work is said now.
    pub(in crate::store) fn checked(self) -> Result<PostgresOptions, StoreConfigError> {
        let fault = if !is_name(&self.schema) {
            ("`schema` is a name of small letters, digits and `_`", "such as `callguard`")
        } else if self.tls_files.cert.is_some() != self.tls_files.key.is_some() {
            ("`cert` and `key` go together", "write both, or neither")
        } else if self.config.get_hosts().is_empty() {
            ("there is no host", "write `postgres://HOST/DATABASE`, or `postgres:///DATABASE?host=/run/postgresql`")
        } else {
            return Ok(self);
        };
        Err(StoreConfigError::new(fault.0, fault.1))
    }
}

/// Whether every host is this machine.
fn is_here(config: &Config) -> bool {
    config.get_hosts().iter().all(|host| match host {
        Host::Tcp(name) => name == "localhost" || name.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback()),
        #[cfg(unix)]
        Host::Unix(_) => true,
    })
}

fn is_name(name: &str) -> bool {
    let letters = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    letters && (1..=60).contains(&name.len()) && !name.starts_with(|first: char| first.is_ascii_digit())
}
