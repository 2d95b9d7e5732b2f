//! Conditions over other queries: whether what they ask holds of every row that is changed.

use super::reading::bare;
use super::rows::Rows;
use super::value::Op;
use super::{Verdict, verdict};
use sqlparser::ast::{
    Expr, Function, GroupByExpr, JoinOperator, LimitClause, Query, Select, SelectItem, SetExpr, SetOperator,
    TableFactor, TableWithJoins, Value,
};

/// Functions over many rows that give one value of no row in particular.
const ONE_OF_MANY: [&str; 22] = [
    "any_value",
    "avg",
    "bit_and",
    "bit_or",
    "bool_and",
    "bool_or",
    "count",
    "every",
    "group_concat",
    "max",
    "median",
    "min",
    "mode",
    "percentile_cont",
    "percentile_disc",
    "stddev",
    "stddev_pop",
    "stddev_samp",
    "string_agg",
    "sum",
    "total",
    "variance",
];

/// `COLUMN IN (SELECT …)`: always, if that gives the column of every row of the same table.
pub(super) fn among(column: &Expr, query: &Query, rows: &Rows) -> Verdict {
    chosen_of(Some(column), query, rows)
}

/// Whether a query gives every row of one of the tables, whatever it gives of them.
pub(super) fn whole(query: &Query, rows: &Rows) -> Verdict {
    rows.within(|| chosen_of(None, query, rows)).unwrap_or(Verdict::Unknown)
}

/// Whether it may.
pub(super) fn may_be_whole(query: &Query, rows: &Rows) -> bool {
    matches!(whole(query, rows), Verdict::Always | Verdict::Unknown)
}

fn chosen_of(column: Option<&Expr>, query: &Query, rows: &Rows) -> Verdict {
    if is_cut(query) {
        return Verdict::Depends;
    }
    if query.with.is_some() {
        return if mentions(query, rows) { Verdict::Unknown } else { Verdict::Depends };
    }
    gives(column, &query.body, rows)
}

/// `EXISTS (SELECT …)`: nothing of the row, unless the query asks for it.
pub(super) fn exists(query: &Query, rows: &Rows) -> Verdict {
    let select = match query.body.as_ref() {
        SetExpr::Values(_) if !is_cut(query) => return Verdict::Always,
        SetExpr::Select(select) if is_empty(query, select, rows) => return Verdict::Never,
        // An aggregate gives a row for none.
        SetExpr::Select(select) if is_grouped(select) || select.projection.iter().all(is_plain) => select,
        _ => return Verdict::Unknown,
    };
    match &select.selection {
        _ if is_cut(query) && select.from.is_empty() => Verdict::Unknown,
        None if select.from.is_empty() && !is_grouped(select) => Verdict::Always,
        Some(condition) if select.from.is_empty() && !is_grouped(select) => verdict(condition, rows),
        None if joins_on(select) => Verdict::Depends,
        None => Verdict::Unknown,
        Some(_) if is_from_target(select, rows) && !rows.are_named_in(select) => Verdict::Unknown,
        Some(_) if !rows.are_asked_for_by(query) => Verdict::Unknown,
        // The row itself is found, or there may be none.
        Some(_) => match filter(select, rows) {
            Verdict::Always | Verdict::Unknown => Verdict::Unknown,
            Verdict::Depends | Verdict::Never => Verdict::Depends,
        },
    }
}

/// The values of a query that reads no table.
pub(super) fn values<'a>(query: &'a Query, rows: &Rows) -> Option<Vec<&'a Expr>> {
    if query.with.is_some() {
        return None;
    }
    match query.body.as_ref() {
        SetExpr::Select(select) if is_empty(query, select, rows) => Some(Vec::new()),
        _ if is_cut(query) => None,
        SetExpr::Select(select) if select.from.is_empty() && select.having.is_none() && !is_grouped(select) => {
            let chosen = select.selection.as_ref().map_or(Verdict::Always, |condition| verdict(condition, rows));
            given(select).filter(|_| chosen == Verdict::Always).map(|one| vec![one])
        }
        SetExpr::Values(values) => {
            let one = |row: &'a sqlparser::ast::Parens<Vec<Expr>>| match row.content.as_slice() {
                [only] => Some(only),
                _ => None,
            };
            values.rows.iter().map(one).collect()
        }
        SetExpr::Query(inner) => rows.within(|| values(inner, rows)).flatten(),
        _ => None,
    }
}

