//! The rules: read once from the data files, their regexes compiled when first needed.

use super::DetectKind;
use super::check::Check;
use super::triggers::{Keywords, Prefixes};
use foldhash::fast::FixedState;
use regex::bytes::{Regex, RegexBuilder};
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::{LazyLock, OnceLock};

/// A kind and what finds it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Kind {
    pub(super) name: String,
    pub(super) summary: String,
    #[serde(skip)]
    pub(super) secret: bool,
    #[serde(skip)]
    passes: Passes,
    #[serde(rename = "rule")]
    pub(super) rules: Vec<RuleText>,
}

/// A rule as it stands in a data file.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleText {
    #[serde(default)]
    pub(super) prefixes: Vec<String>,
    #[serde(default)]
    pub(super) keywords: Vec<String>,
    #[serde(default)]
    pub(super) marks: Vec<String>,
    pub(super) digits: Option<usize>,
    /// One of these words stands before the digits, within `before` bytes; any may if there is none.
    #[serde(default)]
    pub(super) beside: Vec<String>,
    #[serde(default)]
    before: usize,
    #[serde(default = "usual_after")]
    after: usize,
    #[serde(default)]
    open: bool,
    pub(super) regex: String,
    #[serde(default)]
    pub(super) check: Check,
    pub(super) source: String,
    /// What the publisher says such a thing looks like.
    #[serde(default)]
    pub(super) formats: Vec<String>,
    #[serde(default)]
    #[cfg_attr(not(test), expect(dead_code, reason = "for readers and tests"))]
    pub(super) matches: Vec<String>,
    #[cfg_attr(not(test), expect(dead_code, reason = "for readers and tests"))]
    pub(super) misses: Vec<String>,
}

/// As far as tokens of a known length reach.
fn usual_after() -> usize {
    300
}

/// The passes over a text that its rules need.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Passes {
    pub(super) prefixes: bool,
    pub(super) keywords: bool,
    pub(super) marks: bool,
    pub(super) digits: bool,
}

impl Passes {
    fn and(self, other: Passes) -> Passes {
        Passes {
            prefixes: self.prefixes | other.prefixes,
            keywords: self.keywords | other.keywords,
            marks: self.marks | other.marks,
            digits: self.digits | other.digits,
        }
    }
}

/// A rule, ready to run.
pub(super) struct Rule {
    pub(super) kind: DetectKind,
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

    /// How many digits a stretch must have.
    pub(super) fn digits(&self) -> Option<usize> {
        self.text.digits
    }

    #[expect(clippy::expect_used, reason = "the regexes are shipped, and a test compiles every one")]
    pub(super) fn regex(&self) -> &Regex {
        self.regex.get_or_init(|| {
            RegexBuilder::new(&self.text.regex).unicode(false).size_limit(1 << 20).build().expect("a shipped regex")
        })
    }

    #[cfg(test)]
    pub(super) fn text(&self) -> &RuleText {
        &self.text
    }
}

/// Everything that is shipped.
pub(super) struct Rules {
    pub(super) kinds: Vec<Kind>,
    pub(super) rules: Vec<Rule>,
    pub(super) prefixes: Prefixes,
    /// For each prefix, the rules that have it.
    pub(super) of_prefixes: Vec<Vec<usize>>,
    pub(super) keywords: Keywords,
    /// For each keyword, the rules that have it; behind them stand the setters.
    pub(super) of_keywords: Vec<Vec<usize>>,
    /// Each mark, and the rules that have it.
    pub(super) marks: Vec<(String, Vec<usize>)>,
    /// The rules that look at stretches of digits wherever they stand.
    pub(super) of_digits: Vec<usize>,
    /// The rules that look at them beside a word, by the word.
    pub(super) beside: HashMap<String, Vec<usize>, FixedState>,
}

