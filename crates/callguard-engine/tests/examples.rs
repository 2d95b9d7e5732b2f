//! Examples of contracts are judged when a policy loads.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests read the files that they are about")]

mod support;

use callguard_engine::decide::Operators;
use callguard_engine::policy::{LoadInput, NoBases, PolicyFile, load};
use callguard_engine::value::Value;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use support::{Given, findings_and_sources};

/// The findings of a policy with one contract, with the text that each is about.
fn judged(contract: &str) -> String {
    let text = format!("apiVersion: callguard/v1\nkind: Policy\nmetadata: {{ name: p }}\nspec:\n{contract}");
    let (found, sources) = findings_and_sources("policy.yaml", text.as_bytes(), &NoBases);
    let mut out = String::new();
    for found in found {
        writeln!(out, "{} {}: {}", found.code, sources.text(found.span.unwrap()), found.message).unwrap();
        for help in found.help {
            writeln!(out, "    {help}").unwrap();
        }
    }
    out
}

#[test]
fn a_failing_example_shows_what_every_leaf_found() {
    const TABLE: &[&str] = &[
        "  preconditions:\n    - id: a\n      tools: deploy\n      when: { environment: production, args.n: { greater_than: 5 } }\n      unless: { principal.roles: { contains: admin } }\n      action: deny\n      examples:\n        matches:\n          - { environment: staging, args: { n: 6 } }\n          - { environment: production, args: { n: [6] } }\n          - { environment: production, args: { n: 6 }, principal: { roles: [admin] } }\n          - { tool: other, environment: production, args: { n: 6 } }\n          - { environment: production, args: { n: 6 }, unknown: true }\n        misses:\n          - { environment: production, args: { n: 6 } }\n          - { environment: production, args: { n: \"many\" } }\n          - { environment: staging, unknown: true }\n",
        "  default: deny\n  preconditions:\n    - id: a\n      tools: look\n      when: { args.n: { less_than: 5 } }\n      action: allow\n      examples:\n        matches: [{ args: { n: [4] } }]\n        misses: [{ args: { n: [4] } }, { args: { n: 4 } }]\n",
        "  postconditions:\n    - id: a\n      tools: query\n      redact: { detect: [us_ssn], with: gone }\n      examples:\n        matches: [{ output: { text: nothing } }, {}]\n        misses: [{ output: { text: 078-05-1120 } }]\n",
        "  session:\n    - id: a\n      tools: run\n      when: { session.attempts: { at_least: 2 } }\n      examples:\n        matches: [{}]\n        misses: [{ session: { attempts: 2 } }]\n",
        "  preconditions:\n    - id: a\n      tools: [\"x_*\", \"!x_y\"]\n      action: deny\n      examples:\n        matches: [{}]\n        misses: [{ tool: x_y }]\n",
        "  facts: { frozen: boolean }\n  preconditions:\n    - id: a\n      tools: deploy\n      when: { facts.frozen: true }\n      action: deny\n      examples:\n        matches: [{ facts: { frozen: true } }, {}]\n",
        "  preconditions:\n    - id: a\n      tools: deploy\n      action: deny\n      examples: { matches: [{ args_json: '{\"a\": 1, \"a\": 2}' }], misses: [{ arguments: {} }] }\n",
    ];
    let report: String = TABLE.iter().map(|contract| format!("{contract}\n{}\n", judged(contract))).collect();
    insta::assert_snapshot!("failing", report);
}

#[test]
fn a_base_is_judged_as_it_is_written() {
    let base = "apiVersion: callguard/v1\nkind: Policy\nmetadata: { name: base }\nspec:\n  define: { live: production }\n  \
                preconditions:\n    - id: a\n      tools: deploy\n      when: { environment: $live }\n      action: deny\n      \
                examples: { matches: [{ environment: ENV }] }\n";
    let child = b"apiVersion: callguard/v1\nkind: Policy\nmetadata: { name: child }\nspec:\n  extends: [base.yaml]\n  \
                  define: { live: prod }\n";
    let found = |env: &str| {
        let bases = Given(vec![("base.yaml".to_owned(), base.replace("ENV", env).into_bytes())]);
        findings_and_sources("child.yaml", child, &bases).0
    };
    assert!(found("production").is_empty(), "{:?}", found("production"));
    let codes: Vec<String> = found("prod").iter().map(|found| found.code.to_string()).collect();
    assert_eq!(codes, ["CG0701"]);
}

#[test]
fn operators_of_the_host_are_asked() {
    let text = "apiVersion: callguard/v1\nkind: Policy\nmetadata: { name: p }\nspec:\n  preconditions:\n    - id: a\n      \
                tools: pay\n      when: { args.n: { x_even: true } }\n      action: deny\n      \
                examples: { matches: [{ args: { n: 4 } }], misses: [{ args: { n: 5 } }] }\n";
    let mut operators = Operators::default();
    let even = |value: &Value, _: &Value| match value {
        Value::Number(number) => number.as_u64().map(|number| number % 2 == 0),
        _ => None,
    };
    operators.register("x_even", Arc::new(even)).unwrap();
    let files = vec![PolicyFile::new("policy.yaml", text)];
    let loaded = load(LoadInput { files, bases: &NoBases, operators: Arc::new(operators) });
    assert!(loaded.is_ok(), "{:?}", loaded.err().map(|errors| errors.diagnostics));
}

/// Every policy of the corpus loads, its examples included.
#[test]
fn every_case_loads() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../spec/cases");
    let mut pending = vec![root];
    let mut failed = Vec::new();
    let mut loaded = 0;
    while let Some(directory) = pending.pop() {
        let mut entries: Vec<PathBuf> =
            std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        for path in entries {
            if path.is_dir() {
                pending.extend((!path.ends_with("_files")).then_some(path));
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            let bases = Beside(path.parent().unwrap().to_owned());
            let (found, sources) = findings_and_sources("case.yaml", &bytes, &bases);
            let errors = support::errors(&found);
            loaded += 1;
            failed.extend(errors.into_iter().map(|found| {
                let line = found.span.map_or(0, |span| sources.line_column(span).0);
                format!("{}:{line}: {} {} {:?}", path.display(), found.code, found.message, found.help)
            }));
        }
    }
    assert!(loaded >= 100, "{loaded} cases found");
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// The bases beside a case.
struct Beside(PathBuf);

impl callguard_engine::policy::Bases for Beside {
    fn read(&self, from: &str, reference: &str) -> Result<PolicyFile, String> {
        let name = Path::new(from).parent().unwrap().join(reference).to_string_lossy().into_owned();
        let bytes = std::fs::read(self.0.join(&name)).map_err(|error| error.to_string())?;
        Ok(PolicyFile::new(name, bytes))
    }
}

/// What ships loads, its examples included.
#[test]
fn every_template_loads() {
    let mut failed = Vec::new();
    for template in callguard_engine::policy::templates::TEMPLATES {
        let file = PolicyFile::from(template);
        let (found, sources) = findings_and_sources(&file.name, &file.bytes, &NoBases);
        failed.extend(support::errors(&found).into_iter().map(|found| {
            let line = found.span.map_or(0, |span| sources.line_column(span).0);
            format!("{}:{line}: {} {} {:?}", template.name, found.code, found.message, found.help)
        }));
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
