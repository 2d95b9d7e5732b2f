//! A condition as it is worked out for one row.

use super::fixed::Arithmetic;
use super::value::{Op, Value};
use std::cell::Cell;
use std::rc::Rc;

/// Its parts are shared: what stands in two places of it is there once.
#[derive(Clone, Debug)]
pub(super) enum Term {
    Known(Value),
    /// A column, or what is made of columns in a way that is not known.
    Atom(usize),
    Not(Rc<Term>),
    All(Vec<Rc<Term>>),
    Any(Vec<Rc<Term>>),
    Compare(Op, Rc<Term>, Rc<Term>),
    /// One comparison, or with `all` every one of them, with a list.
    Among {
        left: Rc<Term>,
        op: Op,
        items: Vec<Rc<Term>>,
        all: bool,
    },
    IsNull(Rc<Term>),
    Calculate(Arithmetic, Rc<Term>, Rc<Term>),
    Join(Rc<Term>, Rc<Term>),
    Text(Rc<Term>),
    /// The greatest of all, or the least.
    Extreme {
        greatest: bool,
        items: Vec<Rc<Term>>,
    },
    /// Conditions and what stands for each.
    Case(Vec<(Rc<Term>, Rc<Term>)>, Rc<Term>),
    Coalesce(Vec<Rc<Term>>),
    List(Vec<Rc<Term>>),
}

/// Bytes that are copied in a step.
const A_STEP: usize = 64;

/// What the atoms are in one row, and the steps that are left to work with it.
pub(super) struct Row<'a> {
    pub(super) atoms: &'a [Value],
    pub(super) steps: &'a Cell<usize>,
}

impl Row<'_> {
    fn steps(&self, count: usize) -> bool {
        let left = self.steps.get().checked_sub(count);
        self.steps.set(left.unwrap_or(0));
        left.is_some()
    }
}

impl Term {
    /// What it comes to in a row.
    pub(super) fn value(&self, row: &Row<'_>) -> Value {
        if !row.steps(1) {
            return Value::Unknown;
        }
        match self {
            Term::Known(value) => value.clone(),
            Term::Atom(at) => row.atoms.get(*at).cloned().unwrap_or(Value::Unknown),
            Term::Not(inner) => inner.value(row).not(),
            Term::All(parts) => joined(parts.iter().map(|part| part.value(row)), true),
            Term::Any(parts) => joined(parts.iter().map(|part| part.value(row)), false),
            Term::Compare(op, left, right) => left.value(row).compared(*op, &right.value(row)),
            Term::Among { left, op, items, all } => {
                let left = left.value(row);
                joined(items.iter().map(|item| left.compared(*op, &item.value(row))), *all)
            }
            Term::IsNull(inner) => match inner.value(row) {
                Value::Unknown => Value::Unknown,
                value => Value::Bool(value == Value::Null),
            },
            Term::Calculate(what, left, right) => left.value(row).calculate(*what, &right.value(row)),
            Term::Join(left, right) => {
                let (left, right) = (left.value(row), right.value(row));
                if row.steps(left.size().saturating_add(right.size()) / A_STEP) {
                    left.joined(&right)
                } else {
                    Value::Unknown
                }
            }
            Term::Text(inner) => match inner.value(row) {
                Value::Null => Value::Null,
                value => value.written().map_or(Value::Unknown, Value::Text),
            },
            Term::Extreme { greatest, items } => extreme(items.iter().map(|item| item.value(row)), *greatest),
            Term::Case(cases, otherwise) => {
                for (condition, result) in cases {
                    match condition.value(row).truth() {
                        Value::Bool(true) => return result.value(row),
                        Value::Unknown => return Value::Unknown,
                        _ => {}
                    }
                }
                otherwise.value(row)
            }
            Term::Coalesce(items) => {
                items.iter().map(|item| item.value(row)).find(|value| *value != Value::Null).unwrap_or(Value::Null)
            }
            Term::List(items) => Value::List(items.iter().map(|item| item.value(row)).collect()),
        }
    }

    /// How far a row is from being left out: the choices that would have to fail as well. It is left out at 0.
    pub(super) fn distance(&self, row: &Row<'_>) -> usize {
        match self {
            Term::Any(parts) => parts.iter().map(|part| part.distance(row)).fold(0, usize::saturating_add),
            Term::All(parts) => parts.iter().map(|part| part.distance(row)).min().unwrap_or(1),
            other => match other.value(row).truth() {
                Value::Bool(false) | Value::Null => 0,
                _ => 1,
            },
        }
    }
}

/// `AND` (`all`) or `OR` of values, of which some may be missing or not known.
pub(super) fn joined(values: impl Iterator<Item = Value>, all: bool) -> Value {
    let mut so_far = Value::Bool(all);
    for value in values {
        match value.truth() {
            Value::Bool(holds) if holds != all => return Value::Bool(holds),
            Value::Bool(_) => {}
            Value::Null if so_far != Value::Unknown => so_far = Value::Null,
            Value::Null => {}
            _ => so_far = Value::Unknown,
        }
    }
    so_far
}

fn extreme(mut values: impl Iterator<Item = Value>, greatest: bool) -> Value {
    let first = values.next().unwrap_or(Value::Null);
    values.fold(first, |best, value| match best.order(&value) {
        Some(ordering) if ordering.is_lt() == greatest && ordering.is_ne() => value,
        Some(_) => best,
        None => Value::Unknown,
    })
}
