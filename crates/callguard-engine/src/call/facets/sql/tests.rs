#![allow(clippy::unwrap_used, clippy::panic)]
#![allow(clippy::disallowed_methods, reason = "the tests time what they test")]

use super::*;
use crate::call::SideEffect;
use crate::call::facets::Facet;
use crate::decide::{Direction, Truth};
use crate::policy::model::SqlDialect;
use Direction::{Excusing, Restricting};
use Truth::{False, True, Unknown};
use proptest::prelude::*;

fn strings(list: &[&str]) -> Vec<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

fn parse(text: &str) -> Facet<Statement> {
    SqlScript::parse(text, SqlDialect::Postgres)
}

/// The one statement of a text.
fn one(text: &str) -> Statement {
    let facet = parse(text);
    assert_eq!((facet.values.len(), &facet.open), (1, &None), "{text}");
    facet.values.into_iter().next().unwrap().value
}

/// Restricting, then excusing.
fn both(test: &SqlTest, text: &str) -> (Truth, Truth) {
    let statement = one(text);
    (test.holds(&statement, Restricting), test.holds(&statement, Excusing))
}

fn statement(words: &[&str], text: &str) -> (Truth, Truth) {
    both(&SqlTest::statement(&strings(words)).unwrap(), text)
}

fn table(names: &[&str], text: &str) -> (Truth, Truth) {
    both(&SqlTest::table(&strings(names)).unwrap(), text)
}

const YES: (Truth, Truth) = (True, True);
const NO: (Truth, Truth) = (False, False);
const RESTRICTS: (Truth, Truth) = (True, False);

#[test]
fn one_value_per_top_level_statement() {
    let words = |text: &str| {
        let facet = parse(text);
        let mut all: Vec<String> =
            facet.values.iter().map(|value| value.value.words().collect::<Vec<_>>().join("+")).collect();
        all.extend(facet.open.map(|_| "?".to_owned()));
        all.join(" ")
    };
    for (text, expected) in [
        ("SELECT 1", "select"),
        ("SELECT 1;", "select"),
        ("SELECT 1; DROP TABLE orders", "select drop"),
        ("SELECT ';'; TRUNCATE orders", "select truncate"),
        ("SELECT 1;\n--x\nDELETE FROM orders", "select delete"),
        ("SELECT 1 -- ; DROP TABLE orders", "select"),
        ("-- SELECT\nDELETE FROM orders", "delete"),
        ("/*/* nested */ SELECT 1 */ DELETE FROM orders", "delete"),
        ("SELECT 'a; DROP TABLE orders'", "select"),
        ("VALUES (1), (2)", "select"),
        ("TABLE orders", "select"),
        ("SELECT 1 UNION SELECT 2", "select"),
        ("WITH x AS (INSERT INTO o(id) VALUES (1) RETURNING id) SELECT 1", "select+insert"),
        ("SELECT (SELECT 1)", "select"),
        ("INSERT INTO o(id) VALUES (1)", "insert"),
        ("INSERT INTO o SELECT * FROM p", "insert+select"),
        ("UPDATE o SET a=1 WHERE id=1", "update"),
        ("MERGE INTO o USING p ON true WHEN MATCHED THEN DELETE", "merge+delete"),
        ("EXPLAIN SELECT 1", "explain+select"),
        ("EXPLAIN ANALYZE DELETE FROM o", "explain+analyze+delete"),
        ("PREPARE p AS DELETE FROM orders", "prepare+delete"),
        ("GRANT ALL ON orders TO public", "grant"),
        ("COPY o FROM '/x'", "copy"),
        ("CALL f()", "call"),
        ("SET x = 1", "set"),
        ("SHOW x", "show"),
        ("BEGIN", "begin"),
        ("START TRANSACTION", "begin"),
        ("COMMIT", "commit"),
        ("ALTER TABLE o ADD COLUMN a int", "alter"),
        ("CREATE TABLE o (id int)", "create"),
        ("", "?"),
        ("  ;; -- nothing", "?"),
        ("SELEC 1", "?"),
        ("SELECT 1; SELEC 2", "select ?"),
        ("SELECT 1 SELECT 2", "select ?"),
        ("SELECT 'open", "?"),
        ("SELECT 1 \0", "?"),
        ("SELECT /*!50000 1 */ 2", "?"),
    ] {
        assert_eq!(words(text), expected, "{text:?}");
    }
}

