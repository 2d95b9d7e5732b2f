//! Whether a condition is always true, so that it bounds nothing.

use super::subqueries;
use crate::decide::Truth;
use sqlparser::ast::{BinaryOperator, Expr, ObjectName, TableFactor, UnaryOperator, Value, visit_expressions};
use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::ops::ControlFlow;

/// What a condition comes to whatever the row holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Always,
    Never,
    /// It depends on the row.
    Depends,
    Unknown,
}

/// The rows that a statement changes: those of these tables.
#[derive(Debug, Default)]
pub(super) struct Rows {
    tables: Vec<String>,
    aliases: Vec<String>,
}

impl Rows {
    /// Those of a table, known by its own name or by another.
    pub(super) fn add(&mut self, factor: &TableFactor) {
        let TableFactor::Table { name, alias, .. } = factor else { return };
        self.tables.extend(last(name));
        self.aliases.extend(alias.as_ref().map(|alias| alias.name.value.to_lowercase()));
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.tables.iter().map(String::as_str)
    }

    /// Whether a relation is one of the tables.
    pub(super) fn are_of(&self, factor: &TableFactor) -> bool {
        matches!(factor, TableFactor::Table { name, .. } if last(name).is_some_and(|name| self.tables.contains(&name)))
    }

    /// Whether an expression names a column of the row with its table.
    pub(super) fn are_named_in(&self, expr: &Expr) -> bool {
        let known = if self.aliases.is_empty() { &self.tables } else { &self.aliases };
        columns(expr)
            .iter()
            .any(|column| column.split_once('.').is_some_and(|(table, _)| known.iter().any(|k| k == table)))
    }
}

fn last(name: &ObjectName) -> Option<String> {
    name.0.last().and_then(|part| part.as_ident()).map(|name| name.value.to_lowercase())
}

/// Whether a condition holds of every row. Unknown where it names no column, or only compares one with itself.
pub(super) fn always_true(condition: &Expr, rows: &Rows) -> Truth {
    match verdict(condition, rows) {
        Verdict::Always => Truth::True,
        Verdict::Never | Verdict::Depends => Truth::False,
        Verdict::Unknown => Truth::Unknown,
    }
}

impl Verdict {
    pub(super) fn and(self, other: Verdict) -> Verdict {
        match (self, other) {
            (Verdict::Never, _) | (_, Verdict::Never) => Verdict::Never,
            (Verdict::Always, known) | (known, Verdict::Always) => known,
            // One that depends on the row bounds the whole.
            (Verdict::Depends, _) | (_, Verdict::Depends) => Verdict::Depends,
            (Verdict::Unknown, Verdict::Unknown) => Verdict::Unknown,
        }
    }

    pub(super) fn or(self, other: Verdict) -> Verdict {
        match (self, other) {
            (Verdict::Always, _) | (_, Verdict::Always) => Verdict::Always,
            (Verdict::Never, known) | (known, Verdict::Never) => known,
            (Verdict::Unknown, _) | (_, Verdict::Unknown) => Verdict::Unknown,
            (Verdict::Depends, Verdict::Depends) => Verdict::Depends,
        }
    }

    fn not(self) -> Verdict {
        match self {
            Verdict::Always => Verdict::Never,
            Verdict::Never => Verdict::Always,
            same => same,
        }
    }

    fn of(holds: bool) -> Verdict {
        if holds { Verdict::Always } else { Verdict::Never }
    }
}

