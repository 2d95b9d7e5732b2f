//! What a configuration names, opened.

use super::{OpenError, unusable};
use crate::config::{
    ClientCertificates, GatewayConfig, IssuerConfig, KeysConfig, Listen, TlsFiles, UpstreamConfig, WayConfig,
};
use crate::http::{By, Caller, HttpServer, Identity, Issuer, Jwks, KeySet, Live, Places, Upstream, Way, client};
use crate::mcp::Pins;
use crate::mcp::relay::Learnt;
use callguard::Guard;
use callguard::settings::SecretSource;
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::{RootCertStore, ServerConfig};
use std::path::Path;
use std::sync::Arc;

/// What holds from now on. Servers that are the same as before stay, and their sessions with them.
pub(super) fn live(config: &GatewayConfig, guard: &Guard, before: Option<&Live>) -> Result<Live, OpenError> {
    let mut upstreams = std::collections::BTreeMap::new();
    for (name, wanted) in &config.upstreams {
        let next = upstream(wanted)?;
        let same = before.and_then(|before| before.upstreams.get(name)).filter(|known| is_same(known, &next));
        let upstream = match same {
            Some(same) => Arc::clone(same),
            None if wanted.policies.is_empty() => Arc::new(next),
            None => Arc::new(Upstream { guard: Some(guard.beside(config.policies_for(wanted))?), ..next }),
        };
        upstreams.insert(name.clone(), upstream);
    }
    let hosts = config.hosts.iter().cloned().chain(config.public_host());
    let places = match &config.fixed.listen {
        Listen::Tcp(address) => Places::of(address.ip(), hosts),
        Listen::Unix(_) => Places::unix(hosts),
    };
    Ok(Live {
        upstreams,
        identity: identity(config, before.map(|before| &before.identity))?,
        places,
        decisions: config.decisions,
        approvers: config.approvers.clone(),
        limits: config.limits.clone(),
        environment: config.environment.clone(),
        governs: config.governs.clone(),
    })
}

fn is_same(one: &Upstream, other: &Upstream) -> bool {
    let same_credentials = match (&one.way, &other.way) {
        (Way::Http(one), Way::Http(other)) => one.credentials() == other.credentials(),
        _ => true,
    };
    one.config == other.config && one.pins == other.pins && same_credentials
}

fn identity(config: &GatewayConfig, before: Option<&Identity>) -> Result<Identity, OpenError> {
    let caller = |name: &str, principal: &callguard::Principal| {
        Arc::new(Caller { name: name.to_owned(), principal: principal.clone(), by: By::Configuration })
    };
    let of = &config.identity;
    let known = |wanted: &IssuerConfig| {
        let same = before?.issuers.iter().find(|known| known.config == *wanted)?;
        // A file is read again, whatever its name.
        matches!(wanted.keys, KeysConfig::Url { .. }).then(|| Arc::clone(same))
    };
    let issuers = of.issuers.iter().map(|wanted| known(wanted).map_or_else(|| issuer(wanted).map(Arc::new), Ok));
    Ok(Identity {
        fixed: of.fixed.as_ref().map(|principal| caller("", principal)),
        keys: of.keys.iter().map(|key| (key.digest, caller(&key.name, &key.principal))).collect(),
        issuers: issuers.collect::<Result<_, _>>()?,
        certificates: of.certificates.clone(),
        public_url: config.public_url.clone(),
    })
}

fn issuer(config: &IssuerConfig) -> Result<Issuer, OpenError> {
    let keys = || match &config.keys {
        KeysConfig::File(path) => {
            let wrong = |why: String| format!("`{}`: {why}", path.display());
            let text = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
            KeySet::read(&text).map(Jwks::fixed).map_err(wrong)
        }
        KeysConfig::Url { url, ca_file, refresh, retry } => {
            let client = client(roots(ca_file.as_deref(), url.scheme_str() == Some("https"))?)?;
            Ok(Jwks::fetched(client, url.clone(), *refresh, *retry))
        }
    };
    let keys = keys().map_err(|error| unusable(format!("the issuer `{}`", config.issuer), error))?;
    Ok(Issuer::new(config.clone(), keys))
}

