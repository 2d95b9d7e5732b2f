//! Conditions that bound, and those that do not.
#![allow(clippy::unwrap_used)]
#![allow(clippy::disallowed_methods, reason = "the tests time what they test")]

mod queries;

use crate::call::facets::sql::SqlScript;
use crate::decide::Truth::{self, False, True, Unknown};
use crate::policy::model::SqlDialect;

fn unbounded_in(text: &str, dialect: SqlDialect) -> Truth {
    let facet = SqlScript::parse(text, dialect);
    assert_eq!((facet.values.len(), &facet.open), (1, &None), "{text}");
    facet.values.into_iter().next().unwrap().value.is_unbounded()
}

fn unbounded(condition: &str) -> Truth {
    unbounded_in(&format!("DELETE FROM o WHERE {condition}"), SqlDialect::Postgres)
}

fn all_are(expected: Truth, conditions: &[&str]) {
    let others: Vec<_> = conditions.iter().filter(|one| unbounded(one) != expected).collect();
    assert!(others.is_empty(), "not {expected:?}: {others:#?}");
}

#[test]
fn a_column_compared_with_what_is_made_of_it_bounds() {
    all_are(
        False,
        &[
            "name <> btrim(name)",
            "name = upper(name)",
            "email IS DISTINCT FROM lower(email)",
            "NOT note = trim(note)",
            "length(name) <> length(btrim(name))",
            "total <> round(total, 2)",
            "total = total * 2",
            "total < abs(total)",
            "price = trunc(price)",
            "price > floor(price)",
            "created_at = date_trunc('day', created_at)",
            "created_at::date = created_at",
            "id * 2 = 10",
            "id % 10 = 3",
            "flags & 4 <> 0",
            "a || b = 'xy'",
        ],
    );
}

#[test]
fn what_is_so_for_every_value_does_not() {
    all_are(
        True,
        &[
            "CASE id WHEN id THEN true END",
            "coalesce(id, 0) = coalesce(id, 0)",
            "id = SOME (ARRAY[id])",
            "NOT (id <> id)",
            "id IS NULL OR id = id",
            "id <> 1 OR id <> 2",
            "id < 10 OR id > 5",
            "id = 1 OR id <> 1 OR id = 3",
            "id < 3 OR (id >= 3 AND id < 9) OR id >= 9",
            "NOT (a = 1 AND a = 2)",
            "NOT (a AND NOT a)",
            "a = 1 OR b = 2 OR NOT (a = 1 AND b = 2)",
            "(id, 1) = (id, 1)",
            "orders.id = orders.id",
            "name LIKE '%' || name || '%'",
            "name >= ''",
            "id <> ALL (ARRAY[]::int[])",
            "starts_with(name, '')",
        ],
    );
    all_are(
        Unknown,
        &[
            "id * 0 = 0",
            "id - id = 0",
            "id % 1 = 0",
            "id % 2 IN (0, 1)",
            "position('' IN name) >= 0",
            "array[id] @> array[id]",
            "o IS NOT NULL",
            "id & 0 = 0",
            "id ^ 0 = 1",
            "mod(id, 1) = 0",
            "id + 1 > id",
            "id = id + 0",
            "id::int = id",
            "abs(id) >= 0",
            "abs(id) >= id",
            "id >= floor(id)",
            "length(name) >= 0",
            "greatest(id, 5) >= 5",
            "nullif(id, id) IS NULL AND id + 1 > id",
            "random() >= 0",
            "id + random() <> id + random()",
            "(id = 1) IS NOT NULL",
            "a ~ 'x' OR a !~ 'x'",
        ],
    );
}

#[test]
fn constants_are_told_as_far_as_all_databases_agree() {
    all_are(
        True,
        &[
            "1 = ANY (ARRAY[1])",
            "1 = ALL (ARRAY[1, 1])",
            "3 > ALL (SELECT 2)",
            "3 IN (SELECT 3)",
            "1 = (SELECT 1)",
            "(SELECT true)",
            "EXISTS (SELECT 1)",
            "EXISTS (VALUES (1))",
            "NOT EXISTS (SELECT 1 WHERE false)",
            "NOT EXISTS (SELECT 1 FROM o WHERE 1 = 2)",
            "NOT EXISTS (SELECT 1 FROM o LIMIT 0)",
            "id NOT IN (SELECT 1 WHERE false)",
            "id NOT IN (SELECT id FROM o WHERE false)",
            "id = 1 OR 5 IN (SELECT 5)",
            "1 + 1 = 2",
            "'a' || 'b' = 'ab'",
            "greatest(1, 2) = 2",
            "abs(-1) = 1",
            "nullif(1, 2) = 1",
            "true::int = 1",
            "'yes'::bool",
            "9007199254740993 <> 9007199254740992",
            "'a' <> 'b'",
        ],
    );
    all_are(
        Unknown,
        &[
            "2 = ANY ('{1,2}'::int[])",
            "'a' <> 'A'",
            "'a' < 'B'",
            "'a' <> 'a '",
            "1 <> '1'",
            "1.0::text <> '1'",
            "1.5::int = 2",
            "1e3 = 1000",
            "lower('A') = 'a'",
            r"E'\x61' = 'a'",
            "now() > '2020-01-01'",
            "now() = now()",
            "random() <> random()",
            "$1 = $1",
            "date '2020-01-01' < date '2021-01-01'",
            "(now() > '2020-01-01') = (id = id)",
            "(SELECT count(*) FROM o) >= 0",
        ],
    );
    all_are(
        False,
        &["1 = 2", "NULL", "id = NULL", "'a' = 'b'", "NOT EXISTS (SELECT 1)", "id IN (SELECT 1 WHERE false)"],
    );
}

