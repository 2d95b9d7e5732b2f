//! `callguard replay` as a person runs it: exit code, standard output, and the calls that it writes.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "tests")]

mod common;

use common::shown_in;
use std::fs;

const ALL: &[&str] = &["replay", "--policy", "policy.yaml", "--audit-log", "audit.jsonl"];

fn replay(more: &[&str]) -> String {
    shown_in("replay", &[ALL, more].concat())
}

#[test]
fn a_log_under_another_policy_at_80_and_120_columns() {
    insta::assert_snapshot!("replay_80", replay(&["--width", "80"]));
    insta::assert_snapshot!("replay_120", replay(&["--width", "120"]));
    insta::assert_snapshot!("replay_json", replay(&["--json"]));
}

/// Sessions are those that come of the decisions of the policy: what it stops does not count.
#[test]
fn each_call_that_is_decided_otherwise_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("changed.jsonl");
    replay(&["--output", output.to_str().unwrap()]);
    insta::assert_snapshot!("replay_output", fs::read_to_string(output).unwrap());
}

#[test]
fn the_exit_code_is_what_fail_on_says() {
    let code = |more: &[&str]| replay(more).lines().nth(1).unwrap().to_owned();
    assert_eq!(code(&[]), "exit 0");
    assert_eq!(code(&["--fail-on", "loosening"]), "exit 8");
    assert_eq!(code(&["--fail-on", "any"]), "exit 8");
    assert_eq!(code(&["--output", "/nowhere/changed.jsonl"]), "exit 1");
    let other = |log: &str| shown_in("replay", &["replay", "--policy", "policy.yaml", "--audit-log", log]);
    assert_eq!(other("nowhere.jsonl").lines().nth(1), Some("exit 2"));
}