pub(super) fn verdict(expr: &Expr, rows: &Rows) -> Verdict {
    match expr {
        Expr::Nested(inner) | Expr::IsTrue(inner) | Expr::IsNotFalse(inner) => verdict(inner, rows),
        Expr::IsFalse(inner) | Expr::IsNotTrue(inner) => verdict(inner, rows).not(),
        Expr::UnaryOp { op: UnaryOperator::Not | UnaryOperator::BangNot, expr } => verdict(expr, rows).not(),
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => verdict(left, rows).and(verdict(right, rows)),
        Expr::BinaryOp { left, op: BinaryOperator::Or, right } => either(left, right, rows),
        Expr::BinaryOp { op, right, .. } if is_beyond(op, right, rows) => Verdict::Unknown,
        Expr::BinaryOp { left, op, right } => compared(left, op, right),
        Expr::Value(value) => match &value.value {
            Value::Boolean(holds) => Verdict::of(*holds),
            Value::Number(digits, _) => {
                digits.parse::<f64>().map_or(Verdict::Unknown, |number| Verdict::of(number != 0.0))
            }
            Value::Null => Verdict::Never,
            _ => Verdict::Unknown,
        },
        Expr::Like { negated, pattern, .. }
        | Expr::ILike { negated, pattern, .. }
        | Expr::SimilarTo { negated, pattern, .. }
            if matches_all(pattern) =>
        {
            Verdict::of(!negated)
        }
        Expr::RLike { negated, pattern, .. } if finds_in_all(pattern) => Verdict::of(!negated),
        Expr::IsNotDistinctFrom(left, right) => compared(left, &BinaryOperator::Eq, right),
        Expr::IsDistinctFrom(left, right) => compared(left, &BinaryOperator::NotEq, right),
        Expr::InList { expr, list, negated } => among(expr, list, *negated),
        Expr::InSubquery { expr, subquery, negated } => {
            let found = subqueries::among(expr, subquery, rows);
            if *negated { found.not() } else { found }
        }
        Expr::Exists { subquery, .. } => subqueries::exists(subquery, rows),
        Expr::AnyOp { left, compare_op: BinaryOperator::Eq, right, .. } => match bare(right) {
            Expr::Subquery(query) => subqueries::among(left, query, rows),
            _ => Verdict::Depends,
        },
        Expr::Between { expr, negated, low, high } => {
            let within = compared(low, &BinaryOperator::LtEq, expr).and(compared(expr, &BinaryOperator::LtEq, high));
            if *negated { within.not() } else { within }
        }
        // A comparison has a value whatever it comes to, but for missing ones.
        Expr::IsNull(inner) | Expr::IsNotNull(inner) if is_condition(bare(inner)) => Verdict::Unknown,
        other if columns(other).is_empty() => Verdict::Unknown,
        _ => Verdict::Depends,
    }
}

/// `a OR NOT a`.
fn either(left: &Expr, right: &Expr, rows: &Rows) -> Verdict {
    let opposite = |one: &Expr, other: &Expr| match one {
        Expr::UnaryOp { op: UnaryOperator::Not, expr } => bare(expr) == bare(other),
        Expr::IsNull(inner) => matches!(other, Expr::IsNotNull(same) if inner == same),
        Expr::BinaryOp { left, op, right } => match other {
            Expr::BinaryOp { left: same_left, op: other, right: same_right } => {
                bare(left) == bare(same_left) && bare(right) == bare(same_right) && are_complements(op, other)
            }
            _ => false,
        },
        _ => false,
    };
    if opposite(bare(left), bare(right)) || opposite(bare(right), bare(left)) {
        return Verdict::Always;
    }
    verdict(left, rows).or(verdict(right, rows))
}

fn is_beyond(op: &BinaryOperator, right: &Expr, rows: &Rows) -> bool {
    matches!(bare(right), Expr::Subquery(query) if subqueries::beyond(op, query, rows))
}

/// `a < b OR a >= b`.
fn are_complements(one: &BinaryOperator, other: &BinaryOperator) -> bool {
    use BinaryOperator::{Eq, Gt, GtEq, Lt, LtEq, NotEq};
    matches!(
        (one, other),
        (Eq, NotEq) | (NotEq, Eq) | (Lt, GtEq) | (GtEq, Lt) | (Gt, LtEq) | (LtEq, Gt) | (LtEq, GtEq) | (GtEq, LtEq)
    )
}

/// `a IN (…)`: one of several comparisons.
fn among(expr: &Expr, list: &[Expr], negated: bool) -> Verdict {
    let each = list.iter().map(|item| compared(expr, &BinaryOperator::Eq, item));
    let any = each.fold(Verdict::Never, Verdict::or);
    if negated { any.not() } else { any }
}

