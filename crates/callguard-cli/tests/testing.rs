//! `callguard test` as a person runs it: exit code, standard output, standard error.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "tests")]

mod common;

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Output, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callguard"));
    command.args(args).current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data"));
    command
}

fn run(args: &[&str]) -> Output {
    command(args).output().unwrap()
}

#[test]
fn test() {
    insta::assert_snapshot!("test_passing", common::shown_in(".", &["test", "passing.test.yaml"]));
    for width in ["80", "120"] {
        let args = ["test", "failing.test.yaml", "--width", width];
        insta::assert_snapshot!(format!("test_failing_{width}"), common::shown_in(".", &args));
    }
    insta::assert_snapshot!("test_json", common::shown_in(".", &["test", "failing.test.yaml", "--json"]));
    insta::assert_snapshot!(
        "test_scenarios",
        common::shown_in(".", &["test", "policy.yaml", "--scenarios", "passing.test.yaml"])
    );
    insta::assert_snapshot!("test_not_a_test", common::shown_in(".", &["test", "policy.yaml"]));
}

#[test]
fn coverage_at_80_and_120_columns() {
    for width in ["80", "120"] {
        let args = ["test", "passing.test.yaml", "--coverage", "--width", width];
        insta::assert_snapshot!(format!("test_coverage_{width}"), common::shown_in(".", &args));
    }
    let args = ["test", "passing.test.yaml", "--min-coverage", "100"];
    insta::assert_snapshot!("test_coverage_short", common::shown_in(".", &args));
    insta::assert_snapshot!(
        "test_coverage_json",
        common::shown_in(".", &["test", "passing.test.yaml", "--coverage", "--json"])
    );
}

#[test]
fn the_cases_of_every_template_reach_all_of_it() {
    let tests = concat!(env!("CARGO_MANIFEST_DIR"), "/../callguard-engine/src/templates/tests");
    let output = run(&["test", tests, "--coverage", "--min-coverage", "100"]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("100% (70 of 70) of contracts"), "{said}");
}

#[test]
fn coverage_and_junit_go_to_files() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (html, lcov, junit) = (place("c.html"), place("c.info"), format!("--junit={}", place("j.xml")));
    let args = ["test", "passing.test.yaml", "--coverage-html", &html, "--coverage-lcov", &lcov, &junit];
    let output = run(&args);
    assert_eq!((output.status.code(), output.stdout), (Some(0), Vec::new()));
    let read = |path: &str| std::fs::read_to_string(path).unwrap();
    insta::assert_snapshot!("test_coverage_lcov", read(&lcov));
    let html = read(&html);
    assert!(html.starts_with("<!doctype html>") && html.contains("needs-role") && html.contains("never"), "{html}");
    assert!(read(&place("j.xml")).contains("staging is open"));
    let nowhere = place("none/c.info");
    assert_eq!(run(&["test", "passing.test.yaml", "--coverage-lcov", &nowhere]).status.code(), Some(1));
}

#[test]
fn junit_reads_as_xml_with_every_case() {
    let output = run(&["test", "passing.test.yaml", "failing.test.yaml", "--junit"]);
    let xml = String::from_utf8(output.stdout).unwrap();
    assert!(xml.starts_with("<?xml"), "{xml}");
    assert_eq!(xml.matches("<testcase ").count(), 3, "{xml}");
    assert_eq!(xml.matches("<failure").count(), 1, "{xml}");
}

#[test]
fn mutants_at_80_and_120_columns() {
    for width in ["80", "120"] {
        let args = ["test", "policy.test.yaml", "--mutate", "--width", width];
        insta::assert_snapshot!(format!("test_mutate_{width}"), common::shown_in("test", &args));
    }
    let args = ["test", "test/policy.test.yaml", "--mutate", "--max-survivors", "100", "--json"];
    let output = run(&args);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let mutation = &json["mutation"];
    assert_eq!(output.status.code(), Some(0), "{mutation}");
    let counted = mutation["killed"].as_u64().unwrap() + mutation["survived"].as_array().unwrap().len() as u64;
    assert_eq!(mutation["mutants"], counted);
    // The policy of a test that fails is not changed.
    let failing = run(&["test", "failing.test.yaml", "--mutate", "--json"]);
    assert_eq!(failing.status.code(), Some(6));
    assert!(!String::from_utf8(failing.stdout).unwrap().contains("mutation"));
}

#[test]
fn rewrites_are_those_of_the_seed() {
    for width in ["80", "120"] {
        for (name, tests) in [("fuzz", "policy.test.yaml"), ("fuzz_through", "weak.test.yaml")] {
            let args = ["test", tests, "--fuzz=40", "--seed", "7", "--width", width];
            insta::assert_snapshot!(format!("test_{name}_{width}"), common::shown_in("test", &args));
        }
    }
    let weak = |seed: &str| run(&["test", "test/weak.test.yaml", "--fuzz=40", "--seed", seed, "--json"]);
    let output = weak("1");
    assert_eq!(output.status.code(), Some(6));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(json["fuzzing"]["through"].as_u64().unwrap() > 5, "{json}");
    assert_eq!(json["fuzzing"]["shown"].as_array().unwrap().len(), 3, "{json}");
    assert_eq!(weak("1").stdout, output.stdout);
    assert_ne!(weak("2").stdout, output.stdout);
}

/// What a contract asks about because nobody can read it is as its `on_unknown` says; it does not get through.
#[test]
fn rewrites_that_are_asked_about_by_doubt_are_counted_apart() {
    let run = |more: &[&str]| run(&[&["test", "test/doubt.test.yaml", "--fuzz=200"], more].concat());
    let output = run(&["--json"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let fuzzing = &json["fuzzing"];
    assert_eq!(output.status.code(), Some(0), "{fuzzing}");
    assert_eq!(fuzzing["through"], 0, "{fuzzing}");
    let by_doubt = fuzzing["asked_by_doubt"].as_u64().unwrap();
    assert!(by_doubt > 20 && by_doubt < fuzzing["rewrites"].as_u64().unwrap(), "{fuzzing}");
    let text = String::from_utf8(run(&[]).stdout).unwrap();
    assert!(text.contains(&format!("{by_doubt} are not understood, and asked about in place of denied")), "{text}");
}

#[test]
fn a_change_runs_the_tests_again() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    for name in ["policy.yaml", "policy.test.yaml"] {
        fs::copy(format!("{}/tests/data/test/{name}", env!("CARGO_MANIFEST_DIR")), place(name)).unwrap();
    }
    let tests = place("policy.test.yaml");
    let mut child = command(&["test", tests.to_str().unwrap(), "--watch"]).stdout(Stdio::piped()).spawn().unwrap();
    let (said, heard) = channel();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let reader = thread::spawn(move || lines.map_while(Result::ok).for_each(|line| drop(said.send(line))));
    let until = |part: &str| loop {
        let line = heard.recv_timeout(Duration::from_secs(60)).unwrap();
        if line.contains(part) {
            return;
        }
    };
    until("waiting for a change (exit code 0)");
    let text = fs::read_to_string(place("policy.yaml")).unwrap();
    fs::write(place("policy.yaml"), text.replace("rm -r, shred", "shred")).unwrap();
    until("waiting for a change (exit code 6)");
    fs::write(place("policy.yaml"), "kind: Policy\n").unwrap();
    until("waiting for a change (exit code 5)");
    child.kill().unwrap();
    child.wait().unwrap();
    reader.join().unwrap();
}
