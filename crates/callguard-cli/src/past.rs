//! Calls of the past under a guard of today, on the clock of the log.

use crate::screen::Failure;
use callguard::engine::decide::HostPaths;
use callguard::engine::policy::PolicyFile;
use callguard::store::MemoryStore;
use callguard::{
    Asked, Before, Clock, Decision, Effect, Guard, GuardBuilder, Output, RunError, Running, Value, at_once,
};
use callguard_analysis::log::{Decided, Entry};
use jiff::Timestamp;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

/// Calls in flight that are remembered; of one whose end never comes the outcome is unknown.
const MOST_OPEN: usize = 10_000;

/// A guard, and the sessions that come of its decisions on the calls so far.
pub(crate) struct Replayed {
    guard: Guard,
    clock: Arc<LogClock>,
    open: HashMap<String, Open>,
    /// The same, the oldest first.
    order: VecDeque<String>,
}

/// A call whose end is still to be read.
enum Open {
    Runs(Box<Running>),
    /// A person is asked, as then.
    Waits(Box<Asked>),
}

impl Replayed {
    pub(crate) fn new(files: Vec<PolicyFile>, workspace: &str, home: &str) -> Result<Replayed, Failure> {
        let clock = Arc::new(LogClock::default());
        let shared: Arc<dyn Clock> = Arc::clone(&clock) as Arc<dyn Clock>;
        // Without a disk, so that a log says the same on every machine.
        let paths =
            HostPaths { workspace: Some(workspace.to_owned()), home: Some(home.to_owned()), ..HostPaths::default() };
        let builder = Guard::builder().store(MemoryStore::with_clock(shared)).clock(SharedClock(Arc::clone(&clock)));
        let guard = files.into_iter().fold(builder.paths(paths), GuardBuilder::policy).build()?;
        Ok(Replayed { guard, clock, open: HashMap::new(), order: VecDeque::new() })
    }

    pub(crate) fn policy_version(&self) -> String {
        self.guard.policy_version()
    }

    /// Takes the next entry, and says what is decided of its call now; `None` where it turns on facts, or decides no call.
    pub(crate) fn take(&mut self, entry: &Entry) -> Result<Option<Decision>, Failure> {
        self.taken(entry).map_err(|error| Failure::Outside(error.to_string()))
    }

    fn taken(&mut self, entry: &Entry) -> Result<Option<Decision>, RunError> {
        match entry {
            Entry::Decided(decided) => return self.decide(decided),
            Entry::Granted { call } => self.grant(call)?,
            Entry::Refused { call } => self.end(call, false)?,
            Entry::Ended { call, failed } => self.end(call, *failed)?,
            _ => {}
        }
        Ok(None)
    }

    fn decide(&mut self, decided: &Decided) -> Result<Option<Decision>, RunError> {
        let call = &decided.situation.call;
        self.clock.set(call.timestamp);
        if !self.guard.wanted_facts(call).is_empty() {
            return Ok(None);
        }
        let before = self.guard.before_now(call.clone())?;
        let decision = match &before {
            Before::Allowed(permit) => permit.decision().cloned(),
            Before::Denied(denied) => Some(denied.decision().clone()),
            Before::Asked(asked) => Some(asked.decision().clone()),
        };
        let Some(decision) = decision else { return Ok(None) };
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
