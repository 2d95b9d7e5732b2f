//! Approvals: how a person is asked.

mod terminal;

pub use terminal::TerminalApprover;

use callguard_engine::call::ToolEnvelope;
use callguard_engine::decide::AskTerms;
use std::future::Future;
use std::pin::Pin;

/// What a person is asked about. It is for this very call: the digest names its exact arguments.
#[derive(Clone, Debug)]
pub struct ApprovalRequest<'a> {
    /// The call.
    pub call: &'a ToolEnvelope,
    /// The arguments as JSON, redacted.
    pub shown_args: String,
    /// SHA-256 of the tool, the arguments and the principal, in hex.
    pub digest: String,
    /// The contracts' message.
    pub message: &'a str,
    /// How long, whom, and what happens then.
    pub terms: &'a AskTerms,
}

/// Who answers where nobody did.
pub(crate) const NOBODY: &str = "nobody";

/// What a person said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Approval {
    /// Run it, and who says so.
    Granted {
        /// The person.
        by: String,
        /// The groups that the person speaks for.
        groups: Vec<String>,
    },
    /// Do not run it.
    Refused {
        /// The person.
        by: String,
        /// Why.
        why: String,
    },
    /// Nobody answered in time.
    TimedOut,
}

/// Asks a person.
pub trait Approver: Send + Sync {
    /// Asks, and waits no longer than the terms say.
    fn ask<'a>(&'a self, request: ApprovalRequest<'a>) -> Pin<Box<dyn Future<Output = Approval> + Send + 'a>>;
}

impl Approval {
    /// The same, unless somebody granted who speaks for no group that one of the asks demands.
    pub(crate) fn held_to(self, terms: &AskTerms) -> Approval {
        match self {
            Approval::Granted { by, groups } if !terms.approvers.iter().all(|wanted| shares(wanted, &groups)) => {
                Approval::Refused { by, why: "the approver is in none of the groups that may approve".to_owned() }
            }
            other => other,
        }
    }
}

fn shares(wanted: &[String], groups: &[String]) -> bool {
    wanted.iter().any(|group| groups.contains(group))
}
