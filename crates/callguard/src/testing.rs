//! Runs `PolicyTest` documents: one guard each, every case in a session of its own, in `/workspace`, on a clock that stands still.

mod compare;
mod coverage;
mod file;
mod run;
mod trial;

pub use coverage::{ConditionCoverage, ContractCoverage, Coverage, Place, Seen, Share};
pub use file::TestFile;
pub use trial::{Moment, Trial};

pub use run::{CaseResult, TestError, TestResult, run_file, run_test};

use crate::clock::Clock;
use crate::facts::Facts;
use callguard_engine::call::ToolEnvelope;
use callguard_engine::call::facets::path::{FileTree, Listed, PathResolver, Resolution};
use callguard_engine::value::{Object, Value};
use jiff::Timestamp;
use std::sync::{Arc, Mutex, PoisonError};

/// A clock that moves only when it is told to. Clones show the same time.
#[derive(Clone, Debug)]
pub struct TestClock {
    now: Arc<Mutex<Timestamp>>,
}

impl TestClock {
    /// Standing at `now`.
    pub fn at(now: Timestamp) -> TestClock {
        TestClock { now: Arc::new(Mutex::new(now)) }
    }

    /// Puts it to a time.
    pub fn set(&self, now: Timestamp) {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) = now;
    }

    /// Moves it on; past the end of time it stays.
    pub fn advance_millis(&self, millis: u64) {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        let span = jiff::SignedDuration::from_millis(i64::try_from(millis).unwrap_or(i64::MAX));
        *now = now.saturating_add(span).unwrap_or(*now);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Facts that are set from outside, call by call. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct SetFacts {
    facts: Arc<Mutex<Object>>,
}

impl SetFacts {
    /// What is answered from now on.
    pub fn set(&self, facts: Object) {
        *self.facts.lock().unwrap_or_else(PoisonError::into_inner) = facts;
    }
}

impl Facts for SetFacts {
    fn fact(&self, name: &str, _call: &ToolEnvelope) -> Result<Value, String> {
        let facts = self.facts.lock().unwrap_or_else(PoisonError::into_inner);
        facts.get(name).cloned().ok_or_else(|| "it was not supplied".to_owned())
    }
}

/// A disk that is set from outside, call by call; without one nobody looks. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct SetFiles {
    disk: Arc<Mutex<Option<Arc<FileTree>>>>,
}

impl SetFiles {
    /// What is on the disk from now on.
    pub fn set(&self, disk: Option<Arc<FileTree>>) {
        *self.disk.lock().unwrap_or_else(PoisonError::into_inner) = disk;
    }
}

impl PathResolver for SetFiles {
    fn resolve(&self, absolute: &str) -> Resolution {
        let disk = self.disk.lock().unwrap_or_else(PoisonError::into_inner).clone();
        disk.map_or(Resolution::NotAsked, |disk| disk.resolve(absolute))
    }

    fn names_in(&self, directory: &str) -> Option<Arc<[Listed]>> {
        let disk = self.disk.lock().unwrap_or_else(PoisonError::into_inner).clone();
        disk.and_then(|disk| disk.names_in(directory))
    }
}
