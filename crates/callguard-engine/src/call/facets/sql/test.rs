//! `statement`, `table`, `function`, `unbounded`.

use super::super::OperandError;
use super::Statement;
use super::names::{Kind, Name, NameTest};
use super::words::parse_word;
use crate::decide::{Direction, Truth};

/// A test of one statement.
#[derive(Clone, Debug)]
pub struct SqlTest {
    kind: TestKind,
}

#[derive(Clone, Debug)]
enum TestKind {
    Statement(Vec<String>),
    Names(Kind, Vec<NameTest>),
    Unbounded(bool),
}

impl SqlTest {
    /// `statement`: it is, or holds, one of these; excusing, nothing but these.
    ///
    /// # Errors
    /// An empty list, or a word that is no statement.
    pub fn statement(words: &[String]) -> Result<SqlTest, OperandError> {
        each("statement", words, parse_word).map(|words| SqlTest { kind: TestKind::Statement(words) })
    }

    /// `table`: it touches one of these; excusing, nothing but these.
    ///
    /// # Errors
    /// An empty list, or what is no name.
    pub fn table(names: &[String]) -> Result<SqlTest, OperandError> {
        let tests = each("table", names, |name| NameTest::parse("table", name))?;
        Ok(SqlTest { kind: TestKind::Names(Kind::Table, tests) })
    }

    /// `function`: it calls one of these; excusing, nothing but these.
    ///
    /// # Errors
    /// An empty list, or what is no name.
    pub fn function(names: &[String]) -> Result<SqlTest, OperandError> {
        let tests = each("function", names, |name| NameTest::parse("function", name))?;
        Ok(SqlTest { kind: TestKind::Names(Kind::Function, tests) })
    }

    /// `unbounded: true` (or `false`, its opposite): an update or delete of every row.
    pub fn unbounded(expected: bool) -> SqlTest {
        SqlTest { kind: TestKind::Unbounded(expected) }
    }

    /// Whether it holds of `statement`, read in `direction`.
    pub fn holds(&self, statement: &Statement, direction: Direction) -> Truth {
        let seen = self.holds_of_what_stands_there(statement, direction);
        match (statement.found.runs_unseen, direction) {
            (true, Direction::Restricting) => seen.or(Truth::Unknown),
            _ => seen,
        }
    }

    fn holds_of_what_stands_there(&self, statement: &Statement, direction: Direction) -> Truth {
        let found = &statement.found;
        match &self.kind {
            TestKind::Unbounded(true) => found.unbounded,
            TestKind::Unbounded(false) => !found.unbounded,
            TestKind::Statement(words) => {
                let listed = |word: &String| words.contains(word);
                Truth::from(match direction {
                    Direction::Restricting => found.words.iter().any(listed),
                    Direction::Excusing => {
                        !found.words.is_empty() && found.words.iter().all(listed) && !found.does_more_than_it_says()
                    }
                })
            }
            TestKind::Names(Kind::Table, tests) => {
                named(tests, Kind::Table, &found.tables, found.more_tables, statement, direction)
            }
            TestKind::Names(Kind::Function, tests) => {
                named(tests, Kind::Function, &found.functions, false, statement, direction)
            }
        }
    }
}

/// Whether one of the names (excusing: every one) is among those tested for. A statement without any touches nothing
/// else, as long as it only reads.
fn named(
    tests: &[NameTest],
    kind: Kind,
    names: &[Name],
    more: bool,
    statement: &Statement,
    direction: Direction,
) -> Truth {
    let is_listed =
        |name: &Name| Truth::any(tests.iter().map(|test| test.holds(name, kind, statement.dialect, direction)));
    let each = names.iter().map(is_listed);
    match direction {
        Direction::Restricting if more => Truth::any(each).or(Truth::Unknown),
        Direction::Restricting => Truth::any(each),
        Direction::Excusing if more => Truth::all(each).and(Truth::Unknown),
        Direction::Excusing if names.is_empty() => Truth::from(statement.found.reads()),
        Direction::Excusing => Truth::all(each),
    }
}

fn each<T>(
    operator: &str,
    operands: &[String],
    parse: impl Fn(&str) -> Result<T, OperandError>,
) -> Result<Vec<T>, OperandError> {
    if operands.is_empty() {
        return Err(OperandError { message: format!("`{operator}` has an empty list"), help: None });
    }
    operands.iter().map(|operand| parse(operand)).collect()
}
