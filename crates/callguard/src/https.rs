//! An HTTP client with TLS by rustls: no redirects, and every status is an answer.

use rustls::crypto::ring;
use std::fs;
#[cfg(feature = "delivery")]
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use ureq::Agent;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, TlsProvider, parse_pem};

/// A client that trusts these; a request takes as long as this at most, if it does not say otherwise.
pub(crate) fn agent(roots: Vec<Certificate<'static>>, timeout: Option<Duration>) -> Agent {
    let tls = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .unversioned_rustls_crypto_provider(Arc::new(ring::default_provider()))
        .root_certs(RootCerts::Specific(Arc::new(roots)))
        .build();
    let config = Agent::config_builder()
        .tls_config(tls)
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .timeout_global(timeout)
        .user_agent(concat!("callguard/", env!("CARGO_PKG_VERSION")))
        .build();
    config.new_agent()
}

/// Those of a file, and the machine's where TLS is spoken.
pub(crate) fn roots(ca_file: Option<&Path>, is_tls: bool) -> Result<Vec<Certificate<'static>>, String> {
    let mut roots = ca_file.map(of_file).transpose()?.unwrap_or_default();
    if is_tls {
        let found = rustls_native_certs::load_native_certs();
        roots.extend(found.certs.iter().map(|certificate| Certificate::from_der(certificate).to_owned()));
    }
    if is_tls && roots.is_empty() {
        return Err("the machine trusts no certificates; name some in a file of your own".to_owned());
    }
    Ok(roots)
}

/// Of a connection that failed over TLS: what the other side's certificate lacks. It names hosts and authorities, and
/// nothing that is sent.
#[cfg(feature = "delivery")]
pub(crate) fn tls_trouble(error: &io::Error) -> Option<String> {
    let tls = error.get_ref()?.downcast_ref::<rustls::Error>()?;
    Some(format!("TLS failed: {tls}"))
}

fn of_file(path: &Path) -> Result<Vec<Certificate<'static>>, String> {
    let none = || format!("`{}` holds no certificate (PEM)", path.display());
    let text = fs::read(path).map_err(|error| format!("cannot read the certificates `{}`: {error}", path.display()))?;
    let mut found = Vec::new();
    for item in parse_pem(&text) {
        match item {
            Ok(PemItem::Certificate(certificate)) => found.push(certificate),
            Ok(_) => {}
            Err(_) => return Err(none()),
        }
    }
    if found.is_empty() { Err(none()) } else { Ok(found) }
}
