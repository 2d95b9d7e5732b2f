//! The sql facet: what a call asks of a database.
//!
//! One value per top-level statement. Tests look inside it: CTEs, subqueries, the statement that `EXPLAIN` explains.

mod bounds;
mod functions;
mod inspect;
mod names;
mod postgres;
mod scope;
mod script;
mod test;
mod tokens;
mod words;

#[cfg(test)]
mod tests;

pub use script::{SqlScript, Statement};
pub use test::SqlTest;
