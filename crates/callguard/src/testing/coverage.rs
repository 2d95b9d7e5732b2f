//! What tests see of policies: whether each contract applied, and which truths each condition had.

use callguard_engine::decide::{Applied, ExplainedCondition, Explanation, Truth};
use callguard_engine::policy::model::{Condition, Contract, ContractId, Leaf, PolicySet};
use callguard_engine::policy::templates::PREFIX;
use callguard_engine::source::{FileId, Sources, Span};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What tests see of the contracts and conditions of policies. Those of a template count only where a test names it:
/// what a policy extends has tests of its own.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    contracts: BTreeMap<(Place, String), ContractCoverage>,
    /// Where each contract is kept; the same of every document that extends its base.
    places: BTreeMap<ContractId, (Place, String)>,
    files: BTreeMap<String, Arc<str>>,
}

/// Where something is written, from line 1 and column 1.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file.
    pub file: String,
    /// Its first line.
    pub line: usize,
    /// Its first column, in characters.
    pub column: usize,
    /// Its last line.
    pub end_line: usize,
}

/// How often each truth was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// It held; of a contract: it applied.
    pub held: u64,
    /// It did not, while its tool was called.
    pub failed: u64,
    /// It could not be decided; of a contract: it applied by doubt.
    pub unknown: u64,
}

/// What was seen of a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractCoverage {
    /// `POLICY/ID`.
    pub id: String,
    /// Where it stands.
    pub place: Place,
    /// How often it applied.
    pub seen: Seen,
    /// Its conditions, in the order written.
    pub conditions: Vec<ConditionCoverage>,
}

/// What was seen of a condition: a selector with its operators, in `when` or `unless`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionCoverage {
    /// Where it stands.
    pub place: Place,
    /// As written, on one line.
    pub text: String,
    /// Whether it excuses.
    pub excuses: bool,
    /// Which truths it had.
    pub seen: Seen,
    span: Span,
}

/// So many of so many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// How many were seen.
    pub seen: usize,
    /// How many there are.
    pub of: usize,
}

impl Share {
    /// In percent; all of nothing.
    pub fn percent(self) -> f64 {
        if self.of == 0 {
            return 100.0;
        }
        #[expect(clippy::cast_precision_loss, reason = "a policy has fewer contracts than that")]
        let percent = self.seen as f64 * 100.0 / self.of as f64;
        percent
    }
}

impl Seen {
    fn see(&mut self, truth: Truth) {
        let counter = match truth {
            Truth::True => &mut self.held,
            Truth::False => &mut self.failed,
            Truth::Unknown => &mut self.unknown,
        };
        *counter = counter.saturating_add(1);
    }

    fn add(&mut self, other: Seen) {
        self.held = self.held.saturating_add(other.held);
        self.failed = self.failed.saturating_add(other.failed);
        self.unknown = self.unknown.saturating_add(other.unknown);
    }
}

impl ContractCoverage {
    /// Whether it applied, and not only by doubt.
    pub fn is_covered(&self) -> bool {
        self.seen.held > 0
    }
}

impl ConditionCoverage {
    /// How many of its two outcomes, true and false, were seen.
    pub fn outcomes(&self) -> usize {
        usize::from(self.seen.held > 0).saturating_add(usize::from(self.seen.failed > 0))
    }
}

impl Coverage {
    /// Everything there is to see in policies, of which nothing was seen yet.
    pub(super) fn of(set: &PolicySet, named: &BTreeSet<String>) -> Coverage {
        let mut coverage = Coverage::default();
        let counts = |file: FileId| {
            set.sources.file(file).is_some_and(|file| !file.name.starts_with(PREFIX) || named.contains(&file.name))
        };
        for contract in set.policies.iter().flat_map(|policy| &policy.contracts) {
            coverage.open(contract, &set.sources, &counts);
        }
        coverage
    }

