//! Signatures are checked by `ring`, as TLS is: one library for both. Nothing is signed here.

use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::signature::{self, Verifier};
use jsonwebtoken::{Algorithm, DecodingKey, DecodingKeyKind, EncodingKey};
use ring::signature as by;
use ring::signature::{RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm};

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: no_signer,
    verifier_factory: verifier,
    key_utils: KeyUtils {
        rsa_pub_components_from_private_key: |_| Err(unsupported()),
        rsa_pub_components_from_public_key: |_| Err(unsupported()),
        ec_pub_components_from_private_key: |_, _| Err(unsupported()),
        ed_pub_components_from_private_key: |_, _| Err(unsupported()),
        compute_digest: |_, _| Err(unsupported()),
    },
};

/// Makes the crate check signatures with this.
pub(super) fn install() {
    // Whoever embeds the gateway may have chosen for the process already.
    let _chosen = PROVIDER.install_default();
}

fn unsupported() -> Error {
    ErrorKind::UnsupportedAlgorithm.into()
}

fn no_signer(_: &Algorithm, _: &EncodingKey) -> Result<Box<dyn JwtSigner>, Error> {
    Err(unsupported())
}

fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>, Error> {
    if key.family() != algorithm.family() {
        return Err(ErrorKind::InvalidKeyFormat.into());
    }
    let way = way(*algorithm).ok_or_else(unsupported)?;
    Ok(Box::new(Checks { algorithm: *algorithm, way, key: key.clone() }))
}

/// How a kind of signature is checked.
enum Way {
    Rsa(&'static RsaParameters),
    Point(&'static dyn VerificationAlgorithm),
}

fn way(algorithm: Algorithm) -> Option<Way> {
    Some(match algorithm {
        Algorithm::RS256 => Way::Rsa(&by::RSA_PKCS1_2048_8192_SHA256),
        Algorithm::RS384 => Way::Rsa(&by::RSA_PKCS1_2048_8192_SHA384),
        Algorithm::RS512 => Way::Rsa(&by::RSA_PKCS1_2048_8192_SHA512),
        Algorithm::PS256 => Way::Rsa(&by::RSA_PSS_2048_8192_SHA256),
        Algorithm::PS384 => Way::Rsa(&by::RSA_PSS_2048_8192_SHA384),
        Algorithm::PS512 => Way::Rsa(&by::RSA_PSS_2048_8192_SHA512),
        Algorithm::ES256 => Way::Point(&by::ECDSA_P256_SHA256_FIXED),
        Algorithm::ES384 => Way::Point(&by::ECDSA_P384_SHA384_FIXED),
        Algorithm::EdDSA => Way::Point(&by::ED25519),
        // With a shared secret, whoever checks could sign.
        _ => return None,
    })
}

struct Checks {
    algorithm: Algorithm,
    way: Way,
    key: DecodingKey,
}

impl Verifier<Vec<u8>> for Checks {
    fn verify(&self, message: &[u8], signed: &Vec<u8>) -> Result<(), signature::Error> {
        let checked = match (&self.way, self.key.kind()) {
            (Way::Rsa(kind), DecodingKeyKind::RsaModulusExponent { n, e }) => {
                RsaPublicKeyComponents { n, e }.verify(kind, message, signed)
            }
            (Way::Point(kind), DecodingKeyKind::SecretOrDer(point)) => {
                UnparsedPublicKey::new(*kind, point).verify(message, signed)
            }
            _ => return Err(signature::Error::new()),
        };
        checked.map_err(|_| signature::Error::new())
    }
}

impl JwtVerifier for Checks {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;
    use crate::http::KeySet;
    use data_encoding::BASE64URL_NOPAD;
    use ring::rand::SystemRandom;
    use ring::signature::KeyPair;

    fn checks(keys: &KeySet, algorithm: Algorithm, message: &[u8], signed: Vec<u8>) -> bool {
        let key = keys.find(None, algorithm).unwrap();
        verifier(&algorithm, key).unwrap().verify(message, &signed).is_ok()
    }

    /// Made by OpenSSL, with a key that nobody has any more.
    #[test]
    fn signatures_by_rsa_are_checked() {
        let made: serde_json::Value = serde_json::from_str(include_str!("rsa.json")).unwrap();
        let keys = KeySet::read(serde_json::json!({ "keys": [made["jwk"]] }).to_string().as_bytes()).unwrap();
        let message = made["message"].as_str().unwrap().as_bytes();
        let signatures = made["signatures"].as_object().unwrap();
        assert_eq!(signatures.len(), 6);
        for (name, signed) in signatures {
            let algorithm: Algorithm = name.parse().unwrap();
            let signed = BASE64URL_NOPAD.decode(signed.as_str().unwrap().as_bytes()).unwrap();
            assert!(checks(&keys, algorithm, message, signed.clone()), "{name}");
            assert!(!checks(&keys, algorithm, b"something else", signed), "{name}");
        }
        assert!(verifier(&Algorithm::ES256, keys.find(None, Algorithm::RS256).unwrap()).is_err());
        assert!(verifier(&Algorithm::HS256, &DecodingKey::from_secret(b"s")).is_err(), "nobody's secret");
    }

    #[test]
    fn signatures_by_points_of_curves_are_checked() {
        let random = SystemRandom::new();
        let made = by::EcdsaKeyPair::generate_pkcs8(&by::ECDSA_P384_SHA384_FIXED_SIGNING, &random).unwrap();
        let kind = &by::ECDSA_P384_SHA384_FIXED_SIGNING;
        let pair = by::EcdsaKeyPair::from_pkcs8(kind, made.as_ref(), &random).unwrap();
        let point = pair.public_key().as_ref();
        let [x, y] = [&point[1..49], &point[49..]].map(|part| BASE64URL_NOPAD.encode(part));
        let made = by::Ed25519KeyPair::generate_pkcs8(&random).unwrap();
        let edwards = by::Ed25519KeyPair::from_pkcs8(made.as_ref()).unwrap();
        let only = BASE64URL_NOPAD.encode(edwards.public_key().as_ref());
        let keys = serde_json::json!({ "keys": [
            { "kty": "EC", "crv": "P-384", "x": x, "y": y },
            { "kty": "OKP", "crv": "Ed25519", "x": only },
        ] });
        let keys = KeySet::read(keys.to_string().as_bytes()).unwrap();
        let signed = pair.sign(&random, b"said").unwrap().as_ref().to_vec();
        assert!(checks(&keys, Algorithm::ES384, b"said", signed.clone()));
        assert!(!checks(&keys, Algorithm::ES384, b"unsaid", signed));
        let signed = edwards.sign(b"said").as_ref().to_vec();
        assert!(checks(&keys, Algorithm::EdDSA, b"said", signed.clone()));
        assert!(!checks(&keys, Algorithm::EdDSA, b"unsaid", signed));
    }
}