/// The value of a query that reads nothing and gives one row.
pub(super) fn only_value<'a>(query: &'a Query, rows: &Rows) -> Option<&'a Expr> {
    match values(query, rows)?.as_slice() {
        [only] => Some(only),
        _ => None,
    }
}

/// `COLUMN >= (SELECT min(COLUMN) FROM SAME)`: one end of the whole table bounds nothing.
pub(super) fn is_beyond(op: Op, query: &Query, rows: &Rows) -> bool {
    let Some(select) = query.body.as_select() else { return false };
    let end = match op {
        Op::Greater | Op::GreaterOrEqual => "min(",
        Op::Less | Op::LessOrEqual => "max(",
        Op::Equal | Op::Unequal => return false,
    };
    let is_strict = matches!(op, Op::Greater | Op::Less);
    let is_end = given(select).is_none_or(|given| match bare(given) {
        // All rows but those at the end.
        Expr::Function(function) if is_strict && function.args.to_string().matches('(').count() == 1 => false,
        Expr::Identifier(_) | Expr::CompoundIdentifier(_) => !is_strict,
        given => given.to_string().to_lowercase().contains(end),
    });
    is_end && is_from_target(select, rows) && filter(select, rows) == Verdict::Always
}

/// Whether a query leaves rows out for their number.
fn is_cut(query: &Query) -> bool {
    let is_nothing = |expr: &Expr| {
        matches!(bare(expr), Expr::Value(value) if matches!(&value.value, Value::Null)
            || matches!(&value.value, Value::Number(digits, _) if digits.bytes().all(|byte| byte == b'0')))
    };
    let is_limit = |limit: &Expr| !matches!(bare(limit), Expr::Value(value) if value.value == Value::Null);
    let is_limited = match &query.limit_clause {
        Some(LimitClause::LimitOffset { limit, offset, limit_by }) => {
            limit.as_ref().is_some_and(is_limit)
                || offset.as_ref().is_some_and(|offset| !is_nothing(&offset.value))
                || !limit_by.is_empty()
        }
        Some(LimitClause::OffsetCommaLimit { .. }) => true,
        None => false,
    };
    is_limited || query.fetch.is_some()
}

/// Whether a query gives no row, whatever the tables hold.
fn is_empty(query: &Query, select: &Select, rows: &Rows) -> bool {
    let is_nought = |limit: &Expr| {
        matches!(bare(limit), Expr::Value(value)
            if matches!(&value.value, Value::Number(digits, _) if digits.bytes().all(|byte| byte == b'0')))
    };
    let stops = match &query.limit_clause {
        Some(LimitClause::LimitOffset { limit: Some(limit), .. } | LimitClause::OffsetCommaLimit { limit, .. }) => {
            is_nought(limit)
        }
        _ => false,
    };
    let filters = || {
        (is_grouped(select) || select.projection.iter().all(is_plain))
            && select.selection.as_ref().is_some_and(|condition| verdict(condition, rows) == Verdict::Never)
    };
    stops || filters()
}

/// `SELECT count(…)`.
pub(super) fn counts(query: &Query) -> bool {
    let given = query.body.as_select().and_then(given);
    matches!(given.map(bare), Some(Expr::Function(function)) if function.name.to_string().eq_ignore_ascii_case("count"))
}

/// What gives a row for each that is chosen.
fn is_plain(item: &SelectItem) -> bool {
    match item {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => {
            matches!(bare(expr), Expr::Value(_) | Expr::Identifier(_) | Expr::CompoundIdentifier(_))
        }
        _ => true,
    }
}

fn is_grouped(select: &Select) -> bool {
    !matches!(&select.group_by, GroupByExpr::Expressions(by, _) if by.is_empty())
}

/// What a query gives, if that is one expression.
fn given(select: &Select) -> Option<&Expr> {
    match select.projection.as_slice() {
        [SelectItem::UnnamedExpr(given) | SelectItem::ExprWithAlias { expr: given, .. }] => Some(given),
        _ => None,
    }
}

