//! One walk over a statement, which collects what the tests ask for.

use super::bounds::{self, Budget, Rows};
use super::functions::{Acts, acts};
use super::names::Name;
use super::scope::Scopes;
use super::words::word_of;
use crate::decide::Truth;
use crate::policy::model::SqlDialect;
use sqlparser::ast::{
    AlterTableOperation, CopySource, Cte, Delete, Expr, FromTable, GrantObjects, Insert, MergeAction, ObjectName,
    ObjectType, OnConflictAction, OnInsert, Query, Select, SetExpr, Statement, TableFactor, TableObject,
    TableWithJoins, Update, UpdateTableFromKind, Visit, Visitor,
};
use std::ops::ControlFlow;

/// What a statement holds.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// Words of `statement`, outermost first, each once.
    pub(super) words: Vec<String>,
    pub(super) tables: Vec<Name>,
    /// It may touch tables that it does not name.
    pub(super) more_tables: bool,
    pub(super) functions: Vec<Name>,
    /// A query changes something: `INTO`, row locks, a function that writes.
    pub(super) query_writes: bool,
    /// A function reaches beyond the database, or nobody knows which is called.
    pub(super) reaches: bool,
    /// It runs code that does not stand in it: a procedure, a prepared statement.
    pub(super) runs_unseen: bool,
    /// An update or delete of every row.
    pub(super) unbounded: Truth,
    /// The whole is explained, and not carried out.
    only_explained: bool,
}

impl Found {
    /// Whether it changes nothing.
    pub(super) fn reads(&self) -> bool {
        self.only_explained || self.says_it_reads() && !self.query_writes && !self.reaches
    }

    /// Whether it does more than its words say: a query that writes is no mere query.
    pub(super) fn does_more_than_it_says(&self) -> bool {
        self.reaches || self.query_writes && self.says_it_reads()
    }

    fn says_it_reads(&self) -> bool {
        let explains = self.words.first().is_some_and(|word| word == "explain");
        self.words.iter().all(|word| match word.as_str() {
            "select" | "show" | "explain" => true,
            "analyze" => explains,
            _ => false,
        })
    }
}

/// Walks a statement.
pub(super) fn inspect(statement: &Statement, dialect: SqlDialect, budget: &Budget) -> Found {
    let found = Found {
        words: Vec::new(),
        tables: Vec::new(),
        more_tables: false,
        functions: Vec::new(),
        query_writes: false,
        reaches: false,
        runs_unseen: false,
        unbounded: Truth::False,
        only_explained: is_only_explained(statement),
    };
    let mut inspector = Inspector {
        dialect,
        budget,
        found,
        scopes: Scopes::default(),
        ctes: Vec::new(),
        values: Vec::new(),
        not_relations: Vec::new(),
    };
    let _: ControlFlow<()> = statement.visit(&mut inspector);
    inspector.found
}

struct Inspector<'a> {
    dialect: SqlDialect,
    budget: &'a Budget,
    found: Found,
    scopes: Scopes,
    /// The queries of every `WITH` so far, which may give all rows of a table.
    ctes: Vec<Cte>,
    /// `VALUES` of inserts, which are no queries of their own.
    values: Vec<*const Query>,
    /// Names that stand where tables do and are none: table functions.
    not_relations: Vec<*const ObjectName>,
}

