//! What is known of a call so far: everything a decision is a function of.

use super::FactAnswers;
use super::engine::Around;
use super::limits::LimitOf;
use super::scene::SessionState;
use crate::policy::model::ContractId;
use crate::session::{SessionView, StoreError};
use std::sync::Arc;

/// Why nothing is known of a session at first.
pub(super) const NOT_READ: &str = "it is not read yet";

/// What is known around a call. The decision is a pure function of the policies, the call and this.
#[derive(Debug)]
pub(super) struct Known {
    /// Answers to declared facts.
    pub(super) facts: FactAnswers,
    /// The first before-hook that refused.
    pub(super) refused_by_hook: Option<HookRefusal>,
    /// Contracts whose ask a person has granted.
    pub(super) satisfied: Vec<ContractId>,
    /// The session.
    pub(super) session: Result<Arc<SessionView>, StoreError>,
    /// Where each attempt limit's counter stands, this attempt included.
    pub(super) attempts: Vec<(LimitOf, u64)>,
    /// What is known of the limits.
    pub(super) limits: LimitsKnown,
    /// Whether the decision carries an explanation.
    pub(super) explain: bool,
}

impl Default for Known {
    fn default() -> Known {
        Known {
            facts: FactAnswers::new(),
            refused_by_hook: None,
            satisfied: Vec::new(),
            session: Err(StoreError::new(NOT_READ)),
            attempts: Vec::new(),
            limits: LimitsKnown::NotYet,
            explain: false,
        }
    }
}

impl Known {
    /// Nothing is known yet.
    pub(super) fn begin(&mut self, explain: bool, refused_by_hook: Option<HookRefusal>, satisfied: Vec<ContractId>) {
        if !self.facts.is_empty() {
            self.facts.clear();
        }
        self.refused_by_hook = refused_by_hook;
        self.satisfied = satisfied;
        self.session = Err(StoreError::new(NOT_READ));
        self.attempts.clear();
        self.limits = LimitsKnown::NotYet;
        self.explain = explain;
    }

    /// The same as conditions see it, before there is a result.
    pub(super) fn around(&self) -> Around<'_> {
        Around { facts: &self.facts, session: self.session_state(), output: None }
    }

    /// The session as conditions see it.
    fn session_state(&self) -> SessionState<'_> {
        match &self.session {
            Ok(view) => SessionState::Known(view),
            Err(error) => SessionState::Failed(error.reason()),
        }
    }
}

/// What is known of the limits.
#[derive(Clone, Debug)]
pub(super) enum LimitsKnown {
    /// Nothing yet: none counts as exceeded.
    NotYet,
    /// Which limits go beyond.
    Exceeded(Vec<LimitOf>),
    /// The store could not answer.
    Failed(StoreError),
}

/// A before-hook's refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookRefusal {
    /// The hook.
    pub name: String,
    /// For the agent.
    pub reason: String,
}
