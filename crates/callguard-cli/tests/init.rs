//! `callguard init` as a person runs it: the proposal loads, is clean, and stops nothing of the log.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "tests")]

mod common;

use std::fs;
use std::io::{BufRead, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

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
    assert!(
        proposal.contains("# Left out: 1 call that was not permitted then.") && !proposal.contains("- rm "),
        "{proposal}"
    );
    assert!(run("init", &["--audit-log", "audit.jsonl", "--with-denied"]).contains("- rm # 1 call"));
}

#[test]
fn it_must_be_said_from_what() {
    assert!(run("init", &[]).contains("exit 2"));
    assert!(run("init", &["--audit-log", "-"]).contains("exit 2"));
    assert!(run("init", &["--tools", "tools.json"]).contains("action: ask"));
}

/// A call that was asked about and did not run shows nothing of what should.
#[test]
fn what_nobody_granted_is_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("audit.jsonl");
    let event = |call: &str, action: &str, path: &str| {
        format!(
            r#"{{"schema_version":1,"event_id":"{call}{action}","timestamp":"2026-01-05T12:00:00Z","action":"{action}","tool":"read","call_id":"{call}","decision":"ask","tool_args":{{"path":"{path}"}}}}"#
        )
    };
    let lines = [
        event("A", "call_asked", "granted/x"),
        event("A", "approval_granted", "granted/x"),
        event("A", "call_allowed", "granted/x"),
        event("B", "call_asked", "refused/x"),
        event("B", "approval_denied", "refused/x"),
    ];
    fs::write(&log, lines.join("\n")).unwrap();
    let proposal = run("init", &["--audit-log", log.to_str().unwrap()]);
    assert!(proposal.contains("- granted # 1 call") && !proposal.contains("refused"), "{proposal}");
    assert!(proposal.contains("# Left out: 1 call that was not permitted then."), "{proposal}");
}

/// A session with the demo's server, watched; what it answers, line by line.
fn session(policy: &Path, workspace: &Path, calls: &[&str]) -> Vec<String> {
    let program = env!("CARGO_BIN_EXE_callguard");
    let mut child = Command::new(program)
        .args(["init", "--force", "--output"])
        .arg(policy)
        .args(["--", program, "mcp", "demo-server", "."])
        .current_dir(workspace)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut to = child.stdin.take().unwrap();
    let mut from = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut answers = Vec::new();
    for (id, call) in calls.iter().enumerate() {
        writeln!(to, r#"{{"jsonrpc":"2.0","id":{id},{call}}}"#).unwrap();
        answers.push(from.next().unwrap().unwrap());
    }
    drop(to);
    assert!(child.wait().unwrap().success());
    // Standard output is the protocol to the end.
    assert!(from.next().is_none());
    answers
}

#[test]
fn a_session_is_watched_and_proposed() {
    let folder = tempfile::tempdir().unwrap();
    let workspace = folder.path().join("workspace");
    fs::create_dir_all(workspace.join("notes")).unwrap();
    fs::write(workspace.join("notes/a.md"), "hello").unwrap();
    let policy = folder.path().join("policy.yaml");
    let initialize = r#""method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"0"}}"#;
    let read = r#""method":"tools/call","params":{"name":"read_file","arguments":{"path":"notes/a.md"}}"#;
    let answers = session(&policy, &workspace, &[initialize, read]);
    assert!(answers.iter().any(|answer| answer.contains("hello")), "{answers:?}");
    let proposal = fs::read_to_string(&policy).unwrap();
    assert!(proposal.contains("from 1 call of 1 tool") && proposal.contains("- notes # 1 call"), "{proposal}");
    assert!(run("lint", &[policy.to_str().unwrap()]).contains("clean"));
    // The next session is added to the log of the first.
    session(&policy, &workspace, &[initialize, read]);
    assert!(fs::read_to_string(&policy).unwrap().contains("from 2 calls of 1 tool"));
    assert!(folder.path().join("policy.audit.jsonl").exists());
    let taken = run("init", &["--output", policy.to_str().unwrap(), "--", "true"]);
    assert!(taken.contains("exit 2") && taken.contains("`--force` writes over it"), "{taken}");
    assert!(run("init", &["--", "true"]).contains("exit 2"));
}
