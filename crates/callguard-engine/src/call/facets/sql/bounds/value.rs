//! Values of SQL, as far as they can be told.

use super::fixed::{Arithmetic, Fixed};
use std::cmp::Ordering;
use std::rc::Rc;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Number(Fixed),
    Text(Rc<str>),
    List(Rc<[Value]>),
    /// It has one, and nobody says which.
    Unknown,
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Op {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Op {
    pub(super) fn holds(self, ordering: Ordering) -> bool {
        match self {
            Op::Equal => ordering.is_eq(),
            Op::Unequal => ordering.is_ne(),
            Op::Less => ordering.is_lt(),
            Op::LessOrEqual => ordering.is_le(),
            Op::Greater => ordering.is_gt(),
            Op::GreaterOrEqual => ordering.is_ge(),
        }
    }

    /// Holds where this one does not.
    pub(super) fn opposite(self) -> Op {
        match self {
            Op::Equal => Op::Unequal,
            Op::Unequal => Op::Equal,
            Op::Less => Op::GreaterOrEqual,
            Op::LessOrEqual => Op::Greater,
            Op::Greater => Op::LessOrEqual,
            Op::GreaterOrEqual => Op::Less,
        }
    }

    /// The same with its sides changed.
    pub(super) fn swapped(self) -> Op {
        match self {
            Op::Less => Op::Greater,
            Op::LessOrEqual => Op::GreaterOrEqual,
            Op::Greater => Op::Less,
            Op::GreaterOrEqual => Op::LessOrEqual,
            same => same,
        }
    }
}

impl Value {
    pub(super) fn text(text: &str) -> Value {
        Value::Text(Rc::from(text))
    }

    /// A value as a condition.
    pub(super) fn truth(&self) -> Value {
        match self {
            Value::Bool(_) | Value::Null => self.clone(),
            Value::Number(number) => Value::Bool(*number != Fixed::ZERO),
            Value::Text(_) | Value::List(_) | Value::Unknown => Value::Unknown,
        }
    }

    pub(super) fn not(&self) -> Value {
        match self.truth() {
            Value::Bool(holds) => Value::Bool(!holds),
            other => other,
        }
    }

    pub(super) fn number(&self) -> Option<Fixed> {
        match self {
            Value::Number(number) => Some(*number),
            Value::Bool(holds) => Some(Fixed::of(i64::from(*holds))),
            Value::Text(text) => Fixed::parse(text.trim()),
            Value::Null | Value::List(_) | Value::Unknown => None,
        }
    }

    pub(super) fn calculate(&self, what: Arithmetic, other: &Value) -> Value {
        match (self, other) {
            (Value::Null, _) | (_, Value::Null) => Value::Null,
            (Value::Number(left), Value::Number(right)) => {
                left.calculate(what, *right).map_or(Value::Unknown, Value::Number)
            }
            _ => Value::Unknown,
        }
    }

    pub(super) fn joined(&self, other: &Value) -> Value {
        match (self, other) {
            (Value::Null, _) | (_, Value::Null) => Value::Null,
            _ => match (self.written(), other.written()) {
                (Some(left), Some(right)) => Value::text(&format!("{left}{right}")),
                _ => Value::Unknown,
            },
        }
    }

    /// Bytes of text.
    pub(super) fn size(&self) -> usize {
        if let Value::Text(text) = self { text.len() } else { 0 }
    }

    /// As text.
    pub(super) fn written(&self) -> Option<Rc<str>> {
        match self {
            Value::Text(text) => Some(text.clone()),
            Value::Number(number) => Some(Rc::from(number.to_string().as_str())),
            Value::Bool(holds) => Some(Rc::from(if *holds { "true" } else { "false" })),
            Value::Null | Value::List(_) | Value::Unknown => None,
        }
    }

    /// How two values of a row stand to each other: one order of all of them, as some database may have it.
    pub(super) fn order(&self, other: &Value) -> Option<Ordering> {
        match (self, other) {
            (Value::Null | Value::Unknown, _) | (_, Value::Null | Value::Unknown) => None,
            (Value::Text(left), Value::Text(right)) => Some(left.cmp(right)),
            (Value::List(left), Value::List(right)) => {
                for (left, right) in left.iter().zip(right.iter()) {
                    let ordering = left.order(right)?;
                    if ordering.is_ne() {
                        return Some(ordering);
                    }
                }
                Some(left.len().cmp(&right.len()))
            }
            (Value::Bool(held), Value::Text(text)) => truth_of(text).map(|read| held.cmp(&read)),
            (Value::Text(text), Value::Bool(held)) => truth_of(text).map(|read| read.cmp(held)),
            _ => Some(self.place()?.cmp(&other.place()?)),
        }
    }

    fn place(&self) -> Option<Fixed> {
        match self {
            Value::Text(text) => Some(self.number().unwrap_or_else(|| Fixed::in_place_of(text))),
            other => other.number(),
        }
    }

    /// A comparison in a row.
    pub(super) fn compared(&self, op: Op, other: &Value) -> Value {
        match (self, other) {
            (Value::Null, _) | (_, Value::Null) => Value::Null,
            _ => self.order(other).map_or(Value::Unknown, |ordering| Value::Bool(op.holds(ordering))),
        }
    }

    /// A comparison of two constants: unknown unless it comes out the same in every database and collation.
    pub(super) fn compared_for_certain(&self, op: Op, other: &Value) -> Value {
        if *self == Value::Null || *other == Value::Null {
            return Value::Null;
        }
        let holds = match (op, self.same(other)) {
            (Op::Equal, same) => same,
            (Op::Unequal, same) => same.map(|same| !same),
            (_, Some(true)) => Some(op.holds(Ordering::Equal)),
            _ => match (self, other) {
                (Value::Number(_) | Value::Bool(_), Value::Number(_) | Value::Bool(_)) => {
                    self.order(other).map(|ordering| op.holds(ordering))
                }
                _ => None,
            },
        };
        holds.map_or(Value::Unknown, Value::Bool)
    }

    /// Whether two constants are the same everywhere; `None` where databases differ.
    fn same(&self, other: &Value) -> Option<bool> {
        match (self, other) {
            (Value::Number(_) | Value::Bool(_), Value::Number(_) | Value::Bool(_)) => {
                Some(self.number() == other.number())
            }
            (Value::Text(left), Value::Text(right)) if left == right => Some(true),
            // Collations leave out case, accents, signs and spaces; none leaves out a digit or a plain letter.
            (Value::Text(left), Value::Text(right)) => (folded(left)? != folded(right)?).then_some(false),
            (Value::List(left), Value::List(right)) if left.len() == right.len() => {
                let each: Vec<Option<bool>> =
                    left.iter().zip(right.iter()).map(|(left, right)| left.same(right)).collect();
                if each.contains(&Some(false)) {
                    Some(false)
                } else {
                    each.iter().all(|same| *same == Some(true)).then_some(true)
                }
            }
            _ => None,
        }
    }
}

fn folded(text: &str) -> Option<String> {
    let kept = |c: char| c.is_ascii_alphanumeric().then(|| c.to_ascii_lowercase());
    text.is_ascii().then(|| text.chars().filter_map(kept).collect())
}

/// What PostgreSQL reads as a truth value.
pub(super) fn truth_of(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "t" | "true" | "y" | "yes" | "on" | "1" => Some(true),
        "f" | "false" | "n" | "no" | "off" | "0" => Some(false),
        _ => None,
    }
}
