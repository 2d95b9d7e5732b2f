//! What a store shows of a session.

use std::collections::{BTreeMap, BTreeSet};

/// A session as it stood when it was read. Runs are those that ended; the attempt in hand is counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionView {
    /// Goes up with every change but attempts.
    pub version: u64,
    /// Tries, denied ones and this one included.
    pub attempts: u64,
    /// Runs.
    pub calls: u64,
    /// Runs by tool.
    pub calls_of: BTreeMap<String, u64>,
    /// Runs that erred since the last success.
    pub consecutive_failures: u64,
    /// What was learned of it.
    pub labels: BTreeSet<Label>,
}

impl SessionView {
    /// Tools that ran, by name.
    pub fn tools_called(&self) -> impl Iterator<Item = &str> {
        self.calls_of.keys().map(String::as_str)
    }
}

/// A label of a session. The same name may stand with different marks.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Label {
    /// The word.
    pub name: String,
    /// Gained by doubt: restricts, and never excuses.
    pub doubtful: bool,
    /// Gained from an observed contract: enforced contracts do not see it.
    pub observed: bool,
}