#[test]
fn honest_conditions_bound() {
    all_are(
        False,
        &[
            "archived",
            "NOT archived",
            "coalesce(archived, false)",
            "archived = false OR total <> 5",
            "status <> 'x' OR NOT paid OR total <> 5 OR city <> 'Rome'",
            "status NOT IN ('new', 'paid')",
            "id % 10 <> 3",
            "id <> 1000000",
            "name <> ''",
            "name IS NOT NULL",
            "data->>'state' IS NULL",
            "created_at < now() - interval '1 year'",
            "created_at + '1 day' < now()",
            "created_at < '2020-01-01' OR total + 1 > 5",
            "age(created_at) > interval '2 years'",
            "id = $1",
            "id = ANY ($1)",
            "'vip' = ANY (tags)",
            "id = ANY (ARRAY[1, 2])",
            "true = ANY (ARRAY[archived, void])",
            "3 IN (customer_id, product_id)",
            "(a, b) IN ((1, 2), (3, 4))",
            "CASE status WHEN 'x' THEN true END",
            "name LIKE '%' || 'a' || '%'",
            "status ~ '^x'",
            "code < 'm' OR code > 'n'",
            "id = 1 AND now() > '2020-01-01'",
            "id * 1.1 > 5.5",
            "qty * price <> total",
            "(SELECT count(*) FROM c WHERE c.id = o.cid) > 3",
        ],
    );
}

#[test]
fn queries_bound_by_what_they_leave_out() {
    all_are(
        False,
        &[
            "id = (SELECT max(id) FROM o)",
            "total < (SELECT avg(total) FROM o)",
            "total >= (SELECT percentile_cont(0.9) WITHIN GROUP (ORDER BY total) FROM o)",
            "created_at < (SELECT min(created_at) FROM customers)",
            "id > (SELECT min(id) FROM o)",
            "id > (SELECT min(p.id) FROM o p WHERE p.code = o.code)",
            "id = (SELECT id FROM o ORDER BY created_at LIMIT 1)",
            "id IN (SELECT id FROM o WHERE paid)",
            "id IN (SELECT id FROM o EXCEPT SELECT id FROM o WHERE paid)",
            "id IN (SELECT id FROM o INTERSECT SELECT id FROM gone)",
            "EXISTS (SELECT 1 FROM gone WHERE gone.id = o.id)",
            "NOT EXISTS (SELECT 1 FROM customers c WHERE c.id = o.customer)",
            "NOT EXISTS (SELECT 1 FROM o p WHERE p.code = o.code AND p.id < o.id)",
            "id > ALL (SELECT order_id FROM gone WHERE order_id < 10)",
        ],
    );
    all_are(
        True,
        &[
            "id IN (SELECT id FROM o OFFSET 0)",
            "id IN (SELECT p.id FROM o p WHERE p.id = o.id)",
            "id IN (SELECT id FROM o UNION SELECT id FROM gone)",
            "id >= ANY (SELECT id FROM o)",
            "id = ANY (ARRAY(SELECT id FROM o))",
            "id IN (SELECT id FROM o GROUP BY id)",
        ],
    );
    all_are(
        Unknown,
        &[
            "id >= (SELECT min(id) FROM o)",
            "(SELECT max(id) FROM o) >= id",
            "id > (SELECT min(id) - 1 FROM o)",
            "id = (SELECT p.id FROM o p WHERE p.id = o.id)",
            "EXISTS (SELECT 1 FROM o p WHERE p.id = o.id)",
            "EXISTS (SELECT 1 FROM o WHERE o.id > 0)",
            "0 <= (SELECT count(*) FROM o x WHERE x.id = o.id)",
            "EXISTS (SELECT 1 FROM customers c WHERE c.gone)",
            "EXISTS (SELECT count(*) FROM gone WHERE gone.id = o.id)",
            "5 IN (SELECT gone.id FROM gone)",
        ],
    );
}

