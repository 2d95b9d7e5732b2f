//! `callguard lint` as a person runs it: exit code, standard output, standard error, and the files that it mends.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "tests")]

mod common;

use std::fs;

fn lint(args: &[&str]) -> String {
    common::shown_in("lint", &[&["lint"], args].concat())
}

#[test]
fn findings_at_80_and_120_columns() {
    insta::assert_snapshot!("lint_80", lint(&["policy.yaml", "clean.yaml", "--width", "80"]));
    insta::assert_snapshot!("lint_120", lint(&["policy.yaml", "clean.yaml", "--width", "120"]));
}

#[test]
fn findings_as_data() {
    insta::assert_snapshot!("lint_json", lint(&["policy.yaml", "--json"]));
    let sarif = lint(&["policy.yaml", "clean.yaml", "--sarif"]);
    let (_, log) = sarif.split_once("--- stdout\n").unwrap();
    let log: serde_json::Value = serde_json::from_str(log).unwrap();
    assert_eq!(log["runs"].as_array().unwrap().len(), 2);
    assert!(log["runs"][0]["results"].as_array().unwrap().len() > 5);
}

#[test]
fn what_is_certain_is_mended_and_the_rest_stays_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let before = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/lint/policy.yaml")).unwrap();
    let path = folder.path().join("policy.yaml");
    fs::write(&path, &before).unwrap();
    let name = path.to_str().unwrap();
    let said = lint(&[name, "--fix"]);
    assert!(said.contains(", 2 mended"), "{said}");
    let after =
        before.replace("\"deploy_*\", deploy_service]", "\"deploy_*\"]").replace("confirm: no }", "confirm: \"no\" }");
    assert_eq!(fs::read_to_string(&path).unwrap(), after);
    assert!(!lint(&[name, "--fix"]).contains("mended"));
}

#[test]
fn conditions_are_held_against_the_tools_that_there_are() {
    insta::assert_snapshot!("lint_tools", lint(&["by-tools.yaml", "--tools", "tools.json"]));
    assert!(lint(&["by-tools.yaml", "--tools", "by-tools.yaml"]).contains("it is not JSON"));
    assert!(
        lint(&["by-tools.yaml", "--tools", "nowhere.json"])
            .starts_with("$ callguard lint by-tools.yaml --tools nowhere.json\nexit 2")
    );
}

#[test]
fn a_server_says_which_tools_it_has() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_str().unwrap();
    let server = [env!("CARGO_BIN_EXE_callguard"), "mcp", "demo-server", root];
    let said = lint(&[&["by-tools.yaml", "--mcp"], &server[..]].concat());
    assert!(said.contains("no tool of the inventory is `transfer`"), "{said}");
    let said = lint(&["by-tools.yaml", "--mcp", "/nowhere/server"]);
    assert!(said.contains("exit 1") && said.contains("CG1051"), "{said}");
    let said = lint(&["by-tools.yaml", "--mcp", env!("CARGO_BIN_EXE_callguard"), "completions", "bash"]);
    assert!(said.contains("exit 1") && said.contains("CG1053"), "{said}");
}

#[test]
fn the_exit_code_is_what_fail_on_says() {
    let code = |args: &[&str]| lint(args).lines().nth(1).unwrap().to_owned();
    assert_eq!(code(&["clean.yaml"]), "exit 0");
    assert_eq!(code(&["policy.yaml"]), "exit 9");
    assert_eq!(code(&["policy.yaml", "--fail-on", "never"]), "exit 0");
    assert_eq!(code(&["template/coding-agent", "--fail-on", "note"]), "exit 0");
    assert_eq!(code(&["../broken.yaml"]), "exit 5");
    assert_eq!(code(&["nowhere.yaml"]), "exit 2");
}
