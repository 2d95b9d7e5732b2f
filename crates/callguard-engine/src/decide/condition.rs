//! Conditions: Kleene logic over leaves, and leaves over values.

use super::element::Answer;
use super::scene::{Item, Reading, Scene, Values};
use super::trace::{LeafTrace, Trace};
use super::{Direction, Truth};
use crate::policy::model::{Comparison, Condition, Leaf, OrderOp, Quantifier, Test};
use crate::value::{Number, Value};

impl Scene<'_> {
    /// Holds the condition against the call, with every leaf's value and truth.
    pub fn evaluate(&self, condition: &Condition, reading: Reading) -> Trace {
        match condition {
            Condition::All(parts) => {
                let parts: Vec<Trace> = parts.iter().map(|part| self.evaluate(part, reading)).collect();
                Trace::All { truth: Truth::all(parts.iter().map(Trace::truth)), parts }
            }
            Condition::Any(parts) => {
                let parts: Vec<Trace> = parts.iter().map(|part| self.evaluate(part, reading)).collect();
                Trace::Any { truth: Truth::any(parts.iter().map(Trace::truth)), parts }
            }
            Condition::Not(inner) => {
                let inner = self.evaluate(inner, reading.turned());
                Trace::Not { truth: !inner.truth(), inner: Box::new(inner) }
            }
            Condition::Leaf(leaf) => Trace::Leaf(self.leaf(leaf, reading)),
        }
    }

    fn leaf(&self, leaf: &Leaf, reading: Reading) -> LeafTrace {
        let values = self.values(&leaf.selector, reading);
        let answer = self.answer(leaf, &values, reading);
        LeafTrace { span: leaf.span, selector: leaf.selector.clone(), found: values.render(), answer }
    }

    fn answer(&self, leaf: &Leaf, values: &Values<'_>, reading: Reading) -> Answer {
        let together = leaf.tests.iter().filter(|test| looks_at_all(test));
        let answer = together.map(|test| together_holds(values, test)).fold(true.into(), Answer::and);
        if leaf.tests.iter().all(looks_at_all) {
            return answer;
        }
        answer.and(self.each(values, leaf, reading))
    }

    /// The condition's truth alone: the same as of [`Scene::evaluate`], found by looking no further than it must.
    pub fn truth(&self, condition: &Condition, reading: Reading) -> Truth {
        match condition {
            Condition::All(parts) => Truth::all_until_settled(parts.iter().map(|part| self.truth(part, reading))),
            Condition::Any(parts) => Truth::any_until_settled(parts.iter().map(|part| self.truth(part, reading))),
            Condition::Not(inner) => !self.truth(inner, reading.turned()),
            Condition::Leaf(leaf) => self.answer(leaf, &self.values(&leaf.selector, reading), reading).truth,
        }
    }

    /// The condition's truth, and why it is unknown if it is: the same as of [`Scene::evaluate`].
    pub(super) fn condition_and_doubt(&self, condition: &Condition, reading: Reading) -> (Truth, Option<String>) {
        if matches!(condition, Condition::Leaf(_)) {
            let doubt = self.first_doubt(condition, reading);
            return doubt.map_or_else(|truth| (truth, None), |why| (Truth::Unknown, Some(why)));
        }
        let truth = self.truth(condition, reading);
        let doubt = if truth == Truth::Unknown { self.first_doubt(condition, reading).ok() } else { None };
        (truth, doubt)
    }

    /// Why the first leaf is unknown that is; else the truth of the last one.
    fn first_doubt(&self, condition: &Condition, reading: Reading) -> Result<String, Truth> {
        let first = |parts: &[Condition]| {
            parts.iter().try_fold(Truth::False, |_, part| match self.first_doubt(part, reading) {
                Ok(why) => Err(why),
                Err(truth) => Ok(truth),
            })
        };
        match condition {
            Condition::All(parts) | Condition::Any(parts) => first(parts).map_or_else(Ok, Err),
            Condition::Not(inner) => self.first_doubt(inner, reading.turned()),
            Condition::Leaf(leaf) => {
                let answer = self.answer(leaf, &self.values(&leaf.selector, reading), reading);
                match answer.truth {
                    Truth::Unknown => Ok(super::trace::doubt(&leaf.selector, &answer)),
                    truth => Err(truth),
                }
            }
        }
    }

    /// The tests of one map hold of the same value; how many values must satisfy them, the direction says.
    fn each(&self, values: &Values<'_>, leaf: &Leaf, reading: Reading) -> Answer {
        let one = |item: &Item<'_>| {
            let tests = leaf.tests.iter().filter(|test| !looks_at_all(test));
            tests.map(|test| self.test(item, test, reading)).fold(Answer::from(true), Answer::and)
        };
        if !values.many {
            return values.items.iter().map(one).fold(true.into(), Answer::and);
        }
        let by_direction = match reading.direction {
            Direction::Restricting => Quantifier::Some,
            Direction::Excusing => Quantifier::Every,
        };
        let open = values.open.iter().map(|why| Answer::unknown(why.clone()));
        // Beneath `not` no value is needed, but what is missing does not excuse.
        let absent = values.absent && reading.beneath_not && reading.is_for_excuse();
        let absent = absent.then(|| Answer::unknown("a list is missing, and what is missing does not excuse"));
        let answers = values.items.iter().map(one).chain(open).chain(absent);
        match leaf.quantifier.unwrap_or(by_direction) {
            Quantifier::Some => answers.fold(false.into(), Answer::or),
            Quantifier::Every if values.items.is_empty() && values.open.is_none() => reading.beneath_not.into(),
            Quantifier::Every => answers.fold(true.into(), Answer::and),
        }
    }
}

