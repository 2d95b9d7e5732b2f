//! Policy tests that cannot be run say why; those that fail say what came instead.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use callguard::policy_files;
use callguard::testing::{Coverage, Seen, Share, TestError, TestResult, run_file};

const POLICY: &str = "apiVersion: callguard/v1\nkind: Policy\nmetadata: { name: p }\nspec:\n  preconditions:\n    \
    - { id: d, tools: drop, unless: { any: [ { principal.role: admin }, { not: { environment: production } } ] }, action: deny, message: never }\n";

fn case(text: &str) -> String {
    format!("{POLICY}---\napiVersion: callguard/v1\nkind: PolicyTest\nmetadata: {{ name: t }}\ncases:\n{text}")
}

fn results(text: &str) -> Result<Vec<TestResult>, TestError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.yaml");
    std::fs::write(&path, text).unwrap();
    run_file(path.to_str().unwrap(), None)
}

fn run(text: &str) -> Result<Vec<Vec<String>>, TestError> {
    Ok(results(text)?.into_iter().flat_map(|result| result.cases).map(|case| case.failures).collect())
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

/// What each template says is shown by its own tests: every contract applies, every condition is true and is false.
#[test]
fn the_tests_of_templates_see_all_of_them() {
    for template in callguard::engine::policy::templates::TEMPLATES {
        let results = run_file(&format!("template/{}", template.name), None).unwrap();
        let coverage = &results[0].coverage;
        let (contracts, outcomes) = (coverage.of_contracts(), coverage.of_conditions());
        assert!(contracts.of > 3 && outcomes.of > 8, "{}: {contracts:?}, {outcomes:?}", template.name);
        assert_eq!((contracts.seen, outcomes.seen), (contracts.of, outcomes.of), "{}", template.name);
    }
}

#[test]
fn coverage_counts_each_truth_where_it_is_written() {
    let cases = "  - { name: one, call: { tool: drop, environment: production }, expect: deny }\n  \
         - { name: two, call: { tool: drop, environment: staging }, expect: allow }\n  \
         - { name: three, call: { tool: keep }, expect: allow }\n";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.yaml");
    std::fs::write(&path, case(cases)).unwrap();
    let seen = || run_file(path.to_str().unwrap(), None).unwrap().remove(0).coverage;
    let shares = |coverage: &Coverage| (coverage.of_contracts(), coverage.of_conditions());
    let mut coverage = seen();
    // Nobody is an admin.
    assert_eq!(shares(&coverage), (Share { seen: 1, of: 1 }, Share { seen: 3, of: 4 }));
    coverage.merge(seen());
    assert_eq!(shares(&coverage), (Share { seen: 1, of: 1 }, Share { seen: 3, of: 4 }));
    let contract = coverage.contracts().next().unwrap();
    assert_eq!((contract.id.as_str(), contract.place.line), ("p/d", 6));
    assert_eq!(contract.seen, Seen { held: 2, failed: 2, unknown: 0 });
    let conditions: Vec<_> = contract.conditions.iter().map(|c| (c.text.as_str(), c.excuses, c.outcomes())).collect();
    assert_eq!(conditions, [("principal.role: admin", true, 1), ("environment: production", true, 2)]);
    assert_eq!(Share::default().percent().to_string(), "100");
}
