//! Regexes that are checked when a policy is loaded, and compiled when a call first comes near them.

use regex::{Regex, RegexBuilder};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, ClassUnicode, Hir, HirKind};
use regex_syntax::utf8::Utf8Sequences;
use std::sync::{Arc, OnceLock};

/// What a compiled regex may take, in bytes.
const SIZE_LIMIT: usize = 256 << 10;

/// A sound regex of bounded size, searched in the whole value. Clones share what is compiled.
#[derive(Clone, Debug)]
pub struct LazyRegex {
    text: Arc<str>,
    ignore_case: bool,
    /// `None` where it cannot be compiled after all; see [`LazyRegex::is_match`].
    compiled: Arc<OnceLock<Option<Regex>>>,
}

/// Why a text is no regex that a policy may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RegexError {
    /// It cannot be read: one sentence.
    Syntax(String),
    /// Compiled, it takes more than [`SIZE_LIMIT`].
    TooLarge,
}

impl LazyRegex {
    /// Checks a regex. Most are seen to be small without being compiled; `compile` is asked before one must be, which takes
    /// long.
    pub(crate) fn new(
        text: &str,
        ignore_case: bool,
        compile: impl FnOnce() -> bool,
    ) -> Result<Option<LazyRegex>, RegexError> {
        let parsed = ParserBuilder::new().case_insensitive(ignore_case).build().parse(text);
        let hir = parsed.map_err(|error| RegexError::Syntax(last_line(&error.to_string())))?;
        let lazy = LazyRegex { text: text.into(), ignore_case, compiled: Arc::default() };
        if most_bytes(&hir) > SIZE_LIMIT {
            if !compile() {
                return Ok(None);
            }
            // It was read above: what is wrong now is its size.
            let regex = lazy.build().ok_or(RegexError::TooLarge)?;
            let _first = lazy.compiled.set(Some(regex));
        }
        Ok(Some(lazy))
    }

    /// Whether it is found in `text`. `None`: that cannot be told, for the regex does not compile; its check excludes that,
    /// and doubt is what is left if the check should err.
    pub fn is_match(&self, text: &str) -> Option<bool> {
        let compiled = self.compiled.get_or_init(|| self.build());
        compiled.as_ref().map(|regex| regex.is_match(text))
    }

    /// As it is compiled; case is folded beside it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    fn build(&self) -> Option<Regex> {
        RegexBuilder::new(&self.text).case_insensitive(self.ignore_case).size_limit(SIZE_LIMIT).build().ok()
    }
}

/// The report of a syntax error is a drawing; its last line is the sentence.
fn last_line(drawing: &str) -> String {
    drawing.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

/// A state of an automaton under construction, and a transition of one.
const STATE: usize = 32;
const TRANSITION: usize = 8;
/// What stands around an automaton: its start states and the search for a start.
const FRAME: usize = 16 * STATE;

/// At most so many bytes it takes to compile: never fewer than `regex` counts, forwards or backwards.
fn most_bytes(hir: &Hir) -> usize {
    bytes(hir).saturating_add(FRAME)
}

/// Recursion ends with the regex parser's own nesting limit.
fn bytes(hir: &Hir) -> usize {
    let joint = 2 * (STATE + TRANSITION);
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => STATE,
        HirKind::Literal(literal) => STATE.saturating_mul(literal.0.len()),
        HirKind::Class(Class::Bytes(class)) => (STATE + TRANSITION).saturating_mul(class.ranges().len().max(1)),
        HirKind::Class(Class::Unicode(class)) => of_class(class),
        HirKind::Capture(capture) => {
            let name = capture.name.as_ref().map_or(0, |name| name.len());
            bytes(&capture.sub).saturating_add(4 * STATE).saturating_add(name.saturating_mul(4))
        }
        HirKind::Repetition(repetition) => {
            // Without an end the last copy leads back to itself.
            let copies = repetition.max.unwrap_or(1).max(repetition.min).max(1);
            let copies = usize::try_from(copies).unwrap_or(usize::MAX);
            bytes(&repetition.sub).saturating_add(joint).saturating_mul(copies).saturating_add(joint)
        }
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            let each = parts.iter().map(|part| bytes(part).saturating_add(joint));
            each.fold(joint, usize::saturating_add)
        }
    }
}

