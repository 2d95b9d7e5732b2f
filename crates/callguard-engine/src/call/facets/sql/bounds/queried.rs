//! Reads what compares a value with what queries give.

use super::Verdict;
use super::reading::{Kind, Part, Reading, bare, comparison, hash, key};
use super::subqueries;
use super::value::{Op, Value};
use sqlparser::ast::{BinaryOperator, Expr, Function, FunctionArguments, Query};

impl Reading<'_> {
    /// `a = b`, where either side may be a query.
    pub(super) fn comparison(&mut self, left: &Expr, op: Op, right: &Expr) -> Part {
        let beyond = |op, query: &Query| subqueries::is_beyond(op, query, self.rows);
        let may_be_all = match (bare(left), bare(right)) {
            (column, Expr::Subquery(query)) => beyond(op, query) || self.may_be_own(column, op, query),
            (Expr::Subquery(query), column) => beyond(op.swapped(), query) || self.may_be_own(column, op, query),
            _ => false,
        };
        if may_be_all {
            return self.unknown();
        }
        let (left, right) = (self.value(left), self.value(right));
        self.compare(op, left, right)
    }

    /// `COLUMN = (SELECT COLUMN FROM SAME …)`, which may give the row its own.
    fn may_be_own(&self, column: &Expr, op: Op, query: &Query) -> bool {
        matches!(op, Op::Equal | Op::LessOrEqual | Op::GreaterOrEqual)
            && matches!(subqueries::among(column, query, self.rows), Verdict::Always | Verdict::Unknown)
            && subqueries::only_value(query, self.rows).is_none()
    }

    /// `a = ANY (…)`, and with `all` `a = ALL (…)`.
    pub(super) fn of_several(
        &mut self,
        expr: &Expr,
        left: &Expr,
        op: &BinaryOperator,
        right: &Expr,
        all: bool,
    ) -> Part {
        match (comparison(op), uncast(right)) {
            (Some(op), Expr::Array(array)) => {
                let left = self.value(left);
                let items = array.elem.iter().map(|item| self.value(item)).collect();
                self.among(left, op, items, all)
            }
            (Some(op), Expr::Subquery(query)) if !all => self.any_of_query(left, op, query),
            (Some(op), Expr::Function(Function { args: FunctionArguments::Subquery(query), .. })) if !all => {
                self.any_of_query(left, op, query)
            }
            (Some(op), Expr::Subquery(query)) => match subqueries::values(query, self.rows) {
                Some(values) => {
                    let left = self.value(left);
                    let items = values.into_iter().map(|item| self.value(item)).collect();
                    self.among(left, op, items, true)
                }
                None if subqueries::is_beyond(op, query, self.rows) => self.unknown(),
                None => self.unread_condition(expr),
            },
            // What is made of the table may hold all of it.
            _ if self.rows.are_read_in(right) => self.unknown(),
            _ => self.unread_condition(expr),
        }
    }

    /// `a IN (SELECT …)`.
    pub(super) fn any_of_query(&mut self, left: &Expr, op: Op, query: &Query) -> Part {
        let part = self.value(left);
        if let Some(values) = subqueries::values(query, self.rows) {
            let items = values.into_iter().map(|item| self.value(item)).collect();
            return self.among(part, op, items, false);
        }
        let found = match op {
            Op::Equal | Op::LessOrEqual | Op::GreaterOrEqual => subqueries::among(left, query, self.rows),
            Op::Unequal | Op::Less | Op::Greater => Verdict::Depends,
        };
        let found = if op != Op::Equal && found == Verdict::Never { Verdict::Depends } else { found };
        let asks = part.varies || self.rows.are_asked_for_by(query);
        let key = key("in", [hash(&op), part.key, hash(&self.rows.spelling_of(query))]);
        self.judged(found, key, asks)
    }

    /// What was found of a query, as a condition.
    pub(super) fn judged(&mut self, found: Verdict, key: u64, asks: bool) -> Part {
        match found {
            Verdict::Always => Part::known(Value::Bool(true)),
            Verdict::Never => Part::known(Value::Bool(false)),
            Verdict::Depends if asks => self.atom(key, true, Kind::Bool),
            Verdict::Depends | Verdict::Unknown => self.unknown(),
        }
    }
}

/// A list of another type has the same elements, or as good as.
fn uncast(expr: &Expr) -> &Expr {
    match bare(expr) {
        Expr::Cast { expr: inner, .. } if matches!(bare(inner), Expr::Array(_) | Expr::Subquery(_)) => bare(inner),
        other => other,
    }
}
