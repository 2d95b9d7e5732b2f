//! Any text as SQL of every dialect: it means the same twice, what a statement is excused as it restricts as too, and a
//! statement that is added is seen, or the whole is in doubt.

#![no_main]

use callguard_engine::call::SideEffect;
use callguard_engine::call::facets::sql::{SqlScript, SqlTest, Statement};
use callguard_engine::decide::{Direction, Truth};
use callguard_engine::policy::model::SqlDialect;
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

const DIALECTS: [SqlDialect; 4] = [SqlDialect::Postgres, SqlDialect::MySql, SqlDialect::Sqlite, SqlDialect::MsSql];

static TESTS: LazyLock<[SqlTest; 3]> = LazyLock::new(|| {
    let list = |of: &[&str]| of.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    [
        SqlTest::statement(&list(&["select"])).expect("a statement"),
        SqlTest::table(&list(&["orders", "public.users"])).expect("tables"),
        SqlTest::unbounded(false),
    ]
});

fuzz_target!(|input: &[u8]| {
    let Ok(text) = std::str::from_utf8(input) else { return };
    for dialect in DIALECTS {
        let script = SqlScript::parse(text, dialect);
        let said = |script: &[_]| -> Vec<String> { script.iter().map(described).collect() };
        assert_eq!(said(&script.values), said(&SqlScript::parse(text, dialect).values), "read otherwise");
        for statement in script.values.iter().map(|found| &found.value) {
            for test in TESTS.iter() {
                let excuses = test.holds(statement, Direction::Excusing) == Truth::True;
                let restricts = test.holds(statement, Direction::Restricting) == Truth::True;
                // Without a table or a function "nothing but these" holds, and "one of these" does not.
                let names_none = statement.tables().next().is_none();
                assert!(!excuses || restricts || names_none, "it excuses and does not restrict");
            }
        }
        if script.open.is_none() && text.len() < 4096 {
            let more = SqlScript::parse(&format!("{text}\n;\nDROP TABLE added"), dialect);
            let sees = |found: &callguard_engine::call::facets::FacetValue<Statement>| {
                found.value.side_effect().is_none_or(|effect| effect > SideEffect::Read)
            };
            assert!(more.open.is_some() || more.values.iter().any(sees), "a statement that is added is not seen");
        }
    }
});

fn described(found: &callguard_engine::call::facets::FacetValue<Statement>) -> String {
    let words: Vec<&str> = found.value.words().collect();
    let tables: Vec<String> = found.value.tables().collect();
    format!("{words:?} {tables:?} {:?} {:?}", found.value.is_unbounded(), found.value.side_effect())
}
