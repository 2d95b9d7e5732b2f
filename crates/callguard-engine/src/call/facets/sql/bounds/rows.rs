//! The rows that a statement changes, and what reading its condition may cost.

use super::{Verdict, subqueries};
use crate::policy::model::SqlDialect;
use sqlparser::ast::{
    Cte, Expr, Ident, ObjectName, Query, Select, SelectItem, TableFactor, TableWithJoins, Visit, Visitor,
};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::rc::Rc;

/// Expressions and queries within each other; what lies deeper is not told.
const DEEPEST: usize = 64;
/// Steps for all conditions of a script, and those for each byte of it.
const STEPS: usize = 64 * 1024;
const STEPS_A_BYTE: usize = 4;

/// Bytes of text that are read in a step.
const A_STEP: usize = 8;

/// What is known of conditions: by their place, and by how many names the rows have.
type Verdicts = HashMap<(*const Expr, usize, usize), Verdict>;

/// The rows of these tables. Names are in lower case.
#[derive(Clone, Debug)]
pub(in super::super) struct Rows {
    tables: Vec<String>,
    /// Their other names.
    aliases: Vec<String>,
    /// What is joined to them: the condition chooses among it, and not among the rows.
    others: Vec<String>,
    /// The same tables joined to themselves, and whether their columns have the names of the table's.
    mirrors: Vec<(String, bool)>,
    /// What has the columns of each row under names of its own.
    renamed: Vec<String>,
    /// Queries of a `WITH` that give all rows, or may, and whether the columns have the names of the table's.
    copies: Vec<(String, bool)>,
    depth: Rc<Cell<usize>>,
    steps: Rc<Cell<usize>>,
    verdicts: Rc<RefCell<Verdicts>>,
}

/// The steps that reading the conditions of a script may take. What is not told within them is unknown.
#[derive(Clone, Debug)]
pub(in super::super) struct Budget {
    steps: Rc<Cell<usize>>,
}

impl Budget {
    pub(in super::super) fn of(script: &str) -> Budget {
        let steps = script.len().saturating_mul(STEPS_A_BYTE).saturating_add(STEPS);
        Budget { steps: Rc::new(Cell::new(steps)) }
    }
}

impl Rows {
    pub(in super::super) fn new(budget: &Budget) -> Rows {
        Rows {
            tables: Vec::new(),
            aliases: Vec::new(),
            others: Vec::new(),
            mirrors: Vec::new(),
            renamed: Vec::new(),
            copies: Vec::new(),
            depth: Rc::default(),
            steps: budget.steps.clone(),
            verdicts: Rc::default(),
        }
    }

    /// Those of a table, known by its own name or by another.
    pub(in super::super) fn add(&mut self, factor: &TableFactor) {
        let TableFactor::Table { name, alias, .. } = factor else { return };
        self.tables.extend(last(name));
        self.aliases.extend(alias.as_ref().map(|alias| alias.name.value.to_lowercase()));
    }

    /// What stands beside them in `USING` or `FROM`.
    fn add_other(&mut self, factor: &TableFactor) {
        let Some(name) = name_of(factor).filter(|name| !self.are_called(name)) else { return };
        let may_be_all = match factor {
            TableFactor::Derived { subquery, .. } => subqueries::may_be_whole(subquery, self),
            _ => self.are_of(factor),
        };
        if may_be_all {
            self.mirrors.push((name, self.have_own_names(factor)));
        } else {
            self.others.push(name);
        }
    }

    /// What stands in `FROM` or `USING`. SQL Server means the table that is changed where it is named there.
    pub(in super::super) fn add_others(&mut self, from: &[TableWithJoins], dialect: SqlDialect) {
        for TableWithJoins { relation, joins } in from {
            for factor in std::iter::once(relation).chain(joins.iter().map(|join| &join.relation)) {
                if dialect == SqlDialect::MsSql {
                    self.add_same(factor);
                }
                self.add_other(factor);
            }
        }
    }

