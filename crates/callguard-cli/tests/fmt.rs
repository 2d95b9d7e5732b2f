//! `callguard fmt` as a person runs it.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "tests")]

mod common;

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

fn fmt(args: &[&str]) -> String {
    common::shown_in("fmt", &[&["fmt"], args].concat())
}

#[test]
fn a_file_is_put_into_its_form_once() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("draft.yaml");
    let draft = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/fmt/draft.yaml")).unwrap();
    fs::write(&place, &draft).unwrap();
    let name = place.to_str().unwrap();
    assert!(fmt(&[name, "--check"]).contains("exit 9\n--- stdout\ndiffers"));
    assert_eq!(fs::read_to_string(&place).unwrap(), draft);
    assert!(fmt(&[name]).contains("exit 0\n--- stdout\nwritten"));
    insta::assert_snapshot!("fmt_formed", fs::read_to_string(&place).unwrap());
    assert!(fmt(&[name, "--check"]).contains("exit 0"));
    assert!(fmt(&[folder.path().to_str().unwrap()]).contains("0 written, 1 left as they are"));
}

#[test]
fn what_cannot_be_read_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("broken.yaml");
    fs::write(&place, "a: [1\n").unwrap();
    let said = fmt(&[place.to_str().unwrap()]);
    assert!(said.contains("exit 5") && said.contains("CG0101"), "{said}");
    assert_eq!(fs::read_to_string(&place).unwrap(), "a: [1\n");
    assert!(fmt(&["nowhere.yaml"]).contains("exit 2"));
}

#[test]
fn standard_input_goes_to_standard_output() {
    let run = |args: &[&str], text: &str| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_callguard"))
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    assert_eq!(run(&["fmt", "-"], "a:   {b: 1}\n"), (Some(0), "a: { b: 1 }\n".to_owned()));
    assert_eq!(run(&["fmt", "-"], "a: 1\n"), (Some(0), "a: 1\n".to_owned()));
    assert_eq!(run(&["fmt", "-", "--check"], "a:   1\n").0, Some(9));
    assert_eq!(run(&["fmt", "-", "--check"], "a: 1\n").0, Some(0));
    assert_eq!(run(&["fmt", "-"], "a: [1\n").0, Some(5));
}
