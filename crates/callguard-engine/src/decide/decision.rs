//! What a decision says.

use crate::policy::model::{Ask, ContractId, Kind, Mode, PolicyVersion, Rank};
use std::fmt::{self, Display};
use std::sync::Arc;

/// What is decided of a call, from the mildest to the strictest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Effect {
    /// It may run.
    Allow,
    /// A person decides.
    Ask,
    /// It does not run.
    Deny,
}

impl Effect {
    /// The word in decisions.
    pub fn as_str(self) -> &'static str {
        match self {
            Effect::Allow => "allow",
            Effect::Ask => "ask",
            Effect::Deny => "deny",
        }
    }
}

/// What decided.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Decider {
    /// A contract.
    Contract(ContractId),
    /// `(default)`: nothing permits or restricts.
    Default,
    /// `(unknown_tools)`: the tool is not declared.
    UnknownTools,
    /// `(requires)`: the host did not fill what the policy requires.
    Requires,
    /// `(schema)`: the call is malformed.
    Schema,
    /// `(hook)`: a hook of the host's refused.
    Hook,
    /// `(store)`: the session could not be written where a contract needs it.
    Store,
}

impl Display for Decider {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Decider::Contract(id) => id.fmt(out),
            Decider::Default => out.write_str("(default)"),
            Decider::UnknownTools => out.write_str("(unknown_tools)"),
            Decider::Requires => out.write_str("(requires)"),
            Decider::Schema => out.write_str("(schema)"),
            Decider::Hook => out.write_str("(hook)"),
            Decider::Store => out.write_str("(store)"),
        }
    }
}

/// A contract that applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// Which.
    pub id: ContractId,
    /// When it was judged.
    pub kind: Kind,
    /// What it does: its action, or what `on_unknown` says instead.
    pub action: &'static str,
    /// Whether it decides or only records.
    pub mode: Mode,
    /// How much it matters.
    pub severity: Rank,
    /// For reports.
    pub tags: Arc<[String]>,
    /// Why it applies by doubt; `None`: it is true.
    pub doubt: Option<String>,
}

/// The decision on a call before it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Whether it may run.
    pub effect: Effect,
    /// `enforce` if any of the policies enforces.
    pub mode: Mode,
    /// What decided.
    pub decider: Decider,
    /// For the agent; none of a call that is simply allowed.
    pub message: Option<String>,
    /// Every contract that applied, observed ones too, by id.
    pub applied: Vec<Applied>,
    /// What would have been decided if all that is observed were enforced; `None` if nothing is observed.
    pub would: Option<Effect>,
    /// Whether something could not be decided and restricted.
    pub policy_error: bool,
    /// What was loaded.
    pub policy_version: PolicyVersion,
    /// How to ask, when the effect is to ask.
    pub ask: Option<Box<AskTerms>>,
    /// How many contracts came into question.
    pub contracts_evaluated: usize,
    /// Why, where it was asked for.
    pub explanation: Option<super::Explanation>,
}

/// How a person is asked: of several asks the shortest timeout, the strictest ending, an approver for each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskTerms {
    /// The contracts that ask.
    pub contracts: Vec<ContractId>,
    /// How long, whom, and what happens then.
    pub timeout_millis: u64,
    /// What an unanswered ask becomes.
    pub on_timeout: crate::policy::model::OnTimeout,
    /// For each contract that names groups: one of these must answer.
    pub approvers: Vec<Vec<String>>,
}

impl AskTerms {
    /// The terms of several asks; `None` of none.
    pub fn combine<'a>(asks: impl IntoIterator<Item = (&'a ContractId, &'a Ask)>) -> Option<AskTerms> {
        use crate::policy::model::OnTimeout;
        let mut asks: Vec<_> = asks.into_iter().collect();
        // Not in the order of the file: no contract's place in it matters.
        asks.sort_by_key(|(id, ask)| (*id, &ask.approvers));
        let timeout_millis = asks.iter().map(|(_, ask)| ask.timeout_millis).min()?;
        let strict = asks.iter().any(|(_, ask)| ask.on_timeout == OnTimeout::Deny);
        Some(AskTerms {
            contracts: asks.iter().map(|(id, _)| (*id).clone()).collect(),
            timeout_millis,
            on_timeout: if strict { OnTimeout::Deny } else { OnTimeout::Allow },
            approvers: asks.iter().map(|(_, ask)| ask.approvers.clone()).filter(|groups| !groups.is_empty()).collect(),
        })
    }
}
