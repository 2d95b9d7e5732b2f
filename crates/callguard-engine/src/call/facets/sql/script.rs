//! SQL as a call names it.

use super::super::Facet;
use crate::call::SideEffect;
use crate::policy::model::SqlDialect;

/// A text of SQL.
#[derive(Clone, Copy, Debug)]
pub struct SqlScript;

impl SqlScript {
    /// Reads every top-level statement; the facet is open if there may be more.
    pub fn parse(_text: &str, _dialect: SqlDialect) -> Facet<Statement> {
        Facet { values: Vec::new(), open: Some("this SQL is not understood".to_owned()) }
    }
}

/// One top-level statement.
#[derive(Clone)]
pub struct Statement {
    text: String,
}

impl Statement {
    /// The statement in its plainest spelling, for equality and explanations.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What it amounts to, where that is known: read. `None`: no better than its tool says.
    pub fn side_effect(&self) -> Option<SideEffect> {
        None
    }
}

impl std::fmt::Debug for Statement {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Statement").finish_non_exhaustive()
    }
}
