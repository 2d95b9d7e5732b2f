//! `callguard diff` as a person runs it: exit code, standard output, standard error.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "tests")]

use std::fmt::Write as _;
use std::process::Command;

/// Runs the binary in `tests/data/diff` and shows what came of it.
fn diff(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_callguard"))
        .arg("diff")
        .args(args)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/diff"))
        .env_clear()
        // Where coverage of this process goes, when it is measured.
        .envs(std::env::var_os("LLVM_PROFILE_FILE").map(|place| ("LLVM_PROFILE_FILE", place)))
        .output()
        .unwrap();
    let mut text = format!("$ callguard diff {}\nexit {}\n", args.join(" "), output.status.code().unwrap());
    for (name, bytes) in [("stdout", output.stdout), ("stderr", output.stderr)] {
        let printed = String::from_utf8(bytes).unwrap();
        if !printed.is_empty() {
            write!(text, "--- {name}\n{printed}").unwrap();
        }
    }
    text
}

#[test]
fn a_comparison_at_80_and_120_columns() {
    let all = ["old.yaml", "new.yaml", "--audit", "audit.jsonl", "--width"];
    insta::assert_snapshot!("diff_80", diff(&[&all[..], &["80"]].concat()));
    insta::assert_snapshot!("diff_120", diff(&[&all[..], &["120"]].concat()));
}

#[test]
fn a_comparison_as_data_and_as_a_comment() {
    insta::assert_snapshot!("diff_json", diff(&["old.yaml", "new.yaml", "--json"]));
    insta::assert_snapshot!("diff_markdown", diff(&["old.yaml", "new.yaml", "--markdown", "--audit", "audit.jsonl"]));
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
