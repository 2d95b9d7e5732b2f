//! Content detectors: what kinds of secrets and personal data a text holds, and where.
//!
//! The rules are data (`data/*.toml`): keywords for one pass over the text, a regex that is tried near a keyword only,
//! and a check (Luhn, mod 97, a decoded header, …). All of it runs in linear time.

mod check;
mod rules;
mod scan;
#[cfg(test)]
mod tests;

use super::hits::{Hit, through_escapes};
use crate::call::facets::OperandError;
use crate::diagnostic::did_you_mean;
use rules::RULES;

pub(in crate::audit) use check::reference;

/// A kind of content: `secret` (every kind of secret), `aws_access_key`, `us_ssn`, ….
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DetectKind(u8);

/// The umbrella over all kinds of secrets.
const SECRET: &str = "secret";

impl DetectKind {
    /// Every kind of secret.
    pub const SECRET: DetectKind = DetectKind(0);

    /// Reads the word of a policy.
    ///
    /// # Errors
    /// The word names no kind.
    pub fn parse(name: &str) -> Result<DetectKind, OperandError> {
        DetectKind::all().find(|kind| kind.as_str() == name).ok_or_else(|| {
            let help = match did_you_mean(name, names().iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known kinds: {}", names().join(", ")),
            };
            OperandError { message: format!("there is no detector for `{name}`"), help: Some(help) }
        })
    }

    /// Every kind, the umbrella first.
    pub fn all() -> impl Iterator<Item = DetectKind> {
        (0..=u8::try_from(RULES.kinds.len()).unwrap_or(u8::MAX)).map(DetectKind)
    }

    /// The word in policies and in `{kind}`.
    pub fn as_str(self) -> &'static str {
        self.entry().map_or(SECRET, |entry| entry.name.as_str())
    }

    /// One line for people.
    pub fn summary(self) -> &'static str {
        self.entry().map_or("every kind of secret", |entry| entry.summary.as_str())
    }

    /// Whether it is a kind of secret.
    pub fn is_secret(self) -> bool {
        self.entry().is_none_or(|entry| entry.secret)
    }

    fn entry(self) -> Option<&'static rules::Kind> {
        RULES.kinds.get(usize::from(self.0).checked_sub(1)?)
    }

    /// Whether to look for `self` covers `found`.
    fn covers(self, found: DetectKind) -> bool {
        self == found || self == DetectKind::SECRET && found.is_secret()
    }
}

impl std::fmt::Debug for DetectKind {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.as_str())
    }
}

impl std::fmt::Display for DetectKind {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.as_str())
    }
}

/// The words of all kinds, in the order of [`DetectKind::all`].
pub fn names() -> &'static [&'static str] {
    static NAMES: std::sync::LazyLock<Vec<&'static str>> =
        std::sync::LazyLock::new(|| DetectKind::all().map(DetectKind::as_str).collect());
    &NAMES
}

/// Something found in a text. Holds no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What it is; never the umbrella.
    pub kind: DetectKind,
    /// Where it begins, in bytes.
    pub start: usize,
    /// Where it ends, in bytes, exclusive.
    pub end: usize,
}

/// The shipped detectors.
#[derive(Clone, Copy, Debug)]
pub struct Detectors;

impl Detectors {
    /// What `text` holds of `kinds`: from left to right, on character boundaries, never overlapping. Findings that
    /// overlap become one of the kind of the leftmost, so that to replace them all leaves nothing of any.
    pub fn find(text: &str, kinds: &[DetectKind]) -> Vec<Finding> {
        scan::find(text, kinds)
    }

    /// Whether `text` holds any of `kinds`, as it stands or as its escapes (`\u0041`, `\n`) spell it.
    pub fn detects(text: &str, kinds: &[DetectKind]) -> bool {
        let scan = |text: &str| scan::find(text, kinds).into_iter().map(Hit::from).collect();
        !through_escapes(text, &scan).is_empty()
    }
}
