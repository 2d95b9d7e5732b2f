//! Where a secret is: in the environment or in a file.

use super::{Cx, Section};
use callguard_engine::diagnostic::Code;
use callguard_engine::source::Node;
use std::path::PathBuf;

/// Where a secret is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSource {
    /// Under a name of the environment.
    Env(String),
    /// In a file.
    File(PathBuf),
}

impl SecretSource {
    /// Reads `{ env: NAME }` or `{ file: PATH }`. A secret that is written down is refused, and not shown.
    pub fn read(node: &Node, key: &'static str, cx: &mut Cx) -> Option<SecretSource> {
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

    /// The secret itself, as a sink keeps it.
    #[cfg(feature = "delivery")]
    pub(crate) fn reveal(&self) -> Result<crate::sink::Secret, String> {
        self.reveal_text().map(crate::sink::Secret::new)
    }

    /// The secret itself.
    ///
    /// # Errors
    /// It is not there, or empty; where it was looked for.
    pub fn reveal_text(&self) -> Result<String, String> {
        let text = match self {
            SecretSource::Env(name) => std::env::var(name).map_err(|_| format!("the environment has no `{name}`"))?,
            SecretSource::File(path) => std::fs::read_to_string(path)
                .map_err(|error| format!("cannot read the secret `{}`: {error}", path.display()))?,
        };
        if text.trim().is_empty() { Err("the secret is empty".to_owned()) } else { Ok(text) }
    }
}
