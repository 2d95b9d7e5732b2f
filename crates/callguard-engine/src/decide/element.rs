//! One test against one value.

use super::compare::{equals, fold, order};
use super::scene::{Item, Reading, Scene, with_article};
use super::{Direction, Truth};
use crate::audit::detect::Detectors;
use crate::policy::model::{CustomTest, JsonType, Negatable, Operand, OrderOp, SizeOp, Test, TextOp, TextPattern};
use crate::value::Value;

/// The truth of a test of one value, and why it is unknown if it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The truth.
    pub truth: Truth,
    /// Why it is unknown, without any argument's value.
    pub why: Option<String>,
}

impl Answer {
    /// Unknown, and why.
    pub fn unknown(why: impl Into<String>) -> Answer {
        Answer { truth: Truth::Unknown, why: Some(why.into()) }
    }

    pub(super) fn named(truth: Truth, why: &str) -> Answer {
        if truth == Truth::Unknown { Answer::unknown(why) } else { truth.into() }
    }

    /// Both, with the reason of what is still unknown.
    #[must_use]
    pub fn and(self, other: Answer) -> Answer {
        Answer::of(self.truth.and(other.truth), self, other)
    }

    /// Either, with the reason of what is still unknown.
    #[must_use]
    pub fn or(self, other: Answer) -> Answer {
        Answer::of(self.truth.or(other.truth), self, other)
    }

    fn of(truth: Truth, left: Answer, right: Answer) -> Answer {
        Answer { truth, why: if truth == Truth::Unknown { left.why.or(right.why) } else { None } }
    }
}

impl std::ops::Not for Answer {
    type Output = Answer;

    fn not(self) -> Answer {
        Answer { truth: !self.truth, why: self.why }
    }
}

impl From<Truth> for Answer {
    fn from(truth: Truth) -> Answer {
        Answer { truth, why: None }
    }
}

impl From<bool> for Answer {
    fn from(holds: bool) -> Answer {
        Truth::from(holds).into()
    }
}

