//! Loading: files in, a checked set of policies out, or everything that is wrong with them.

use super::compose::{self, Library};
use super::model::{PolicySet, PolicyVersion};
use super::templates::{PREFIX, Template};
use crate::decide::Operators;
use crate::diagnostic::{Diagnostic, Severity, sort_and_dedupe};
use crate::source::Sources;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::sync::Arc;

/// A file of policy text, as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyFile {
    /// What messages call it; two files of one name are one file.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Reads the bases that policies extend: the shell's part of a load. `template/NAME` never gets here.
pub trait Bases {
    /// The file that `reference` names in the file called `from`; else one sentence on why it cannot be read.
    fn read(&self, from: &str, reference: &str) -> Result<PolicyFile, String>;
}

/// No bases but the templates.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoBases;

/// What to load.
pub struct LoadInput<'a> {
    /// The files whose policies decide, in order.
    pub files: Vec<PolicyFile>,
    /// Where their bases come from.
    pub bases: &'a dyn Bases,
    /// The operators that the host registers (`x_name`); examples are judged with them.
    pub operators: Arc<Operators>,
}

/// Policies that can decide.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The policies.
    pub set: PolicySet,
    /// The files, for showing warnings.
    pub sources: Arc<Sources>,
    /// What deserves a look, in order.
    pub warnings: Vec<Diagnostic>,
}

/// Why policies do not load.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the policy does not load: {} error(s)", self.error_count())]
pub struct LoadErrors {
    /// Every finding of every file, warnings too, in order; at least one is an error.
    pub diagnostics: Vec<Diagnostic>,
    /// The files, for showing them.
    pub sources: Arc<Sources>,
}

/// Loads policies: every error of every file in one go.
///
/// # Errors
/// All that is wrong, if anything is.
pub fn load(input: LoadInput<'_>) -> Result<Loaded, LoadErrors> {
    let mut library = Library::read(input.files, input.bases);
    let mut diagnostics = std::mem::take(&mut library.diagnostics);
    let policies = compose::compose(&library, &input.operators, &mut diagnostics);
    sort_and_dedupe(&mut diagnostics);
    let sources = Arc::new(library.sources);
    if diagnostics.iter().any(|found| found.severity == Severity::Error) {
        return Err(LoadErrors { diagnostics, sources });
    }
    let version = PolicyVersion(version(library.digest).into());
    let set = PolicySet { policies, version, sources: Arc::clone(&sources) };
    Ok(Loaded { set, sources, warnings: diagnostics })
}

fn version(digest: Sha256) -> String {
    digest.finalize().iter().fold("sha256:".to_owned(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

impl LoadErrors {
    /// How many of the findings are errors.
    pub fn error_count(&self) -> usize {
        self.diagnostics.iter().filter(|found| found.severity == Severity::Error).count()
    }
}

impl PolicyFile {
    /// A file of that name.
    pub fn new(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> PolicyFile {
        PolicyFile { name: name.into(), bytes: bytes.into() }
    }
}

impl From<&Template> for PolicyFile {
    fn from(template: &Template) -> PolicyFile {
        PolicyFile::new(format!("{PREFIX}{}", template.name), template.text)
    }
}

impl Bases for NoBases {
    fn read(&self, _from: &str, _reference: &str) -> Result<PolicyFile, String> {
        Err("only templates can be extended here".to_owned())
    }
}