    fn open(&mut self, contract: &Contract, sources: &Sources, counts: &impl Fn(FileId) -> bool) {
        if contract.terms.iter().all(|dated| !dated.terms.enabled) {
            return;
        }
        let excusing = contract.terms.iter().flat_map(|dated| &dated.terms.unless).flat_map(Condition::leaves);
        let leaves =
            contract.when.leaves().into_iter().map(|leaf| (leaf, false)).chain(excusing.map(|leaf| (leaf, true)));
        let mut conditions: Vec<ConditionCoverage> = leaves
            .filter(|(leaf, _)| counts(leaf.span.file))
            .map(|(leaf, excuses)| opened(leaf, excuses, sources))
            .collect();
        conditions.sort_by(|left, right| left.place.cmp(&right.place));
        conditions.dedup_by(|left, right| left.span == right.span);
        if conditions.is_empty() && !counts(contract.span.file) {
            return;
        }
        let place = place(contract.span, sources);
        let spans = conditions.iter().map(|condition| condition.span).chain([contract.span]);
        for file in spans.filter_map(|span| sources.file(span.file)) {
            self.files.entry(file.name.clone()).or_insert_with(|| Arc::clone(&file.text));
        }
        let key = (place.clone(), contract.id.to_string());
        self.places.insert(contract.id.clone(), key.clone());
        let opened = ContractCoverage { id: contract.id.to_string(), place, seen: Seen::default(), conditions };
        self.contracts.entry(key).or_insert(opened);
    }

    /// Takes in what one call came to: the truths of conditions, and which contracts applied.
    pub(super) fn see(&mut self, explanation: &Explanation, applied: &[Applied]) {
        for explained in &explanation.contracts {
            let Some(contract) = self.places.get(&explained.id).and_then(|key| self.contracts.get_mut(key)) else {
                continue;
            };
            contract.seen.see(match applied.iter().find(|applied| applied.id == explained.id) {
                None => Truth::False,
                Some(Applied { doubt: None, .. }) => Truth::True,
                Some(Applied { doubt: Some(_), .. }) => Truth::Unknown,
            });
            for condition in std::iter::once(&explained.when).chain(&explained.unless) {
                see_leaves(condition, &mut contract.conditions);
            }
        }
    }

    /// Takes in what other tests saw.
    pub fn merge(&mut self, other: Coverage) {
        for (key, theirs) in other.contracts {
            let Some(ours) = self.contracts.get_mut(&key) else {
                self.contracts.insert(key, theirs);
                continue;
            };
            ours.seen.add(theirs.seen);
            for condition in theirs.conditions {
                match ours.conditions.iter_mut().find(|ours| ours.place == condition.place) {
                    Some(ours) => ours.seen.add(condition.seen),
                    None => ours.conditions.push(condition),
                }
            }
        }
        self.files.extend(other.files);
    }

    /// The contracts, by file and in the order written.
    pub fn contracts(&self) -> impl Iterator<Item = &ContractCoverage> {
        self.contracts.values()
    }

    /// The text of each file.
    pub fn files(&self) -> &BTreeMap<String, Arc<str>> {
        &self.files
    }

    /// How many contracts applied.
    pub fn of_contracts(&self) -> Share {
        Share { seen: self.contracts().filter(|contract| contract.is_covered()).count(), of: self.contracts.len() }
    }

    /// How many outcomes of conditions were seen: each has two, true and false.
    pub fn of_conditions(&self) -> Share {
        let conditions = || self.contracts().flat_map(|contract| &contract.conditions);
        Share { seen: conditions().map(ConditionCoverage::outcomes).sum(), of: conditions().count().saturating_mul(2) }
    }
}

fn opened(leaf: &Leaf, excuses: bool, sources: &Sources) -> ConditionCoverage {
    let words: Vec<&str> = sources.text(leaf.span).split_whitespace().collect();
    let text = if words.is_empty() { leaf.selector.to_string() } else { words.join(" ") };
    ConditionCoverage { place: place(leaf.span, sources), text, excuses, seen: Seen::default(), span: leaf.span }
}

fn place(span: Span, sources: &Sources) -> Place {
    let (line, column) = sources.line_column(span);
    let file = sources.file(span.file).map(|file| file.name.clone()).unwrap_or_default();
    Place { file, line, column, end_line: sources.end_line_column(span).0.max(line) }
}

fn see_leaves(explained: &ExplainedCondition, conditions: &mut [ConditionCoverage]) {
    let mut open = vec![explained];
    while let Some(explained) = open.pop() {
        open.extend(&explained.parts);
        let seen = conditions.iter_mut().find(|condition| Some(condition.span) == explained.span);
        if let Some(condition) = seen {
            condition.seen.see(explained.truth);
        }
    }
}