    /// The queries of a `WITH` that give all rows of a table, or may.
    pub(in super::super) fn add_copies(&mut self, queries: &[Cte]) {
        for Cte { alias, query, .. } in queries {
            let whole = subqueries::whole(query, self);
            if matches!(whole, Verdict::Always | Verdict::Unknown) {
                let is_plain = whole == Verdict::Always
                    && alias.columns.is_empty()
                    && query.body.as_select().is_some_and(|select| self.keep_names(select));
                self.copies.push((alias.name.value.to_lowercase(), is_plain));
            }
        }
    }

    /// Whether a query of one relation gives its columns under their names.
    fn keep_names(&self, select: &Select) -> bool {
        let is_plain = |item: &SelectItem| match item {
            SelectItem::UnnamedExpr(expr) => matches!(expr, Expr::Identifier(_) | Expr::CompoundIdentifier(_)),
            item => matches!(item, SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..)),
        };
        select.projection.iter().all(is_plain) && select.from.iter().all(|from| self.have_own_names(&from.relation))
    }

    /// Whether the columns of a relation have the names that they have in the table.
    pub(super) fn have_own_names(&self, factor: &TableFactor) -> bool {
        let TableFactor::Table { name, alias, .. } = factor else { return false };
        let renames = |(copy, is_plain): &(String, bool)| !is_plain && last(name).is_some_and(|name| name == *copy);
        alias.as_ref().is_none_or(|alias| alias.columns.is_empty()) && !self.copies.iter().any(renames)
    }

    /// Another name for the same rows, if the relation is of one of the tables.
    pub(super) fn add_same(&mut self, factor: &TableFactor) {
        if self.are_of(factor) {
            self.add(factor);
        }
    }

    /// The same where each row is joined to itself, if the table is.
    pub(super) fn mirrored(&self) -> Option<Rows> {
        if self.mirrors.is_empty() {
            return None;
        }
        let mut rows = self.clone();
        for (name, is_plain) in rows.mirrors.drain(..) {
            if is_plain {
                rows.aliases.push(name);
            } else {
                rows.renamed.push(name);
            }
        }
        Some(rows)
    }

    pub(super) fn tables(&self) -> impl Iterator<Item = &str> {
        self.tables.iter().chain(self.copies.iter().map(|(name, _)| name)).map(String::as_str)
    }

    /// Whether a relation is one of the tables.
    pub(super) fn are_of(&self, factor: &TableFactor) -> bool {
        let TableFactor::Table { name, .. } = factor else { return false };
        last(name).is_some_and(|name| self.tables().any(|table| *table == *name))
    }

    /// Whether one of the tables is read somewhere within.
    pub(super) fn are_read_in(&self, within: &impl Visit) -> bool {
        within.visit(&mut Reads { rows: self }).is_break()
    }

    /// Whether a column is of what has the row's own under other names.
    pub(super) fn are_under_other_names(&self, parts: &[Ident]) -> bool {
        qualifier(parts).is_some_and(|name| self.renamed.contains(&name))
    }

    pub(super) fn are_called(&self, name: &str) -> bool {
        self.tables.iter().chain(&self.aliases).any(|known| known == name)
    }

    /// A column in one spelling, and whether the row has it.
    pub(super) fn column(&self, parts: &[Ident]) -> (String, bool) {
        let name = parts.last().map(|name| name.value.to_lowercase()).unwrap_or_default();
        match qualifier(parts) {
            None => (name, true),
            Some(table) if self.are_called(&table) => (name, true),
            Some(table) => {
                let mirrors = self.mirrors.iter().map(|(name, _)| name);
                let is_other = self.others.iter().chain(mirrors).any(|other| *other == table);
                (format!("{table}.{name}"), !is_other)
            }
        }
    }

    /// An expression in one spelling, without the names of the tables.
    pub(super) fn spelling_of(&self, what: &impl std::fmt::Display) -> String {
        let text = what.to_string().to_lowercase();
        self.spend(text.len() / A_STEP);
        self.tables.iter().chain(&self.aliases).fold(text, |text, name| text.replace(&format!("{name}."), ""))
    }

    /// Whether an expression asks for the row.
    pub(super) fn decide(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Subquery(query) => self.are_asked_for_by(query),
            _ => self.search(expr, &[], true),
        }
    }

    /// Whether a query asks for the row: by the name of its table, or by a name in its condition that may be its own.
    pub(super) fn are_asked_for_by(&self, query: &Query) -> bool {
        let mut relations = Relations::default();
        let _: ControlFlow<()> = query.visit(&mut relations);
        match query.body.as_select() {
            Some(select) if !select.from.is_empty() => {
                let may_be_its_own = !select.from.iter().any(|from| self.are_of(&from.relation));
                self.search(query, &relations.names, false)
                    || select.selection.iter().any(|one| self.search(one, &relations.names, may_be_its_own))
            }
            _ => self.search(query, &relations.names, true),
        }
    }

    /// Whether a query on the same table asks for the row that is changed, by the name of its table.
    pub(super) fn are_named_in(&self, select: &Select) -> bool {
        let names: Vec<String> = select.from.iter().filter_map(|from| name_of(&from.relation)).collect();
        select.selection.as_ref().is_some_and(|condition| self.search(condition, &names, false))
    }

    fn search(&self, within: &impl Visit, hidden: &[String], bare: bool) -> bool {
        within.visit(&mut Search { rows: self, hidden, bare }).is_break()
    }

    /// Reads what lies within an expression, unless that is too deep or has taken too long.
    pub(super) fn within<T>(&self, read: impl FnOnce() -> T) -> Option<T> {
        let depth = self.depth.get();
        let left = self.steps.get().checked_sub(1);
        self.steps.set(left.unwrap_or(0));
        if depth >= DEEPEST || left.is_none() {
            return None;
        }
        self.depth.set(depth.saturating_add(1));
        let found = read();
        self.depth.set(depth);
        Some(found)
    }

    /// What was found of a condition, or is found now: queries within queries are read more than once.
    pub(super) fn once(&self, condition: &Expr, find: impl FnOnce() -> Verdict) -> Verdict {
        let key = (std::ptr::from_ref(condition), self.aliases.len(), self.mirrors.len());
        let known = self.verdicts.borrow().get(&key).copied();
        known.unwrap_or_else(|| {
            let found = find();
            self.verdicts.borrow_mut().insert(key, found);
            found
        })
    }

    /// Takes what reading a text costs.
    pub(super) fn spend(&self, steps: usize) {
        self.steps.set(self.steps.get().saturating_sub(steps));
    }

    /// The steps that are left.
    pub(super) fn steps(&self) -> &Cell<usize> {
        &self.steps
    }
}