/// Whether the operator looks at all values together.
fn looks_at_all(test: &Test) -> bool {
    matches!(test, Test::Exists(_) | Test::Count(_))
}

/// `exists` and `count`: all values together. Values that nobody could name make both unknown where they could matter.
fn together_holds(values: &Values<'_>, test: &Test) -> Answer {
    match test {
        Test::Exists(wanted) => {
            let exists = present(values);
            if *wanted { exists } else { !exists }
        }
        Test::Count(comparisons) => {
            let (least, open) = match count(values) {
                Ok(counted) => counted,
                Err(why) => return Answer::unknown(why),
            };
            comparisons.iter().map(|comparison| counted(comparison, least, open)).fold(true.into(), Answer::and)
        }
        _ => Answer::unknown("the operator looks at one value"),
    }
}

fn present(values: &Values<'_>) -> Answer {
    let open = values.open.iter().map(|why| Answer::unknown(why.clone()));
    let each = values.items.iter().map(|item| match item {
        Item::Missing => false.into(),
        Item::Unknown(why) => Answer::unknown(why.clone()),
        _ => true.into(),
    });
    each.chain(open).fold(false.into(), Answer::or)
}

/// How many values there are at least, and whether there may be more.
fn count(values: &Values<'_>) -> Result<(u64, bool), String> {
    if values.many {
        return Ok((u64::try_from(values.items.len()).unwrap_or(u64::MAX), values.open.is_some()));
    }
    match values.items.first() {
        None | Some(Item::Missing) => Ok((0, false)),
        Some(Item::Unknown(why)) => Err(why.clone()),
        Some(Item::Json(value)) => match value.as_ref() {
            Value::List(items) => Ok((u64::try_from(items.len()).unwrap_or(u64::MAX), false)),
            other => {
                Err(format!("a list is expected where there is {}", super::scene::with_article(other.type_name())))
            }
        },
        Some(_) => Err("only a list has a count".to_owned()),
    }
}

/// The comparison of a count that is at least `least`: exact, or a lower bound.
fn counted(comparison: &Comparison, least: u64, open: bool) -> Answer {
    let holds = match comparison {
        Comparison::Exactly(wanted) => least == *wanted,
        Comparison::Order(op, bound) => op.holds(Number::from(least).cmp(bound)),
    };
    // More values could only make the count greater.
    let settled = match comparison {
        Comparison::Exactly(wanted) => least > *wanted,
        Comparison::Order(OrderOp::Greater | OrderOp::AtLeast, _) => holds,
        Comparison::Order(OrderOp::Less | OrderOp::AtMost, _) => !holds,
    };
    if open && !settled { Answer::unknown("there may be more values than could be named") } else { holds.into() }
}