#[test]
fn statement_looks_inside() {
    for (words, text, expected) in [
        (&["select"][..], "SELECT * FROM t", YES),
        (&["select"], "WITH t AS (SELECT id FROM orders) SELECT * FROM t", YES),
        (&["select"], "WITH x AS (DELETE FROM o RETURNING id) SELECT * FROM x", RESTRICTS),
        (&["delete"], "WITH x AS (DELETE FROM o RETURNING id) SELECT * FROM x", RESTRICTS),
        (&["delete"], "EXPLAIN DELETE FROM o", RESTRICTS),
        (&["delete"], "SELECT 'delete from o'", NO),
        (&["delete"], "SELECT \"delete\" FROM orders", NO),
        (&["drop", "truncate"], "DROP TABLE o", YES),
        (&["explain", "select"], "EXPLAIN SELECT 1", YES),
    ] {
        assert_eq!(statement(words, text), expected, "{words:?}: {text}");
    }
}

#[test]
fn a_query_that_writes_is_no_mere_query() {
    for text in [
        "SELECT * INTO x FROM orders",
        "SELECT * FROM orders FOR UPDATE",
        "SELECT * FROM (SELECT * FROM orders FOR SHARE) o",
        "SELECT lo_export(1, '/tmp/x')",
        "SELECT pg_catalog.pg_read_file('/etc/passwd')",
        "SELECT * FROM dblink('x', 'y') AS t(a int)",
        "SELECT * FROM pg_ls_dir('.')",
        "SELECT PG_SLEEP(1000)",
        "SELECT set_config('role', 'postgres', false)",
        "SELECT nextval('s')",
    ] {
        assert_eq!(statement(&["select"], text), RESTRICTS, "{text}");
        assert_eq!(one(text).side_effect(), None, "{text}");
    }
    assert_eq!(statement(&["insert"], "INSERT INTO o VALUES (nextval('s'))"), YES);
    assert_eq!(statement(&["insert"], "INSERT INTO o VALUES (pg_read_file('x'))"), RESTRICTS);
}

#[test]
fn side_effects() {
    for text in [
        "SELECT lower(email), now() FROM customers",
        "SELECT row_number() OVER (PARTITION BY a ORDER BY b) FROM o",
        "SELECT deleted_at, updated_by, drop_reason FROM orders WHERE id=1",
        "SELECT json_build_object('delete', true)",
        "SELECT U&'\\0041', E'it\\'s'",
        "EXPLAIN SELECT 1",
        "EXPLAIN ANALYZE SELECT 1",
        "EXPLAIN DELETE FROM o",
        "SHOW x",
        "VALUES (1)",
    ] {
        assert_eq!(one(text).side_effect(), Some(SideEffect::Read), "{text}");
    }
    for text in [
        "EXPLAIN ANALYZE DELETE FROM o",
        "EXPLAIN (ANALYZE) DELETE FROM o",
        "SET x = 1",
        "CALL f()",
        "DROP TABLE o",
        "BEGIN",
    ] {
        assert_eq!(one(text).side_effect(), None, "{text}");
    }
}

#[test]
fn table_names_are_what_the_database_reads() {
    for (names, text, expected) in [
        (&["orders"][..], "DELETE FROM Orders WHERE id=1", YES),
        (&["orders"], "DELETE FROM \"Orders\" WHERE id=1", RESTRICTS),
        (&["\"Orders\""], "DELETE FROM \"Orders\" WHERE id=1", YES),
        (&["orders"], "SELECT * FROM public.orders", YES),
        (&["public.orders"], "SELECT * FROM orders", YES),
        (&["orders"], "SELECT * FROM hr.orders", RESTRICTS),
        (&["hr.orders"], "SELECT * FROM orders", RESTRICTS),
        (&["hr.orders"], "SELECT * FROM hr.orders", YES),
        (&["hr.orders"], "SELECT * FROM public.orders", NO),
        (&["orders"], "SELECT * FROM users", NO),
        (&["orders"], "SELECT * FROM orders o JOIN users u ON u.id = o.u", RESTRICTS),
        (&["orders", "users"], "SELECT * FROM orders o JOIN users u ON u.id = o.u", YES),
        (&["orders"], "SELECT 'users' FROM orders", YES),
        (&["orders"], "SELECT (SELECT max(id) FROM users) FROM orders", RESTRICTS),
        (&["orders"], "SELECT 1 WHERE EXISTS (SELECT 1 FROM orders)", YES),
        (&["aud*"], "INSERT INTO audit VALUES (1)", YES),
        (&["orders"], "DROP TABLE orders, users", RESTRICTS),
        (&["orders"], "TRUNCATE orders", YES),
        (&["orders"], "COPY orders TO '/x'", YES),
        (&["orders"], "GRANT ALL ON orders TO public", YES),
        (&["orders"], "ALTER TABLE orders DROP COLUMN a", YES),
        (&["orders"], "UPDATE orders SET a = u.a FROM users u WHERE u.id = orders.id", RESTRICTS),
        (&["orders"], "DELETE FROM orders USING users u WHERE u.id = orders.id", RESTRICTS),
        (&["orders"], "SELECT * FROM generate_series(1, 2)", (False, True)),
        (&["orders"], "SELECT 1", (False, True)),
        (&["orders"], "SELECT lo_export(1, 'x')", NO),
        (&["orders"], "DROP SCHEMA public CASCADE", (Unknown, Unknown)),
    ] {
        assert_eq!(table(names, text), expected, "{names:?}: {text}");
    }
}

