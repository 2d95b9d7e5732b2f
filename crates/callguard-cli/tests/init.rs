//! `callguard init` as a person runs it: the proposal loads, is clean, and stops nothing of the log.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "tests")]

mod common;

use std::fs;

fn run(command: &str, args: &[&str]) -> String {
    common::shown_in("init", &[&[command], args].concat())
}

#[test]
fn a_proposal_loads_is_clean_and_stops_nothing_of_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("proposed.yaml");
    let policy = place.to_str().unwrap();
    let said = run("init", &["--audit-log", "audit.jsonl", "--tools", "tools.json", "--output", policy]);
    assert!(said.contains("exit 0") && said.contains("read it before it is enforced"), "{said}");
    insta::assert_snapshot!("init_proposal", fs::read_to_string(&place).unwrap());
    assert!(run("validate", &[policy]).contains("exit 0"));
    let linted = run("lint", &[policy, "--fail-on", "note", "--tools", "tools.json"]);
    assert!(linted.contains("exit 0\n--- stdout\nclean"), "{linted}");
    assert!(run("fmt", &[policy, "--check"]).contains("exit 0"), "{}", fs::read_to_string(&place).unwrap());
    let replayed = run("replay", &["--policy", policy, "--audit-log", "audit.jsonl", "--fail-on", "any", "--json"]);
    assert!(replayed.contains("exit 0"), "{replayed}");
    // What is there is not written over.
    assert!(run("init", &["--audit-log", "audit.jsonl", "--output", policy]).contains("exit 2"));
    assert!(run("init", &["--audit-log", "audit.jsonl", "--output", policy, "--force"]).contains("exit 0"));
}

#[test]
fn what_was_denied_is_permitted_only_on_demand() {
    let proposal = run("init", &["--audit-log", "audit.jsonl"]);
    assert!(proposal.contains("# Left out: 1 call that was denied then.") && !proposal.contains("- rm "), "{proposal}");
    assert!(run("init", &["--audit-log", "audit.jsonl", "--with-denied"]).contains("- rm # 1 call"));
}

#[test]
fn it_must_be_said_from_what() {
    assert!(run("init", &[]).contains("exit 2"));
    assert!(run("init", &["--audit-log", "-"]).contains("exit 2"));
    assert!(run("init", &["--tools", "tools.json"]).contains("action: ask"));
}
