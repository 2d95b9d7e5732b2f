//! Which names stand for CTEs at one place of a statement.

use super::names::canonical;
use crate::policy::model::SqlDialect;
use sqlparser::ast::Query;

/// The scopes around the place that is visited, outermost first.
#[derive(Debug, Default)]
pub(super) struct Scopes {
    open: Vec<Scope>,
    /// CTE bodies to come, by address, with the names of their own `WITH` that they do not see yet.
    bodies: Vec<(*const Query, Vec<String>)>,
}

#[derive(Debug, Default)]
struct Scope {
    /// The CTEs that the query defines.
    defines: Vec<String>,
    /// Of the scope around it, what cannot be seen from here.
    hides: Vec<String>,
}

impl Scopes {
    pub(super) fn enter(&mut self, query: &Query, dialect: SqlDialect) {
        let address: *const Query = query;
        let hides = self.bodies.iter().find(|(body, _)| *body == address).map(|(_, hides)| hides.clone());
        let mut defines = Vec::new();
        if let Some(with) = &query.with {
            defines.extend(with.cte_tables.iter().map(|cte| canonical(&cte.alias.name, dialect)));
            for (at, cte) in with.cte_tables.iter().enumerate() {
                // A CTE sees those before it; with RECURSIVE all of them.
                let hidden = if with.recursive { Vec::new() } else { defines.iter().skip(at).cloned().collect() };
                let body: *const Query = cte.query.as_ref();
                self.bodies.push((body, hidden));
            }
        }
        self.open.push(Scope { defines, hides: hides.unwrap_or_default() });
    }

    pub(super) fn leave(&mut self) {
        self.open.pop();
    }

    /// Whether an unqualified name stands for a CTE here.
    pub(super) fn is_cte(&self, name: &str) -> bool {
        let mut hidden: &[String] = &[];
        for scope in self.open.iter().rev() {
            if scope.defines.iter().any(|defined| defined == name) && !hidden.iter().any(|hide| hide == name) {
                return true;
            }
            hidden = &scope.hides;
        }
        false
    }
}
