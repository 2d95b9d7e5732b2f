//! What the tests of a leaf compare a value with: the patterns, numbers and counts at which their answers can change.

use super::text::{Affix, Pattern};
use callguard_engine::policy::model::{Comparison, Leaf, Operand, SizeOp, Test, TextOp, TextPattern};
use callguard_engine::value::{Number, Value};
use std::collections::BTreeSet;

/// What tests of one field compare with, gathered from all of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Operands {
    /// Patterns over strings.
    pub(crate) patterns: BTreeSet<Pattern>,
    /// Numbers at which something changes.
    pub(crate) numbers: Vec<Number>,
    /// Whether a string that spells a number can be unknown.
    pub(crate) spelled_numbers: bool,
    /// Elements that lists are searched for.
    pub(crate) elements: Vec<(Value, bool)>,
    /// Lengths of lists at which something changes.
    pub(crate) lengths: BTreeSet<usize>,
    /// Literals that are worth a try.
    pub(crate) literals: BTreeSet<String>,
}

/// A string that is nothing but white space, which a required field must not be.
pub(crate) const BLANK: &str = r"\A\s*\z";
/// A string that a number can be read from, surrounded by white space.
const NUMBER: &str = r"\A\s*\+*-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?\s*\z";

/// The pattern of strings that spell some number.
pub(crate) fn spells_a_number() -> Pattern {
    Pattern::Regex { pattern: NUMBER.to_owned(), ignore_case: false }
}

impl Operands {
    /// Adds what a leaf compares with.
    pub(crate) fn add(&mut self, leaf: &Leaf) {
        leaf.tests.iter().for_each(|test| self.add_test(test));
    }

    fn add_test(&mut self, test: &Test) {
        match test {
            Test::Equals(operands) => {
                literals(&operands.positive).for_each(|value| self.equality(value, operands.ignore_case));
            }
            Test::In(operands) => literals(&operands.positive).for_each(|value| {
                self.equality(value, operands.ignore_case);
                self.elements.push((value.clone(), operands.ignore_case));
            }),
            Test::Contains(operands) => literals(&operands.positive).for_each(|value| {
                if let Some(part) = scalar_text(value) {
                    self.patterns.insert(Pattern::affix(Affix::Within, &part, operands.ignore_case));
                }
                self.elements.push((value.clone(), operands.ignore_case));
            }),
            Test::ContainsAll(operands) | Test::ContainsNone(operands) => {
                self.elements.extend(literals(&operands.positive).map(|value| (value.clone(), operands.ignore_case)));
            }
            Test::Order(_, Operand::Literal(Value::Number(number))) => self.numbers.push(number.clone()),
            Test::Order(_, Operand::Literal(Value::String(text))) => drop(self.literals.insert(text.clone())),
            Test::Text(op, patterns) => {
                patterns.positive.iter().for_each(|pattern| self.text(*op, pattern, patterns.ignore_case));
            }
            Test::Size(SizeOp::Longer, bound) => drop(self.patterns.insert(Pattern::Longer(*bound))),
            Test::Size(SizeOp::Shorter, bound) => {
                self.patterns.extend(bound.checked_sub(1).map(Pattern::Longer));
            }
            Test::Count(comparisons) => comparisons.iter().for_each(|comparison| self.count(comparison)),
            _ => {}
        }
    }

    fn equality(&mut self, value: &Value, ignore_case: bool) {
        match value {
            Value::String(text) => {
                self.patterns.insert(Pattern::affix(Affix::Whole, text, ignore_case));
                self.literals.insert(text.clone());
                // A number is not known to differ from a string that spells it.
                self.numbers.extend(Number::parse(text.trim().trim_start_matches('+')));
            }
            Value::Number(number) => {
                self.numbers.push(number.clone());
                self.spelled_numbers = true;
            }
            Value::Bool(flag) => {
                let pattern = format!(r"\A\s*(?i-u:{flag})\s*\z");
                self.patterns.insert(Pattern::Regex { pattern, ignore_case: false });
            }
            _ => {}
        }
    }

    fn text(&mut self, op: TextOp, pattern: &TextPattern, ignore_case: bool) {
        let found = match (op, pattern) {
            (TextOp::StartsWith, TextPattern::Literal(part)) => Pattern::affix(Affix::Start, part, ignore_case),
            (TextOp::EndsWith, TextPattern::Literal(part)) => Pattern::affix(Affix::End, part, ignore_case),
            (_, TextPattern::Regex { regex, .. }) => Pattern::Regex { pattern: regex.as_str().to_owned(), ignore_case },
            _ => return,
        };
        self.patterns.insert(found);
    }

    fn count(&mut self, comparison: &Comparison) {
        let bound = match comparison {
            Comparison::Exactly(wanted) => Some(*wanted),
            Comparison::Order(_, bound) => floor(bound),
            _ => None,
        };
        if let Some(bound) = bound.and_then(|bound| usize::try_from(bound).ok()) {
            self.lengths.extend([bound.saturating_sub(1), bound, bound.saturating_add(1)]);
        }
    }
}

/// The whole number at or below, if it is one that a list's length can reach.
fn floor(bound: &Number) -> Option<u64> {
    (0..=64_u64).rev().find(|count| Number::from(*count) <= *bound)
}

/// Operands that are written in the policy.
pub(crate) fn literals(operands: &[Operand]) -> impl Iterator<Item = &Value> {
    operands.iter().filter_map(|operand| match operand {
        Operand::Literal(value) => Some(value),
        _ => None,
    })
}

/// Whether a test looks at another field of the call.
pub(crate) fn looks_elsewhere(test: &Test) -> bool {
    let field = |operand: &Operand| !matches!(operand, Operand::Literal(_));
    match test {
        Test::Equals(operands)
        | Test::In(operands)
        | Test::Contains(operands)
        | Test::ContainsAll(operands)
        | Test::ContainsNone(operands) => operands.positive.iter().any(field),
        Test::Order(_, operand) => field(operand),
        Test::Text(_, patterns) => patterns
            .positive
            .iter()
            .any(|pattern| !matches!(pattern, TextPattern::Literal(_) | TextPattern::Regex { .. })),
        Test::Custom(_) | Test::Detects(_) | Test::Typed(_) => false,
        _ => false,
    }
}

/// A scalar as the text in which `contains` looks for it.
fn scalar_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.as_str().to_owned()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}
