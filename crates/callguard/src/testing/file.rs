//! A file of tests, and the policies that its documents name.

use super::TestError;
use crate::files::{Disk, policy_file, policy_files};
use callguard_engine::diagnostic::Severity;
use callguard_engine::policy::templates::{PREFIX, template};
use callguard_engine::policy::test_file::{PolicyTest, read_policy_tests};
use callguard_engine::policy::{Bases, PolicyFile};
use callguard_engine::source::Sources;
use std::sync::Arc;

/// A file with one or more `PolicyTest` documents.
#[derive(Clone, Debug)]
pub struct TestFile {
    /// The file.
    pub file: PolicyFile,
    /// Its text, for places.
    pub sources: Arc<Sources>,
    /// The documents.
    pub tests: Vec<PolicyTest>,
}

impl TestFile {
    /// Reads a file, or the tests of `template/NAME`.
    ///
    /// # Errors
    /// It cannot be read, something is wrong with it, or there is no test in it.
    pub fn read(path: &str) -> Result<TestFile, TestError> {
        let file = tests_of(path)?;
        let mut sources = Sources::default();
        let id = sources
            .add_bytes(&file.name, file.bytes.clone())
            .map_err(|found| TestError::Invalid(vec![found], Arc::default()))?;
        let (tests, found) = read_policy_tests(&sources, id);
        if found.iter().any(|found| found.severity == Severity::Error) {
            return Err(TestError::Invalid(found, Arc::new(sources)));
        }
        if tests.is_empty() {
            return Err(TestError::NoTests(path.to_owned()));
        }
        Ok(TestFile { file, sources: Arc::new(sources), tests })
    }

    /// The policies that one of its documents is about: those it names, else those that stand beside it.
    ///
    /// # Errors
    /// One of them cannot be read.
    pub fn policies(&self, test: &PolicyTest) -> Result<Vec<PolicyFile>, TestError> {
        policies_of(test, &self.file)
    }
}

/// The tests of a template are named `template/NAME` as the template is.
fn tests_of(path: &str) -> Result<PolicyFile, TestError> {
    match path.strip_prefix(PREFIX) {
        Some(name) => {
            let template =
                template(name).ok_or_else(|| TestError::Unreadable(format!("there is no template `{name}`")))?;
            Ok(PolicyFile::new(path, template.tests))
        }
        None => policy_file(path).map_err(TestError::Unreadable),
    }
}

pub(super) fn policies_of(test: &PolicyTest, file: &PolicyFile) -> Result<Vec<PolicyFile>, TestError> {
    if test.policies.is_empty() {
        return Ok(vec![file.clone()]);
    }
    let one = |reference: &str| match reference.starts_with(PREFIX) {
        true => policy_files([reference]).map(|mut files| files.remove(0)),
        false => Disk.read(&file.name, reference),
    };
    test.policies.iter().map(|policy| one(&policy.value)).collect::<Result<_, _>>().map_err(TestError::Unreadable)
}
