//! Policy tests that cannot be run say why; those that fail say what came instead.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use callguard::policy_files;
use callguard::testing::{TestError, run_file};

const POLICY: &str = "apiVersion: callguard/v1\nkind: Policy\nmetadata: { name: p }\nspec:\n  preconditions:\n    \
    - { id: d, tools: drop, unless: { any: [ { principal.role: admin }, { not: { environment: production } } ] }, action: deny, message: never }\n";

fn case(text: &str) -> String {
    format!("{POLICY}---\napiVersion: callguard/v1\nkind: PolicyTest\nmetadata: {{ name: t }}\ncases:\n{text}")
}

fn run(text: &str) -> Result<Vec<Vec<String>>, TestError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.yaml");
    std::fs::write(&path, text).unwrap();
    let results = run_file(path.to_str().unwrap(), None)?;
    Ok(results.into_iter().flat_map(|result| result.cases).map(|case| case.failures).collect())
}

#[test]
fn a_failure_says_what_was_expected_what_came_and_why() {
    let text = case(
        "  - name: wrong\n    call: { tool: drop, environment: production }\n    \
         expect: { decision: allow, contract: p/other, message: x, message_contains: y, applied: [p/z], would: ask, policy_error: true, labels: [l], output: { text: o } }\n  \
         - name: steps\n    steps:\n      - { call: { tool: drop, environment: production }, expect: allow, repeat: 2 }\n      \
         - { call: { tool: keep }, expect: deny }\n",
    );
    let failures = run(&text).unwrap();
    let said = failures[0].join("\n");
    for part in [
        "decision: expected allow, came deny",
        "contract:",
        "message:",
        "applied:",
        "would:",
        "policy_error:",
        "labels:",
        "output:",
        "p/d (deny)",
        "unless",
    ] {
        assert!(said.contains(part), "{part} in {said}");
    }
    assert!(failures[1].iter().any(|line| line.starts_with("step 1, time 2: ")), "{:?}", failures[1]);
    assert!(failures[1].iter().any(|line| line.starts_with("step 2: ")), "{:?}", failures[1]);
}

#[test]
fn what_cannot_be_run_is_an_error_of_its_kind() {
    assert!(matches!(run_file("nowhere.yaml", None), Err(TestError::Unreadable(_))));
    assert!(matches!(run_file("template/nothing", None), Err(TestError::Unreadable(_))));
    assert!(matches!(run(POLICY), Err(TestError::NoTests(_))));
    assert!(matches!(run(&case("  - { name: empty }\n")), Err(TestError::Invalid(..))));
    let broken =
        case("  - { name: c, call: { tool: keep }, expect: allow }\n").replace("action: deny", "action: denny");
    assert!(matches!(run(&broken), Err(TestError::Policy(_))));
}

#[test]
fn a_templates_tests_hold_for_it_and_fail_for_another() {
    let passed = |policies: Option<&[_]>| {
        let results = run_file("template/file-agent", policies).unwrap();
        results.iter().flat_map(|result| &result.cases).all(callguard::testing::CaseResult::passed)
    };
    assert!(passed(None));
    assert!(!passed(Some(&policy_files(["template/research-agent"]).unwrap())));
}
