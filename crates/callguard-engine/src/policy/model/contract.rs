//! Contracts.

use super::{Condition, Limit, Message, Mode, ToolMatcher};
use crate::audit::result::ResultRedaction;
use crate::source::Span;
use jiff::civil::Date;
use std::fmt::{self, Display};
use std::sync::Arc;

/// A contract of a policy.
#[derive(Clone, Debug)]
pub struct Contract {
    /// Its name.
    pub id: ContractId,
    /// When it is judged.
    pub kind: Kind,
    /// For people.
    pub description: Option<String>,
    /// The tools it is about.
    pub tools: ToolMatcher,
    /// What makes it apply.
    pub when: Condition,
    /// Whether a policy that extends its document may weaken it.
    pub locked: bool,
    /// Labels that the session gains when it applies.
    pub add_labels: Vec<String>,
    /// What `action: redact` does; only in postconditions.
    pub redact: Option<ResultRedaction>,
    /// What overrides can change: dated ones first, nearest end first, the undated last. Never empty.
    pub terms: Vec<Dated>,
    /// Where it stands.
    pub span: Span,
}

/// Terms and the last day on which they hold.
#[derive(Clone, Debug)]
pub struct Dated {
    /// Inclusive, in the policy's time zone; `None`: always.
    pub until: Option<Date>,
    /// The terms.
    pub terms: Terms,
}

/// What an override can change.
#[derive(Clone, Debug)]
pub struct Terms {
    /// Whether it decides or only records.
    pub mode: Mode,
    /// Whether it is judged at all.
    pub enabled: bool,
    /// What it does when it applies.
    pub action: Action,
    /// What it does instead when it applies only by doubt.
    pub on_unknown: Option<OnUnknown>,
    /// For the agent and the audit.
    pub message: Message,
    /// How much it matters.
    pub severity: Rank,
    /// For people and reports.
    pub tags: Arc<[String]>,
    /// What excuses from it: any of these.
    pub unless: Vec<Condition>,
    /// What it counts; only in session contracts.
    pub limit: Option<Limit>,
}

impl Contract {
    /// The terms that hold on `today` (in the policy's time zone); `None` only of a contract without terms.
    pub fn terms_on(&self, today: Date) -> Option<&Terms> {
        self.terms.iter().find(|dated| dated.until.is_none_or(|until| today <= until)).map(|dated| &dated.terms)
    }
}

/// `POLICY/ID`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContractId {
    /// `metadata.name` of the document it stands in.
    pub policy: Arc<str>,
    /// Its own `id`.
    pub id: Arc<str>,
}

impl Display for ContractId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.policy, self.id)
    }
}

/// When a contract is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Before the tool runs.
    Precondition,
    /// Before the tool runs, with the session's counters and labels.
    Session,
    /// On the result or the error, before the agent sees it.
    Postcondition,
}

impl Kind {
    /// The word in decisions.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Precondition => "precondition",
            Kind::Session => "session",
            Kind::Postcondition => "postcondition",
        }
    }
}

/// What a contract does when it applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// The call does not run.
    Deny,
    /// A person decides.
    Ask(Ask),
    /// It is recorded.
    Warn,
    /// The call is permitted.
    Allow,
    /// The agent does not see the result.
    Withhold,
    /// The agent sees the result without what was found.
    Redact,
    /// Nothing but its labels.
    Label,
}

impl Action {
    /// The word in policies and decisions.
    pub fn as_str(&self) -> &'static str {
        match self {
            Action::Deny => "deny",
            Action::Ask(_) => "ask",
            Action::Warn => "warn",
            Action::Allow => "allow",
            Action::Withhold => "withhold",
            Action::Redact => "redact",
            Action::Label => "label",
        }
    }

    /// Whether it restricts: applies on true and unknown, its `when` read in the restricting direction.
    pub fn restricts(&self) -> bool {
        !matches!(self, Action::Allow)
    }
}

/// How a person is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// How long, in milliseconds.
    pub timeout_millis: u64,
    /// What happens then.
    pub on_timeout: OnTimeout,
    /// Groups, one of which must answer; empty: anyone who may approve.
    pub approvers: Vec<String>,
}

/// What an unanswered ask becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OnTimeout {
    /// The call does not run.
    Deny,
    /// The call runs.
    Allow,
}

/// What a contract does instead of its action when it applies only by doubt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OnUnknown {
    /// A person decides.
    Ask(Ask),
    /// It is recorded.
    Warn,
}

/// How much a contract matters; orders the deciding one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rank {
    /// `low`
    Low,
    /// `medium`
    Medium,
    /// `high`
    High,
    /// `critical`
    Critical,
}

impl Rank {
    /// Every one, with the word in policies.
    pub const ALL: &[(&str, Rank)] =
        &[("low", Rank::Low), ("medium", Rank::Medium), ("high", Rank::High), ("critical", Rank::Critical)];

    /// The word in policies.
    pub fn as_str(self) -> &'static str {
        Rank::ALL.iter().find(|(_, rank)| *rank == self).map_or("medium", |(word, _)| word)
    }
}
