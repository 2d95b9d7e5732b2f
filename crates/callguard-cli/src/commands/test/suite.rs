//! The tests of a command line, each with the policies that it is about.

use crate::args::test::TestArgs;
use crate::folder;
use crate::input;
use crate::screen::Failure;
use callguard::LoadError;
use callguard::engine::policy::test_file::PolicyTest;
use callguard::engine::policy::{LoadErrors, PolicyFile};
use callguard::testing::{TestError, TestFile, TestResult, run_test};

/// Test files and their policies, read.
pub(crate) struct Suite {
    files: Vec<(TestFile, Vec<Vec<PolicyFile>>)>,
}

/// A `PolicyTest` document.
#[derive(Clone, Copy)]
pub(crate) struct Part<'a> {
    pub(crate) file: &'a TestFile,
    pub(crate) test: &'a PolicyTest,
    pub(crate) policies: &'a [PolicyFile],
}

impl Suite {
    /// Reads what the command line names.
    pub(crate) fn read(args: &TestArgs) -> Result<Suite, Failure> {
        let (tests, given) = match args.scenarios.as_slice() {
            [] => (args.files.as_slice(), None),
            scenarios => (scenarios, Some(input::policies(&args.files)?)),
        };
        let mut files = Vec::new();
        for name in &folder::expanded(tests, &["PolicyTest"])? {
            let file = TestFile::read(name).map_err(refused)?;
            let of = |test: &PolicyTest| match &given {
                Some(given) => Ok(given.clone()),
                None => file.policies(test).map_err(refused),
            };
            let policies = file.tests.iter().map(of).collect::<Result<Vec<_>, _>>()?;
            files.push((file, policies));
        }
        Ok(Suite { files })
    }

    /// The documents, in order.
    pub(crate) fn parts(&self) -> impl Iterator<Item = Part<'_>> {
        self.files.iter().flat_map(|(file, policies)| {
            file.tests.iter().zip(policies).map(move |(test, policies)| Part { file, test, policies })
        })
    }

    /// Runs every document.
    pub(crate) fn run(&self) -> Result<Vec<TestResult>, Failure> {
        let run = |part: Part<'_>| run_test(part.test, &part.file.file, &part.file.sources, Some(part.policies));
        self.parts().map(|part| run(part).map_err(refused)).collect()
    }
}

fn refused(error: TestError) -> Failure {
    match error {
        TestError::Policy(error) => error.into(),
        TestError::Invalid(diagnostics, sources) => LoadError::from(LoadErrors { diagnostics, sources }).into(),
        other => Failure::Usage(other.to_string()),
    }
}
