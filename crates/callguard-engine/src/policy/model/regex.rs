//! Regexes that were checked when the policy was loaded, and are compiled when a call first comes near them.

use regex::{Regex, RegexBuilder};
use std::sync::{Arc, OnceLock};

/// A sound regex of bounded size, searched in the whole value. Clones share what is compiled.
#[derive(Clone, Debug)]
pub struct LazyRegex {
    text: Arc<str>,
    ignore_case: bool,
    /// `None` where it cannot be compiled after all; see [`LazyRegex::is_match`].
    compiled: Arc<OnceLock<Option<Regex>>>,
}

impl LazyRegex {
    /// What a compiled regex may take, in bytes.
    pub(crate) const SIZE_LIMIT: usize = 256 << 10;

    /// Whoever makes one has checked that it compiles.
    pub(crate) fn new(text: &str, ignore_case: bool) -> LazyRegex {
        LazyRegex { text: text.into(), ignore_case, compiled: Arc::default() }
    }

    /// Whether it is found in `text`. `None`: that cannot be told, for the regex does not compile; its check excludes that,
    /// and doubt is what is left if the check should err.
    pub fn is_match(&self, text: &str) -> Option<bool> {
        self.compiled().map(|regex| regex.is_match(text))
    }

    /// As it is compiled; case is folded beside it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Compiles it now.
    pub(crate) fn compiles(&self) -> bool {
        self.compiled().is_some()
    }

    #[cfg(test)]
    pub(crate) fn is_compiled(&self) -> bool {
        self.compiled.get().is_some()
    }

    fn compiled(&self) -> Option<&Regex> {
        let build =
            || RegexBuilder::new(&self.text).case_insensitive(self.ignore_case).size_limit(Self::SIZE_LIMIT).build();
        self.compiled.get_or_init(|| build().ok()).as_ref()
    }
}
