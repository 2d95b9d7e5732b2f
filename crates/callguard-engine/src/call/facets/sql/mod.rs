//! The sql facet: what a call asks of a database.

mod script;
mod test;

pub use script::{SqlScript, Statement};
pub use test::SqlTest;