#[test]
fn cte_names_are_not_tables() {
    for (text, expected) in [
        ("WITH c AS (SELECT id FROM customers) SELECT * FROM c", "customers"),
        ("WITH users AS (SELECT * FROM users) SELECT * FROM users", "users"),
        ("WITH a AS (SELECT 1), b AS (SELECT * FROM a) SELECT * FROM b", ""),
        ("WITH b AS (SELECT * FROM a), a AS (SELECT 1) SELECT * FROM b", "a"),
        ("WITH RECURSIVE t AS (SELECT 1 UNION SELECT * FROM t) SELECT * FROM t", ""),
        ("WITH t AS (SELECT 1) DELETE FROM t", "t"),
        ("WITH t AS (SELECT 1) SELECT * FROM public.t", "public.t"),
        ("SELECT * FROM (WITH t AS (SELECT 1) SELECT * FROM t) x, t", "t"),
        ("WITH t AS (SELECT 1) SELECT (SELECT max(a) FROM t)", ""),
    ] {
        assert_eq!(one(text).tables().collect::<Vec<_>>().join(" "), expected, "{text}");
    }
}

#[test]
fn functions_by_name() {
    let function = |names: &[&str], text: &str| both(&SqlTest::function(&strings(names)).unwrap(), text);
    assert_eq!(function(&["lower"], "SELECT LOWER(a) FROM t"), YES);
    assert_eq!(function(&["lower"], "SELECT pg_catalog.lower(a) FROM t"), YES);
    assert_eq!(function(&["lower"], "SELECT my.lower(a) FROM t"), RESTRICTS);
    assert_eq!(function(&["pg_*"], "SELECT * FROM pg_ls_dir('.')"), YES);
    assert_eq!(function(&["lower"], "SELECT lower(upper(a)) FROM t"), RESTRICTS);
    assert_eq!(function(&["f"], "CALL f()"), YES);
    assert_eq!(function(&["lower"], "SELECT 'lower(a)'"), (False, True));
}