impl Scene<'_> {
    /// Holds one value against one test. `exists` and `count` are no tests of one value; see the condition.
    pub(super) fn test(&self, item: &Item<'_>, test: &Test, reading: Reading) -> Answer {
        match item {
            Item::Missing => self.missing(test, reading),
            Item::Unknown(why) => Answer::unknown(why.clone()),
            Item::Json(value) => self.json(value, test, reading),
            facet => self.facet(facet, test, reading),
        }
    }

    /// Missing is not unknown: positive operators are false, negated ones true. Only where that would permit or
    /// excuse is it unknown.
    fn missing(&self, test: &Test, reading: Reading) -> Answer {
        let natural = test.is_negated();
        let helps = natural != reading.beneath_not;
        let outright = matches!(test, Test::Is(types) if types.contains(&JsonType::Null));
        if outright {
            return true.into();
        }
        if helps && reading.is_for_excuse() {
            return Answer::unknown("it is missing, and what is missing does not excuse");
        }
        natural.into()
    }

    pub(super) fn json(&self, value: &Value, test: &Test, reading: Reading) -> Answer {
        match test {
            Test::Equals(operands) => self.equality(value, operands, reading),
            Test::In(operands) => self.membership(value, operands, reading),
            Test::Contains(operands) => self.containment(value, operands, reading),
            Test::ContainsAll(operands) => match value {
                Value::List(items) => self.contains_all(items, operands, reading),
                other => expected("a list", other),
            },
            Test::ContainsNone(operands) => match value {
                Value::List(items) => !self.any_in_list(items, operands, reading),
                other => expected("a list", other),
            },
            Test::Order(op, operand) => self.ordered(value, *op, operand, reading),
            Test::Text(op, patterns) => self.text(value, *op, patterns, reading),
            Test::Size(op, bound) => match value {
                Value::String(text) => {
                    let length = u64::try_from(text.chars().count()).unwrap_or(u64::MAX);
                    match op {
                        SizeOp::Longer => (length > *bound).into(),
                        SizeOp::Shorter => (length < *bound).into(),
                    }
                }
                other => expected("a string", other),
            },
            Test::Is(types) => types.iter().any(|wanted| is_type(value, *wanted)).into(),
            Test::Typed(typed) => {
                directed(typed.negated, reading.direction, |direction| self.typed(value, &typed.positive, direction))
            }
            Test::Detects(kinds) => scannable(value).into_iter().any(|text| Detectors::detects(text, kinds)).into(),
            Test::Custom(custom) => self.custom(value, custom),
            Test::Exists(_) | Test::Count(_) => Answer::unknown("the operator looks at all values together"),
        }
    }

    fn ordered(&self, value: &Value, op: OrderOp, operand: &Operand, reading: Reading) -> Answer {
        let compare = |operand: &Value| match order(value, operand) {
            Some(ordering) => op.holds(ordering).into(),
            None => Answer::unknown("its type has no order to the operand"),
        };
        match operand {
            Operand::Field(selector) => match self.single(selector, reading) {
                Item::Json(list) if matches!(list.as_ref(), Value::List(_)) => {
                    Answer::unknown(format!("`{selector}` is a list, which has no order"))
                }
                _ => self.with_operand(operand, false, reading, compare),
            },
            Operand::Literal(literal) => compare(literal),
        }
    }

    fn equality(&self, value: &Value, operands: &Negatable<Vec<Operand>>, reading: Reading) -> Answer {
        let compare = |operand: &Value| Answer::named(equals(value, operand, operands.ignore_case), UNLIKE);
        negate(operands.negated, self.any_operand(&operands.positive, operands.negated, reading, compare))
    }

    fn membership(&self, value: &Value, operands: &Negatable<Vec<Operand>>, reading: Reading) -> Answer {
        match value {
            Value::List(items) => negate(operands.negated, self.any_in_list(items, operands, reading)),
            _ => self.equality(value, operands, reading),
        }
    }

    fn containment(&self, value: &Value, operands: &Negatable<Vec<Operand>>, reading: Reading) -> Answer {
        let answer = match value {
            Value::List(items) => self.any_in_list(items, operands, reading),
            Value::String(text) => self.any_operand(&operands.positive, operands.negated, reading, |operand| {
                let Some(part) = scalar_text(operand) else { return Answer::unknown(UNLIKE) };
                let found = text.contains(&part) || (operands.ignore_case && fold(text).contains(&fold(&part)));
                found.into()
            }),
            other => expected("a string or a list", other),
        };
        negate(operands.negated, answer)
    }

    fn contains_all(&self, items: &[Value], operands: &Negatable<Vec<Operand>>, reading: Reading) -> Answer {
        let has = |operand: &Value| list_has(items, operand, operands.ignore_case);
        let each = operands.positive.iter().map(|operand| self.with_operand(operand, false, reading, has));
        each.fold(true.into(), Answer::and)
    }

    fn any_in_list(&self, items: &[Value], operands: &Negatable<Vec<Operand>>, reading: Reading) -> Answer {
        let has = |operand: &Value| list_has(items, operand, operands.ignore_case);
        self.any_operand(&operands.positive, operands.negated, reading, has)
    }

    fn any_operand(
        &self,
        operands: &[Operand],
        negated: bool,
        reading: Reading,
        holds: impl Fn(&Value) -> Answer,
    ) -> Answer {
        let each = operands.iter().map(|operand| self.with_operand(operand, negated, reading, &holds));
        each.fold(false.into(), Answer::or)
    }

    /// Resolves an operand. A field that is missing equals nothing, and a list stands for each of its elements.
    fn with_operand(
        &self,
        operand: &Operand,
        negated: bool,
        reading: Reading,
        holds: impl Fn(&Value) -> Answer,
    ) -> Answer {
        let selector = match operand {
            Operand::Literal(value) => return holds(value),
            Operand::Field(selector) => selector,
        };
        match self.single(selector, reading) {
            Item::Json(value) => match value.as_ref() {
                Value::List(items) => items.iter().map(&holds).fold(false.into(), Answer::or),
                one => holds(one),
            },
            Item::Missing => {
                let helps = negated != reading.beneath_not;
                let excuses = helps && reading.is_for_excuse();
                if excuses { Answer::unknown(format!("`{selector}` is missing")) } else { false.into() }
            }
            Item::Unknown(why) => Answer::unknown(why),
            _ => Answer::unknown(format!("`{selector}` is not one value")),
        }
    }

    fn text(&self, value: &Value, op: TextOp, patterns: &Negatable<Vec<TextPattern>>, reading: Reading) -> Answer {
        let Value::String(text) = value else { return expected("a string", value) };
        let affix = |part: &str| match op {
            TextOp::StartsWith if patterns.ignore_case => fold(text).starts_with(&fold(part)),
            TextOp::EndsWith if patterns.ignore_case => fold(text).ends_with(&fold(part)),
            TextOp::StartsWith => text.starts_with(part),
            TextOp::EndsWith => text.ends_with(part),
            TextOp::Like | TextOp::Matches => false,
        };
        let one = |pattern: &TextPattern| match pattern {
            TextPattern::Literal(part) => affix(part).into(),
            TextPattern::Regex { source, regex } => match regex.is_match(text) {
                Some(found) => found.into(),
                None => Answer::unknown(format!("the regex `{source}` is too large")),
            },
            TextPattern::Field(selector) => {
                let operand = Operand::Field(selector.clone());
                self.with_operand(&operand, patterns.negated, reading, |value| match value {
                    Value::String(part) => affix(part).into(),
                    _ => Answer::unknown(format!("`{selector}` is not a string")),
                })
            }
        };
        negate(patterns.negated, patterns.positive.iter().map(one).fold(false.into(), Answer::or))
    }

    fn custom(&self, value: &Value, custom: &CustomTest) -> Answer {
        match self.operators.find(&custom.name) {
            Some(operator) => match operator(value, &custom.operand) {
                Some(holds) => holds.into(),
                None => Answer::unknown(format!("the operator `{}` could not tell", custom.name)),
            },
            None => Answer::unknown(format!("the operator `{}` is not registered", custom.name)),
        }
    }
}

const UNLIKE: &str = "its type cannot be compared with the operand";

/// A negated operator is the positive one read in the other direction, negated.
pub(super) fn directed(negated: bool, direction: Direction, positive: impl Fn(Direction) -> Answer) -> Answer {
    if negated { !positive(direction.turned()) } else { positive(direction) }
}

fn negate(negated: bool, answer: Answer) -> Answer {
    if negated { !answer } else { answer }
}

pub(super) fn expected(what: &str, found: &Value) -> Answer {
    Answer::unknown(format!("{what} is expected where there is {}", with_article(found.type_name())))
}

fn list_has(items: &[Value], operand: &Value, ignore_case: bool) -> Answer {
    let each = items.iter().map(|item| Answer::named(equals(item, operand, ignore_case), UNLIKE));
    each.fold(false.into(), Answer::or)
}

fn is_type(value: &Value, wanted: JsonType) -> bool {
    JsonType::ALL.iter().any(|(word, known)| *known == wanted && *word == value.type_name())
}

fn scalar_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.as_str().to_owned()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

/// Every text of a value that a detector can look into: strings at any depth, and numbers as written.
fn scannable(value: &Value) -> Vec<&str> {
    match value {
        Value::Number(number) => vec![number.as_str()],
        other => other.strings(),
    }
}
