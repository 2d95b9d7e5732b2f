//! Queries that give every row, or may.

use super::*;

#[test]
fn what_a_query_makes_of_the_table_may_be_all_of_it() {
    all_are(
        Unknown,
        &[
            "id = ANY (SELECT array_agg(id) FROM o)",
            "id = ANY ((SELECT array_agg(id) FROM o)::int[])",
            "id = ANY (coalesce((SELECT array_agg(id) FROM o), '{}'))",
            "id IN (SELECT unnest(array_agg(id)) FROM o)",
            "id IN (SELECT * FROM unnest((SELECT array_agg(id) FROM o)))",
            "id IN (SELECT coalesce(id, 0) FROM o)",
            "lower(email) IN (SELECT lower(email) FROM o)",
        ],
    );
    all_are(
        False,
        &[
            "id = ANY ((SELECT array_agg(id) FROM o WHERE paid)::int[])",
            "id IN (SELECT coalesce(id, 0) FROM o WHERE paid)",
            "id IN (SELECT * FROM unnest((SELECT array_agg(order_id) FROM gone)))",
            "total = (SELECT sum(total) FROM o)",
        ],
    );
}

#[test]
fn a_query_of_a_with_may_have_every_row_under_any_name() {
    for (with, condition, expected) in [
        ("a(x) AS (SELECT id FROM o)", "id IN (SELECT x FROM a)", Unknown),
        ("a AS (SELECT id AS x FROM o)", "id IN (SELECT x FROM a)", Unknown),
        ("a AS (SELECT id FROM o UNION SELECT 1)", "id IN (SELECT id FROM a)", Unknown),
        ("a AS (SELECT * FROM (SELECT id FROM o) p)", "id IN (SELECT id FROM a)", Unknown),
        ("a AS (SELECT array_agg(id) AS ids FROM o)", "id = ANY ((SELECT ids FROM a)::int[])", Unknown),
        ("a AS (SELECT id FROM o), b AS (SELECT id FROM a)", "id IN (SELECT id FROM b)", True),
        ("a AS (SELECT id AS x FROM o), b AS (SELECT x AS id FROM a)", "id IN (SELECT id FROM b)", Unknown),
        ("a(x) AS (SELECT id FROM o WHERE paid)", "id IN (SELECT x FROM a)", False),
        ("a(x) AS (SELECT id FROM o)", "id IN (SELECT x FROM a WHERE x < 9)", False),
        ("a AS (SELECT * FROM (SELECT id FROM c) p)", "id IN (SELECT id FROM a)", False),
        ("a AS (SELECT id FROM o EXCEPT SELECT id FROM o WHERE paid)", "id IN (SELECT id FROM a)", False),
        ("a AS (SELECT id FROM o LIMIT 9)", "id IN (SELECT id FROM a)", False),
    ] {
        let text = format!("WITH {with} DELETE FROM o WHERE {condition}");
        assert_eq!(unbounded_in(&text, SqlDialect::Postgres), expected, "{text}");
    }
    for (text, expected) in [
        ("WITH x AS (SELECT id FROM o) DELETE FROM o USING x WHERE x.id = o.id", True),
        ("WITH x(y) AS (SELECT id FROM o) DELETE FROM o USING x WHERE x.y = o.id", Unknown),
        ("WITH x(y) AS (SELECT id FROM o) DELETE FROM o USING x WHERE x.y = o.id AND o.paid", False),
        ("DELETE FROM o USING (SELECT id AS y FROM o) x WHERE x.y = o.id", Unknown),
        ("DELETE FROM o USING (SELECT min(id) AS y, code FROM o GROUP BY code) x WHERE x.code = o.code", False),
    ] {
        assert_eq!(unbounded_in(text, SqlDialect::Postgres), expected, "{text}");
    }
}
