//! Certificates.

use callguard_engine::session::StoreError;
use std::path::Path;

/// A file of certificates or of a key.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, StoreError> {
    std::fs::read(path).map_err(|error| StoreError::new(format!("`{}` cannot be read: {error}", path.display())))
}

/// Has the process speak TLS with ring, unless its owner has chosen otherwise: a library that leaves the choice open asks
/// the process.
#[cfg(feature = "redis")]
pub(super) fn use_ring() {
    // An error is another choice.
    let _chosen = rustls::crypto::ring::default_provider().install_default();
}

#[cfg(feature = "postgres")]
pub(super) use self::client::client;

#[cfg(feature = "postgres")]
mod client {
    use crate::store::TlsFiles;
    use callguard_engine::session::StoreError;
    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    use rustls::{ClientConfig, RootCertStore};
    use std::path::Path;
    use std::sync::Arc;

    /// A client that checks whom it speaks to.
    pub(in crate::store) fn client(files: &TlsFiles) -> Result<ClientConfig, StoreError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let builder = builder.map_err(|error| unusable(&error))?.with_root_certificates(roots(files.ca.as_deref())?);
        match (&files.cert, &files.key) {
            (Some(cert), Some(key)) => {
                let key = PrivateKeyDer::from_pem_slice(&super::read(key)?).map_err(|_| no_pem(key))?;
                builder.with_client_auth_cert(certificates(cert)?, key).map_err(|error| unusable(&error))
            }
            _ => Ok(builder.with_no_client_auth()),
        }
    }

    fn roots(ca: Option<&Path>) -> Result<RootCertStore, StoreError> {
        let mut roots = RootCertStore::empty();
        let trusted = match ca {
            Some(ca) => certificates(ca)?,
            // Of the system's, those that can be read.
            None => rustls_native_certs::load_native_certs().certs,
        };
        roots.add_parsable_certificates(trusted);
        match roots.is_empty() {
            true => Err(StoreError::new("there is no certificate to trust: name one with `ca`")),
            false => Ok(roots),
        }
    }

    fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, StoreError> {
        let pem = super::read(path)?;
        CertificateDer::pem_slice_iter(&pem).collect::<Result<_, _>>().map_err(|_| no_pem(path))
    }

    fn no_pem(path: &Path) -> StoreError {
        StoreError::new(format!("`{}` is not in the form PEM", path.display()))
    }

    fn unusable(error: &rustls::Error) -> StoreError {
        StoreError::new(format!("TLS cannot be used: {error}"))
    }
}
