//! What can go wrong, beside a call that is simply denied.

use callguard_engine::decide::Decision;
use callguard_engine::diagnostic::{Render, render};
use callguard_engine::policy::LoadErrors;

/// Policies that do not load. Its text is every finding with its source underlined.
#[derive(Debug, thiserror::Error)]
#[error("{}", shown(&self.errors))]
pub struct LoadError {
    errors: LoadErrors,
}

impl LoadError {
    /// Every finding and the files they lie in.
    pub fn findings(&self) -> &LoadErrors {
        &self.errors
    }
}

impl From<LoadErrors> for LoadError {
    fn from(errors: LoadErrors) -> LoadError {
        LoadError { errors }
    }
}

fn shown(errors: &LoadErrors) -> String {
    let each = errors.diagnostics.iter().map(|found| render(found, &errors.sources, Render::default()));
    each.collect::<Vec<_>>().join("\n")
}

/// Why [`Guard::run`](crate::Guard::run) did not run the tool, or lost its result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The call is denied. The text is what the agent should read.
    #[error("{}", .0.message.as_deref().unwrap_or("the call is denied"))]
    Denied(Box<Decision>),
    /// A person must approve, and nobody is set up to be asked.
    #[error("{}", .0.message.as_deref().unwrap_or("the call needs a person's approval"))]
    NeedsApproval(Box<Decision>),
    /// A synchronous call to a guard whose store or approver answers later.
    #[error("the store or the approver answers later: call the asynchronous form")]
    WouldWait,
}
