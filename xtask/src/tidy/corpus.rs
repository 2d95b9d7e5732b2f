//! The corpus of `spec/`: no file in it that a run would pass over in silence.

use super::files::{FOREIGN_DATA, tracked};
use crate::root;
use anyhow::{Context, Result};
use std::fs;

pub(super) fn check() -> Result<Vec<String>> {
    let mut findings = Vec::new();
    let mut cases = 0;
    let files: Vec<String> = tracked()?.into_iter().filter(|path| path.starts_with("spec/")).collect();
    for path in &files {
        let text = fs::read_to_string(root().join(path)).with_context(|| format!("cannot read {path}"))?;
        if path.starts_with("spec/cases/") && !path.contains("/_files/") {
            cases += usize::from(text.contains("kind: PolicyTest"));
        }
        findings.extend(fault(path, &text, &files).map(|fault| format!("{path}: {fault}")));
    }
    if cases == 0 {
        findings.push("spec/cases: holds no case".to_owned());
    }
    Ok(findings)
}

fn fault(path: &str, text: &str, files: &[String]) -> Option<&'static str> {
    let (_, name) = path.rsplit_once('/')?;
    if name.ends_with(".md") {
        return None;
    }
    if let Some(inside) = path.strip_prefix(FOREIGN_DATA)
        && ["sample.jsonl", "more.jsonl", "environment.json"].contains(&inside)
    {
        return None;
    }
    if !name.ends_with(".yaml") {
        return Some("is no `.yaml` file, so that no run loads it");
    }
    if let Some((folder, base)) = path.split_once("/_files/") {
        return (!is_used(folder, base, files)).then_some("no file beside `_files` names it");
    }
    if path.starts_with("spec/cases/") && !text.contains("kind: PolicyTest") {
        return Some("has no `PolicyTest`, so that it tests nothing");
    }
    if path.starts_with("spec/errors/") && !text.starts_with("# expect: ") {
        return Some("does not begin with `# expect: CODE at LINE:COLUMN`");
    }
    None
}

/// Whether a file of that folder, or another base in it, names the base.
fn is_used(folder: &str, base: &str, files: &[String]) -> bool {
    let beside = files.iter().filter(|path| path.starts_with(folder) && !path.ends_with(&format!("/_files/{base}")));
    let mut texts = beside.filter_map(|path| fs::read_to_string(root().join(path)).ok());
    texts.any(|text| text.contains(base))
}
