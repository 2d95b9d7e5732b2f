//! What tests of loading share.
#![allow(dead_code, reason = "each test takes what it needs")]

use callguard_engine::diagnostic::{Diagnostic, PageExample, Severity};
use callguard_engine::policy::test_file::read_policy_tests;
use callguard_engine::policy::{Bases, LoadErrors, LoadInput, Loaded, PolicyFile, load};
use callguard_engine::source::Sources;
use std::sync::Arc;

/// Bases by name.
pub(crate) struct Given(pub(crate) Vec<(String, Vec<u8>)>);

impl Bases for Given {
    fn read(&self, _from: &str, reference: &str) -> Result<PolicyFile, String> {
        let found = self.0.iter().find(|(name, _)| name == reference);
        let (name, bytes) = found.ok_or_else(|| "there is no such file".to_owned())?;
        Ok(PolicyFile::new(name.clone(), bytes.clone()))
    }
}

/// Loads one file.
pub(crate) fn load_one(name: &str, bytes: &[u8], bases: &dyn Bases) -> Result<Loaded, LoadErrors> {
    let files = vec![PolicyFile::new(name, bytes)];
    load(LoadInput { files, bases, operators: Arc::default() })
}

/// Everything that is found in a file: in its policies, else in its tests.
pub(crate) fn findings(name: &str, bytes: &[u8], bases: &dyn Bases) -> Vec<Diagnostic> {
    findings_and_sources(name, bytes, bases).0
}

/// The same, with the files.
pub(crate) fn findings_and_sources(name: &str, bytes: &[u8], bases: &dyn Bases) -> (Vec<Diagnostic>, Arc<Sources>) {
    let text = String::from_utf8_lossy(bytes);
    let has = |kind: &str| text.lines().any(|line| line.trim_end() == format!("kind: {kind}"));
    let mut sources = Sources::default();
    let mut tests = Vec::new();
    if has("PolicyTest")
        && let Ok(file) = sources.add_bytes(name, bytes.to_vec())
    {
        tests = read_policy_tests(&sources, file).1;
        if !has("Policy") {
            return (tests, Arc::new(sources));
        }
    }
    let (mut found, sources) = match load_one(name, bytes, bases) {
        Ok(loaded) => (loaded.warnings, loaded.sources),
        Err(failed) => (failed.diagnostics, failed.sources),
    };
    found.extend(tests);
    (found, sources)
}

/// Those that keep the file from loading.
pub(crate) fn errors(found: &[Diagnostic]) -> Vec<&Diagnostic> {
    found.iter().filter(|found| found.severity == Severity::Error).collect()
}

/// Codes and messages, for a failing test.
pub(crate) fn said(found: &[Diagnostic]) -> Vec<String> {
    found.iter().map(|found| format!("{} {}", found.code, found.message)).collect()
}

/// Examples that start with `# NAME.yaml` are files which the others extend.
pub(crate) fn named(examples: &[PageExample]) -> Vec<(String, Vec<u8>)> {
    let name = |example: &PageExample| {
        let text = String::from_utf8_lossy(&example.bytes).into_owned();
        text.lines().next()?.strip_prefix("# ").filter(|name| name.ends_with(".yaml")).map(str::to_owned)
    };
    examples.iter().filter_map(|example| Some((name(example)?, example.bytes.clone()))).collect()
}
