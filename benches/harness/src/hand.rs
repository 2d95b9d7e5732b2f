//! What a programmer would write by hand for the same rules, over fields that lie ready: the bounds that an engine for any
//! policy is measured against.

use crate::calls::Call;
use crate::rules::{FIELDS, Field, Leaf, Rule, Test, like_as_regex};
use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use anyhow::Result;
use memchr::memmem::Finder;
use regex::{Regex, RegexBuilder};
use std::collections::HashMap;

/// Every rule of the tool, one after the other.
pub struct Loop {
    rules: HashMap<String, Vec<Vec<(Field, Check)>>>,
}

/// Per tool and field one automaton, one table of words, one list of numbers; then the rules that these hit.
pub struct Index {
    tools: HashMap<String, Tool>,
}

enum Check {
    Contains(Box<Finder<'static>>),
    StartsWith(String),
    EndsWith(String),
    In(Vec<String>),
    Above(u64),
    Matches(Regex),
}

/// The literals of one field: whether there is any, and then which.
struct Parts {
    field: Field,
    any: AhoCorasick,
    all: AhoCorasick,
    owners: Vec<usize>,
}

#[derive(Default)]
struct Tool {
    rules: Vec<Vec<(Field, Check)>>,
    parts: Vec<Parts>,
    words: Vec<(Field, HashMap<String, Vec<usize>>)>,
    numbers: Vec<(u64, usize)>,
}

impl Loop {
    /// Prepares the rules.
    pub fn new(rules: &[Rule]) -> Result<Loop> {
        let mut by_tool: HashMap<String, Vec<_>> = HashMap::new();
        for rule in rules {
            by_tool.entry(rule.tool.clone()).or_default().push(checks(rule)?);
        }
        Ok(Loop { rules: by_tool })
    }

    /// Whether a rule applies.
    pub fn forbids(&self, call: &Call) -> bool {
        let rules = self.rules.get(&call.tool).map_or(&[] as &[_], Vec::as_slice);
        rules.iter().any(|rule| holds(rule, call))
    }
}

impl Index {
    /// Builds the index.
    pub fn new(rules: &[Rule]) -> Result<Index> {
        let mut by_tool: HashMap<&str, Vec<&Rule>> = HashMap::new();
        for rule in rules {
            by_tool.entry(&rule.tool).or_default().push(rule);
        }
        let tools = by_tool.into_iter().map(|(name, rules)| Ok((name.to_owned(), Tool::new(&rules)?)));
        Ok(Index { tools: tools.collect::<Result<_>>()? })
    }

    /// Whether a rule applies.
    pub fn forbids(&self, call: &Call) -> bool {
        self.tools.get(&call.tool).is_some_and(|tool| tool.forbids(call))
    }
}

impl Tool {
    fn new(rules: &[&Rule]) -> Result<Tool> {
        let mut tool = Tool::default();
        for field in FIELDS {
            let (mut parts, mut owners, mut words) = (Vec::new(), Vec::new(), HashMap::<String, Vec<usize>>::new());
            for (place, rule) in rules.iter().enumerate() {
                let Some(leaf) = access(rule).filter(|leaf| leaf.field == field) else { continue };
                match &leaf.test {
                    Test::In(known) => known.iter().for_each(|word| words.entry(word.clone()).or_default().push(place)),
                    Test::Above(least) => tool.numbers.push((*least, place)),
                    test => {
                        parts.push(literal(test));
                        owners.push(place);
                    }
                }
            }
            if !parts.is_empty() {
                // Only regexes fold case.
                let folded =
                    rules.iter().flat_map(|rule| &rule.leaves).any(|leaf| matches!(leaf.test, Test::Matches { .. }));
                let mut builder = AhoCorasick::builder();
                builder.ascii_case_insensitive(folded);
                let dense = (parts.len() <= 1_000).then_some(AhoCorasickKind::DFA);
                let any = builder.kind(dense).match_kind(MatchKind::LeftmostFirst).build(&parts)?;
                let all = builder.match_kind(MatchKind::Standard).build(&parts)?;
                tool.parts.push(Parts { field, any, all, owners });
            }
            if !words.is_empty() {
                tool.words.push((field, words));
            }
        }
        tool.numbers.sort_unstable();
        tool.rules = rules.iter().map(|rule| checks(rule)).collect::<Result<_>>()?;
        Ok(tool)
    }

    fn forbids(&self, call: &Call) -> bool {
        let holds = |place: &usize| holds(&self.rules[*place], call);
        let by_part = self.parts.iter().any(|parts| {
            let text = call.text(parts.field).unwrap_or_default();
            let hits = || parts.all.find_overlapping_iter(text).map(|found| found.pattern().as_usize());
            parts.any.is_match(text) && hits().any(|place| holds(&parts.owners[place]))
        });
        let by_word = || {
            self.words.iter().any(|(field, words)| {
                let owners = call.text(*field).and_then(|text| words.get(text));
                owners.is_some_and(|owners| owners.iter().any(holds))
            })
        };
        let amount = call.amount.unwrap_or_default();
        let by_number = || self.numbers.iter().take_while(|(least, _)| *least < amount).any(|(_, place)| holds(place));
        by_part || by_word() || by_number()
    }
}

/// The leaf that a rule is found by: the one that fewest calls fulfil.
fn access(rule: &Rule) -> Option<&Leaf> {
    let common = |leaf: &&Leaf| matches!(leaf.field, Field::Environment | Field::Role);
    rule.leaves.iter().find(|leaf| !common(leaf)).or_else(|| rule.leaves.first())
}

fn literal(test: &Test) -> String {
    match test {
        Test::Contains(part) | Test::StartsWith(part) | Test::EndsWith(part) => part.clone(),
        Test::Matches { literal, .. } => literal.clone(),
        Test::Like(glob) => glob.split('*').max_by_key(|part| part.len()).unwrap_or_default().to_owned(),
        Test::In(_) | Test::Above(_) => String::new(),
    }
}

fn checks(rule: &Rule) -> Result<Vec<(Field, Check)>> {
    rule.leaves.iter().map(|leaf| Ok((leaf.field, check(&leaf.test)?))).collect()
}

fn check(test: &Test) -> Result<Check> {
    let regex = |text: &str| RegexBuilder::new(text).size_limit(1 << 20).build();
    Ok(match test {
        Test::Contains(part) => Check::Contains(Box::new(Finder::new(part.as_bytes()).into_owned())),
        Test::StartsWith(part) => Check::StartsWith(part.clone()),
        Test::EndsWith(part) => Check::EndsWith(part.clone()),
        Test::In(words) => Check::In(words.clone()),
        Test::Above(least) => Check::Above(*least),
        Test::Matches { regex: text, .. } => Check::Matches(regex(text)?),
        Test::Like(glob) => Check::Matches(regex(&like_as_regex(glob))?),
    })
}

fn holds(rule: &[(Field, Check)], call: &Call) -> bool {
    rule.iter().all(|(field, check)| {
        if let Check::Above(least) = check {
            return call.amount.is_some_and(|amount| amount > *least);
        }
        let Some(text) = call.text(*field) else { return false };
        match check {
            Check::Contains(part) => part.find(text.as_bytes()).is_some(),
            Check::StartsWith(part) => text.starts_with(part.as_str()),
            Check::EndsWith(part) => text.ends_with(part.as_str()),
            Check::In(words) => words.iter().any(|word| word == text),
            Check::Matches(regex) => regex.is_match(text),
            Check::Above(_) => false,
        }
    })
}
