//! Who calls: the one that the configuration names, the owner of a key, or whom a token names.

use super::certificate::{self, Peer};
use super::jwt::{self, Issuer, Refused};
use crate::config::{CertificateRule, NameKind};
use callguard::Principal;
use data_encoding::{BASE32_NOPAD, HEXLOWER};
use hyper::HeaderMap;
use hyper::header::AUTHORIZATION;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::Arc;

/// SHA-256 of a key. Keys are random and long: there is nothing to be guessed from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct KeyDigest(pub(crate) [u8; 32]);

impl KeyDigest {
    pub(crate) fn of(key: &[u8]) -> KeyDigest {
        KeyDigest(Sha256::digest(key).into())
    }
}

/// A new key of 256 random bits, and its digest as a configuration holds it.
pub fn new_key() -> (String, String) {
    let random = [ulid::Ulid::new(), ulid::Ulid::new(), ulid::Ulid::new(), ulid::Ulid::new()];
    let bytes: Vec<u8> = random.iter().flat_map(|part| (part.random() as u64).to_be_bytes()).collect();
    let key = format!("cg_{}", BASE32_NOPAD.encode(&bytes).to_ascii_lowercase());
    let digest = HEXLOWER.encode(&KeyDigest::of(key.as_bytes()).0);
    (key, digest)
}

/// A caller that is known.
#[derive(PartialEq, Eq)]
pub(crate) struct Caller {
    /// What the configuration calls it, or its issuer.
    pub(crate) name: String,
    pub(crate) principal: Principal,
    pub(crate) by: By,
}

/// What made a caller known.
#[derive(PartialEq, Eq)]
pub(crate) enum By {
    /// The configuration itself, or a key of it.
    Configuration,
    /// A token of this issuer.
    Token(String),
    /// A name of its certificate.
    Certificate(NameKind),
}

/// How a request shows whose it is.
#[derive(Default)]
pub(crate) struct Identity {
    /// The caller of every request, where nothing is shown.
    pub(crate) fixed: Option<Arc<Caller>>,
    /// `Authorization: Bearer KEY`.
    pub(crate) keys: HashMap<KeyDigest, Arc<Caller>>,
    /// `Authorization: Bearer TOKEN`.
    pub(crate) issuers: Vec<Arc<Issuer>>,
    /// Names in certificates of clients.
    pub(crate) certificates: Vec<CertificateRule>,
    /// Where clients reach the gateway, without a path.
    pub(crate) public_url: Option<String>,
}

/// Why the caller of a request is not known.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unknown {
    /// It shows nothing that could tell.
    Nobody,
    /// What it shows does not count.
    Refused(Refused),
}

impl Identity {
    /// The caller of a request for what is at `path`.
    pub(super) async fn of(
        &self,
        headers: &HeaderMap,
        peer: Option<&Peer>,
        path: &str,
    ) -> Result<Arc<Caller>, Unknown> {
        if let Some(caller) = &self.fixed {
            return Ok(Arc::clone(caller));
        }
        if !headers.contains_key(AUTHORIZATION)
            && let Some(caller) = peer.and_then(|peer| peer.caller(&self.certificates))
        {
            return Ok(caller);
        }
        let shown = bearer(headers).ok_or(Unknown::Nobody)?;
        // What is looked up is a digest: how long that takes says nothing of the key.
        if let Some(caller) = self.keys.get(&KeyDigest::of(shown.as_bytes())) {
            return Ok(Arc::clone(caller));
        }
        if self.issuers.is_empty() {
            return Err(Unknown::Nobody);
        }
        let audiences = jwt::audiences(self.public_url.as_deref(), path);
        jwt::caller(&self.issuers, shown, &audiences).await.map_err(Unknown::Refused)
    }

    /// Whether the caller may still call.
    pub(super) fn knows(&self, caller: &Caller) -> bool {
        match (&self.fixed, &caller.by) {
            (Some(known), _) => **known == *caller,
            // Each request shows a token of its own.
            (None, By::Token(name)) => self.issuers.iter().any(|issuer| issuer.config.issuer == *name),
            (None, By::Certificate(kind)) => certificate::knows(&self.certificates, caller, *kind),
            (None, By::Configuration) => self.keys.values().any(|known| **known == *caller),
        }
    }
}

/// What stands in the one `Authorization: Bearer` of a request.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut said = headers.get_all(AUTHORIZATION).iter();
    let (said, None) = (said.next()?, said.next()) else { return None };
    let (scheme, shown) = said.to_str().ok()?.split_once(' ')?;
    let shown = shown.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !shown.is_empty()).then_some(shown)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn keys() -> Identity {
        let caller = |name: &str| {
            Arc::new(Caller { name: name.to_owned(), principal: Principal::default(), by: By::Configuration })
        };
        let keys = [(KeyDigest::of(b"one"), caller("a")), (KeyDigest::of(b"two"), caller("b"))].into();
        Identity { keys, ..Identity::default() }
    }

    async fn named(authorizations: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for value in authorizations {
            headers.append(AUTHORIZATION, value.parse().unwrap());
        }
        keys().of(&headers, None, "/mcp").await.ok().map(|caller| caller.name.clone())
    }

    #[tokio::test]
    async fn a_key_names_its_owner() {
        assert_eq!(named(&["Bearer one"]).await.as_deref(), Some("a"));
        assert_eq!(named(&["bearer  two"]).await.as_deref(), Some("b"));
        for wrong in [&[][..], &["Bearer three"], &["Bearer "], &["one"], &["Basic one"], &["Bearer one", "Bearer one"]]
        {
            assert_eq!(named(wrong).await, None, "{wrong:?}");
        }
    }

    #[test]
    fn who_has_no_key_any_more_is_not_known() {
        assert!(keys().knows(&Caller { name: "a".to_owned(), principal: Principal::default(), by: By::Configuration }));
        let other = Principal { role: Some("x".to_owned()), ..Principal::default() };
        assert!(!keys().knows(&Caller { name: "a".to_owned(), principal: other, by: By::Configuration }));
    }
}