fn qualifier(parts: &[Ident]) -> Option<String> {
    let at = parts.len().checked_sub(2)?;
    parts.get(at).map(|table| table.value.to_lowercase())
}

fn last(name: &ObjectName) -> Option<String> {
    name.0.last().and_then(|part| part.as_ident()).map(|name| name.value.to_lowercase())
}

/// What the columns of a relation are named with.
fn name_of(factor: &TableFactor) -> Option<String> {
    let alias = match factor {
        TableFactor::Table { alias, .. } | TableFactor::Derived { alias, .. } => alias.as_ref(),
        _ => None,
    };
    match (alias, factor) {
        (Some(alias), _) => Some(alias.name.value.to_lowercase()),
        (None, TableFactor::Table { name, .. }) => last(name),
        (None, _) => None,
    }
}

/// The names of all relations of a query.
#[derive(Default)]
struct Relations {
    names: Vec<String>,
}

impl Visitor for Relations {
    type Break = ();

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        self.names.extend(name_of(factor));
        ControlFlow::Continue(())
    }
}

/// Looks for one of the tables.
struct Reads<'a> {
    rows: &'a Rows,
}

impl Visitor for Reads<'_> {
    type Break = ();

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        if self.rows.are_of(factor) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

/// Looks for a column of the row.
struct Search<'a> {
    rows: &'a Rows,
    /// Names that stand for something else here.
    hidden: &'a [String],
    /// A column without a table counts.
    bare: bool,
}

impl Visitor for Search<'_> {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        let is_found = match expr {
            Expr::Identifier(name) => self.bare && !name.value.starts_with('@'),
            Expr::CompoundIdentifier(parts) => {
                let is_hidden = qualifier(parts).is_some_and(|table| self.hidden.contains(&table));
                !is_hidden && self.rows.column(parts).1
            }
            _ => false,
        };
        if is_found { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}
