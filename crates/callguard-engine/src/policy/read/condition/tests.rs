#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used)]

use super::{ConditionKey, ConditionPlace, read_condition};
use crate::diagnostic::{Diagnostic, Severity};
use crate::policy::model::{Condition, FactType, Kind, Operand, Quantifier, Selector, Test, TextPattern, TypedTest};
use crate::policy::read::Cx;
use crate::policy::register::operators::{OPERATORS, Takes};
use crate::source::{Sources, read_documents};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

const FACTS: &[(&str, FactType)] = &[
    ("frozen", FactType::Boolean),
    ("score", FactType::Number),
    ("tier", FactType::String),
    ("teams", FactType::List),
    ("user", FactType::Object),
];

struct Read {
    condition: Option<Condition>,
    found: Vec<Diagnostic>,
    sources: Sources,
}

fn read_in(kind: Kind, text: &str) -> Read {
    let mut sources = Sources::default();
    let file = sources.add("policy.yaml", text);
    let (documents, mut found) = read_documents(&sources, file);
    let operators = BTreeSet::from(["x_signed".to_owned()]);
    let mut cx = Cx::new(&sources, &operators);
    cx.facts = BTreeMap::from_iter(FACTS.iter().map(|(name, fact)| ((*name).to_owned(), *fact)));
    let place = ConditionPlace { kind, key: ConditionKey::When };
    let condition = documents.first().and_then(|node| read_condition(node, &mut cx, place));
    found.extend(cx.into_diagnostics());
    Read { condition, found, sources }
}

fn read(text: &str) -> Read {
    read_in(Kind::Precondition, text)
}

impl Read {
    fn report(&self) -> String {
        let mut out = String::new();
        for found in &self.found {
            let (line, column) = found.span.map_or((0, 0), |span| self.sources.line_column(span));
            let under = found.span.map_or("", |span| self.sources.text(span));
            writeln!(out, "{} {line}:{column} `{under}`: {}", found.code, found.message).unwrap();
            for help in &found.help {
                writeln!(out, "    help: {help}").unwrap();
            }
        }
        out
    }

    fn sound(self) -> Condition {
        assert!(self.found.is_empty(), "{}", self.report());
        self.condition.expect("a condition without findings is read")
    }
}

/// The tests of the only leaf.
fn tests_of(text: &str) -> Vec<Test> {
    let condition = read(text).sound();
    let leaves = condition.leaves();
    assert_eq!(leaves.len(), 1, "{text}");
    leaves.first().unwrap().tests.clone()
}

fn test_of(text: &str) -> Test {
    let mut tests = tests_of(text);
    assert_eq!(tests.len(), 1, "{text}");
    tests.remove(0)
}

