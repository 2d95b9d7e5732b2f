//! `callguard audit` as a person runs it: exit code, standard output, standard error.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};

const ROTATED: &str = "audit.00000000000000000001.jsonl";

/// A copy of the log in `tests/data/audit`, which tests may spoil.
struct Log {
    folder: tempfile::TempDir,
}

impl Log {
    fn new() -> Log {
        let folder = tempfile::tempdir().unwrap();
        for entry in fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/audit")).unwrap() {
            let path = entry.unwrap().path();
            fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
        }
        Log { folder }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_callguard"));
        command
            .arg("audit")
            .args(args)
            .current_dir(self.folder.path())
            .env_clear()
            // Where coverage of this process goes, when it is measured.
            .envs(std::env::var_os("LLVM_PROFILE_FILE").map(|place| ("LLVM_PROFILE_FILE", place)));
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// The exit code and what was printed.
    fn shown(&self, args: &[&str]) -> String {
        let output = self.run(args);
        let mut text = format!("$ callguard audit {}\nexit {}\n", args.join(" "), output.status.code().unwrap());
        for (name, bytes) in [("stdout", output.stdout), ("stderr", output.stderr)] {
            let printed = String::from_utf8(bytes).unwrap();
            if !printed.is_empty() {
                write!(text, "--- {name}\n{printed}").unwrap();
            }
        }
        text
    }

    fn change(&self, file: &str, change: impl FnOnce(&mut Vec<String>)) {
        let path = self.folder.path().join(file);
        let mut lines: Vec<String> = fs::read_to_string(&path).unwrap().lines().map(str::to_owned).collect();
        change(&mut lines);
        fs::write(path, lines.iter().map(|line| format!("{line}\n")).collect::<String>()).unwrap();
    }
}

fn json(output: &Output) -> serde_json::Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

