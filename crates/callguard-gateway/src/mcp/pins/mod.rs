//! Tool definitions as a person accepted them, and what has changed since.
//!
//! A definition is everything that a server says of a tool but `_meta` and `icons`: its description is read by the
//! model, and its schemas say what the model fills in. Definitions are compared as JSON: order and spelling do not count.

mod compare;
mod file;
mod layout;
mod scan;

pub use compare::{Change, FieldChange};
pub use scan::{Finding, FindingKind, scan, visible};

use callguard::Object;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What a server says of a tool and no model reads.
const IGNORED: [&str; 2] = ["_meta", "icons"];

/// Accepted definitions, by the tool's name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pins {
    tools: BTreeMap<String, Object>,
}

/// Why definitions cannot be pinned or compared.
#[derive(Debug, thiserror::Error)]
pub enum PinsError {
    /// A server lists one name twice: nobody can say which of the two is meant.
    #[error("the server lists the tool `{0}` twice")]
    Twice(String),
    /// The file cannot be read or written.
    #[error("`{path}`: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file is none of pins.
    #[error("`{path}` is no file of pins: {why}")]
    Form {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A tool that the server does not have.
    #[error("the server has no tool `{0}`")]
    NoTool(String),
}

impl Pins {
    /// Of definitions as a server gives them.
    ///
    /// # Errors
    /// [`PinsError::Twice`]
    pub fn of(tools: impl IntoIterator<Item = Object>) -> Result<Pins, PinsError> {
        let mut pins = Pins::default();
        for tool in tools {
            let definition = definition(&tool);
            let Some(name) = name(&tool) else { continue };
            if pins.tools.insert(name.to_owned(), definition).is_some() {
                return Err(PinsError::Twice(name.to_owned()));
            }
        }
        Ok(pins)
    }

    /// Whether just this definition was accepted.
    pub fn holds(&self, tool: &Object) -> bool {
        name(tool).and_then(|name| self.tools.get(name)).is_some_and(|pinned| *pinned == definition(tool))
    }

    /// Whether some definition of the tool was accepted.
    pub fn has(&self, tool: &str) -> bool {
        self.tools.contains_key(tool)
    }

    /// Every tool and its definition, by name.
    pub fn tools(&self) -> impl Iterator<Item = (&str, &Object)> {
        self.tools.iter().map(|(name, definition)| (name.as_str(), definition))
    }

    /// Takes what the server says now of these tools, or of all. One that it no longer has is forgotten.
    ///
    /// # Errors
    /// [`PinsError::NoTool`]: neither has one of them; nothing is taken then.
    pub fn accept(&mut self, now: &Pins, only: &[String]) -> Result<(), PinsError> {
        if only.is_empty() {
            self.tools.clone_from(&now.tools);
            return Ok(());
        }
        let unknown = |name: &&String| !now.tools.contains_key(*name) && !self.tools.contains_key(*name);
        if let Some(name) = only.iter().find(unknown) {
            return Err(PinsError::NoTool(name.clone()));
        }
        for name in only {
            match now.tools.get(name) {
                Some(definition) => self.tools.insert(name.clone(), definition.clone()),
                None => self.tools.remove(name),
            };
        }
        Ok(())
    }
}

fn name(tool: &Object) -> Option<&str> {
    tool.get("name")?.as_str()
}

fn definition(tool: &Object) -> Object {
    let kept = tool.iter().filter(|(key, _)| !IGNORED.contains(key));
    kept.map(|(key, value)| (key.to_owned(), value.clone())).collect()
}

#[cfg(test)]
mod tests;
