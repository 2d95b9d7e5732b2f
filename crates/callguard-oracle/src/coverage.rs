//! What was generated: that nothing of the language is left out, and that no answer is rare.

use crate::node::Node;
use crate::policy::HOST_OPERATORS;
use crate::run::Event;
use crate::setup::Setup;
use callguard_engine::decide::{Effect, ExplainedCondition, ResultEffect, Truth};
use callguard_engine::policy::model::{Condition, Contract, FactType, Leaf, Policy, Selector};
use callguard_engine::policy::register::keys::{self, KeyTable};
use callguard_engine::policy::register::operators::{OPERATORS, operator};
use callguard_engine::policy::register::selectors::{SELECTORS, Shape, open_path, row_of};
use callguard_engine::value::Value;
use std::collections::BTreeSet;

/// What of the language policies were made of.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    selectors: BTreeSet<&'static str>,
    tests: BTreeSet<(String, String)>,
    words: BTreeSet<String>,
}

/// Tables that decide nothing: what an example says of its call is judged when a policy loads.
const BESIDE_DECIDING: &[&str] = &["example"];

impl Coverage {
    /// Adds what a policy set is made of.
    pub fn see(&mut self, setup: &Setup) {
        for document in setup.policies.documents.iter().chain(&setup.policies.base) {
            self.see_node(document);
        }
        for policy in &setup.planned.policies().policies {
            policy.contracts.iter().flat_map(conditions).for_each(|condition| self.see_condition(policy, condition));
        }
    }

    fn see_node(&mut self, node: &Node) {
        match node {
            Node::Map(entries) => entries.iter().for_each(|(key, node)| {
                self.words.insert(key.clone());
                self.see_node(node);
            }),
            Node::List(items) => items.iter().for_each(|item| self.see_node(item)),
            Node::Text(text) | Node::Plain(text) => {
                self.words.insert(text.clone());
            }
        }
    }

    fn see_condition(&mut self, policy: &Policy, condition: &Condition) {
        for leaf in condition.leaves() {
            let Some(row) = row_of(&leaf.selector) else { continue };
            self.selectors.insert(row.name);
            let shape = format!("{:?}", fact(policy, &leaf.selector).unwrap_or(row.shape));
            self.tests.extend(operators(leaf).into_iter().map(|name| (name, shape.clone())));
        }
    }

    /// Everything of the registers that was never generated: selectors, operators on each shape, keys and their words.
    pub fn missing(&self) -> Vec<String> {
        let mut missing = Vec::new();
        let selectors = SELECTORS.iter().map(|row| row.name).filter(|name| !self.selectors.contains(name));
        missing.extend(selectors.map(|name| format!("selector {name}")));
        for row in OPERATORS {
            let shapes = row.on.iter().map(|shape| format!("{shape:?}"));
            let never = shapes.filter(|shape| !self.tests.contains(&(row.name.to_owned(), shape.clone())));
            missing.extend(never.map(|shape| format!("operator {} on {shape}", row.name)));
        }
        let known = |name: &&str| self.tests.iter().any(|(test, _)| test == name);
        missing.extend(HOST_OPERATORS.iter().filter(|name| !known(name)).map(|name| format!("operator {name}")));
        self.missing_keys(&keys::POLICY, &mut missing);
        missing.sort();
        missing.dedup();
        missing
    }

    fn missing_keys(&self, table: &KeyTable, missing: &mut Vec<String>) {
        if BESIDE_DECIDING.contains(&table.name) {
            return;
        }
        for key in table.keys {
            if !self.words.contains(key.name) {
                missing.push(format!("key {} of {}", key.name, table.name));
            }
            self.missing_below(key.name, &key.shape, missing);
        }
    }