impl Visitor for Inspector<'_> {
    type Break = ();

    fn pre_visit_statement(&mut self, statement: &Statement) -> ControlFlow<()> {
        if !matches!(statement, Statement::Query(_)) {
            self.word(word_of(statement));
        }
        if carries_out(statement) {
            self.word("analyze".to_owned());
        }
        self.statement(statement);
        ControlFlow::Continue(())
    }

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        self.scopes.enter(query, self.dialect);
        self.ctes.extend(query.with.iter().flat_map(|with| &with.cte_tables).cloned());
        self.query(query);
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _query: &Query) -> ControlFlow<()> {
        self.scopes.leave();
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        if select.into.is_some() {
            self.found.query_writes = true;
            self.found.more_tables = true;
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        match factor {
            TableFactor::Table { with_hints, .. } if with_hints.iter().any(is_lock) => self.found.query_writes = true,
            // SQL Server writes hints like arguments.
            TableFactor::Table { name, args: Some(args), .. } => {
                self.found.query_writes |= args.args.iter().any(is_lock);
                self.function(name);
                if self.dialect != SqlDialect::MsSql {
                    self.not_relations.push(name);
                }
            }
            TableFactor::Function { name, .. } => self.function(name),
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<()> {
        let address: *const ObjectName = relation;
        if !self.not_relations.contains(&address) {
            match Name::of(relation, self.dialect) {
                Some(name) if name.unqualified().is_some_and(|name| self.scopes.is_cte(name)) => {}
                name => self.named_table(name),
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if let Expr::Function(function) = expr {
            self.function(&function.name);
        }
        ControlFlow::Continue(())
    }
}

impl Inspector<'_> {
    fn word(&mut self, word: String) {
        if !self.found.words.contains(&word) {
            self.found.words.push(word);
        }
    }

    fn function(&mut self, name: &ObjectName) {
        match Name::of(name, self.dialect) {
            Some(name) => {
                match acts(&name.last_lower()) {
                    Some(Acts::Reaches) => self.found.reaches = true,
                    Some(Acts::RunsSql) => {
                        self.found.reaches = true;
                        self.found.more_tables = true;
                    }
                    Some(Acts::Writes) => self.found.query_writes = true,
                    None => {}
                }
                self.found.functions.push(name);
            }
            None => self.found.reaches = true,
        }
    }

    fn table(&mut self, name: &ObjectName) {
        self.named_table(Name::of(name, self.dialect));
    }

    fn named_table(&mut self, name: Option<Name>) {
        match name {
            Some(name) if self.found.tables.contains(&name) => {}
            Some(name) => self.found.tables.push(name),
            None => self.found.more_tables = true,
        }
    }

    fn query(&mut self, query: &Query) {
        self.found.query_writes |= !query.locks.is_empty();
        let address: *const Query = query;
        let mut waiting = vec![query.body.as_ref()];
        while let Some(body) = waiting.pop() {
            match body {
                SetExpr::SetOperation { left, right, .. } => {
                    self.word("select".to_owned());
                    waiting.extend([left.as_ref(), right.as_ref()]);
                }
                SetExpr::Values(_) if self.values.contains(&address) => {}
                SetExpr::Select(_) | SetExpr::Values(_) => self.word("select".to_owned()),
                // Written as a select before it was parsed; the parser reads too far elsewhere.
                SetExpr::Table(_) => self.runs_unseen(),
                // Those visit themselves.
                SetExpr::Query(_)
                | SetExpr::Insert(_)
                | SetExpr::Update(_)
                | SetExpr::Delete(_)
                | SetExpr::Merge(_) => {}
            }
        }
    }

    fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Insert(insert) => self.insert(insert),
            Statement::Update(update) => self.update(update),
            Statement::Delete(delete) => self.delete(delete),
            Statement::Merge(merge) => {
                self.target(&merge.table);
                merge.clauses.iter().for_each(|clause| self.word(merged(&clause.action).to_owned()));
            }
            Statement::Call(call) => {
                self.function(&call.name);
                self.runs_unseen();
            }
            Statement::Execute { name, .. } => {
                name.iter().for_each(|name| self.function(name));
                self.runs_unseen();
            }
            Statement::Copy { source: CopySource::Table { table_name, .. }, .. } => self.table(table_name),
            Statement::Drop {
                object_type: ObjectType::Table | ObjectType::View | ObjectType::MaterializedView,
                names,
                ..
            } => names.iter().for_each(|name| self.table(name)),
            Statement::Grant(grant) => self.granted(grant.objects.as_ref()),
            Statement::Revoke(revoke) => self.granted(revoke.objects.as_ref()),
            _ if names_its_tables(statement) => {}
            _ => self.found.more_tables = true,
        }
    }

    /// What it runs may do anything, to any table.
    fn runs_unseen(&mut self) {
        self.found.runs_unseen = true;
        self.found.more_tables = true;
    }

    fn insert(&mut self, insert: &Insert) {
        if writes_over(insert.on.as_ref()) {
            self.word("update".to_owned());
        }
        match &insert.table {
            TableObject::TableName(name) => self.table(name),
            TableObject::TableFunction(_) | TableObject::TableQuery(_) => self.found.more_tables = true,
        }
        if let Some(source) = &insert.source {
            self.values.push(source.as_ref());
        }
    }

    fn update(&mut self, update: &Update) {
        self.target(&update.table.relation);
        let mut rows = Rows::new(self.budget);
        rows.add(&update.table.relation);
        rows.add_copies(&self.ctes);
        if let Some(UpdateTableFromKind::BeforeSet(from) | UpdateTableFromKind::AfterSet(from)) = &update.from {
            rows.add_others(from, self.dialect);
        }
        self.bound(update.selection.as_ref(), &rows);
    }

    fn delete(&mut self, delete: &Delete) {
        delete.tables.iter().for_each(|name| self.table(name));
        let (FromTable::WithFromKeyword(tables) | FromTable::WithoutKeyword(tables)) = &delete.from;
        let mut rows = Rows::new(self.budget);
        for TableWithJoins { relation, .. } in tables {
            self.target(relation);
            rows.add(relation);
        }
        rows.add_copies(&self.ctes);
        if let Some(using) = &delete.using {
            rows.add_others(using, self.dialect);
        }
        self.bound(delete.selection.as_ref(), &rows);
    }

    fn bound(&mut self, selection: Option<&Expr>, rows: &Rows) {
        let everything = selection.map_or(Truth::True, |condition| bounds::always_true(condition, rows));
        self.found.unbounded = self.found.unbounded.or(everything);
    }

    /// What is changed is a table, even if a CTE has its name.
    fn target(&mut self, factor: &TableFactor) {
        if let TableFactor::Table { name, .. } = factor {
            self.table(name);
        }
    }

    fn granted(&mut self, objects: Option<&GrantObjects>) {
        match objects {
            Some(GrantObjects::Tables(names)) => names.iter().for_each(|name| self.table(name)),
            _ => self.found.more_tables = true,
        }
    }
}

/// Whether a hint of SQL Server locks rows, or the whole table, for more than reading.
fn is_lock(hint: &impl std::fmt::Display) -> bool {
    const LOCKS: [&str; 5] = ["UPDLOCK", "XLOCK", "TABLOCKX", "TABLOCK", "HOLDLOCK"];
    let hint = hint.to_string();
    LOCKS.iter().any(|lock| hint.eq_ignore_ascii_case(lock))
}

/// Whether rows that are there already are changed.
fn writes_over(on: Option<&OnInsert>) -> bool {
    match on {
        Some(OnInsert::OnConflict(conflict)) => !matches!(conflict.action, OnConflictAction::DoNothing),
        Some(_) => true,
        None => false,
    }
}

/// The word of what a merge does to a row.
fn merged(action: &MergeAction) -> &'static str {
    match action {
        MergeAction::Insert(_) => "insert",
        MergeAction::Update(_) => "update",
        _ => "delete",
    }
}

