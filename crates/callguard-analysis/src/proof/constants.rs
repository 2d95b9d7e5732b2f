//! Calls made of what the changed contracts compare with: tried as they are, for what no formula is made of.

use super::place::{Place, Root};
use super::search::Witness;
use super::side::{Of, Side, Sides};
use super::situation::{Flip, Situation};
use callguard_engine::call::ToolEnvelope;
use callguard_engine::policy::model::{Condition, Kind, Leaf, Operand, Segment, Selector, Test, TextPattern};
use callguard_engine::value::{Object, Value};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// Calls that are tried for one contract.
const MOST_CALLS: usize = 400;
/// Values that are tried for one leaf.
const MOST_VALUES: usize = 4;

/// Differences that are not known yet.
pub(crate) fn witnesses(sides: &Sides<'_>, base: Timestamp, known: &[Witness]) -> Vec<Witness> {
    let mut shown: BTreeSet<(Flip, String)> =
        known.iter().flat_map(|witness| witness.contracts.iter().map(|id| (witness.flip, id.clone()))).collect();
    let mut found = Vec::new();
    for side in Side::BOTH {
        let changed = sides.contracts(side).filter(|of| of.contract.kind != Kind::Postcondition && !sides.is_same(of));
        for of in changed.filter(|of| needs_trying(of)) {
            for situation in calls(&of, base) {
                let Some(witness) = Witness::of(sides, situation) else { continue };
                let fresh = witness.contracts.iter().any(|id| !shown.contains(&(witness.flip, id.clone())));
                if fresh {
                    shown.extend(witness.contracts.iter().map(|id| (witness.flip, id.clone())));
                    found.push(witness.shrunk(sides));
                }
            }
        }
    }
    found
}

fn leaves<'a>(of: &Of<'a>) -> Vec<&'a Leaf> {
    let unless = of.contract.terms.iter().flat_map(|dated| &dated.terms.unless);
    std::iter::once(&of.contract.when).chain(unless).flat_map(Condition::leaves).collect()
}

/// Whether it looks at elements, or holds one field against another.
fn needs_trying(of: &Of<'_>) -> bool {
    leaves(of).iter().any(|leaf| leaf.selector.is_many() || leaf.tests.iter().any(super::operands::looks_elsewhere))
}

/// Calls of a tool that the contract is about, near its constants.
fn calls(of: &Of<'_>, base: Timestamp) -> Vec<Situation> {
    let name = of.contract.tools.include.first().map_or("some_tool".to_owned(), |glob| glob.as_str().replace('*', "x"));
    let mut all = vec![Situation::of(ToolEnvelope::new(name, Object::default(), base))];
    for leaf in leaves(of) {
        let choices = choices(leaf);
        let mut more = Vec::new();
        for situation in &all {
            for choice in &choices {
                let mut other = situation.clone();
                choice.iter().for_each(|(selector, value)| put(selector, value, &mut other));
                more.push(other);
            }
        }
        all.extend(more);
        all.truncate(MOST_CALLS);
    }
    all
}

/// What is put where.
type Choice<'a> = Vec<(&'a Selector, Value)>;

fn choices(leaf: &Leaf) -> Vec<Choice<'_>> {
    let mut found: Vec<Choice<'_>> = Vec::new();
    for test in &leaf.tests {
        for operand in operands(test) {
            match operand {
                Operand::Literal(value) => found.push(vec![(&leaf.selector, value.clone())]),
                Operand::Field(other) => {
                    for value in [Value::from("a"), Value::from(1)] {
                        found.push(vec![(&leaf.selector, value.clone()), (other, value.clone())]);
                        found.push(vec![(&leaf.selector, value), (other, Value::from("b"))]);
                    }
                }
                _ => {}
            }
        }
        if let Test::Text(_, patterns) = test {
            found.extend(patterns.positive.iter().filter_map(|pattern| match pattern {
                TextPattern::Literal(text) => Some(vec![(&leaf.selector, Value::from(text.as_str()))]),
                TextPattern::Regex { source, .. } => {
                    Some(vec![(&leaf.selector, Value::from(source.replace('*', "x")))])
                }
                TextPattern::Field(other) => Some(vec![(&leaf.selector, Value::from("ab")), (other, Value::from("a"))]),
                _ => None,
            }));
        }
    }
    found.truncate(MOST_VALUES.saturating_sub(1));
    found.push(vec![(&leaf.selector, Value::from("x"))]);
    found.extend(larger(leaf).map(|value| vec![(&leaf.selector, value)]));
    found
}

/// A number beyond every bound of the leaf.
fn larger(leaf: &Leaf) -> Option<Value> {
    let bounded = leaf.tests.iter().any(|test| matches!(test, Test::Order(..)));
    bounded.then(|| Value::from(1_000_000_000))
}

fn operands(test: &Test) -> Vec<&Operand> {
    match test {
        Test::Equals(operands)
        | Test::In(operands)
        | Test::Contains(operands)
        | Test::ContainsAll(operands)
        | Test::ContainsNone(operands) => operands.positive.iter().collect(),
        Test::Order(_, operand) => vec![operand],
        _ => Vec::new(),
    }
}

/// Puts a value where a selector looks, through the lists on the way.
fn put(selector: &Selector, value: &Value, situation: &mut Situation) {
    match selector {
        Selector::Args(path) => {
            let Some((Segment::Key(first), rest)) = path.segments.split_first() else { return };
            let merged = merged(situation.call.args.get(first), rest, value);
            situation.call.args.insert(first.clone(), merged);
        }
        Selector::ArgsEvery => Place::Inside(Root::Args, vec!["text".to_owned()]).put(Some(value), situation),
        other => {
            if let Some(place) = Place::of(other) {
                place.put(Some(value), situation);
            }
        }
    }
}

/// What was there with a value in it, where the steps lead.
fn merged(before: Option<&Value>, steps: &[Segment], value: &Value) -> Value {
    let Some((step, rest)) = steps.split_first() else { return value.clone() };
    match step {
        Segment::Key(key) => {
            let mut object = match before {
                Some(Value::Object(object)) => object.clone(),
                _ => Object::default(),
            };
            let inner = merged(object.get(key), rest, value);
            object.insert(key.clone(), inner);
            Value::Object(object)
        }
        Segment::Index(_) | Segment::Every => {
            let first = match before {
                Some(Value::List(items)) => items.first(),
                _ => None,
            };
            Value::List(vec![merged(first, rest, value)])
        }
    }
}
