//! Conditions: what must hold.

use super::{Selector, Test};
use crate::source::Span;
use crate::value::Value;

/// A condition. `All` of nothing is true: the condition of a contract without `when`.
#[derive(Clone, Debug)]
pub enum Condition {
    /// Every one holds.
    All(Vec<Condition>),
    /// At least one holds.
    Any(Vec<Condition>),
    /// It does not hold.
    Not(Box<Condition>),
    /// A selector and its tests.
    Leaf(Leaf),
}

/// A selector and the operators that must all hold of the same value.
#[derive(Clone, Debug)]
pub struct Leaf {
    /// Where it looks.
    pub selector: Selector,
    /// `some:` or `every:` where the policy says it outright; else the direction decides.
    pub quantifier: Option<Quantifier>,
    /// The operators; `exists` and `count` look at the values together, the others at each.
    pub tests: Vec<Test>,
    /// The same as written: a map of operators, or the scalar or list that stands for `equals` or `in`.
    pub written: Value,
    /// Where it stands.
    pub span: Span,
}

/// How many values must satisfy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantifier {
    /// At least one.
    Some,
    /// Every one.
    Every,
}

impl Condition {
    /// The condition that always holds.
    pub fn always() -> Condition {
        Condition::All(Vec::new())
    }

    /// Every leaf, in the order written.
    pub fn leaves(&self) -> Vec<&Leaf> {
        match self {
            Condition::All(parts) | Condition::Any(parts) => parts.iter().flat_map(Condition::leaves).collect(),
            Condition::Not(inner) => inner.leaves(),
            Condition::Leaf(leaf) => vec![leaf],
        }
    }
}
