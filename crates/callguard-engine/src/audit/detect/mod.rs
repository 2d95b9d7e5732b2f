//! Content detectors: what kinds of secrets and personal data a text holds, and where.
//!
//! The rules are data (`data/*.toml`): what shows where a regex is worth trying (the beginning of a token, a word, a
//! sign, digits), the regex, and a check (Luhn, mod 97, a decoded header, …). All of it runs in linear time.

mod check;
mod digits;
mod page;
#[cfg(test)]
mod recall;
mod rules;
mod runs;
mod scan;
#[cfg(test)]
mod tests;
mod triggers;

use super::hits::{Hit, Scan, Signs, telling, through_escapes};
use crate::call::facets::OperandError;
use crate::diagnostic::did_you_mean;
use rules::RULES;

pub(in crate::audit) use check::reference;
pub use page::detectors_page;
pub(in crate::audit) use runs::{Class, LongRuns};
pub(in crate::audit) use scan::{Places, find as scan};

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
        DetectKind::of(name).ok_or_else(|| {
            let help = match did_you_mean(name, names().iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "`docs/reference/detectors.md` lists the kinds".to_owned(),
            };
            OperandError { message: format!("there is no detector for `{name}`"), help: Some(help) }
        })
    }

    fn of(name: &str) -> Option<DetectKind> {
        DetectKind::all().find(|kind| kind.as_str() == name)
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
    /// What `text` holds of `kinds`, as it stands, as its escapes (`\u0041`, `%41`, `\n`) spell it, and in base 64 and
    /// hexadecimal digits, each once: from left to right, on character boundaries, never overlapping. Findings that
    /// overlap become one of the kind of the leftmost, so that to replace them all leaves nothing of any.
    pub fn find(text: &str, kinds: &[DetectKind]) -> Vec<Finding> {
        let hits = through_escapes(text, &Kinds(kinds));
        let found = |hit: Hit| DetectKind::of(&hit.label).map(|kind| Finding { kind, start: hit.start, end: hit.end });
        scan::merged(text, hits.into_iter().filter_map(found).collect())
    }

    /// Whether `text` holds any of `kinds`, read as [`Detectors::find`] does.
    pub fn detects(text: &str, kinds: &[DetectKind]) -> bool {
        !through_escapes(text, &Kinds(kinds)).is_empty()
    }
}

struct Kinds<'k>(&'k [DetectKind]);

impl Scan for Kinds<'_> {
    fn text(&self, text: &str, _: Signs) -> Vec<Hit> {
        telling(text, self.0, &[])
    }

    fn encoded(&self, text: &str) -> Vec<Hit> {
        telling(text, self.0, &[])
    }
}