fn gives(column: Option<&Expr>, body: &SetExpr, rows: &Rows) -> Verdict {
    let found = rows.within(|| match body {
        SetExpr::Select(select) => gives_of(column, select, rows),
        SetExpr::Query(query) => chosen_of(column, query, rows),
        SetExpr::SetOperation { op, left, right, .. } => {
            let (left, right) = (gives(column, left, rows), gives(column, right, rows));
            match op {
                // One branch of a union is enough.
                SetOperator::Union => left.or(right),
                SetOperator::Intersect => left.and(right),
                SetOperator::Except | SetOperator::Minus => left.and(right.not()),
            }
        }
        _ => Verdict::Depends,
    });
    found.unwrap_or(Verdict::Unknown)
}

fn gives_of(column: Option<&Expr>, select: &Select, rows: &Rows) -> Verdict {
    let derived = select.from.iter().any(|from| matches!(from.relation, TableFactor::Derived { .. }));
    if derived {
        // Of a `WITH`, one that reads other tables gives none of these.
        return if column.is_some() || rows.are_read_in(&select.from) { Verdict::Unknown } else { Verdict::Depends };
    }
    if !is_from_target(select, rows) && select.from.iter().any(|from| is_computed(&from.relation, rows)) {
        return Verdict::Unknown;
    }
    let is_by_itself = match &select.group_by {
        GroupByExpr::Expressions(by, _) => given(select).is_some_and(|given| by.contains(given)),
        GroupByExpr::All(_) => false,
    };
    let merges = is_grouped(select) && !is_by_itself;
    if !is_from_target(select, rows) || merges || select.having.is_some() || select.top.is_some() {
        return Verdict::Depends;
    }
    let Some(column) = column else {
        let filter = filter(select, rows);
        return if filter == Verdict::Never { Verdict::Depends } else { filter };
    };
    let Some(given) = given(select) else { return Verdict::Unknown };
    let have_own_names = select.from.iter().all(|from| rows.have_own_names(&from.relation));
    let same = if have_own_names { same_column(column, given) } else { None };
    match (same, filter(select, rows)) {
        (Some(true), Verdict::Never) => Verdict::Depends,
        (Some(true), filter) => filter,
        (Some(false), _) | (None, Verdict::Depends | Verdict::Never) => Verdict::Depends,
        (None, Verdict::Always | Verdict::Unknown) => Verdict::Unknown,
    }
}

/// Which rows of the table come through, seen from each of them.
fn filter(select: &Select, rows: &Rows) -> Verdict {
    let mut rows = rows.clone();
    select.from.iter().for_each(|from| rows.add_same(&from.relation));
    let chosen = select.selection.as_ref().map_or(Verdict::Always, |condition| verdict(condition, &rows));
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

/// Whether both are one column; `None` where the one may be made of the other.
fn same_column(column: &Expr, given: &Expr) -> Option<bool> {
    let name = |expr: &Expr| match bare(expr) {
        Expr::Identifier(name) => Some(name.value.to_lowercase()),
        Expr::CompoundIdentifier(parts) => parts.last().map(|name| name.value.to_lowercase()),
        _ => None,
    };
    match (name(column), name(given), bare(given)) {
        (Some(column), Some(given), _) => Some(column == given),
        (_, None, Expr::Value(_)) => Some(false),
        (_, None, Expr::Function(function)) if is_one_of_many(function) => Some(false),
        _ => None,
    }
}

fn is_one_of_many(function: &Function) -> bool {
    let name = function.name.to_string().to_lowercase();
    function.over.is_none() && ONE_OF_MANY.contains(&name.strip_prefix("pg_catalog.").unwrap_or(&name))
}

/// Whether a relation is made of one of the tables in a way that is not known: `unnest((SELECT array_agg(id) FROM t))`.
fn is_computed(factor: &TableFactor, rows: &Rows) -> bool {
    let is_plain = matches!(factor, TableFactor::Table { args: None, .. } | TableFactor::NestedJoin { .. });
    !is_plain && rows.are_read_in(factor)
}

fn is_from_target(select: &Select, rows: &Rows) -> bool {
    let relations = |from: &TableWithJoins| {
        let joined = from.joins.iter().any(|join| rows.are_of(&join.relation));
        joined || rows.are_of(&from.relation)
    };
    select.from.iter().any(relations)
}

fn mentions(query: &Query, rows: &Rows) -> bool {
    let text = query.to_string().to_lowercase();
    rows.tables().any(|name| text.contains(name))
}
