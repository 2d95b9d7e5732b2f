//! Which calls of the past would be decided otherwise: those of audit logs, and those that somebody wrote down.

use crate::log::{Entry, Log};
use crate::proof::{Flip, Situation};
use callguard_engine::call::{CallJson, Principal, ToolEnvelope};
use callguard_engine::decide::{Decision, Engine};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Calls under two engines, one after the other.
#[derive(Debug)]
pub struct History<'a> {
    old: &'a Engine,
    new: &'a Engine,
    log: Log,
    /// What was found so far.
    pub past: Past,
}

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

impl<'a> History<'a> {
    /// Nothing was called yet.
    pub fn new(old: &'a Engine, new: &'a Engine) -> History<'a> {
        History { old, new, log: Log::default(), past: Past::default() }
    }

    /// A line of an audit log. Events that are no decision on a call are passed over.
    pub fn event(&mut self, line: &[u8]) {
        match self.log.read(line) {
            Entry::Decided(decided) => self.judge(&decided.situation),
            other => self.past.count(&other),
        }
    }

    /// A call as people write it; one without a time is made `now`.
    pub fn call(&mut self, line: &[u8], now: Timestamp) {
        match CallJson::parse(line, now) {
            Ok(CallJson { call, facts }) => {
                let facts = facts.iter().map(|(name, value)| (name.to_owned(), Ok(value.clone()))).collect();
                self.judge(&Situation { facts, ..Situation::of(call) });
            }
            Err(_) => self.past.unreadable = self.past.unreadable.saturating_add(1),
        }
    }

    fn judge(&mut self, situation: &Situation) {
        let (old, new) = (situation.decide(self.old), situation.decide(self.new));
        let flip = Flip { old: old.effect, new: new.effect };
        let stricter = if flip.loosens() { &old } else { &new };
        self.past.judged(&situation.call, flip, || decider(stricter));
    }
}

impl Past {
    /// Counts a line that holds no call to be judged.
    pub fn count(&mut self, entry: &Entry) {
        let counter = match entry {
            Entry::Hidden => &mut self.redacted,
            Entry::Unreadable => &mut self.unreadable,
            _ => return,
        };
        *counter = counter.saturating_add(1);
    }

    /// Counts a call that was judged, and what it comes to where that is not what it was.
    pub fn judged(&mut self, call: &ToolEnvelope, flip: Flip, contract: impl FnOnce() -> String) {
        self.judged = self.judged.saturating_add(1);
        if flip.old == flip.new {
            return;
        }
        let key = PastFlip { flip, contract: contract(), tool: call.tool.clone(), principal: who(&call.principal) };
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

fn decider(decision: &Decision) -> String {
    decision.decider.to_string()
}

/// The user, else the service, else the organisation.
fn who(principal: &Principal) -> String {
    let names = [&principal.user_id, &principal.service_id, &principal.org_id];
    names.into_iter().flatten().next().cloned().unwrap_or_else(|| "(none)".to_owned())
}