#[test]
fn unbounded_changes_every_row() {
    let unbounded = |text: &str| one(text).is_unbounded();
    for text in [
        "DELETE FROM o",
        "UPDATE o SET a=1",
        "UPDATE o SET a=u.a FROM u",
        "DELETE FROM o WHERE true",
        "DELETE FROM o WHERE NOT false",
        "DELETE FROM o WHERE 'a'='a'",
        "DELETE FROM o WHERE 1=1.0",
        "DELETE FROM o WHERE id = 5 OR 1=1",
        "DELETE FROM o WHERE (id = 5) OR (2 > 1)",
        "DELETE FROM o WHERE id = id",
        "DELETE FROM o x WHERE id = x.id",
        "DELETE FROM o WHERE name LIKE '%'",
        "DELETE FROM o WHERE id IS NULL OR id IS NOT NULL",
        "DELETE FROM o WHERE a = 1 OR NOT (a = 1)",
        "DELETE FROM o WHERE a < 1 OR (a >= 1)",
        "DELETE FROM o WHERE a IN (5, a) AND a BETWEEN a AND a AND a IS NOT DISTINCT FROM a",
        "DELETE FROM o WHERE a ~ '.*' AND a SIMILAR TO ('%')",
        "WITH x AS (DELETE FROM o RETURNING 1) SELECT 1",
        "EXPLAIN DELETE FROM o",
    ] {
        assert_eq!(unbounded(text), True, "{text}");
    }
    for text in [
        "SELECT 1",
        "DELETE FROM o WHERE id = 1",
        "UPDATE o SET total=0 WHERE id IN (1,2,3)",
        "UPDATE o SET s='done' WHERE s='open' AND id > 10",
        "DELETE FROM o WHERE id = 1 AND true",
        "DELETE FROM o WHERE false",
        "DELETE FROM o WHERE 1=2",
        "DELETE FROM o WHERE name LIKE 'a%'",
        "DELETE FROM o WHERE EXISTS (SELECT 1 FROM u WHERE u.id = o.id)",
        "INSERT INTO orders(id) VALUES (7) ON CONFLICT (id) DO NOTHING",
    ] {
        assert_eq!(unbounded(text), False, "{text}");
    }
    for text in [
        "DELETE FROM o WHERE (id = 1) IS NOT NULL",
        "DELETE FROM o WHERE now() > '2020-01-01'",
        "DELETE FROM o WHERE id > id - 1",
        "DELETE FROM o WHERE $1",
        "DELETE FROM o WHERE id = 1 OR 'a' ~ 'b'",
    ] {
        assert_eq!(unbounded(text), Unknown, "{text}");
    }
    assert_eq!(both(&SqlTest::unbounded(true), "DELETE FROM o"), YES);
    assert_eq!(both(&SqlTest::unbounded(false), "DELETE FROM o"), NO);
}

