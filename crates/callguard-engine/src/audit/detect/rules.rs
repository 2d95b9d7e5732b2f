//! The rules: read once from the data files, their regexes compiled when first needed.

use super::DetectKind;
use super::check::Check;
use aho_corasick::AhoCorasick;
use regex::bytes::{Regex, RegexBuilder};
use serde::Deserialize;
use std::sync::{LazyLock, OnceLock};

/// A kind and what finds it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Kind {
    pub(super) name: String,
    pub(super) summary: String,
    #[serde(skip)]
    pub(super) secret: bool,
    #[serde(rename = "rule")]
    rules: Vec<RuleText>,
}

/// A rule as it stands in a data file.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleText {
    #[serde(default)]
    keywords: Vec<String>,
    #[serde(default)]
    before: usize,
    #[serde(default)]
    after: usize,
    #[serde(default)]
    open: bool,
    regex: String,
    #[serde(default)]
    check: Check,
    #[cfg_attr(not(test), expect(dead_code, reason = "for readers and tests"))]
    source: String,
    #[cfg_attr(not(test), expect(dead_code, reason = "for readers and tests"))]
    matches: Vec<String>,
    #[cfg_attr(not(test), expect(dead_code, reason = "for readers and tests"))]
    misses: Vec<String>,
}

/// A rule, ready to run.
pub(super) struct Rule {
    pub(super) kind: DetectKind,
    /// It has no keywords: the whole text is its window.
    pub(super) everywhere: bool,
    text: RuleText,
    regex: OnceLock<Regex>,
}

impl Rule {
    pub(super) fn before(&self) -> usize {
        self.text.before
    }

    pub(super) fn after(&self) -> usize {
        self.text.after
    }

    pub(super) fn open(&self) -> bool {
        self.text.open
    }

    pub(super) fn check(&self) -> Check {
        self.text.check
    }

    #[expect(clippy::expect_used, reason = "the regexes are shipped, and a test compiles every one")]
    pub(super) fn regex(&self) -> &Regex {
        self.regex.get_or_init(|| {
            RegexBuilder::new(&self.text.regex).unicode(false).size_limit(1 << 20).build().expect("a shipped regex")
        })
    }

    #[cfg(test)]
    pub(super) fn examples(&self) -> (&str, &[String], &[String]) {
        (&self.text.source, &self.text.matches, &self.text.misses)
    }
}

/// Everything that is shipped.
pub(super) struct Rules {
    pub(super) kinds: Vec<Kind>,
    pub(super) rules: Vec<Rule>,
    /// Over all keywords.
    pub(super) keywords: AhoCorasick,
    /// For each keyword of the automaton, the rules that have it.
    pub(super) rules_of: Vec<Vec<usize>>,
}

pub(super) static RULES: LazyLock<Rules> = LazyLock::new(|| {
    let secrets = read(include_str!("data/secrets.toml"), true);
    let personal = read(include_str!("data/personal.toml"), false);
    compile(secrets.into_iter().chain(personal).collect())
});

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DataFile {
    kind: Vec<Kind>,
}

#[expect(clippy::expect_used, reason = "the files are shipped, and a test reads them")]
fn read(text: &str, secret: bool) -> Vec<Kind> {
    let mut file: DataFile = toml::from_str(text).expect("a shipped data file");
    file.kind.iter_mut().for_each(|kind| kind.secret = secret);
    file.kind
}

#[expect(clippy::expect_used, reason = "the keywords are shipped, and a test compiles them")]
fn compile(kinds: Vec<Kind>) -> Rules {
    let mut rules = Vec::new();
    let mut words: Vec<String> = Vec::new();
    let mut rules_of: Vec<Vec<usize>> = Vec::new();
    for (kind, number) in kinds.iter().zip(1..) {
        for text in &kind.rules {
            for word in text.keywords.iter().map(|word| word.to_ascii_lowercase()) {
                let place = words.iter().position(|known| *known == word).unwrap_or_else(|| {
                    words.push(word);
                    rules_of.push(Vec::new());
                    words.len() - 1
                });
                rules_of.get_mut(place).into_iter().for_each(|users| users.push(rules.len()));
            }
            let everywhere = text.keywords.is_empty();
            rules.push(Rule { kind: DetectKind(number), everywhere, text: text.clone(), regex: OnceLock::new() });
        }
    }
    let keywords = AhoCorasick::builder().ascii_case_insensitive(true).build(&words).expect("shipped keywords");
    Rules { kinds, rules, keywords, rules_of }
}