/// Each range of characters is spelled by sequences of byte ranges.
fn of_class(class: &ClassUnicode) -> usize {
    let each = class.iter().map(|range| of_range(range.start(), range.end()));
    each.fold(2 * STATE, usize::saturating_add)
}

/// A sequence takes a state and a transition for each of its bytes, and one that leads to it.
fn of_range(first: char, last: char) -> usize {
    let sequence = |length: usize| (STATE + TRANSITION).saturating_mul(length).saturating_add(TRANSITION);
    let block = |letter: char| u32::from(letter) >> 6;
    // Characters of a block differ in their last byte alone.
    if last.is_ascii() || block(first) == block(last) {
        return sequence(last.len_utf8());
    }
    Utf8Sequences::new(first, last).map(|bytes| sequence(bytes.len())).fold(0, usize::saturating_add)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]

    use super::*;

    #[test]
    fn what_is_written_small_and_compiles_large_is_too_large() {
        for text in [r"\w{200}", "(?:a{1000}){1000}", r"[\p{L}--\p{Lu}]{300}", "(?:(?:x{50}){50}){50}"] {
            assert_eq!(LazyRegex::new(text, false, || true).unwrap_err(), RegexError::TooLarge, "{text}");
            assert!(LazyRegex::new(text, false, || false).unwrap().is_none(), "{text}");
        }
    }

    #[test]
    fn what_people_write_is_not_compiled_before_it_is_needed() {
        for text in [
            r"(?i)\bkubectl\s+(?:delete|drain)\s+ns\s+billing-prod[a-z0-9-]*",
            r"^/srv/(?:releases|shared)/billing/(?:.*/)?[\w.-]+\.(?:pem|key)$",
            r"AKIA[0-9A-Z]{16}",
            r"\b\d{3}-\d{2}-\d{4}\b",
            "(?s)\\A.*drop.*\\z",
        ] {
            let regex = LazyRegex::new(text, true, || panic!("{text}")).unwrap().unwrap();
            assert!(regex.compiled.get().is_none(), "{text}");
            assert_eq!(regex.is_match("nothing of the kind"), Some(false), "{text}");
            assert!(regex.clone().compiled.get().is_some(), "{text}: clones share what is compiled");
        }
    }

    mod properties {
        use super::*;
        use proptest::prelude::*;

        fn regexes() -> impl Strategy<Value = String> {
            let leaf = prop_oneof![
                "[a-z]{1,12}",
                prop::sample::select(vec![
                    r"\w",
                    r"\d",
                    r"\s",
                    r"\W",
                    ".",
                    r"\p{Greek}",
                    "[^a]",
                    "[à-ÿ]",
                    "[a-f0-9]",
                    r"\b",
                    "$",
                    "é",
                    "[\u{10000}-\u{10ffff}]",
                    "(?s:.)",
                    r"\p{L}",
                    "[k-ſ]",
                ])
                .prop_map(str::to_owned),
            ];
            leaf.prop_recursive(6, 48, 6, |inner| {
                prop_oneof![
                    prop::collection::vec(inner.clone(), 1..6).prop_map(|parts| parts.concat()),
                    prop::collection::vec(inner.clone(), 1..6).prop_map(|parts| format!("(?:{})", parts.join("|"))),
                    (inner.clone(), 0_u32..9, 0_u32..60)
                        .prop_map(|(inner, least, more)| format!("(?:{inner}){{{least},{}}}", least + more)),
                    (inner.clone(), prop::sample::select(vec!["*", "+", "?", "+?", "{3,}"]))
                        .prop_map(|(inner, times)| format!("(?:{inner}){times}")),
                    inner.prop_map(|inner| format!("({inner})")),
                ]
            })
        }

        proptest! {
            /// What is taken without being compiled compiles.
            #[test]
            fn a_regex_that_is_seen_to_be_small_compiles(text in regexes(), ignore_case: bool) {
                if let Ok(Some(regex)) = LazyRegex::new(&text, ignore_case, || false) {
                    prop_assert!(regex.is_match("").is_some(), "{text}");
                }
            }

            /// The check agrees with the compiler on every regex.
            #[test]
            fn what_is_refused_does_not_compile(text in regexes(), ignore_case: bool) {
                let built = RegexBuilder::new(&text).case_insensitive(ignore_case).size_limit(SIZE_LIMIT).build();
                prop_assert_eq!(LazyRegex::new(&text, ignore_case, || true).is_ok(), built.is_ok(), "{}", text);
            }
        }
    }
}
