//! `callguard gateway`: what it says of configurations.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test stops at what it did not expect")]

mod common;

fn callguard(args: &[&str]) -> String {
    common::shown_in("gateway", args)
}

#[test]
fn a_configuration_that_holds() {
    insta::assert_snapshot!("gateway_validate", callguard(&["gateway", "validate", "gateway.yaml"]));
}

#[test]
fn the_example_holds() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/gateway/gateway.yaml");
    let said = callguard(&["gateway", "validate", file]);
    assert!(said.contains("exit 0\n") && said.contains("2 servers (git, tickets)"), "{said}");
}

#[test]
fn everything_that_is_wrong_at_once() {
    insta::assert_snapshot!("gateway_broken", callguard(&["gateway", "validate", "broken.yaml"]));
    insta::assert_snapshot!("gateway_own", callguard(&["gateway", "validate", "own.yaml"]));
    insta::assert_snapshot!("gateway_missing", callguard(&["gateway", "run", "nowhere.yaml"]));
    insta::assert_snapshot!("gateway_other_kind", callguard(&["gateway", "run", "policy.yaml"]));
}

#[test]
fn what_is_not_there_is_not_served() {
    insta::assert_snapshot!("gateway_unopened", callguard(&["gateway", "run", "unopened.yaml"]));
}

#[test]
fn each_key_is_another() {
    let said = callguard(&["gateway", "key"]);
    let [key, digest] = ["key:    cg_", "sha256: "]
        .map(|head| said.lines().find_map(|line| line.strip_prefix(head)).unwrap().to_owned());
    assert_eq!((key.len(), digest.len()), (52, 64), "{said}");
    assert_ne!(said, callguard(&["gateway", "key"]));
}
