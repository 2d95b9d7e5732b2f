//! `callguard diff` as a person runs it: exit code, standard output, standard error.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "tests")]

mod common;

use flate2::Compression;
use flate2::write::GzEncoder;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

fn diff(args: &[&str]) -> String {
    common::shown_in("diff", &[&["diff"], args].concat())
}

#[test]
fn a_comparison_at_80_and_120_columns() {
    let all = ["old.yaml", "new.yaml", "--audit", "audit.jsonl", "--width"];
    insta::assert_snapshot!("diff_80", diff(&[&all[..], &["80"]].concat()));
    insta::assert_snapshot!("diff_120", diff(&[&all[..], &["120"]].concat()));
}

#[test]
fn a_comparison_as_data_and_as_a_comment() {
    // How many classes of tools there are is up to the catalog.
    let of_the_catalog = |line: &&str| !line.contains("\"tools\": ") && !line.contains("\"examined\": ");
    let json = diff(&["old.yaml", "new.yaml", "--json"]);
    let json: Vec<&str> = json.lines().filter(of_the_catalog).collect();
    insta::assert_snapshot!("diff_json", json.join("\n"));
    insta::assert_snapshot!("diff_markdown", diff(&["old.yaml", "new.yaml", "--markdown", "--audit", "audit.jsonl"]));
}

/// The log in two files as a sink leaves it, the first compressed.
fn rotated(folder: &Path) -> PathBuf {
    let text = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/diff/audit.jsonl")).unwrap();
    let (first, last) = text.split_at(text.find("{\"schema_version\":1,\"event_id\":\"04\"").unwrap());
    let file = File::create(folder.join("audit.00000000000000000001.jsonl.gz")).unwrap();
    let mut gzip = GzEncoder::new(file, Compression::default());
    gzip.write_all(first.as_bytes()).unwrap();
    gzip.finish().unwrap();
    let log = folder.join("audit.jsonl");
    fs::write(&log, last).unwrap();
    log
}

#[test]
fn a_log_that_was_rotated_and_compressed_is_read_as_one() {
    let folder = tempfile::tempdir().unwrap();
    let log = rotated(folder.path());
    let compressed = folder.path().join("audit.00000000000000000001.jsonl.gz");
    let history = |logs: &[&Path]| {
        let logs = logs.iter().map(|log| log.to_str().unwrap());
        let args: Vec<&str> = ["old.yaml", "new.yaml", "--audit"].into_iter().chain(logs).collect();
        let printed = diff(&args);
        printed.split_at(printed.find("history").unwrap()).1.to_owned()
    };
    let whole = history(&[Path::new("audit.jsonl")]);
    assert!(whole.starts_with("history     3 of 3 calls flip, 1 not judged (redacted), 1 line unreadable"), "{whole}");
    assert_eq!(history(&[&log]), whole);
    // However it is named, a file is read once.
    assert_eq!(history(&[&compressed, &log, &log]), whole);
    assert!(history(&[&compressed]).starts_with("history     2 of 2 calls flip\n"), "{}", history(&[&compressed]));
    assert!(diff(&["old.yaml", "new.yaml", "--audit", "nowhere.jsonl"]).contains("there is no log `nowhere.jsonl`"));
}

#[test]
fn a_limit_flips_the_calls_that_it_would_have_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    for (name, calls) in [("two.yaml", 2), ("three.yaml", 3)] {
        let text = format!(
            "apiVersion: callguard/v1\nkind: Policy\nmetadata: {{ name: p }}\nspec:\n  default: allow\n  unknown_tools: allow\n  \
             session:\n    - {{ id: few, limit: {{ calls: {calls} }} }}\n"
        );
        fs::write(place(name), text).unwrap();
    }
    let event = |action: &str, call: u32, rest: &str| {
        format!(
            r#"{{"schema_version":1,"event_id":"{call}","timestamp":"2026-01-05T12:00:0{call}Z","action":"{action}","tool":"t","call_id":"{call}","tool_args":{{}},"session_id":"s"{rest}}}"#
        )
    };
    let log: Vec<String> = (0..4)
        .flat_map(|call| [event("call_allowed", call, r#","decision":"allow""#), event("call_executed", call, "")])
        .collect();
    fs::write(place("log.jsonl"), log.join("\n")).unwrap();
    let printed = diff(&[&place("three.yaml"), &place("two.yaml"), "--audit", &place("log.jsonl")]);
    // The fourth is stopped by both.
    assert!(printed.contains("history     1 of 4 calls flip\n"), "{printed}");
    assert!(printed.contains("allow -> deny  1 call of t by (none), of p/few"), "{printed}");
}

#[test]
fn the_exit_code_is_what_fail_on_says() {
    let code = |args: &[&str]| diff(args).lines().nth(1).unwrap().to_owned();
    assert_eq!(code(&["old.yaml", "old.yaml"]), "exit 0");
    assert_eq!(code(&["old.yaml", "old.yaml", "--fail-on", "any"]), "exit 0");
    assert_eq!(code(&["old.yaml", "new.yaml"]), "exit 8");
    assert_eq!(code(&["old.yaml", "new.yaml", "--fail-on", "never"]), "exit 0");
    assert_eq!(code(&["stricter.yaml", "old.yaml"]), "exit 8");
    assert_eq!(code(&["old.yaml", "stricter.yaml"]), "exit 0");
    assert_eq!(code(&["old.yaml", "stricter.yaml", "--fail-on", "any"]), "exit 8");
    assert_eq!(code(&["old.yaml", "nowhere.yaml"]), "exit 2");
}