    fn missing_below(&self, key: &str, shape: &keys::Shape, missing: &mut Vec<String>) {
        match shape {
            keys::Shape::Word(words) => {
                let never = words.iter().filter(|word| !self.words.contains(word.word));
                missing.extend(never.map(|word| format!("word {} of {key}", word.word)));
            }
            keys::Shape::ListOf(inner) | keys::Shape::OneOrMany(inner) | keys::Shape::MapOf(inner) => {
                self.missing_below(key, inner, missing);
            }
            keys::Shape::Table(table) | keys::Shape::TableList(table) => self.missing_keys(table, missing),
            keys::Shape::OneOf(shapes) => shapes.iter().for_each(|shape| self.missing_below(key, shape, missing)),
            _ => {}
        }
    }
}

fn conditions(contract: &Contract) -> Vec<&Condition> {
    let unless = contract.terms.iter().flat_map(|dated| &dated.terms.unless);
    std::iter::once(&contract.when).chain(unless).collect()
}

fn fact(policy: &Policy, selector: &Selector) -> Option<Shape> {
    let Selector::Facts(_) = selector else { return None };
    let path = open_path(selector).filter(|path| path.segments.len() == 1)?;
    let name = path.to_string();
    Some(match policy.facts.get(name.trim_start_matches('.'))? {
        FactType::String => Shape::Text,
        FactType::Number => Shape::Number,
        FactType::Boolean => Shape::Boolean,
        FactType::List => Shape::List,
        FactType::Object => Shape::Object,
        _ => Shape::Any,
    })
}

fn operators(leaf: &Leaf) -> Vec<String> {
    match &leaf.written {
        Value::Object(tests) => {
            let known = |name: &&str| operator(name).is_some() || HOST_OPERATORS.contains(name);
            tests.iter().map(|(name, _)| name).filter(known).map(str::to_owned).collect()
        }
        Value::List(_) => vec!["in".to_owned()],
        _ => vec!["equals".to_owned()],
    }
}

/// How often each answer was given.
#[derive(Clone, Debug, Default)]
pub struct Shares {
    /// Decisions: allow, ask, deny.
    pub decisions: [u64; 3],
    /// Leaves: true, false, unknown.
    pub leaves: [u64; 3],
    /// Contracts: true, false, unknown.
    pub contracts: [u64; 3],
    /// Results: pass, redact, withhold.
    pub results: [u64; 3],
    /// Calls.
    pub calls: u64,
}

impl Shares {
    /// Adds what was said of a call.
    pub fn see(&mut self, events: &[Event]) {
        self.calls += 1;
        for event in events {
            match event {
                Event::Decided(how, decision) => {
                    if *how != "ask, and it is refused" {
                        self.decisions[match decision.effect {
                            Effect::Allow => 0,
                            Effect::Ask => 1,
                            Effect::Deny => 2,
                        }] += 1;
                    }
                    for contract in decision.explanation.iter().flat_map(|explained| &explained.contracts) {
                        self.contracts[place(contract.applies)] += 1;
                        std::iter::once(&contract.when).chain(&contract.unless).for_each(|part| self.see_leaves(part));
                    }
                }
                Event::Settled(settled) | Event::Checked(settled) => {
                    self.results[match settled.effect {
                        ResultEffect::Pass => 0,
                        ResultEffect::Redact => 1,
                        ResultEffect::Withhold => 2,
                    }] += 1;
                }
                _ => {}
            }
        }
    }

    fn see_leaves(&mut self, condition: &ExplainedCondition) {
        if condition.found.is_some() {
            self.leaves[place(condition.truth)] += 1;
        }
        condition.parts.iter().for_each(|part| self.see_leaves(part));
    }

    /// The share of each, in percent.
    pub fn percent(counts: [u64; 3]) -> [u64; 3] {
        let all = counts.iter().sum::<u64>().max(1);
        counts.map(|count| count * 100 / all)
    }
}

fn place(truth: Truth) -> usize {
    match truth {
        Truth::True => 0,
        Truth::False => 1,
        Truth::Unknown => 2,
    }
}