#[test]
fn dialects_differ() {
    let tables = |text: &str, dialect| {
        let facet = SqlScript::parse(text, dialect);
        assert_eq!(facet.open, None, "{text}");
        facet.values.iter().flat_map(|value| value.value.tables().collect::<Vec<_>>()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(tables("SELECT * FROM `Orders`", SqlDialect::MySql), "Orders");
    assert_eq!(tables("SELECT * FROM [Orders] WITH (NOLOCK)", SqlDialect::MsSql), "orders");
    assert_eq!(tables("SELECT * FROM \"Orders\"", SqlDialect::Sqlite), "orders");
    assert!(SqlScript::parse("SELECT * FROM `orders`", SqlDialect::Postgres).open.is_some());
}

#[test]
fn operands_that_can_never_do_what_they_say_are_errors() {
    let error = SqlTest::statement(&strings(&["delte"])).unwrap_err();
    assert_eq!(error.help.as_deref(), Some("did you mean `delete`?"));
    let error = SqlTest::statement(&strings(&["DELETE"])).unwrap_err();
    assert_eq!(error.help.as_deref(), Some("write it in lower case: `delete`"));
    for bad in ["", "a b", "a..b", "a.", "a.b.c.d", "\"a", "f(x)"] {
        assert!(SqlTest::table(&strings(&[bad])).is_err(), "{bad}");
        assert!(SqlTest::function(&strings(&[bad])).is_err(), "{bad}");
    }
    assert!(SqlTest::statement(&[]).is_err() && SqlTest::table(&[]).is_err() && SqlTest::function(&[]).is_err());
    assert!(SqlTest::table(&strings(&["\"odd name\".x"])).is_ok());
}

#[test]
fn hostile_text_takes_bounded_time_and_stack() {
    let texts = [
        format!("SELECT {}1{}", "(".repeat(16), ")".repeat(16)),
        format!("SELECT * FROM {}t{}", "(".repeat(16), ")".repeat(16)),
        format!("{}SELECT 1{}", "(".repeat(16), ")".repeat(16)),
        format!("SELECT * FROM {}SELECT 1{}", "(".repeat(16), ")".repeat(16)),
        "(".repeat(16 * 1024),
        "((SELECT ".repeat(1024),
        format!("SELECT 1{}", " + 1".repeat(4 * 1024)),
        format!("SELECT 1{}", " + 1".repeat(990)),
        format!("SELECT 1{}", " UNION SELECT 1".repeat(1000)),
        format!("SELECT 1{}", " UNION SELECT 1".repeat(990)),
        format!("SELECT 1 WHERE {} 1", "NOT ".repeat(990)),
        format!("SELECT {} 1", "- ".repeat(990)),
        format!("SELECT a{}", "[1]".repeat(400)),
        format!("SELECT a{}", "::int".repeat(900)),
        format!("SELECT {} 1", "CASE WHEN 1 THEN ".repeat(60)),
        format!("{} SELECT 1", "EXPLAIN ".repeat(60)),
        format!("{} SELECT 1", "EXPLAIN ".repeat(8)),
        format!("{} SELECT 1", "DESC ".repeat(60)),
        format!("{} SELECT 1", "DESC ".repeat(24)),
        format!("{} SELECT 1", "IF 1=1 ".repeat(60)),
        format!("{} SELECT 1", "IF 1=1 ".repeat(7)),
        format!("{} SELECT 1", "BEGIN ".repeat(8)),
        format!("{}SELECT 1{}", "WITH a AS (".repeat(16), ") SELECT 1".repeat(16)),
        format!("{}SELECT 1{}", "WITH a AS (INSERT INTO t ".repeat(16), ") SELECT 1".repeat(16)),
        format!("CREATE TABLE t (a {}int{})", "ARRAY<".repeat(60), ">".repeat(60)),
        format!("SELECT {}1{}", "CAST(".repeat(15), " AS int)".repeat(15)),
        format!("SELECT * FROM t {}", "WHERE EXISTS (SELECT * FROM t ".repeat(15) + &")".repeat(15)),
        format!("SELECT INTERVAL {} '1'", "INTERVAL ".repeat(300)),
        format!("SELECT * FROM a{}", " JOIN a".repeat(900)),
        format!("SELECT * FROM a{}", " JOIN a".repeat(24)),
        format!("{} SELECT 1", "EXPLAIN ".repeat(7)),
        format!("{} SELECT 1", "IF 1=1 ".repeat(8)),
        format!("SELECT {}", "f(".repeat(16) + &")".repeat(16)),
        format!("INSERT INTO t VALUES {}(1)", "(1),".repeat(4 * 1024)),
        format!("SELECT a FROM t WHERE a IN ({}1)", "1,".repeat(8 * 1024)),
        ";".repeat(16 * 1024),
        "SELECT 1;".repeat(1800),
        "WITH a AS (".repeat(1000),
    ];
    let work = move || {
        for text in &texts {
            for dialect in [SqlDialect::Postgres, SqlDialect::MySql, SqlDialect::Sqlite, SqlDialect::MsSql] {
                let start = std::time::Instant::now();
                SqlScript::parse(text, dialect);
                let took = start.elapsed();
                assert!(took.as_millis() < 3000, "{text:.60} took {took:?} as {dialect:?}");
            }
        }
    };
    std::thread::Builder::new().stack_size(2 * 1024 * 1024).spawn(work).unwrap().join().unwrap();
}

proptest! {
    #[test]
    fn any_text_is_read(text in "\\PC*|[a-z ();,'\"*=.0-9-]{0,80}") {
        for dialect in [SqlDialect::Postgres, SqlDialect::MySql, SqlDialect::Sqlite, SqlDialect::MsSql] {
            SqlScript::parse(&text, dialect);
        }
        let _ = SqlTest::table(std::slice::from_ref(&text));
        let _ = SqlTest::statement(&[text]);
    }

    /// Keywords put together at random: parsers meet more than they do in noise.
    #[test]
    fn any_words_are_read(words in proptest::collection::vec(proptest::sample::select(vec![
        "SELECT", "*", "FROM", "t", "WHERE", "a", "=", "1", "AND", "OR", "(", ")", "WITH", "AS", "INSERT", "INTO", "VALUES", "UPDATE",
        "SET", "DELETE", "UNION", "NOT", "IN", "EXISTS", "CASE", "WHEN", "THEN", "END", "EXPLAIN", "ANALYZE", ",", ";", "'x'", "f(",
        "JOIN", "ON", "MERGE", "USING", "CREATE", "TABLE", "DROP", "::", "int", "[", "]", ".", "FOR", "BEGIN", "$1", "-", "INTERVAL",
        "LATERAL", "OVER", "GROUP", "BY", "IS", "NULL", "BETWEEN", "CAST", "ARRAY", "COPY", "CALL", "PREPARE", "LIKE", "'%'",
    ]), 0..40)) {
        let text = words.join(" ");
        let start = std::time::Instant::now();
        for value in parse(&text).values {
            value.value.side_effect();
        }
        prop_assert!(start.elapsed().as_millis() < 2000, "{text}");
    }
}
