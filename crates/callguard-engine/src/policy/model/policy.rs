//! A policy, and the set of policies that decides together.

use super::{Contract, Selector, ToolDeclaration};
use crate::audit::redact::RedactionRules;
use crate::source::Sources;
use jiff::tz::TimeZone;
use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::sync::Arc;

/// The policies that decide together: each with its own spec, the strictest answer wins.
#[derive(Clone, Debug)]
pub struct PolicySet {
    /// The policies, by name.
    pub policies: Vec<Policy>,
    /// What was loaded, byte for byte.
    pub version: PolicyVersion,
    /// The text, for explanations.
    pub sources: Arc<Sources>,
}

/// `sha256:` of the concatenated bytes of every file, in load order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PolicyVersion(pub(crate) Arc<str>);

impl PolicyVersion {
    /// `sha256:…`
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Display for PolicyVersion {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// A policy with all that it extends.
#[derive(Clone, Debug)]
pub struct Policy {
    /// `metadata.name`.
    pub name: String,
    /// `metadata.description`.
    pub description: Option<String>,
    /// `metadata.version`.
    pub version: Option<String>,
    /// `metadata.labels`.
    pub labels: BTreeMap<String, String>,
    /// `metadata.annotations`.
    pub annotations: BTreeMap<String, String>,
    /// Whether it decides or only records.
    pub mode: Mode,
    /// For a call that nothing permits or restricts.
    pub default: Default,
    /// For tools that no `tools` entry declares.
    pub unknown_tools: Default,
    /// What the host must fill.
    pub requires: Vec<Selector>,
    /// What the host supplies at run time.
    pub facts: BTreeMap<String, FactType>,
    /// What the tools are.
    pub tools: Vec<ToolDeclaration>,
    /// Whether the shipped catalog types what `tools` leaves out.
    pub catalog: bool,
    /// The contracts, of every base too.
    pub contracts: Vec<Contract>,
    /// What audit events and messages hide.
    pub redaction: RedactionRules,
    /// Where paths start.
    pub filesystem: Filesystem,
    /// For `time.*` and dates.
    pub timezone: TimeZone,
}

/// Whether a policy decides or only records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// It decides.
    Enforce,
    /// It records what it would have decided.
    Observe,
}

impl Mode {
    /// The word in policies and decisions.
    pub fn as_str(self) -> &'static str {
        match self {
            Mode::Enforce => "enforce",
            Mode::Observe => "observe",
        }
    }
}

/// What happens where nothing speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Default {
    /// It runs.
    Allow,
    /// It does not.
    Deny,
}

/// The type of a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FactType {
    /// A string.
    String,
    /// A number.
    Number,
    /// A boolean.
    Boolean,
    /// A list.
    List,
    /// An object.
    Object,
}

/// Where paths start, if the policy says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filesystem {
    /// What `.` means.
    pub workspace: Option<String>,
    /// What `~` means.
    pub home: Option<String>,
    /// Whether symlinks are resolved.
    pub resolve_symlinks: SymlinkMode,
}

/// Whether symlinks are resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SymlinkMode {
    /// Where the host has a disk to look at.
    Auto,
    /// Always; without a disk a path is unknown.
    Always,
    /// Never: paths are read as text.
    Never,
}

impl FactType {
    /// Every one, with the word in policies.
    pub const ALL: &[(&str, FactType)] = &[
        ("string", FactType::String),
        ("number", FactType::Number),
        ("boolean", FactType::Boolean),
        ("list", FactType::List),
        ("object", FactType::Object),
    ];

    /// The word in policies.
    pub fn as_str(self) -> &'static str {
        FactType::ALL.iter().find(|(_, fact)| *fact == self).map_or("string", |(word, _)| word)
    }
}
