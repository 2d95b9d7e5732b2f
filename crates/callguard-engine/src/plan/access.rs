//! Access predicates: what must be seen of one selector before a contract can come into question.

use super::automaton::{Anchor, Literal};
use super::regex_literal::required;
use crate::decide::fold;
use crate::policy::model::{
    JsonType, Leaf, Negatable, Operand, OrderOp, Selector, Test, TextOp, TextPattern, TypedTest,
};
use crate::value::{Number, Value, write_json};
use std::hash::{Hash, Hasher};

/// A selector, and what one of its values must be like.
#[derive(Clone, Copy, Debug)]
pub(super) struct Access<'a> {
    pub(super) selector: &'a Selector,
    pub(super) probe: &'a Probe,
}

/// What a value must be like for a leaf not to be false. What a probe cannot be held against (an unknown value, an
/// object, a list where a string is expected) counts as a hit.
#[derive(Clone, Debug)]
pub(super) enum Probe {
    /// It equals the literal, or spells it. A list hits.
    Equal(Value),
    /// The same, or it is a list with such an element.
    EqualOrElement(Value),
    /// The text has the literal.
    Literal(Literal),
    /// The text has the literal, or it is a list with such an element.
    LiteralOrElement(Literal, Value),
    /// The number stands so to the bound.
    Order(OrderOp, Number),
    /// The path has the text, in lower case.
    Path(String),
    /// There is a value.
    Present,
}

/// Every way to find the leaf that is not beneath a `not`: each is a set of probes, one of which a value must satisfy.
/// None where the leaf may hold without a value.
pub(super) fn probes(leaf: &Leaf) -> Vec<Vec<Probe>> {
    leaf.tests.iter().filter_map(probes_of).collect()
}

fn probes_of(test: &Test) -> Option<Vec<Probe>> {
    let present = || Some(vec![Probe::Present]);
    match test {
        Test::Equals(operands) if !operands.negated => Some(of_operands(operands, Probe::Equal)),
        Test::In(operands) if !operands.negated => Some(of_operands(operands, Probe::EqualOrElement)),
        Test::Contains(operands) if !operands.negated => {
            Some(of_operands(operands, |value| part(value, operands.ignore_case)))
        }
        Test::Order(op, Operand::Literal(Value::Number(bound))) => Some(vec![Probe::Order(*op, bound.clone())]),
        Test::Text(op, patterns) if !patterns.negated => Some(of_patterns(*op, patterns)),
        Test::Is(types) if !types.contains(&JsonType::Null) => present(),
        Test::Typed(Negatable { positive: TypedTest::Path(test), negated: false, .. }) => {
            Some(all_or_present(test.fragments().map(|texts| texts.into_iter().map(Probe::Path).collect())))
        }
        Test::Typed(typed) if !typed.negated => present(),
        Test::ContainsAll(_) | Test::Order(..) | Test::Size(..) | Test::Detects(_) | Test::Custom(_) => present(),
        Test::Exists(true) => present(),
        _ => None,
    }
}

fn of_operands(operands: &Negatable<Vec<Operand>>, probe: impl Fn(Value) -> Probe) -> Vec<Probe> {
    let literal = |operand: &Operand| match operand {
        Operand::Literal(value @ (Value::String(_) | Value::Number(_) | Value::Bool(_))) => Some(probe(value.clone())),
        Operand::Literal(_) | Operand::Field(_) => None,
    };
    all_or_present(operands.positive.iter().map(literal).collect())
}

fn part(value: Value, ignore_case: bool) -> Probe {
    let text = match &value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.as_str().to_owned(),
        scalar => write_json(scalar),
    };
    if text.is_empty() {
        return Probe::Present;
    }
    let text = if ignore_case { fold(&text) } else { text };
    Probe::LiteralOrElement(Literal { text, ignore_case, anchor: Anchor::Anywhere }, value)
}

fn of_patterns(op: TextOp, patterns: &Negatable<Vec<TextPattern>>) -> Vec<Probe> {
    let ignore_case = patterns.ignore_case;
    let literal = |text: &str, anchor| {
        let text = if ignore_case { fold(text) } else { text.to_owned() };
        (!text.is_empty()).then_some(vec![Probe::Literal(Literal { text, ignore_case, anchor })])
    };
    let one = |pattern: &TextPattern| match (op, pattern) {
        (TextOp::StartsWith, TextPattern::Literal(text)) => literal(text, Anchor::AtStart),
        (TextOp::EndsWith, TextPattern::Literal(text)) => literal(text, Anchor::AtEnd),
        (_, TextPattern::Regex { regex, .. }) => {
            let literals = required(regex.as_str(), ignore_case)?;
            Some(literals.into_iter().map(Probe::Literal).collect())
        }
        (_, TextPattern::Literal(_) | TextPattern::Field(_)) => None,
    };
    let each: Option<Vec<Vec<Probe>>> = patterns.positive.iter().map(one).collect();
    each.map_or_else(|| vec![Probe::Present], |each| each.into_iter().flatten().collect())
}

fn all_or_present(probes: Option<Vec<Probe>>) -> Vec<Probe> {
    probes.unwrap_or_else(|| vec![Probe::Present])
}

impl Access<'_> {
    /// Equal accesses are hit by the same values: how many contracts share one is how much it costs.
    pub(super) fn identity(&self) -> u64 {
        let mut state = std::hash::DefaultHasher::new();
        self.selector.hash(&mut state);
        match self.probe {
            Probe::Equal(value) | Probe::EqualOrElement(value) => (0_u8, write_json(value)).hash(&mut state),
            Probe::Literal(literal) | Probe::LiteralOrElement(literal, _) => (1_u8, literal).hash(&mut state),
            Probe::Order(..) => 2_u8.hash(&mut state),
            Probe::Path(text) => (4_u8, text).hash(&mut state),
            Probe::Present => 3_u8.hash(&mut state),
        }
        state.finish()
    }

    /// Of accesses that as many contracts share, the one with the least weight tells most.
    pub(super) fn weight(&self) -> u32 {
        match self.probe {
            Probe::Equal(_) | Probe::EqualOrElement(_) => 1,
            Probe::Literal(literal) | Probe::LiteralOrElement(literal, _) => match literal.text.len() {
                0..=2 => 12,
                3..=5 => 6,
                _ => 3,
            },
            Probe::Path(_) => 4,
            Probe::Order(..) => 16,
            Probe::Present => 24,
        }
    }
}
