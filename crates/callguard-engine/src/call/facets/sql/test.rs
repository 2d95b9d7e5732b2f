//! `statement`, `table`, `function`, `unbounded`.

use super::super::OperandError;
use super::Statement;
use crate::decide::{Direction, Truth};

/// A test of one statement.
#[derive(Clone, Debug)]
pub struct SqlTest;

impl SqlTest {
    /// `statement`: it is, or holds, one of these.
    ///
    /// # Errors
    /// An empty list, or a word that is no statement.
    pub fn statement(words: &[String]) -> Result<SqlTest, OperandError> {
        non_empty("statement", words)
    }

    /// `table`: it touches one of these.
    ///
    /// # Errors
    /// An empty list or name.
    pub fn table(names: &[String]) -> Result<SqlTest, OperandError> {
        non_empty("table", names)
    }

    /// `function`: it calls one of these.
    ///
    /// # Errors
    /// An empty list or name.
    pub fn function(names: &[String]) -> Result<SqlTest, OperandError> {
        non_empty("function", names)
    }

    /// `unbounded: true` (or `false`, its opposite): an update or delete of every row.
    pub fn unbounded(_expected: bool) -> SqlTest {
        SqlTest
    }

    /// Whether it holds of `statement`, read in `direction`.
    pub fn holds(&self, _statement: &Statement, _direction: Direction) -> Truth {
        Truth::Unknown
    }
}

fn non_empty(operator: &str, operands: &[String]) -> Result<SqlTest, OperandError> {
    if operands.is_empty() || operands.iter().any(|operand| operand.trim().is_empty()) {
        return Err(OperandError { message: format!("`{operator}` has an empty list or operand"), help: None });
    }
    Ok(SqlTest)
}