impl Rules {
    /// What must be looked for to find these kinds.
    pub(super) fn passes(&self, kinds: &[DetectKind]) -> Passes {
        static SECRETS: LazyLock<Passes> = LazyLock::new(|| {
            let secrets = RULES.kinds.iter().filter(|kind| kind.secret);
            secrets.fold(Passes::default(), |all, kind| all.and(kind.passes))
        });
        let passes = |kind: &DetectKind| kind.entry().map_or_else(|| *SECRETS, |entry| entry.passes);
        kinds.iter().map(passes).fold(Passes::default(), Passes::and)
    }
}

/// Words of commands that set something to a value: no rule's, but looked for in the same pass.
const SETTERS: [&str; 4] = ["config ", "configure ", "setx ", " set "];

/// The files, and whether what they find is a secret.
const FILES: &[(&str, bool)] = &[
    (include_str!("data/keys.toml"), true),
    (include_str!("data/clouds.toml"), true),
    (include_str!("data/code.toml"), true),
    (include_str!("data/models.toml"), true),
    (include_str!("data/messages.toml"), true),
    (include_str!("data/payments.toml"), true),
    (include_str!("data/services.toml"), true),
    (include_str!("data/operations.toml"), true),
    (include_str!("data/named.toml"), true),
    (include_str!("data/personal.toml"), false),
    (include_str!("data/identities.toml"), false),
];

pub(super) static RULES: LazyLock<Rules> =
    LazyLock::new(|| compile(FILES.iter().flat_map(|(text, secret)| read(text, *secret)).collect()));

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DataFile {
    kind: Vec<Kind>,
}

#[expect(clippy::expect_used, reason = "the files are shipped, and a test reads them")]
fn read(text: &str, secret: bool) -> Vec<Kind> {
    let mut file: DataFile = toml::from_str(text).expect("a shipped data file");
    for kind in &mut file.kind {
        kind.secret = secret;
        let any = |has: fn(&RuleText) -> bool| kind.rules.iter().any(has);
        kind.passes = Passes {
            prefixes: any(|rule| !rule.prefixes.is_empty()),
            keywords: any(|rule| !rule.keywords.is_empty()),
            marks: any(|rule| !rule.marks.is_empty()),
            digits: any(|rule| rule.digits.is_some()),
        };
    }
    file.kind
}

fn compile(kinds: Vec<Kind>) -> Rules {
    let (mut prefixes, mut keywords, mut marks) = (Words::default(), Words::default(), Words::default());
    let mut rules = Vec::new();
    let mut of_digits = Vec::new();
    let mut beside: HashMap<String, Vec<usize>, FixedState> = HashMap::default();
    for (kind, number) in kinds.iter().zip(1..) {
        for text in &kind.rules {
            prefixes.add(text.prefixes.iter().map(|prefix| prefix.to_ascii_lowercase()), rules.len());
            keywords.add(text.keywords.iter().map(|word| word.to_ascii_lowercase()), rules.len());
            marks.add(text.marks.iter().cloned(), rules.len());
            of_digits.extend(text.digits.filter(|_| text.beside.is_empty()).map(|_| rules.len()));
            text.beside.iter().for_each(|word| beside.entry(word.clone()).or_default().push(rules.len()));
            rules.push(Rule { kind: DetectKind(number), text: text.clone(), regex: OnceLock::new() });
        }
    }
    Rules {
        kinds,
        rules,
        prefixes: Prefixes::new(prefixes.words.into_iter().zip(0..)),
        of_prefixes: prefixes.users,
        keywords: Keywords::new(keywords.words.into_iter().chain(SETTERS.map(str::to_owned)).collect()),
        of_keywords: keywords.users,
        marks: marks.words.into_iter().zip(marks.users).collect(),
        of_digits,
        beside,
    }
}

/// Distinct words, and which rules use them.
#[derive(Default)]
struct Words {
    words: Vec<String>,
    users: Vec<Vec<usize>>,
}

impl Words {
    fn add(&mut self, words: impl Iterator<Item = String>, user: usize) {
        for word in words {
            let place = self.words.iter().position(|known| *known == word).unwrap_or_else(|| {
                self.words.push(word);
                self.users.push(Vec::new());
                self.words.len() - 1
            });
            self.users.get_mut(place).into_iter().for_each(|users| users.push(user));
        }
    }
}
