//! The keys that an issuer publishes (JWK set, RFC 7517).

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey};
use serde::Deserialize;
use serde_json::value::RawValue;

/// Keys that check signatures.
#[derive(Default)]
pub(crate) struct KeySet(Vec<Key>);

struct Key {
    id: Option<String>,
    key: DecodingKey,
    algorithms: Vec<Algorithm>,
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<Box<RawValue>>,
}

impl KeySet {
    /// Reads a set. Keys of a kind that is of no use here are passed over.
    pub(crate) fn read(text: &[u8]) -> Result<KeySet, String> {
        let document: Document =
            serde_json::from_slice(text).map_err(|error| format!("it is no set of keys: {error}"))?;
        let keys: Vec<Key> = document.keys.iter().filter_map(|key| Key::read(key)).collect();
        if keys.is_empty() {
            return Err("it holds no public key that checks signatures".to_owned());
        }
        Ok(KeySet(keys))
    }

    /// The key of this id for this kind of signature. A token without an id fits if there is one such key alone.
    pub(super) fn find(&self, id: Option<&str>, algorithm: Algorithm) -> Option<&DecodingKey> {
        let mut fitting = self.0.iter().filter(|key| key.algorithms.contains(&algorithm));
        match id {
            Some(id) => fitting.find(|key| key.id.as_deref() == Some(id)).map(|key| &key.key),
            None => fitting.next().filter(|_| fitting.next().is_none()).map(|key| &key.key),
        }
    }
}

impl Key {
    fn read(text: &RawValue) -> Option<Key> {
        let jwk: Jwk = serde_json::from_str(text.get()).ok()?;
        let common = &jwk.common;
        let signs = common.public_key_use.as_ref().is_none_or(|used| *used == PublicKeyUse::Signature);
        let verifies = common.key_operations.as_ref().is_none_or(|able| able.contains(&KeyOperations::Verify));
        if !signs || !verifies {
            return None;
        }
        let mut algorithms = possible(&jwk.algorithm);
        if let Some(named) = common.key_algorithm {
            let named = named.to_string().parse::<Algorithm>().ok()?;
            algorithms.retain(|algorithm| *algorithm == named);
        }
        let key = DecodingKey::from_jwk(&jwk).ok()?;
        (!algorithms.is_empty()).then(|| Key { id: common.key_id.clone(), key, algorithms })
    }
}

/// What a key of this shape can check. Secrets are nobody's to publish.
fn possible(shape: &AlgorithmParameters) -> Vec<Algorithm> {
    match shape {
        AlgorithmParameters::RSA(_) => AlgorithmFamily::Rsa.algorithms().to_vec(),
        AlgorithmParameters::EllipticCurve(key) => match key.curve {
            EllipticCurve::P256 => vec![Algorithm::ES256],
            EllipticCurve::P384 => vec![Algorithm::ES384],
            _ => Vec::new(),
        },
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => vec![Algorithm::EdDSA],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

    fn set(keys: &str) -> Result<KeySet, String> {
        KeySet::read(format!("{{\"keys\":[{keys}]}}").as_bytes())
    }

    #[test]
    fn what_checks_no_signature_is_passed_over() {
        let good = format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{X}","kid":"a"}}"#);
        let others = [
            r#"{"kty":"oct","k":"c2VjcmV0","kid":"a"}"#.to_owned(),
            r#"{"kty":"new","kid":"a"}"#.to_owned(),
            good.replace("\"kid\"", "\"use\":\"enc\",\"kid\""),
            good.replace("\"kid\"", "\"key_ops\":[\"sign\"],\"kid\""),
            good.replace("\"kid\"", "\"alg\":\"ES256\",\"kid\""),
            good.replace("\"kid\"", "\"alg\":\"HS256\",\"kid\""),
        ];
        for other in &others {
            assert!(set(other).is_err_and(|why| why.contains("no public key")), "{other}");
        }
        let all = set(&format!("{},{good}", others.join(","))).unwrap();
        assert_eq!(all.0.len(), 1);
        assert!(all.find(Some("a"), Algorithm::EdDSA).is_some() && all.find(None, Algorithm::EdDSA).is_some());
        assert!(all.find(Some("a"), Algorithm::ES256).is_none() && all.find(Some("b"), Algorithm::EdDSA).is_none());
        assert!(KeySet::read(b"[]").is_err());
    }

    #[test]
    fn without_an_id_there_must_be_one_key_alone() {
        let key = format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{X}","kid":"a"}}"#);
        let two = set(&format!("{key},{}", key.replace("\"a\"", "\"b\""))).unwrap();
        assert!(two.find(None, Algorithm::EdDSA).is_none() && two.find(Some("b"), Algorithm::EdDSA).is_some());
    }
}
