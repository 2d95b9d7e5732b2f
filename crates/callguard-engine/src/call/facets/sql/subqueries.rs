//! Conditions over other queries: whether what they ask holds of every row that is changed.

use super::bounds::{Rows, Verdict, bare, verdict};
use sqlparser::ast::{
    BinaryOperator, Expr, GroupByExpr, JoinOperator, Query, Select, SelectItem, SetExpr, TableFactor, TableWithJoins,
};

/// `COLUMN IN (SELECT …)`: always, if that gives the column of every row of the same table.
pub(super) fn among(column: &Expr, query: &Query, rows: &Rows) -> Verdict {
    if query.limit_clause.is_some() || query.fetch.is_some() {
        return Verdict::Depends;
    }
    if query.with.is_some() {
        return if mentions(query, rows) { Verdict::Unknown } else { Verdict::Depends };
    }
    gives(column, &query.body, rows)
}

/// `EXISTS (SELECT …)`: nothing of the row, unless the query asks for it.
pub(super) fn exists(query: &Query, rows: &Rows) -> Verdict {
    match query.body.as_ref() {
        SetExpr::Select(select) if select.selection.is_none() && !joins_on(select) => Verdict::Unknown,
        SetExpr::Select(select) if is_from_target(select, rows) && !names_row(select, rows) => Verdict::Unknown,
        SetExpr::Select(_) => Verdict::Depends,
        _ => Verdict::Unknown,
    }
}

/// `COLUMN >= (SELECT min(COLUMN) FROM SAME)`: one end of the whole table bounds nothing.
pub(super) fn beyond(op: &BinaryOperator, query: &Query, rows: &Rows) -> bool {
    let SetExpr::Select(select) = query.body.as_ref() else { return false };
    matches!(op, BinaryOperator::GtEq | BinaryOperator::LtEq)
        && is_from_target(select, rows)
        && filter(select, rows) == Verdict::Always
}

fn gives(column: &Expr, body: &SetExpr, rows: &Rows) -> Verdict {
    match body {
        SetExpr::Select(select) => gives_of(column, select, rows),
        SetExpr::Query(query) => among(column, query, rows),
        // One branch of a union is enough.
        SetExpr::SetOperation { left, right, .. } => match (first(left), first(right)) {
            (Some(left), Some(right)) => gives_of(column, left, rows).or(gives_of(column, right, rows)),
            _ => Verdict::Unknown,
        },
        _ => Verdict::Depends,
    }
}

fn first(body: &SetExpr) -> Option<&Select> {
    if let SetExpr::Select(select) = body { Some(select) } else { None }
}

fn gives_of(column: &Expr, select: &Select, rows: &Rows) -> Verdict {
    let derived = select.from.iter().any(|from| matches!(from.relation, TableFactor::Derived { .. }));
    if derived {
        return Verdict::Unknown;
    }
    let is_grouped = !matches!(&select.group_by, GroupByExpr::Expressions(by, _) if by.is_empty());
    if !is_from_target(select, rows) || is_grouped || select.having.is_some() || select.top.is_some() {
        return Verdict::Depends;
    }
    let [SelectItem::UnnamedExpr(given) | SelectItem::ExprWithAlias { expr: given, .. }] = select.projection.as_slice()
    else {
        return Verdict::Unknown;
    };
    match (same_column(column, given), filter(select, rows)) {
        (Some(true), filter) => filter,
        (Some(false), _) | (None, Verdict::Depends | Verdict::Never) => Verdict::Depends,
        (None, Verdict::Always | Verdict::Unknown) => Verdict::Unknown,
    }
}

/// Which rows of the table come through.
fn filter(select: &Select, rows: &Rows) -> Verdict {
    let chosen = select.selection.as_ref().map_or(Verdict::Always, |condition| verdict(condition, rows));
    if joins_on(select) {
        Verdict::Depends
    } else if select.from.iter().any(|from| !from.joins.is_empty()) || select.from.len() > 1 {
        chosen.and(Verdict::Unknown)
    } else {
        chosen
    }
}

/// Whether a join leaves rows out.
fn joins_on(select: &Select) -> bool {
    let joins = select.from.iter().flat_map(|from| &from.joins);
    joins.into_iter().any(|join| {
        matches!(
            join.join_operator,
            JoinOperator::Join(_) | JoinOperator::Inner(_) | JoinOperator::Semi(_) | JoinOperator::LeftSemi(_)
        )
    })
}

/// Whether both are one column; `None` where the one is made of the other.
fn same_column(column: &Expr, given: &Expr) -> Option<bool> {
    let name = |expr: &Expr| match bare(expr) {
        Expr::Identifier(name) => Some(name.value.to_lowercase()),
        Expr::CompoundIdentifier(parts) => parts.last().map(|name| name.value.to_lowercase()),
        _ => None,
    };
    match (name(column), name(given), bare(given)) {
        (Some(column), Some(given), _) => Some(column == given),
        (None, Some(_), _) | (_, None, Expr::BinaryOp { .. } | Expr::Cast { .. } | Expr::UnaryOp { .. }) => None,
        _ => Some(false),
    }
}

fn is_from_target(select: &Select, rows: &Rows) -> bool {
    let relations = |from: &TableWithJoins| {
        let joined = from.joins.iter().any(|join| rows.are_of(&join.relation));
        joined || rows.are_of(&from.relation)
    };
    select.from.iter().any(relations)
}

/// Whether a subquery on the same table asks for the row that is changed, by the name of its table.
fn names_row(select: &Select, rows: &Rows) -> bool {
    select.selection.as_ref().is_some_and(|condition| rows.are_named_in(condition))
}

fn mentions(query: &Query, rows: &Rows) -> bool {
    let text = query.to_string().to_lowercase();
    rows.names().any(|name| text.contains(name))
}