#[test]
fn what_loads_has_no_findings() {
    const LOADS: &[&str] = &[
        "{ environment: production }",
        "{ environment: [production, prod] }",
        "{ args.n: 1.50 }",
        "{ args.force: true }",
        "{ args.n: { greater_than: 1000, at_most: 50000 } }",
        "{ args.at: { less_than: \"2026-01-01T00:00:00Z\" } }",
        "{ args.day: { at_least: 2026-01-01 } }",
        "{ \"args.items[*].price\": { some: { at_most: 3 }, count: { at_least: 1 } } }",
        "{ \"args.items[*].price\": { every: [1, 2] } }",
        "{ args.**: { contains: hunter2, ignore_case: true } }",
        "{ args.**: { count: 0 } }",
        "{ args.**: { under: ~/.ssh } }",
        "{ principal.roles: { contains_all: [a, b] } }",
        "{ principal.roles: [admin, sre] }",
        "{ principal.roles: { count: { less_than: 2 } } }",
        "{ time.weekday: [saturday, sunday] }",
        "{ time.date: { at_least: 2026-12-20, at_most: 2026-12-31 } }",
        "{ time.date: { starts_with: \"2026-12\" } }",
        "{ time.hour: { at_least: 22 } }",
        "{ tool.side_effect: { not_in: [pure, read] } }",
        "{ call.side_effect: { equals: [write, irreversible] } }",
        "{ facts.frozen: true, facts.score: { less_than: 50 }, facts.tier: free, facts.teams: { contains: core } }",
        "{ facts.user.name: ann, \"facts.teams[0]\": core }",
        "{ args.owner: { not_equals: \"${principal.user_id}\" } }",
        "{ args.role: { in: \"${principal.roles}\" } }",
        "{ args.amount: { greater_than: \"${metadata.budget}\" } }",
        "{ args.path: { starts_with: \"${metadata.root}\" } }",
        "{ call.paths: { under: [/etc, ~], not_path_like: [\"*.md\", \"!secret.md\"] } }",
        "{ call.paths: /etc/passwd }",
        "{ call.paths: { exists: false } }",
        "{ call.hosts: { not_domain: example.com, port: [80, 443] } }",
        "{ call.hosts: [\"Example.COM:443\", \"git-remote:origin\"] }",
        "{ call.urls: { scheme: http, has_credentials: false } }",
        "{ call.commands: { runs: [\"rm -r\"] } }",
        "{ call.commands: { not_fully_understood: true } }",
        "{ call.sql: { statement: [delete, drop], not_table: audit, unbounded: true } }",
        "{ args.v: { is: [string, null] } }",
        "{ args.v: { is: null } }",
        "{ args.text: { detects: [secret, us_ssn] } }",
        "{ args.text: { longer_than: 10, shorter_than: 20 } }",
        "{ args.text: { matches: '^\\d+$', not_like: '*.md' } }",
        "{ args.text: { matches: '^\\$x$' } }",
        "{ args.text: { starts_with: 404 } }",
        "{ args.text: $$name }",
        "{ args.text: \"$${args.x}\" }",
        "{ args.text: $5 }",
        "{ args.doc: { x_signed: { by: ann } } }",
        "{ call.hosts: { x_signed: true } }",
        "{ any: [{ environment: a }, { not: { args.n: 1 } }, { all: [{ tool: x }] }] }",
        "{ \"args[\\\"odd.key\\\"]\": 1 }",
        "{ call.hosts: { address: [private, 10.0.0.0/8] } }",
    ];
    for text in LOADS {
        read(text).sound();
    }
    for text in ["{ session.labels: { contains_all: [a, b] } }", "{ 'session.calls_of[\"mail\"]': { at_least: 1 } }"] {
        read_in(Kind::Session, text).sound();
    }
    for text in ["{ output.is_error: true, output.text: { contains: x } }", "{ output: { is: object } }"] {
        read_in(Kind::Postcondition, text).sound();
    }
}

