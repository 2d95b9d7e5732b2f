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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::SqlTest;
    use crate::call::facets::sql::SqlScript;
    use crate::decide::{Direction, Truth};
    use crate::policy::model::SqlDialect;

    #[test]
    fn what_runs_unseen_restricts_and_what_changes_rows_is_named() {
        let restricts = |sql: &str, dialect, test: &SqlTest| {
            let script = SqlScript::parse(sql, dialect);
            Truth::any(script.values.iter().map(|one| test.holds(&one.value, Direction::Restricting)))
        };
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let statement = |list: &[&str]| SqlTest::statement(&words(list)).unwrap();
        let table = |list: &[&str]| SqlTest::table(&words(list)).unwrap();
        let function = |list: &[&str]| SqlTest::function(&words(list)).unwrap();
        let (postgres, mssql) = (SqlDialect::Postgres, SqlDialect::MsSql);
        assert_eq!(restricts("EXEC xp_cmdshell 'dir'", mssql, &function(&["xp_cmdshell"])), Truth::True);
        assert_eq!(restricts("CALL p()", postgres, &statement(&["drop"])), Truth::Unknown);
        assert_eq!(restricts("EXECUTE p", postgres, &table(&["salaries"])), Truth::Unknown);
        assert_eq!(restricts("SELECT 1 INTO salaries", postgres, &table(&["salaries"])), Truth::Unknown);
        assert_eq!(restricts("CREATE TABLE x (LIKE salaries)", postgres, &table(&["salaries"])), Truth::Unknown);
        assert_eq!(restricts("ALTER TABLE x RENAME TO salaries", postgres, &table(&["salaries"])), Truth::Unknown);
        let upsert = "INSERT INTO t (a) VALUES (1) ON CONFLICT (a) DO UPDATE SET a = 2";
        assert_eq!(restricts(upsert, postgres, &statement(&["update"])), Truth::True);
        let ignored = "INSERT INTO t (a) VALUES (1) ON CONFLICT DO NOTHING";
        assert_eq!(restricts(ignored, postgres, &statement(&["update"])), Truth::False);
        let merge = "MERGE INTO t USING s ON t.a = s.a WHEN MATCHED THEN DELETE";
        assert_eq!(restricts(merge, postgres, &statement(&["delete"])), Truth::True);
    }
}
