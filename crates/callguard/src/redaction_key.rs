//! The key by which equal secrets are recognised in audit events.

use callguard_engine::audit::redact::Tagger;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// What is authenticated before a secret, so that a tag is of no use elsewhere.
const DOMAIN: &[u8] = b"callguard-redaction-v1\0";
/// Bytes of a key.
const LEAST: usize = 32;

/// Gives what audit events hide a tag: `[REDACTED:kind:tag]`, the first 8 bytes of HMAC-SHA-256. Equal secrets have equal
/// tags; who has not the key cannot guess what they stand for. `Debug` shows nothing of it.
#[derive(Clone)]
pub struct RedactionKey(Hmac<Sha256>);

/// Why a key cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RedactionKeyError {
    /// It is too short.
    #[error("a redaction key has at least {LEAST} bytes; `openssl rand -hex 32` makes one")]
    Short,
    /// The file cannot be read.
    #[error("cannot read the redaction key `{}`: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The environment has no such variable, or it is not UTF-8.
    #[error("the environment has no redaction key `{0}`")]
    Env(String),
}

impl RedactionKey {
    /// That key: at least 32 bytes, at random.
    ///
    /// # Errors
    /// [`RedactionKeyError::Short`]
    pub fn new(key: impl AsRef<[u8]>) -> Result<RedactionKey, RedactionKeyError> {
        let key = key.as_ref();
        if key.len() < LEAST {
            return Err(RedactionKeyError::Short);
        }
        Hmac::new_from_slice(key).map(RedactionKey).map_err(|_| RedactionKeyError::Short)
    }

    /// What a file holds, without white space at its ends.
    ///
    /// # Errors
    /// [`RedactionKeyError::File`], [`RedactionKeyError::Short`]
    pub fn read(path: impl AsRef<Path>) -> Result<RedactionKey, RedactionKeyError> {
        let path = path.as_ref();
        let bytes =
            std::fs::read(path).map_err(|source| RedactionKeyError::File { path: path.to_path_buf(), source })?;
        RedactionKey::new(bytes.trim_ascii())
    }

    /// What a variable holds, without white space at its ends.
    ///
    /// # Errors
    /// [`RedactionKeyError::Env`], [`RedactionKeyError::Short`]
    pub fn from_env(name: &str) -> Result<RedactionKey, RedactionKeyError> {
        let text = std::env::var(name).map_err(|_| RedactionKeyError::Env(name.to_owned()))?;
        RedactionKey::new(text.trim())
    }

    pub(crate) fn tagger(&self) -> Tagger {
        let keyed = self.0.clone();
        Tagger::new(move |secret| {
            let mut mac = keyed.clone();
            mac.update(DOMAIN);
            mac.update(secret);
            let sum = mac.finalize().into_bytes();
            let mut tag = [0; 8];
            tag.iter_mut().zip(sum).for_each(|(to, from)| *to = from);
            tag
        })
    }
}

impl fmt::Debug for RedactionKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("RedactionKey(…)")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

    use super::*;
    use callguard_engine::audit::redact::RedactionRules;

    const KEY: &str = "0123456789abcdef0123456789abcdef";

    fn redacted(key: &RedactionKey) -> String {
        let mut rules = RedactionRules::default();
        rules.tag_with(key.tagger());
        rules.redact_text("password=hunter2").into_owned()
    }

    /// `printf 'callguard-redaction-v1\0hunter2' | openssl dgst -sha256 -hmac 0123456789abcdef0123456789abcdef`
    #[test]
    fn a_tag_is_what_openssl_computes() {
        let key = RedactionKey::new(KEY).unwrap();
        assert_eq!(redacted(&key), "password=[REDACTED:password:bf5c3ff06243a7fc]");
        assert_ne!(redacted(&RedactionKey::new(KEY.to_uppercase()).unwrap()), redacted(&key));
        assert_eq!(format!("{key:?}"), "RedactionKey(…)");
    }

    #[test]
    fn a_key_is_read_and_a_bad_one_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        std::fs::write(&path, format!("{KEY}\n")).unwrap();
        assert_eq!(redacted(&RedactionKey::read(&path).unwrap()), redacted(&RedactionKey::new(KEY).unwrap()));
        std::fs::write(&path, "short\n").unwrap();
        let says = |error: RedactionKeyError| error.to_string();
        assert!(says(RedactionKey::read(&path).unwrap_err()).contains("at least 32 bytes"));
        assert!(says(RedactionKey::read(folder.path().join("none")).unwrap_err()).contains("none"));
        assert!(says(RedactionKey::from_env("CALLGUARD_NO_SUCH_KEY").unwrap_err()).contains("CALLGUARD_NO_SUCH_KEY"));
    }
}
