//! Calls of the past under a guard of today, on the clock of the log.

use crate::screen::Failure;
use callguard::engine::decide::HostPaths;
use callguard::engine::policy::PolicyFile;
use callguard::store::MemoryStore;
use callguard::{
    Asked, Before, Clock, Decision, Effect, Guard, Output, RunError, Running, ToolEnvelope, Value, at_once,
};
use callguard_analysis::history::Past;
use callguard_analysis::log::{Decided, Entry, Log};
use callguard_analysis::proof::Flip;
use jiff::Timestamp;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

/// Calls in flight that are remembered; of one whose end never comes the outcome is unknown.
const MOST_OPEN: usize = 10_000;

/// A guard, and what the calls so far have come to.
pub(super) struct Replayed {
    guard: Guard,
    clock: Arc<LogClock>,
    log: Log,
    open: HashMap<String, Open>,
    /// The same, the oldest first.
    order: VecDeque<String>,
    pub(super) past: Past,
}

/// A call whose end is still to be read.
enum Open {
    Runs(Box<Running>),
    /// A person is asked, as then.
    Waits(Box<Asked>),
}

impl Replayed {
    pub(super) fn new(files: Vec<PolicyFile>, workspace: &str, home: &str) -> Result<Replayed, Failure> {
        let clock = Arc::new(LogClock::default());
        let shared: Arc<dyn Clock> = Arc::clone(&clock) as Arc<dyn Clock>;
        // Without a disk, so that a log says the same on every machine.
        let paths =
            HostPaths { workspace: Some(workspace.to_owned()), home: Some(home.to_owned()), ..HostPaths::default() };
        let builder = Guard::builder().store(MemoryStore::with_clock(shared)).clock(SharedClock(Arc::clone(&clock)));
        let guard = files.into_iter().fold(builder.paths(paths), callguard::GuardBuilder::policy).build()?;
        let (log, past) = (Log::default(), Past::default());
        Ok(Replayed { guard, clock, log, open: HashMap::new(), order: VecDeque::new(), past })
    }

    pub(super) fn policy_version(&self) -> String {
        self.guard.policy_version()
    }

    /// Takes the next line: what it says, and of a call that can be judged what is decided now.
    pub(super) fn line(&mut self, line: &[u8]) -> Result<(Entry, Option<Decision>), RunError> {
        let entry = self.log.read(line);
        let mut decision = None;
        match &entry {
            Entry::Decided(decided) => decision = self.decide(decided)?,
            Entry::Granted { call } => self.grant(call)?,
            Entry::Refused { call } => self.end(call, false)?,
            Entry::Ended { call, failed } => self.end(call, *failed)?,
            other => self.past.count(other),
        }
        Ok((entry, decision))
    }

    fn decide(&mut self, decided: &Decided) -> Result<Option<Decision>, RunError> {
        let call = &decided.situation.call;
        self.clock.set(call.timestamp);
        if !self.guard.wanted_facts(call).is_empty() {
            self.past.without_facts = self.past.without_facts.saturating_add(1);
            return Ok(None);
        }
        let before = self.guard.before_now(call.clone())?;
        let decision = match &before {
            Before::Allowed(permit) => permit.decision().cloned(),
            Before::Denied(denied) => Some(denied.decision().clone()),
            Before::Asked(asked) => Some(asked.decision().clone()),
        };
        let Some(decision) = decision else { return Ok(None) };
        self.note(call, decided, &decision);
        match before {
            // What did not run then has no outcome: it runs, and nothing is known against it.
            Before::Allowed(permit) if decided.effect == Effect::Deny => {
                permit.start().settle_now(Output::success(Value::Null))?;
            }
            Before::Allowed(permit) => self.keep(&call.call_id, Open::Runs(Box::new(permit.start()))),
            Before::Asked(asked) if decided.effect == Effect::Ask => {
                self.keep(&call.call_id, Open::Waits(Box::new(asked)));
            }
            // Nobody was asked then.
            Before::Asked(_) | Before::Denied(_) => {}
        }
        Ok(Some(decision))
    }

    fn note(&mut self, call: &ToolEnvelope, decided: &Decided, decision: &Decision) {
        let flip = Flip { old: decided.effect, new: decision.effect };
        let stricter = || if flip.loosens() { decided.contract.clone() } else { decision.decider.to_string() };
        self.past.judged(call, flip, stricter);
    }

    fn grant(&mut self, call: &str) -> Result<(), RunError> {
        match self.open.remove(call) {
            Some(Open::Waits(asked)) => {
                if let Before::Allowed(permit) = at_once(asked.grant("replay")).ok_or(RunError::WouldWait)? {
                    self.open.insert(call.to_owned(), Open::Runs(Box::new(permit.start())));
                }
            }
            Some(runs) => drop(self.open.insert(call.to_owned(), runs)),
            None => {}
        }
        Ok(())
    }

    fn end(&mut self, call: &str, failed: bool) -> Result<(), RunError> {
        if let Some(Open::Runs(running)) = self.open.remove(call) {
            // Results are not in the log: a run that succeeded is one that gave nothing.
            let output = if failed { Output::error(Value::Null) } else { Output::success(Value::Null) };
            running.settle_now(output)?;
        }
        Ok(())
    }

    fn keep(&mut self, call: &str, open: Open) {
        if self.open.insert(call.to_owned(), open).is_none() {
            self.order.push_back(call.to_owned());
        }
        while self.order.len() > MOST_OPEN {
            if let Some(oldest) = self.order.pop_front() {
                self.open.remove(&oldest);
            }
        }
    }
}

/// Stands where the log stands.
#[derive(Default)]
struct LogClock(Mutex<Timestamp>);

impl LogClock {
    fn set(&self, now: Timestamp) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = now;
    }
}

impl Clock for LogClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The same clock, for the guard.
struct SharedClock(Arc<LogClock>);

impl Clock for SharedClock {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
}