/// Whether the walk sees every table of such a statement.
fn names_its_tables(statement: &Statement) -> bool {
    match statement {
        Statement::CreateTable(table) if table.like.is_some() || table.clone.is_some() || table.inherits.is_some() => {
            return false;
        }
        Statement::AlterTable(alter) => {
            return !alter.operations.iter().any(|one| matches!(one, AlterTableOperation::RenameTable { .. }));
        }
        _ => {}
    }
    matches!(
        statement,
        Statement::Query(_)
            | Statement::Copy { .. }
            | Statement::Truncate(_)
            | Statement::CreateTable(_)
            | Statement::CreateView(_)
            | Statement::CreateIndex(_)
            | Statement::Explain { .. }
            | Statement::ExplainTable { .. }
            | Statement::Prepare { .. }
            | Statement::Set(_)
            | Statement::ShowVariable { .. }
            | Statement::StartTransaction { .. }
            | Statement::Commit { .. }
            | Statement::Rollback { .. }
            | Statement::Savepoint { .. }
            | Statement::ReleaseSavepoint { .. }
    )
}

fn is_only_explained(statement: &Statement) -> bool {
    matches!(statement, Statement::Explain { .. }) && !carries_out(statement)
}

/// `EXPLAIN ANALYZE`, unless it is switched off again.
fn carries_out(statement: &Statement) -> bool {
    let Statement::Explain { analyze, options, .. } = statement else { return false };
    let named = |option: &&sqlparser::ast::UtilityOption| {
        ["analyze", "analyse"].iter().any(|name| option.name.value.eq_ignore_ascii_case(name))
    };
    let is_off = |option: &sqlparser::ast::UtilityOption| {
        let value = option.arg.as_ref().map(|value| value.to_string().trim_matches('\'').to_lowercase());
        matches!(value.as_deref(), Some("false" | "off" | "0" | "no"))
    };
    // Of several the last counts for PostgreSQL; here any counts.
    *analyze || options.iter().flatten().filter(named).any(|option| !is_off(option))
}