#[test]
fn what_lies_between_two_values_whatever_it_is_made_of_bounds_nothing() {
    all_are(True, &["left(name, 0) = ''", "substr(name, 1, 0) = ''", "substring(name from 1 for 0) = ''"]);
    all_are(
        Unknown,
        &[
            "sign(id) <= 1",
            "cos(id) >= -1",
            "extract(month from created_at) <= 12",
            "date_part('hour', created_at) < 24",
            "left(name, 5000) = name",
            "substr(name, 1) = name",
            "replace(name, name, '') = ''",
            "position(name in name) = 1",
            "regexp_replace(name, '.*', '') = ''",
            "addr << '0.0.0.0/0'",
            "addr <<= '::/0'::inet",
            "tags @> '{}'",
            "tags @> ARRAY[]::text[]",
        ],
    );
    all_are(
        False,
        &[
            "sign(total) = -1",
            "extract(month from created_at) = 5",
            "extract(day from now() - created_at) > 90",
            "date_part('year', created_at) < 2020",
            "left(name, 3) = 'abc'",
            "substr(name, 1, 3) = 'abc'",
            "substring(name from 2) = 'abc'",
            "replace(name, 'a', '') = ''",
            "addr << '10.0.0.0/8'",
            "tags @> '{old}'",
        ],
    );
}

#[test]
fn what_is_joined_is_not_what_is_changed() {
    for (text, expected) in [
        ("DELETE FROM o USING c WHERE c.id = o.cid AND c.gone", False),
        ("DELETE FROM o USING c WHERE c.gone", Unknown),
        ("UPDATE o SET a = 1 FROM c WHERE c.id > 0", Unknown),
        ("UPDATE o SET a = s.t FROM (SELECT id, sum(x) AS t FROM c GROUP BY id) s WHERE s.id = o.id", False),
        ("DELETE FROM o a USING o b WHERE a.id > b.id AND a.code = b.code", False),
        ("DELETE FROM o a USING o b WHERE a.id = b.id", True),
        ("UPDATE o SET a = 1 FROM o b WHERE b.id = o.id", True),
        ("DELETE FROM o x WHERE id = x.id", True),
        ("WITH x AS (SELECT id FROM o) DELETE FROM o WHERE id IN (SELECT id FROM x)", True),
        ("WITH x AS (SELECT id FROM o WHERE paid) DELETE FROM o WHERE id IN (SELECT id FROM x)", False),
        ("WITH x AS (SELECT id FROM c) DELETE FROM o WHERE id IN (SELECT id FROM x)", False),
    ] {
        assert_eq!(unbounded_in(text, SqlDialect::Postgres), expected, "{text}");
    }
    let update = "UPDATE x SET a = 1 FROM orders x WHERE x.id = 1";
    assert_eq!(unbounded_in(update, SqlDialect::MsSql), False);
    let delete = "DELETE FROM o WHERE id = 1 || 1 = 1";
    assert_eq!(unbounded_in(delete, SqlDialect::MySql), True);
}

#[test]
fn no_condition_takes_long() {
    let wide: Vec<String> = (0..60).map(|at| format!("a{at} * 7 <> 3")).collect();
    let many: Vec<String> = (0..4000).map(|at| at.to_string()).collect();
    let mut nested = "id = id".to_owned();
    for _ in 0..14 {
        nested = format!("id IN (SELECT id FROM o WHERE {nested})");
    }
    let around = |open: &str, close: &str| format!("{}id{}", open.repeat(14), close.repeat(14));
    let mut chosen = "id".to_owned();
    for _ in 0..6 {
        chosen = format!("CASE ({chosen}){} END", " WHEN a THEN 1".repeat(40));
    }
    let conditions = [
        format!("{} > 1", around("abs(", ")")),
        format!("{} > 1", around("nullif(", ", 1)")),
        format!("{} > 1", around("floor(abs(", "))")),
        format!("{} > 1", around("coalesce(nullif(", ", 1), a)")),
        format!("id > {} 1{}", "(SELECT 1 WHERE id = ".repeat(14), ")".repeat(14)),
        format!("id >= {}1{}", "(SELECT id FROM o WHERE id = ".repeat(14), ")".repeat(14)),
        format!("id{} IS NULL", " IS DISTINCT FROM NULL".repeat(60)),
        format!("id || '{}' <> id || '{}'", "x".repeat(4000), "y".repeat(4000)),
        format!("{chosen} > 5"),
        format!("id - id = 0{}", "; DELETE FROM o WHERE a * b - b * a + c * 0 = 0".repeat(300)),
        wide.join(" OR "),
        format!("id * 0 NOT IN ({})", many.join(",")),
        format!("{} AND id - id = 0", nested),
        format!("id{} > 0", " + id * 0".repeat(400)),
        format!("id{} > 0", " || id".repeat(900)),
        format!("{} id = 1", "NOT ".repeat(40)),
        format!("id = 1{}", " OR id = 2".repeat(400)),
    ];
    let work = move || {
        for condition in conditions {
            let start = std::time::Instant::now();
            let facet = SqlScript::parse(&format!("DELETE FROM o WHERE {condition}"), SqlDialect::Postgres);
            assert!(facet.values.len() + facet.open.iter().len() > 0, "{condition:.60}");
            let took = start.elapsed();
            assert!(took.as_millis() < 2000, "{condition:.60} took {took:?}");
        }
    };
    std::thread::Builder::new().stack_size(2 * 1024 * 1024).spawn(work).unwrap().join().unwrap();
}
