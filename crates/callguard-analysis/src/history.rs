//! Which calls of the past would be decided otherwise: those of audit logs, and those that somebody wrote down.

use crate::log::Entry;
use crate::proof::{Flip, Situation};
use callguard_engine::call::{CallJson, Principal, ToolEnvelope};
use callguard_engine::decide::{Effect, Engine};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// What calls of the past come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Past {
    /// Calls that were decided by both.
    pub judged: u64,
    /// Calls whose arguments, or who made them, are not in the log as they were.
    pub redacted: u64,
    /// Calls that turn on facts: those are in no log.
    pub without_facts: u64,
    /// Lines that are no event and no call.
    pub unreadable: u64,
    /// Calls that are decided otherwise, by what they have in common.
    pub flips: BTreeMap<PastFlip, Times>,
}

/// What flipped calls have in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PastFlip {
    /// What both decide.
    pub flip: Flip,
    /// What decides of the stricter side: `POLICY/ID`, or `(default)` and the like.
    pub contract: String,
    /// The tool.
    pub tool: String,
    /// Who asked: the user, else the service, else the organisation.
    pub principal: String,
}

/// How often, and the first time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// How often.
    pub count: u64,
    /// The first call's id, as the log has it.
    pub first: String,
}

impl Past {
    /// A call as people write it, under both engines; one without a time is made `now`.
    pub fn call(&mut self, (old, new): (&Engine, &Engine), line: &[u8], now: Timestamp) {
        let Ok(CallJson { call, facts }) = CallJson::parse(line, now) else {
            self.unreadable = self.unreadable.saturating_add(1);
            return;
        };
        let facts = facts.iter().map(|(name, value)| (name.to_owned(), Ok(value.clone()))).collect();
        let situation = Situation { facts, ..Situation::of(call) };
        let (old, new) = (situation.decide(old), situation.decide(new));
        self.judge(&situation.call, (old.effect, &old.decider.to_string()), (new.effect, &new.decider.to_string()));
    }

    /// A line that holds no call to be judged.
    pub fn pass(&mut self, entry: &Entry) {
        let counter = match entry {
            Entry::Hidden => &mut self.redacted,
            Entry::Unreadable => &mut self.unreadable,
            _ => return,
        };
        *counter = counter.saturating_add(1);
    }

    /// A call that turns on facts, which are in no log.
    pub fn turns_on_facts(&mut self) {
        self.without_facts = self.without_facts.saturating_add(1);
    }

    /// A call, and what it came to before and comes to now: the decision, and what decided.
    pub fn judge(&mut self, call: &ToolEnvelope, old: (Effect, &str), new: (Effect, &str)) {
        self.judged = self.judged.saturating_add(1);
        let flip = Flip { old: old.0, new: new.0 };
        if flip.old == flip.new {
            return;
        }
        let (_, stricter) = if flip.loosens() { old } else { new };
        let key =
            PastFlip { flip, contract: stricter.to_owned(), tool: call.tool.clone(), principal: who(&call.principal) };
        let times = self.flips.entry(key).or_default();
        if times.count == 0 {
            times.first.clone_from(&call.call_id);
        }
        times.count = times.count.saturating_add(1);
    }

    /// How many calls flip.
    pub fn flipped(&self) -> u64 {
        self.flips.values().fold(0, |sum, times| sum.saturating_add(times.count))
    }

    /// Whether one of them gets a milder decision.
    pub fn loosens(&self) -> bool {
        self.flips.keys().any(|key| key.flip.loosens())
    }
}

/// The user, else the service, else the organisation.
fn who(principal: &Principal) -> String {
    let names = [&principal.user_id, &principal.service_id, &principal.org_id];
    names.into_iter().flatten().next().cloned().unwrap_or_else(|| "(none)".to_owned())
}