#[test]
fn what_cannot_do_what_it_says_is_refused() {
    const REFUSED: &[&str] = &[
        // The map.
        "true",
        "[{ environment: a }]",
        "{}",
        "{ any: [] }",
        "{ any: { environment: a } }",
        "{ all: [{}] }",
        "{ not: [{ environment: a }] }",
        "{ or: [{ environment: a }] }",
        "{ environment: {} }",
        "{ environment: [] }",
        "{ environment: { not_in: [] } }",
        "{ environment: { equals: a }, principal.rol: { lik: x } }",
        // Operators.
        "{ args.n: { greater: 5 } }",
        "{ args.n: { gt: 5 } }",
        "{ args.n: { contains_any: [a] } }",
        "{ args.n: { frobnicate: a } }",
        "{ args.n: { x_sinned: a } }",
        "{ args.n: { x_other: a } }",
        "{ args.n: { not: { equals: 5 } } }",
        "{ principal.roles: admin }",
        "{ principal.roles: { not_equals: admin } }",
        "{ principal.roles: { longer_than: 2 } }",
        "{ time.hour: { starts_with: \"1\" } }",
        "{ environment: { under: /etc } }",
        "{ environment: { greater_than: 5 } }",
        "{ call.commands: { under: /etc } }",
        "{ call.commands: { matches: rm } }",
        "{ call.paths: { domain: example.com } }",
        "{ call.paths: { like: '*.env' } }",
        "{ call.hosts: { scheme: http } }",
        "{ call.hosts: { detects: secret } }",
        "{ tool: { runs: rm } }",
        "{ facts.frozen: { matches: x } }",
        "{ facts.teams: { under: /etc } }",
        "{ environment: { count: 1 } }",
        // Operands.
        "{ args.n: null }",
        "{ args.n: { not_equals: ~ } }",
        "{ args.n: { equals: { a: 1 } } }",
        "{ args.n: { in: [[1]] } }",
        "{ args.n: { exists: maybe } }",
        "{ args.n: { greater_than: many } }",
        "{ args.n: { greater_than: [1, 2] } }",
        "{ args.n: { at_least: null } }",
        "{ args.items: { count: -1 } }",
        "{ args.items: { count: {} } }",
        "{ args.items: { count: { equals: 5 } } }",
        "{ args.items: { count: { atleast: 5 } } }",
        "{ args.items: { count: { less_than: 0 } } }",
        "{ args.text: { longer_than: ten } }",
        "{ args.text: { shorter_than: 0 } }",
        "{ args.text: { ignore_case: true } }",
        "{ args.text: { at_least: 5, ignore_case: true } }",
        "{ args.text: { contains: x, ignore_case: maybe } }",
        "{ args.text: { contains: '' } }",
        "{ args.text: { starts_with: '' } }",
        "{ args.text: { matches: '(unclosed' } }",
        "{ args.text: { matches: '(a)\\1' } }",
        "{ args.text: { matches: '(?=a)' } }",
        "{ args.text: { matches: '\\w{500}{10}' } }",
        "{ args.v: { is: text } }",
        "{ args.v: { is: strin } }",
        "{ time.hour: { is: string } }",
        "{ args.text: { detects: us_snn } }",
        "{ time.weekday: Mon }",
        "{ time.weekday: someday }",
        "{ tool.side_effect: reads }",
        "{ time.hour: 24 }",
        "{ time.hour: 9.5 }",
        "{ time.hour: { at_least: 24 } }",
        "{ time.hour: { less_than: 0 } }",
        "{ time.hour: nine }",
        "{ time.date: tomorrow }",
        "{ time.date: { at_least: 5 } }",
        "{ principal.user_id: 5 }",
        "{ environment: true }",
        "{ facts.frozen: \"yes\" }",
        "{ facts.score: { greater_than: 2026-01-01 } }",
        "{ call.hosts: { address: internal } }",
        "{ call.hosts: { address: [private, 10.0.0.0/40] } }",
        "{ call.hosts: { port: 0 } }",
        "{ call.hosts: { port: http } }",
        "{ call.hosts: 5 }",
        "{ call.urls: example.com }",
        "{ call.paths: { under: '*.md' } }",
        "{ call.paths: '' }",
        "{ call.urls: { has_credentials: maybe } }",
        // Fields.
        "{ args.owner: \"${principal.user}\" }",
        "{ args.owner: \"${args.items[*]}\" }",
        "{ args.owner: \"${call.paths}\" }",
        "{ args.owner: \"${output.text}\" }",
        "{ args.owner: \"${principal.roles}\" }",
        "{ time.hour: \"${principal.user_id}\" }",
        "{ args.path: { under: \"${metadata.root}\" } }",
        "{ args.path: { like: \"${metadata.root}\" } }",
        "{ args.path: { matches: \"${metadata.root}\" } }",
        "{ args.tags: { contains_all: \"${metadata.tags}\" } }",
        "{ call.paths: \"${metadata.path}\" }",
        // Quantifiers.
        "{ args.n: { some: { equals: 5 } } }",
        "{ \"args.n[*]\": { every: { exists: true } } }",
        "{ \"args.n[*]\": { some: {} } }",
    ];
    let mut report = String::new();
    for text in REFUSED {
        let read = read(text);
        let errors = read.found.iter().filter(|found| found.severity == Severity::Error).count();
        assert!(errors > 0 && read.condition.is_none(), "{text} loads");
        writeln!(report, "{text}\n{}", read.report()).unwrap();
    }
    insta::assert_snapshot!("refused", report);
}

#[test]
fn what_is_probably_not_meant_lints() {
    const LINTS: &[&str] = &[
        "{ args.country: no }",
        "{ args.mode: 0777 }",
        "{ args.text: { matches: \"\\brm\\b\" } }",
        "{ call.hosts: { not_address: public } }",
        "{ args.path: \"${metadata.root}/x\" }",
        "{ tool: \"mcp__*\" }",
        "{ call.paths: /etc/* }",
        "{ call.hosts: [Example.COM, \"git-remote:origin\"] }",
        "{ call.hosts: { not_in: [\"127.1\"] } }",
    ];
    let mut report = String::new();
    for text in LINTS {
        let read = read(text);
        assert!(read.condition.is_some(), "{text} does not load");
        assert!(!read.found.is_empty(), "{text} does not lint");
        writeln!(report, "{text}\n{}", read.report()).unwrap();
    }
    insta::assert_snapshot!("lints", report);
}

#[test]
fn every_error_is_found_at_once() {
    let text = "{ enviroment: a, args.n: { greater: 5, matches: '(' }, any: [{}, { time.hour: 25 }] }";
    let codes: Vec<String> = read(text).found.iter().map(|found| found.code.to_string()).collect();
    assert_eq!(codes, ["CG0301", "CG0305", "CG0308", "CG0206", "CG0307"]);
}

#[test]
fn a_single_entry_needs_no_all_around_it() {
    assert!(matches!(read("{ tool: a }").sound(), Condition::Leaf(_)));
    assert!(matches!(read("{ tool: a, environment: b }").sound(), Condition::All(parts) if parts.len() == 2));
    assert!(matches!(read("{ not: { tool: a } }").sound(), Condition::Not(_)));
    assert!(matches!(read("{ any: [{ tool: a }] }").sound(), Condition::Any(parts) if parts.len() == 1));
}

