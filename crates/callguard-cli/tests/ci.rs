//! The jobs of `deploy/ci` as a pipeline runs them: their own scripts, in a repository whose policy was changed.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "tests")]

use callguard::engine::source::{Node, Sources, read_documents};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const JOBS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/ci");
const STRICT: &str = "apiVersion: callguard/v1\nkind: Policy\nmetadata: { name: p }\nspec:\n  preconditions:\n    - { id: no, tools: deploy, action: deny }\n";

fn job(name: &str) -> Node {
    let mut sources = Sources::default();
    let file = sources.add(name, fs::read_to_string(format!("{JOBS}/{name}")).unwrap());
    let (mut documents, found) = read_documents(&sources, file);
    assert!(found.is_empty() && documents.len() == 1, "{found:?}");
    documents.remove(0)
}

fn under<'n>(node: &'n Node, path: &[&str]) -> &'n Node {
    path.iter().fold(node, |node, key| &node.entry(key).unwrap_or_else(|| panic!("no `{key}`")).value)
}

fn text(node: &Node) -> String {
    node.as_scalar().unwrap().text.clone()
}

fn git(folder: &Path, args: &[&str]) -> String {
    let identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"];
    let output = Command::new("git").args(identity).args(args).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A repository with a policy, and with another one on top; where it is, and the commit below.
fn repository(root: &Path, policy: &str, old: &str, new: &str) -> (PathBuf, String) {
    let folder = root.join("repository");
    let place = folder.join(policy);
    fs::create_dir_all(place.parent().unwrap()).unwrap();
    git(&folder, &["init", "--quiet"]);
    fs::write(&place, old).unwrap();
    git(&folder, &["add", "."]);
    git(&folder, &["commit", "--quiet", "-m", "old"]);
    fs::write(&place, new).unwrap();
    git(&folder, &["commit", "--quiet", "-am", "new"]);
    let base = git(&folder, &["rev-parse", "HEAD^"]);
    (folder, base)
}

/// The script as a runner starts it, with `callguard` on the path.
fn script(shell: &[&str], lines: &str, folder: &Path, variables: &[(&str, &str)]) -> Output {
    let program = Path::new(env!("CARGO_BIN_EXE_callguard")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let (shell, options) = shell.split_first().unwrap();
    let mut command = Command::new(shell);
    command.args(options).arg("-c").arg(lines).current_dir(folder).env("PATH", path);
    command.envs(variables.iter().copied()).output().unwrap()
}

/// How the policy is changed, what the job ends with, and what its comment says.
const CHANGES: &[(&str, &str, i32, &str)] = &[
    ("deny", "ask", 8, "deny -> ask"),
    ("deny", "warn", 8, "deny -> allow"),
    ("ask", "deny", 0, "ask -> deny"),
    ("deny", "deny", 0, "equal"),
];

fn policies(old: &str, new: &str) -> (String, String) {
    let with = |action: &str| STRICT.replace("action: deny", &format!("action: {action}"));
    // Two commits differ at least in a comment.
    (with(old), format!("# Changed.\n{}", with(new)))
}

#[test]
fn the_github_workflow_comments_and_gates() {
    let job = job("callguard-diff.github.yml");
    let diff = under(&job, &["jobs", "diff"]);
    let policy = text(under(diff, &["env", "POLICY"]));
    let steps = under(diff, &["steps"]).as_list().unwrap();
    let step = |name: &str| {
        let named = |step: &&Node| step.entry("name").is_some_and(|entry| text(&entry.value) == name);
        steps.iter().find(named).unwrap()
    };
    let (compare, gate) = (text(under(step("compare"), &["run"])), text(under(step("gate"), &["run"])));
    assert!(text(under(step("comment"), &["run"])).contains("\"$RUNNER_TEMP/comment.md\""));
    assert_eq!(gate, "exit ${{ steps.compare.outputs.exit }}");
    for (old, new, code, says) in CHANGES {
        let root = tempfile::tempdir().unwrap();
        let (old, new) = policies(old, new);
        let (folder, base) = repository(root.path(), &policy, &old, &new);
        let (temp, outputs) = (root.path().to_str().unwrap(), root.path().join("outputs"));
        let variables =
            [("RUNNER_TEMP", temp), ("GITHUB_OUTPUT", outputs.to_str().unwrap()), ("BASE", &base), ("POLICY", &policy)];
        let output = script(&["bash", "-e"], &compare, &folder, &variables);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(fs::read_to_string(outputs).unwrap(), format!("exit={code}\n"));
        let comment = fs::read_to_string(root.path().join("comment.md")).unwrap();
        assert!(comment.contains(says), "{says}: {comment}");
    }
}

#[test]
fn the_gitlab_job_keeps_its_comment_and_gates() {
    let job = job("callguard-diff.gitlab.yml");
    let diff = under(&job, &["callguard-diff"]);
    let policy = text(under(diff, &["variables", "POLICY"]));
    let lines: Vec<String> = under(diff, &["script"]).as_list().unwrap().iter().map(text).collect();
    assert_eq!(text(under(diff, &["artifacts", "paths"]).as_list().unwrap().first().unwrap()), "comment.md");
    for (old, new, code, says) in CHANGES {
        let root = tempfile::tempdir().unwrap();
        let (old, new) = policies(old, new);
        let (folder, base) = repository(root.path(), &policy, &old, &new);
        let place = root.path().join("old");
        // Where every job has a machine of its own, the place may be fixed.
        let lines = lines.join("\n").replace("/tmp/old", place.to_str().unwrap());
        let variables = [("CI_MERGE_REQUEST_DIFF_BASE_SHA", base.as_str()), ("POLICY", &policy)];
        let output = script(&["sh", "-e"], &lines, &folder, &variables);
        assert_eq!(output.status.code(), Some(*code), "{}", String::from_utf8_lossy(&output.stderr));
        let comment = fs::read_to_string(folder.join("comment.md")).unwrap();
        assert!(comment.contains(says), "{says}: {comment}");
    }
}
