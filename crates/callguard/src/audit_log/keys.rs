//! The keys of checkpoints: Ed25519, in the files that OpenSSL reads and writes (PKCS#8 and SPKI, PEM).

use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, DecodePublicKey, EncodePrivateKey, EncodePublicKey};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};
use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Signs checkpoints. `Debug` shows its id alone.
#[derive(Clone)]
pub struct LogKey {
    key: SigningKey,
    id: String,
}

/// Verifies checkpoints.
#[derive(Clone, Debug)]
pub struct LogPublicKey {
    key: VerifyingKey,
    id: String,
}

/// Why a key cannot be read or made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The file cannot be read or written.
    #[error("cannot open the key `{}`: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It holds something else.
    #[error("`{}` holds no {wanted}; `callguard audit keygen` makes a pair", path.display())]
    Form {
        /// Which.
        path: PathBuf,
        /// What it should hold.
        wanted: &'static str,
    },
    /// The machine gives no random numbers.
    #[error("the machine gives no random numbers: {0}")]
    Random(String),
}

impl LogKey {
    /// A new one.
    ///
    /// # Errors
    /// [`KeyError::Random`]
    pub fn generate() -> Result<LogKey, KeyError> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|error| KeyError::Random(error.to_string()))?;
        Ok(LogKey::of(SigningKey::from_bytes(&seed)))
    }

    fn of(key: SigningKey) -> LogKey {
        let id = key_id(&key.verifying_key());
        LogKey { key, id }
    }

    /// Reads a private key.
    ///
    /// # Errors
    /// [`KeyError::File`], [`KeyError::Form`]
    pub fn read(path: impl AsRef<Path>) -> Result<LogKey, KeyError> {
        let (path, text) = text_of(path.as_ref())?;
        let key = SigningKey::from_pkcs8_pem(&text);
        key.map(LogKey::of).map_err(|_| KeyError::Form { path, wanted: "Ed25519 private key (PKCS#8, PEM)" })
    }

    /// Reads a private key from the environment.
    ///
    /// # Errors
    /// [`KeyError::Form`]
    pub fn from_env(name: &str) -> Result<LogKey, KeyError> {
        let key = std::env::var(name).ok().and_then(|text| SigningKey::from_pkcs8_pem(&text).ok());
        let wanted = "Ed25519 private key (PKCS#8, PEM) in the environment";
        key.map(LogKey::of).ok_or_else(|| KeyError::Form { path: PathBuf::from(name), wanted })
    }

    /// Writes the private key to `path` and the public key to `path` with `.pub` behind it. Neither may exist.
    ///
    /// # Errors
    /// [`KeyError::File`]
    pub fn write(&self, path: impl AsRef<Path>) -> Result<PathBuf, KeyError> {
        let path = path.as_ref();
        let unwritable = |_| KeyError::Form { path: path.to_path_buf(), wanted: "Ed25519 key" };
        let private = self.key.to_pkcs8_pem(LineEnding::LF).map_err(unwritable)?;
        let public = self.key.verifying_key().to_public_key_pem(LineEnding::LF);
        let public = public.map_err(|_| KeyError::Form { path: path.to_path_buf(), wanted: "Ed25519 key" })?;
        let mut beside = path.as_os_str().to_owned();
        beside.push(".pub");
        let beside = PathBuf::from(beside);
        write_new(path, private.as_bytes())?;
        write_new(&beside, public.as_bytes())?;
        Ok(beside)
    }

    /// The other half.
    pub fn public(&self) -> LogPublicKey {
        LogPublicKey { key: self.key.verifying_key(), id: self.id.clone() }
    }

    /// What checkpoints call it: the first 16 digits of the public key's SHA-256.
    pub fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn sign(&self, text: &[u8]) -> String {
        data_encoding::BASE64.encode(&self.key.sign(text).to_bytes())
    }
}

impl fmt::Debug for LogKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("LogKey").field("id", &self.id).finish_non_exhaustive()
    }
}

impl LogPublicKey {
    /// Reads a public key.
    ///
    /// # Errors
    /// [`KeyError::File`], [`KeyError::Form`]
    pub fn read(path: impl AsRef<Path>) -> Result<LogPublicKey, KeyError> {
        let (path, text) = text_of(path.as_ref())?;
        let key = VerifyingKey::from_public_key_pem(&text);
        let key = key.map_err(|_| KeyError::Form { path, wanted: "Ed25519 public key (SPKI, PEM)" })?;
        Ok(LogPublicKey { id: key_id(&key), key })
    }

    /// What checkpoints call it.
    pub fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn verifies(&self, text: &[u8], signature: &str) -> bool {
        let bytes = data_encoding::BASE64.decode(signature.as_bytes()).ok();
        let signature = bytes.and_then(|bytes| Signature::from_slice(&bytes).ok());
        signature.is_some_and(|signature| self.key.verify_strict(text, &signature).is_ok())
    }
}

fn key_id(key: &VerifyingKey) -> String {
    let digest = Sha256::digest(key.as_bytes());
    data_encoding::HEXLOWER.encode(digest.first_chunk::<8>().map_or(&[], |start| start.as_slice()))
}

fn text_of(path: &Path) -> Result<(PathBuf, String), KeyError> {
    let text = fs::read_to_string(path).map_err(|source| KeyError::File { path: path.to_path_buf(), source })?;
    Ok((path.to_path_buf(), text))
}

fn write_new(path: &Path, bytes: &[u8]) -> Result<(), KeyError> {
    let mut options = OpenOptions::new();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(path).and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()));
    written.map_err(|source| KeyError::File { path: path.to_path_buf(), source })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;

    #[test]
    fn a_pair_is_written_once_and_reads_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.key");
        let key = LogKey::generate().unwrap();
        let public = LogPublicKey::read(key.write(&path).unwrap()).unwrap();
        let read = LogKey::read(&path).unwrap();
        assert_eq!(read.id(), public.id());
        let signature = read.sign(b"head");
        assert!(public.verifies(b"head", &signature) && !public.verifies(b"tail", &signature));
        assert!(!public.verifies(b"head", "no base 64") && !public.verifies(b"head", ""));
        assert!(matches!(key.write(&path).unwrap_err(), KeyError::File { .. }));
        assert!(matches!(LogPublicKey::read(&path).unwrap_err(), KeyError::Form { .. }));
        assert!(matches!(LogKey::read(folder.path().join("none")).unwrap_err(), KeyError::File { .. }));
        assert_eq!(format!("{read:?}"), format!("LogKey {{ id: {:?}, .. }}", public.id()));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }
}