#[test]
fn dollars_are_read_here() {
    let literal = |text: &str| match test_of(text) {
        Test::Equals(operands) => match operands.positive.as_slice() {
            [Operand::Literal(value)] => value.as_str().unwrap().to_owned(),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    };
    assert_eq!(literal("{ args.text: $$name }"), "$name");
    assert_eq!(literal("{ args.text: \"$${args.x}\" }"), "${args.x}");
    assert_eq!(literal("{ args.text: $$ }"), "$$");
    assert_eq!(literal("{ args.text: $5 }"), "$5");
    let field = test_of("{ args.owner: { equals: \"${principal.user_id}\" } }");
    let Test::Equals(operands) = field else { panic!("{field:?}") };
    assert!(matches!(operands.positive.as_slice(), [Operand::Field(Selector::Principal(_))]));
    let prefix = test_of("{ args.path: { not_contains: x } }");
    assert!(matches!(prefix, Test::Contains(operands) if operands.negated));
    let prefix = test_of("{ args.path: { starts_with: [a, \"${metadata.root}\"] } }");
    let Test::Text(_, patterns) = prefix else { panic!("{prefix:?}") };
    assert!(matches!(patterns.positive.as_slice(), [TextPattern::Literal(_), TextPattern::Field(_)]));
}

#[test]
fn wildcards_are_of_the_whole_value() {
    let Test::Text(_, patterns) = test_of("{ args.text: { like: 'a*.m?', ignore_case: true } }") else { panic!() };
    let [TextPattern::Regex { source, regex }] = patterns.positive.as_slice() else { panic!() };
    assert_eq!(source, "a*.m?");
    for (text, expected) in [("a.md", true), ("A\nb.MD", true), ("xa.md", false), ("a.mdx", false), ("axmd", false)] {
        assert_eq!(regex.is_match(text), Some(expected), "{text:?}");
    }
}

#[test]
fn paths_are_equal_as_paths_and_hosts_in_their_canonical_form() {
    let Test::Typed(typed) = test_of("{ call.paths: { not_in: [/etc/passwd] } }") else { panic!() };
    assert!(typed.negated && matches!(typed.positive, TypedTest::Path(_)));
    let Test::Equals(operands) = test_of("{ call.hosts: \"Example.COM:443\" }") else { panic!() };
    assert_eq!(operands.positive, [Operand::Literal("example.com:443".into())]);
}

#[test]
fn quantifiers_stand_beside_what_looks_at_all_values() {
    let text = "{ \"args.to[*]\": { some: { ends_with: x }, every: { is: string }, count: { at_least: 1 } } }";
    let condition = read(text).sound();
    let quantifiers: Vec<Option<Quantifier>> = condition.leaves().iter().map(|leaf| leaf.quantifier).collect();
    assert_eq!(quantifiers, [Some(Quantifier::Some), Some(Quantifier::Every), None]);
}

#[test]
fn a_leaf_spans_its_selector_and_its_operators() {
    let text = "{ environment: production }";
    let read = read(text);
    let condition = read.condition.clone().unwrap();
    let span = condition.leaves().first().unwrap().span;
    assert_eq!(read.sources.text(span), "environment: production");
}

/// The register is consistent, and every row is read on everything that it says it applies to.
#[test]
fn every_operator_is_read_on_what_it_applies_to() {
    for row in OPERATORS {
        if let Some(positive) = row.negates {
            let other = OPERATORS.iter().find(|other| other.name == positive).expect("a negation has a positive");
            assert_eq!(row.on, other.on, "{}", row.name);
            assert_eq!(row.groups, other.groups, "{}", row.name);
            assert_eq!(row.name, format!("not_{positive}"));
        }
        let operand = match row.takes {
            Takes::Flag(_) | Takes::TypedFlag(_) => "true",
            Takes::Scalars { .. } | Takes::Texts(_) | Takes::Typed(_) => "[example]",
            Takes::Ordered(_) | Takes::Length(_) | Takes::Count | Takes::Ports(_) => "5",
            Takes::Types => "string",
            Takes::Detectors => "email",
        };
        let operand = match row.name {
            "address" | "not_address" => "private",
            "statement" | "not_statement" => "select",
            "scheme" | "not_scheme" => "https",
            _ => operand,
        };
        read(&format!("{{ args.x: {{ {}: {operand} }} }}", row.name)).sound();
    }
}
