//! What becomes of one mutant.

use super::BASE;
use crate::commands::test::suite::{Part, Suite};
use crate::screen::Failure;
use callguard::engine::decide::Engine;
use callguard::engine::diagnostic::{Code, Severity};
use callguard::engine::policy::templates::PREFIX;
use callguard::engine::policy::{Bases, PolicyFile};
use callguard::engine::source::Sources;
use callguard::testing::Trial;
use callguard::{Disk, LoadError};
use callguard_analysis::mutate::{Mutant, Mutator};
use callguard_analysis::proof::{Proof, Verdict, Witness};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What became of a mutant.
pub(super) enum Fate {
    /// An example of the policy does not hold any more.
    ByExample,
    /// A case fails.
    ByCase,
    /// It decides as the policy does: that is proved.
    Equal,
    /// It does not load.
    Broken,
    /// Nothing notices; with a call that would be decided otherwise, if one is known.
    Survived(Option<Box<Witness>>),
}

/// A mutant of a file.
pub(super) struct Job {
    file: usize,
    pub(super) mutant: Mutant,
}

/// The tests, and the files that they hold.
pub(super) struct Judge<'a> {
    parts: Vec<Held<'a>>,
    files: Vec<Changeable>,
}

/// A document of tests, and its policies as they are.
struct Held<'a> {
    part: Part<'a>,
    engine: Engine,
    /// Which files are its own, and not those of a template that it extends.
    files: BTreeSet<String>,
}

struct Changeable {
    name: String,
    mutator: Mutator,
    sources: Arc<Sources>,
}

impl<'a> Judge<'a> {
    /// Everything that can be changed, in the order of the files.
    pub(super) fn new(suite: &'a Suite) -> Result<(Judge<'a>, Vec<Job>), Failure> {
        let mut judge = Judge { parts: Vec::new(), files: Vec::new() };
        for part in suite.parts() {
            let engine = Trial::new(part.test, part.policies)?.engine();
            let sources = Arc::clone(&engine.policies().sources);
            let mut files = BTreeSet::new();
            for (id, file) in sources.iter() {
                let named = || part.policies.iter().any(|policy| policy.name == file.name);
                if file.name.starts_with(PREFIX) && !named() {
                    continue;
                }
                files.insert(file.name.clone());
                if judge.files.iter().all(|known| known.name != file.name) {
                    let mutator = Mutator::read(&sources, id);
                    judge.files.push(Changeable { name: file.name.clone(), mutator, sources: Arc::clone(&sources) });
                }
            }
            judge.parts.push(Held { part, engine, files });
        }
        let jobs = judge.files.iter().enumerate().flat_map(|(file, changeable)| {
            changeable.mutator.mutants().into_iter().map(move |mutant| Job { file, mutant })
        });
        let jobs = jobs.collect();
        Ok((judge, jobs))
    }

    /// The file and the line that a mutant changes.
    pub(super) fn place(&self, job: &Job) -> (String, usize) {
        self.files
            .get(job.file)
            .map_or_else(Default::default, |file| (file.name.clone(), file.sources.line_column(job.mutant.span).0))
    }

    /// Loads the mutant and runs the tests that hold its file.
    pub(super) fn fate(&self, job: &Job) -> Fate {
        let Some(file) = self.files.get(job.file) else { return Fate::Broken };
        let changed = Changed { name: file.name.clone(), text: file.mutator.text(&job.mutant) };
        let mut trials = Vec::new();
        for held in self.parts.iter().filter(|held| held.files.contains(&file.name)) {
            let policies: Vec<PolicyFile> = held.part.policies.iter().map(|policy| changed.over(policy)).collect();
            match Trial::with_bases(held.part.test, &policies, changed.clone()) {
                Ok(trial) => trials.push((held, trial)),
                Err(error) if an_example_fails(&error) => return Fate::ByExample,
                Err(_) => return Fate::Broken,
            }
        }
        if trials.iter().any(|(_, trial)| trial.first_failure().is_some()) {
            return Fate::ByCase;
        }
        compared(trials.iter().map(|(held, trial)| (&held.engine, trial.engine())))
    }
}

/// Whether the mutant is the same policy, as far as can be told.
fn compared<'a>(pairs: impl Iterator<Item = (&'a Engine, Engine)>) -> Fate {
    let mut equal = true;
    for (old, new) in pairs {
        let proof = Proof::of(old, &new, BASE);
        equal &= proof.verdict() == Verdict::Equal;
        if let Some(witness) = proof.witnesses.into_iter().next() {
            return Fate::Survived(Some(Box::new(witness)));
        }
    }
    if equal { Fate::Equal } else { Fate::Survived(None) }
}

/// Whether nothing but examples stands against the policy.
fn an_example_fails(error: &LoadError) -> bool {
    let mut errors = error.findings().diagnostics.iter().filter(|found| found.severity == Severity::Error);
    errors.all(|found| found.code == Code::ExampleFails)
}

/// A file that says something else than on the disk.
#[derive(Clone)]
struct Changed {
    name: String,
    text: String,
}

impl Changed {
    fn over(&self, file: &PolicyFile) -> PolicyFile {
        if file.name == self.name { PolicyFile::new(&self.name, self.text.clone()) } else { file.clone() }
    }
}

impl Bases for Changed {
    fn read(&self, from: &str, reference: &str) -> Result<PolicyFile, String> {
        Disk.read(from, reference).map(|file| self.over(&file))
    }
}