fn is_condition(expr: &Expr) -> bool {
    match expr {
        Expr::BinaryOp { op, .. } => matches!(
            op,
            BinaryOperator::Eq
                | BinaryOperator::NotEq
                | BinaryOperator::Lt
                | BinaryOperator::LtEq
                | BinaryOperator::Gt
                | BinaryOperator::GtEq
                | BinaryOperator::And
                | BinaryOperator::Or
        ),
        Expr::UnaryOp { op: UnaryOperator::Not, .. } | Expr::IsNull(_) | Expr::IsNotNull(_) => true,
        other => columns(other).is_empty(),
    }
}

fn compared(left: &Expr, op: &BinaryOperator, right: &Expr) -> Verdict {
    let (left, right) = (bare(left), bare(right));
    if finds(op) && finds_in_all(right) {
        return Verdict::Always;
    }
    let ordering = if left == right { Some(Ordering::Equal) } else { order(left, right) };
    if let Some(ordering) = ordering {
        return match op {
            BinaryOperator::Eq | BinaryOperator::Spaceship => Verdict::of(ordering.is_eq()),
            BinaryOperator::NotEq => Verdict::of(ordering.is_ne()),
            BinaryOperator::Lt => Verdict::of(ordering.is_lt()),
            BinaryOperator::LtEq => Verdict::of(ordering.is_le()),
            BinaryOperator::Gt => Verdict::of(ordering.is_gt()),
            BinaryOperator::GtEq => Verdict::of(ordering.is_ge()),
            _ => Verdict::Unknown,
        };
    }
    let (of_left, of_right) = (columns(left), columns(right));
    if of_left == of_right || is_column_twice(left, right) { Verdict::Unknown } else { Verdict::Depends }
}

/// `id = o.id`: without a table, either could be the other.
fn is_column_twice(left: &Expr, right: &Expr) -> bool {
    match (left, right) {
        (Expr::Identifier(alone), Expr::CompoundIdentifier(parts))
        | (Expr::CompoundIdentifier(parts), Expr::Identifier(alone)) => {
            parts.last().is_some_and(|last| last.value.eq_ignore_ascii_case(&alone.value))
        }
        _ => false,
    }
}

/// Whether an operator looks for a regex anywhere in a text.
fn finds(op: &BinaryOperator) -> bool {
    matches!(op, BinaryOperator::PGRegexMatch | BinaryOperator::PGRegexIMatch | BinaryOperator::Regexp)
}

/// A regex that is found in every text.
fn finds_in_all(pattern: &Expr) -> bool {
    let Expr::Value(value) = bare(pattern) else { return false };
    let Value::SingleQuotedString(text) = &value.value else { return false };
    let inner = text.strip_prefix('^').unwrap_or(text);
    let inner = inner.strip_suffix('$').unwrap_or(inner);
    matches!(inner, "" | ".*" | ".*?" | "(.*)" | ".{0,}") || text == "."
}

/// Compares two literals of one kind.
fn order(left: &Expr, right: &Expr) -> Option<Ordering> {
    let (Expr::Value(left), Expr::Value(right)) = (left, right) else { return None };
    match (&left.value, &right.value) {
        (Value::Number(a, _), Value::Number(b, _)) => a.parse::<f64>().ok()?.partial_cmp(&b.parse::<f64>().ok()?),
        (Value::SingleQuotedString(a), Value::SingleQuotedString(b)) => Some(a.cmp(b)),
        (Value::Boolean(a), Value::Boolean(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

pub(super) fn bare(expr: &Expr) -> &Expr {
    let mut expr = expr;
    while let Expr::Nested(inner) = expr {
        expr = inner;
    }
    expr
}

fn matches_all(pattern: &Expr) -> bool {
    matches!(bare(pattern), Expr::Value(value) if matches!(&value.value, Value::SingleQuotedString(text) if !text.is_empty() && text.bytes().all(|byte| byte == b'%')))
}

/// The columns that an expression names.
fn columns(expr: &Expr) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let _: ControlFlow<()> = visit_expressions(expr, |expr| {
        if matches!(expr, Expr::Identifier(_) | Expr::CompoundIdentifier(_) | Expr::CompoundFieldAccess { .. }) {
            found.insert(expr.to_string().to_lowercase());
        }
        ControlFlow::Continue(())
    });
    found
}
