//! `callguard replay` as a person runs it: exit code, standard output, and the calls that it writes.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "tests")]

mod common;

use common::shown_in;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fs::{self, File};
use std::io::Write as _;

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

#[test]
fn a_log_that_was_rotated_and_compressed_is_replayed_as_one() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("audit.jsonl");
    let text = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/replay/audit.jsonl")).unwrap();
    // In the midst of a session.
    let (first, last) = text.split_at(text.find(r#"{"schema_version": 1, "event_id": "E06""#).unwrap());
    let compressed = File::create(folder.path().join("audit.00000000000000000001.jsonl.gz")).unwrap();
    let mut gzip = GzEncoder::new(compressed, Compression::default());
    gzip.write_all(first.as_bytes()).unwrap();
    gzip.finish().unwrap();
    fs::write(&log, last).unwrap();
    let history = |log: &str| {
        let said = shown_in("replay", &["replay", "--policy", "policy.yaml", "--json", "--audit-log", log]);
        said.split_once("--- stdout\n").unwrap().1.to_owned()
    };
    assert_eq!(history(log.to_str().unwrap()), history("audit.jsonl"));
}
