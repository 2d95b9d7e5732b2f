//! Who calls: the one that the configuration names, or the owner of a key.

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
    /// What the configuration calls it.
    pub(crate) name: String,
    pub(crate) principal: Principal,
}

/// How a request shows whose it is.
pub(crate) enum Identity {
    /// Every request is of one caller.
    Static(Arc<Caller>),
    /// `Authorization: Bearer KEY`.
    Keys(HashMap<KeyDigest, Arc<Caller>>),
}

impl Identity {
    /// The caller of a request; `None` if it cannot be told.
    pub(super) fn of(&self, headers: &HeaderMap) -> Option<Arc<Caller>> {
        match self {
            Identity::Static(caller) => Some(Arc::clone(caller)),
            Identity::Keys(keys) => {
                let mut said = headers.get_all(AUTHORIZATION).iter();
                let (said, None) = (said.next()?, said.next()) else { return None };
                let (scheme, key) = said.to_str().ok()?.split_once(' ')?;
                let key = key.trim();
                (scheme.eq_ignore_ascii_case("bearer") && !key.is_empty())
                    // What is looked up is a digest: how long that takes says nothing of the key.
                    .then(|| keys.get(&KeyDigest::of(key.as_bytes())).cloned())?
            }
        }
    }

    /// Whether the caller may still call.
    pub(super) fn knows(&self, caller: &Caller) -> bool {
        match self {
            Identity::Static(known) => **known == *caller,
            Identity::Keys(keys) => keys.values().any(|known| **known == *caller),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn keys() -> Identity {
        let caller = |name: &str| Arc::new(Caller { name: name.to_owned(), principal: Principal::default() });
        Identity::Keys([(KeyDigest::of(b"one"), caller("a")), (KeyDigest::of(b"two"), caller("b"))].into())
    }

    fn named(authorizations: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for value in authorizations {
            headers.append(AUTHORIZATION, value.parse().unwrap());
        }
        keys().of(&headers).map(|caller| caller.name.clone())
    }

    #[test]
    fn a_key_names_its_owner() {
        assert_eq!(named(&["Bearer one"]).as_deref(), Some("a"));
        assert_eq!(named(&["bearer  two"]).as_deref(), Some("b"));
        for wrong in [&[][..], &["Bearer three"], &["Bearer "], &["one"], &["Basic one"], &["Bearer one", "Bearer one"]]
        {
            assert_eq!(named(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn who_has_no_key_any_more_is_not_known() {
        assert!(keys().knows(&Caller { name: "a".to_owned(), principal: Principal::default() }));
        let other = Principal { role: Some("x".to_owned()), ..Principal::default() };
        assert!(!keys().knows(&Caller { name: "a".to_owned(), principal: other }));
    }
}
