//! Hooks of the host's: before a call is decided, and after its result was judged.

use callguard_engine::call::ToolEnvelope;
use callguard_engine::decide::{HookRefusal, Settled};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What a before-hook says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HookVerdict {
    /// Go on to the contracts.
    Continue,
    /// The call does not run, and why.
    Deny(String),
}

/// Looks at a call before the contracts do. It can refuse; it cannot permit. One that panics refuses.
pub trait BeforeHook: Send + Sync {
    /// What the audit calls it.
    fn name(&self) -> &str;

    /// Looks at the call.
    fn before(&self, call: &ToolEnvelope) -> HookVerdict;
}

/// Looks at a result after the contracts did, at what the agent will see. One that panics withholds it.
pub trait AfterHook: Send + Sync {
    /// What the audit calls it.
    fn name(&self) -> &str;

    /// Looks at the result.
    fn after(&self, call: &ToolEnvelope, settled: &Settled);
}

/// Asks every before-hook in turn; the first refusal ends it.
pub(crate) fn ask_all(hooks: &[Box<dyn BeforeHook>], call: &ToolEnvelope) -> Option<HookRefusal> {
    hooks.iter().find_map(|hook| {
        let verdict = catch_unwind(AssertUnwindSafe(|| hook.before(call)));
        let reason = match verdict {
            Ok(HookVerdict::Continue) => return None,
            Ok(HookVerdict::Deny(reason)) => reason,
            Err(_) => format!("the hook {} failed", hook.name()),
        };
        Some(HookRefusal { name: hook.name().to_owned(), reason })
    })
}

/// Shows every after-hook the result; the name of the first that failed.
pub(crate) fn show_all<'a>(hooks: &'a [Box<dyn AfterHook>], call: &ToolEnvelope, settled: &Settled) -> Option<&'a str> {
    hooks
        .iter()
        .find(|hook| catch_unwind(AssertUnwindSafe(|| hook.after(call, settled))).is_err())
        .map(|hook| hook.name())
}
