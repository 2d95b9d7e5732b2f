//! Where a secret is: in the environment or in a file.

use super::reader::{Cx, Section};
use callguard_engine::diagnostic::Code;
use callguard_engine::source::Node;
use std::path::PathBuf;

/// Where a secret is.
#[derive(Clone, Debug)]
pub(super) enum SecretSource {
    Env(String),
    File(PathBuf),
}

impl SecretSource {
    /// Reads `{ env: NAME }` or `{ file: PATH }`. A secret that is written down is refused, and not shown.
    pub(super) fn read(node: &Node, key: &'static str, cx: &mut Cx) -> Option<SecretSource> {
        if node.as_map().is_none() {
            cx.written_down.push(key);
            return None;
        }
        let mut section = Section::of(node, "secret", cx)?;
        let (env, file) = (section.text("env", cx), section.text("file", cx));
        section.finish(cx);
        match (env, file) {
            (Some(name), None) => Some(SecretSource::Env(name)),
            (None, Some(path)) => Some(SecretSource::File(PathBuf::from(path))),
            _ => {
                let says = "a secret stands in one place";
                cx.error(node, Code::WrongShape, says, "write either `env` or `file`");
                None
            }
        }
    }

    /// The secret itself.
    #[cfg(feature = "delivery")]
    pub(super) fn reveal(&self) -> Result<crate::sink::Secret, String> {
        let text = match self {
            SecretSource::Env(name) => std::env::var(name).map_err(|_| format!("the environment has no `{name}`"))?,
            SecretSource::File(path) => std::fs::read_to_string(path)
                .map_err(|error| format!("cannot read the secret `{}`: {error}", path.display()))?,
        };
        match text.trim().is_empty() {
            true => Err("the secret is empty".to_owned()),
            false => Ok(crate::sink::Secret::new(text)),
        }
    }
}
