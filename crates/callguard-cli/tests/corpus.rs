//! The corpus of `spec/` through the command line.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at what it did not expect")]

use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
fn every_case_comes_out_as_written() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let files = cases(&root.join("spec/cases"));
    assert!(files.len() > 100, "only {} files were found", files.len());
    let output = Command::new(env!("CARGO_BIN_EXE_callguard"))
        .args(["test", "--json"])
        .args(&files)
        .env_clear()
        // Where coverage of this process goes, when it is measured.
        .envs(std::env::var_os("LLVM_PROFILE_FILE").map(|place| ("LLVM_PROFILE_FILE", place)))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}\n{said}", failures(&output.stdout));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(report["passed"].as_u64().unwrap() > 900, "only {} cases were run", report["passed"]);
    assert_eq!(report["tests"].as_array().unwrap().len(), files.len());
}

/// What differs, one line each.
fn failures(stdout: &[u8]) -> String {
    let report: serde_json::Value = serde_json::from_slice(stdout).unwrap_or_default();
    let tests = report["tests"].as_array().into_iter().flatten();
    let cases = tests.flat_map(|test| test["cases"].as_array().into_iter().flatten().map(move |case| (test, case)));
    let failed = cases.filter(|(_, case)| case["passed"] == false);
    failed.map(|(test, case)| format!("{}: {}: {}\n", test["file"], case["name"], case["failures"])).collect()
}

/// Every `.yaml` below a folder, the helpers in `_files` left out.
fn cases(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true if !path.ends_with("_files") => open.push(path),
                false if path.extension().is_some_and(|extension| extension == "yaml") => found.push(path),
                _ => {}
            }
        }
    }
    found.sort();
    found
}
