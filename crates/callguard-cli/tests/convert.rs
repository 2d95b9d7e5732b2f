//! `callguard convert` as a person runs it: exit code, standard output, standard error, and the files that it writes.

#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod common;

use std::fs;

fn run(args: &[&str]) -> String {
    common::shown_in("convert", args)
}

#[test]
fn a_bundle_and_a_ruleset_at_80_and_120_columns() {
    for width in ["80", "120"] {
        let args = ["convert", "bundle.yaml", "ruleset.yaml", "--width", width];
        insta::assert_snapshot!(format!("convert_{width}"), run(&args));
    }
}

#[test]
fn policies_and_notes_as_data() {
    insta::assert_snapshot!("convert_json", run(&["convert", "bundle.yaml", "--json"]));
}

#[test]
fn what_is_no_bundle_is_refused() {
    insta::assert_snapshot!("convert_malformed", run(&["convert", "malformed.yaml"]));
    insta::assert_snapshot!("convert_unknown", run(&["convert", "../policy.yaml"]));
    assert!(run(&["convert", "nowhere.yaml"]).contains("exit 2"));
}

#[test]
fn files_are_written_load_are_in_form_and_are_not_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_str().unwrap();
    let said = run(&["convert", "bundle.yaml", "ruleset.yaml", "--output", root]);
    assert!(said.contains("exit 0") && said.contains("written  "), "{said}");
    for name in ["release-agent", "sandboxed"] {
        let path = format!("{root}/{name}.yaml");
        assert!(run(&["validate", &path]).contains("exit 0"), "{name}");
        assert!(run(&["fmt", &path, "--check"]).contains("exit 0"), "{}", fs::read_to_string(&path).unwrap());
    }
    assert!(run(&["convert", "bundle.yaml", "--output", root]).contains("exit 2"));
    assert!(run(&["convert", "bundle.yaml", "--output", root, "--force"]).contains("exit 0"));
    assert!(run(&["convert", "bundle.yaml", "bundle.yaml", "--output", root, "--force"]).contains("one by one"));
    let both = format!("{root}/both.yaml");
    assert!(run(&["convert", "bundle.yaml", "ruleset.yaml", "-o", &both]).contains("exit 0"));
    assert!(run(&["validate", &both]).contains("2 policies"));
}