fn json_lines(output: &Output) -> Vec<serde_json::Value> {
    let text = std::str::from_utf8(&output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_log_that_holds() {
    let log = Log::new();
    insta::assert_snapshot!("verify_holds", log.shown(&["verify", "audit.jsonl", "--key", "audit.key.pub"]));
    insta::assert_snapshot!("verify_without_key", log.shown(&["verify", "audit.jsonl"]));
    insta::assert_snapshot!("verify_json", log.shown(&["verify", "audit.jsonl", "--key", "audit.key.pub", "--json"]));
    insta::assert_snapshot!("verify_nothing", log.shown(&["verify", "nothing.jsonl"]));
    insta::assert_snapshot!("verify_no_key", log.shown(&["verify", "audit.jsonl", "--key", "audit.jsonl"]));
}

#[test]
fn a_log_that_was_changed() {
    let changed = |file: &str, change: fn(&mut Vec<String>)| {
        let log = Log::new();
        log.change(file, change);
        log.shown(&["verify", "audit.jsonl", "--key", "audit.key.pub"])
    };
    insta::assert_snapshot!(
        "verify_altered",
        changed(ROTATED, |lines| lines[2] = lines[2].replace("read_file", "read_fi1e"))
    );
    insta::assert_snapshot!("verify_missing", changed(ROTATED, |lines| drop(lines.remove(1))));
    insta::assert_snapshot!("verify_swapped", changed("audit.jsonl", |lines| lines.swap(0, 1)));
    insta::assert_snapshot!("verify_truncated", changed("audit.jsonl", |lines| lines.truncate(1)));
    let log = Log::new();
    fs::remove_file(log.folder.path().join(ROTATED)).unwrap();
    insta::assert_snapshot!("verify_no_beginning", log.shown(&["verify", "audit.jsonl"]));
    // Written anew with another key.
    assert_eq!(log.run(&["keygen", "other.key"]).status.code(), Some(0));
    let log = Log::new();
    log.run(&["keygen", "other.key"]);
    let output = log.run(&["verify", "audit.jsonl", "--key", "other.key.pub", "--json"]);
    assert_eq!(output.status.code(), Some(7));
    let kinds: Vec<serde_json::Value> =
        json(&output)["findings"].as_array().unwrap().iter().map(|finding| finding["kind"].clone()).collect();
    assert!(!kinds.is_empty() && kinds.iter().all(|kind| kind == "signature"), "{kinds:?}");
}

#[test]
fn events_are_found_by_what_they_say() {
    let log = Log::new();
    insta::assert_snapshot!("query", log.shown(&["query", "audit.jsonl"]));
    insta::assert_snapshot!("query_decision", log.shown(&["query", "audit.jsonl", "--decision", "deny"]));
    let count = |args: &[&str]| {
        let all: Vec<&str> = ["query", "audit.jsonl", "--json"].iter().chain(args).copied().collect();
        let output = log.run(&all);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        json_lines(&output).len()
    };
    assert_eq!(count(&[]), 11);
    assert_eq!(count(&["--tool", "read_*"]), 6);
    assert_eq!(count(&["--tool", "read_file", "--decision", "call_executed"]), 3);
    assert_eq!(count(&["--contract", "needs-ticket"]), 2);
    assert_eq!(count(&["--contract", "deploys/needs-ticket"]), 2);
    assert_eq!(count(&["--contract", "needs"]), 0);
    assert_eq!((count(&["--principal", "jane"]), count(&["--principal", "dev"])), (5, 10));
    assert_eq!((count(&["--session", "s-1"]), count(&["--session", "s-2"])), (10, 0));
    assert_eq!(count(&["--since", "2026-03-02T10:03:00Z"]), 5);
    assert_eq!(count(&["--since", "2026-03-02T10:03:00Z", "--until", "2026-03-02T10:04:00Z"]), 2);
    assert_eq!(count(&["--until", "10000d"]), 0);
    assert_eq!(count(&["--limit", "2"]), 2);
    insta::assert_snapshot!("query_bad_time", log.shown(&["query", "audit.jsonl", "--since", "yesterday"]));
    log.change(ROTATED, |lines| lines[1] = lines[1].replace("10:00", "10:01"));
    insta::assert_snapshot!("query_altered", log.shown(&["query", "audit.jsonl", "--limit", "3"]));
}

#[test]
fn compressed_files_are_read_like_others() {
    let log = Log::new();
    let plain = log.folder.path().join(ROTATED);
    let packed = Command::new("gzip").arg(&plain).status().unwrap();
    assert!(packed.success() && !plain.exists());
    assert_eq!(log.run(&["verify", "audit.jsonl", "--key", "audit.key.pub"]).status.code(), Some(0));
    assert_eq!(json_lines(&log.run(&["query", "audit.jsonl", "--json"])).len(), 11);
}

#[test]
fn events_are_written_in_other_forms() {
    let log = Log::new();
    insta::assert_snapshot!(
        "export_csv",
        log.shown(&["export", "audit.jsonl", "--format", "csv", "--tool", "read_file"])
    );
    let output = log.run(&["export", "audit.jsonl", "--format", "ocsf", "--decision", "deny"]);
    insta::assert_snapshot!("export_ocsf", format!("{:#}", json_lines(&output)[0]));
    let output = log.run(&["export", "audit.jsonl", "-o", "out.jsonl", "--json"]);
    assert_eq!(json(&output), serde_json::json!({ "events": 11, "file": "out.jsonl" }));
    let written = fs::read_to_string(log.folder.path().join("out.jsonl")).unwrap();
    let whole = fs::read_to_string(log.folder.path().join(ROTATED)).unwrap();
    assert!(written.lines().next().is_some_and(|line| whole.contains(line)));
    // What is there already is not written over.
    assert_eq!(log.run(&["export", "audit.jsonl", "-o", "out.jsonl"]).status.code(), Some(1));
    assert_eq!(log.run(&["export", "audit.jsonl", "--json"]).status.code(), Some(2));
}

#[test]
fn keys_are_made_once_and_only_their_owner_reads_them() {
    let log = Log::new();
    let output = log.run(&["keygen", "new.key", "--json"]);
    let made = json(&output);
    assert_eq!((made["private"].as_str(), made["public"].as_str()), (Some("new.key"), Some("new.key.pub")));
    assert_eq!(made["key_id"].as_str().unwrap().len(), 16);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(log.folder.path().join("new.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let private = fs::read_to_string(log.folder.path().join("new.key")).unwrap();
    insta::assert_snapshot!("keygen_again", log.shown(&["keygen", "new.key"]));
    assert_eq!(fs::read_to_string(log.folder.path().join("new.key")).unwrap(), private);
}

#[test]
fn the_newest_events_and_those_that_come() {
    let log = Log::new();
    insta::assert_snapshot!("tail", log.shown(&["tail", "audit.jsonl", "-n", "3"]));
    assert_eq!(json_lines(&log.run(&["tail", "audit.jsonl", "-n", "9", "--json"])).len(), 9);
    assert_eq!(json_lines(&log.run(&["tail", "audit.jsonl", "-n", "99", "--tool", "deploy", "--json"])).len(), 4);
    // What is written later comes, over a rotation.
    let lines: Vec<String> =
        fs::read_to_string(log.folder.path().join("audit.jsonl")).unwrap().lines().map(str::to_owned).collect();
    log.change("audit.jsonl", |lines| lines.truncate(2));
    let follow = ["tail", "audit.jsonl", "-n", "0", "-f", "--json"];
    let mut child = log.command(&follow).stdout(Stdio::piped()).spawn().unwrap();
    let shown = BufReader::new(child.stdout.take().unwrap()).lines();
    std::thread::sleep(std::time::Duration::from_millis(600));
    let rest = lines[2..].iter().map(|line| format!("{line}\n")).collect::<String>();
    let (half, other) = rest.split_at(rest.len() / 3);
    append(&log.folder.path().join("audit.jsonl"), half);
    std::thread::sleep(std::time::Duration::from_millis(300));
    append(&log.folder.path().join("audit.jsonl"), other);
    let wanted: Vec<&String> = lines[2..].iter().filter(|line| !line.contains("\"record\"")).collect();
    let seen: Vec<String> = shown.take(wanted.len()).map(Result::unwrap).collect();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(seen.iter().eq(wanted) && !seen.is_empty());
}

fn append(path: &Path, text: &str) {
    use std::io::Write;
    fs::OpenOptions::new().append(true).open(path).unwrap().write_all(text.as_bytes()).unwrap();
}