fn upstream(config: &UpstreamConfig) -> Result<Upstream, OpenError> {
    let what = || format!("the server `{}`", config.name);
    let pins = config.pins.as_deref().map(Pins::read).transpose().map_err(|error| unusable(what(), error))?;
    let way = match &config.way {
        WayConfig::Http { url, headers, ca_file } => {
            let credentials = credentials(headers).map_err(|error| unusable(what(), error))?;
            let is_tls = url.scheme_str() == Some("https");
            let roots = roots(ca_file.as_deref(), is_tls).map_err(|error| unusable(what(), error))?;
            let server = HttpServer::new(url.clone(), credentials, roots).map_err(|error| unusable(what(), error))?;
            Way::Http(Arc::new(server))
        }
        WayConfig::Process(process) => Way::Process(process.clone()),
    };
    Ok(Upstream { config: config.clone(), way, learnt: Learnt::new(pins.clone()), pins, guard: None })
}

fn credentials(headers: &[(String, SecretSource)]) -> Result<HeaderMap, String> {
    let mut read = HeaderMap::new();
    for (name, source) in headers {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|error| error.to_string())?;
        let mut value = HeaderValue::from_str(source.reveal_text()?.trim())
            .map_err(|_| format!("the secret for `{name}` is no value of a header"))?;
        value.set_sensitive(true);
        read.insert(name, value);
    }
    Ok(read)
}

fn roots(ca_file: Option<&Path>, is_tls: bool) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    if !is_tls {
        return Ok(roots);
    }
    match ca_file {
        Some(path) => {
            roots.add_parsable_certificates(certificates(path)?);
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    if roots.is_empty() {
        return Err("there are no certificates to trust: name some under `ca_file`".to_owned());
    }
    Ok(roots)
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let wrong = |error: rustls::pki_types::pem::Error| format!("`{}`: {error}", path.display());
    let read: Result<Vec<_>, _> = CertificateDer::pem_file_iter(path).map_err(wrong)?.collect();
    match read.map_err(wrong)? {
        none if none.is_empty() => Err(format!("`{}` holds no certificate (PEM)", path.display())),
        some => Ok(some),
    }
}

/// What clients are shown, and what they show.
pub(super) fn tls_server(files: &TlsFiles) -> Result<Arc<ServerConfig>, OpenError> {
    let read = || -> Result<ServerConfig, String> {
        let chain = certificates(&files.cert)?;
        let key =
            PrivateKeyDer::from_pem_file(&files.key).map_err(|error| format!("`{}`: {error}", files.key.display()))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?;
        let builder = match &files.clients {
            None => builder.with_no_client_auth(),
            Some(clients) => builder.with_client_cert_verifier(client_verifier(clients, provider)?),
        };
        let mut config = builder.with_single_cert(chain, key).map_err(|error| error.to_string())?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(config)
    };
    read().map(Arc::new).map_err(|error| unusable("`tls`", error))
}

fn client_verifier(
    clients: &ClientCertificates,
    provider: Arc<CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, String> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates(&clients.ca)?);
    let mut builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
    if let Some(path) = &clients.crl {
        let wrong = |error: rustls::pki_types::pem::Error| format!("`{}`: {error}", path.display());
        let lists: Result<Vec<_>, _> = CertificateRevocationListDer::pem_file_iter(path).map_err(wrong)?.collect();
        builder = builder.with_crls(lists.map_err(wrong)?).allow_unknown_revocation_status();
    }
    if !clients.is_required {
        builder = builder.allow_unauthenticated();
    }
    builder.build().map_err(|error| format!("`{}`: {error}", clients.ca.display()))
}
