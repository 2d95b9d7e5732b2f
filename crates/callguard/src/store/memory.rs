//! The store in memory: one lock, answers at once. Sessions end with the process.

use super::window::Counter;
use super::{Abandoned, Answer, Store, StoreResult};
use crate::clock::{Clock, SystemClock};
use callguard_engine::call::ToolEnvelope;
use callguard_engine::session::{
    Amount, AttemptAnswer, AttemptCounter, AttemptRequest, CommitRequest, CounterKey, Ending, Label, Lease,
    ReleaseRequest, ReserveAnswer, ReserveRequest, SessionView, StoreError, Want,
};
use callguard_engine::value::Decimal;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Sessions in memory.
pub struct MemoryStore {
    state: Mutex<State>,
    clock: Arc<dyn Clock>,
}

#[derive(Default)]
struct State {
    /// By the text of their keys.
    sessions: HashMap<String, Arc<SessionView>>,
    counters: HashMap<CounterKey, CounterState>,
    leases: HashMap<Lease, Held>,
    /// What calls in flight hold, by session and call.
    in_flight: HashMap<String, Lease>,
    next_lease: u64,
}

/// A counter, and what calls in flight hold of it.
#[derive(Default)]
struct CounterState {
    counter: Counter,
    held: Vec<(Lease, Decimal)>,
}

/// A reservation.
struct Held {
    call: Arc<ToolEnvelope>,
    session: String,
    wants: Vec<Want>,
    exceeded: Vec<bool>,
}

impl MemoryStore {
    /// Empty, on the machine's clock.
    pub fn new() -> MemoryStore {
        MemoryStore::with_clock(Arc::new(SystemClock))
    }

    /// Empty, on that clock.
    pub fn with_clock(clock: Arc<dyn Clock>) -> MemoryStore {
        MemoryStore { state: Mutex::default(), clock }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // INVARIANT: nothing below panics while it holds the lock, so a poisoned state is still whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now_millis(&self) -> i64 {
        self.clock.now().as_millisecond()
    }
}

impl Default for MemoryStore {
    fn default() -> MemoryStore {
        MemoryStore::new()
    }
}

impl Store for MemoryStore {
    fn attempt(&self, request: AttemptRequest) -> Answer<'_, AttemptAnswer> {
        let now = self.now_millis();
        Answer::now(Ok(self.state().attempt(request, now)))
    }

    fn reserve(&self, request: ReserveRequest) -> Answer<'_, ReserveAnswer> {
        let now = self.now_millis();
        Answer::now(Ok(self.state().reserve(request, now)))
    }

    fn commit(&self, request: CommitRequest) -> Answer<'_, ()> {
        let now = self.now_millis();
        Answer::now(self.state().commit(request, now))
    }

    fn release(&self, request: ReleaseRequest) -> Answer<'_, ()> {
        Answer::now(self.state().take(&request.lease).map(|_| ()))
    }

    fn end_detached(&self, end: Abandoned) {
        let now = self.now_millis();
        let mut state = self.state();
        // A lease that is gone was ended already: there is nothing left to give back or to spend.
        let _ended = match end {
            Abandoned::GivenBack(request) => state.take(&request.lease).map(|_| ()),
            Abandoned::Lost(request) => state.commit(request, now),
        };
    }

    fn health(&self) -> Answer<'_, ()> {
        Answer::now(Ok(()))
    }
}

impl State {
    fn attempt(&mut self, request: AttemptRequest, now: i64) -> AttemptAnswer {
        let one = Decimal::from(1);
        let mut count = |(place, counter): (usize, &AttemptCounter)| {
            let state = self.counters.entry(counter.key.clone()).or_default();
            let again = request.counters.iter().take(place).any(|earlier| earlier.key == counter.key);
            if request.count && !again {
                state.counter.add(one, now, counter.window_millis);
            }
            let standing = state.counter.current(now, counter.window_millis).count();
            // A dry run shows where the counter would stand.
            if request.count { standing } else { standing.saturating_add(1) }
        };
        let attempts = request.counters.iter().enumerate().map(&mut count).collect();
        let session = request.session.text();
        let mut view = match request.count {
            true => Arc::clone(counted(self.sessions.entry(session).or_default())),
            false => self.sessions.get(&session).cloned().unwrap_or_default(),
        };
        if !request.count {
            // A dry run shows where the session would stand.
            counted(&mut view);
        }
        AttemptAnswer { view, attempts }
    }

    fn reserve(&mut self, request: ReserveRequest, now: i64) -> ReserveAnswer {
        let session = request.session.text();
        if let Some((lease, held)) = self.held_for(&session, &request) {
            return ReserveAnswer::Granted { lease: Some(lease.clone()), exceeded: held.exceeded.clone() };
        }
        let view = self.sessions.get(&session);
        if request.expected_version.is_some_and(|expected| expected != view.map_or(0, |view| view.version)) {
            return ReserveAnswer::Stale { view: view.cloned().unwrap_or_default() };
        }
        let exceeded: Vec<bool> = request.wants.iter().map(|want| self.is_beyond(want, now)).collect();
        if request.wants.iter().zip(&exceeded).any(|(want, beyond)| want.binding && *beyond) {
            return ReserveAnswer::Refused { exceeded };
        }
        if request.peek {
            return ReserveAnswer::Granted { lease: None, exceeded };
        }
        let lease = self.hold(session, request, exceeded.clone());
        ReserveAnswer::Granted { lease: Some(lease), exceeded }
    }

    /// What the same call holds already.
    fn held_for(&self, session: &str, request: &ReserveRequest) -> Option<(&Lease, &Held)> {
        if request.peek {
            return None;
        }
        self.leases.get_key_value(self.in_flight.get(&in_flight_key(session, &request.call))?)
    }

    fn is_beyond(&mut self, want: &Want, now: i64) -> bool {
        let state = self.counters.entry(want.key.clone()).or_default();
        let ran = state.counter.current(now, want.window_millis);
        let with_held = state.held.iter().fold(ran, |total, (_, amount)| total.plus(*amount));
        match &want.amount {
            Amount::Call { max } => with_held.plus(Decimal::from(1)).is_beyond(Decimal::from(*max)),
            Amount::Failures { max } => ran.count() >= *max,
            Amount::Sum { amount, at_most } => with_held.plus(*amount).is_beyond(*at_most),
            // A kind of limit that this store does not know is never within it.
            _ => true,
        }
    }

    fn hold(&mut self, session: String, request: ReserveRequest, exceeded: Vec<bool>) -> Lease {
        self.next_lease = self.next_lease.saturating_add(1);
        let lease = Lease(self.next_lease.to_string());
        for (_, want) in by_key(&request.wants) {
            if let Some(amount) = cost(&want.amount) {
                self.counters.entry(want.key.clone()).or_default().held.push((lease.clone(), amount));
            }
        }
        let ReserveRequest { call, wants, labels, .. } = request;
        if !labels.is_empty() {
            gain(Arc::make_mut(self.sessions.entry(session.clone()).or_default()), labels);
        }
        self.in_flight.insert(in_flight_key(&session, &call), lease.clone());
        self.leases.insert(lease.clone(), Held { call, session, wants, exceeded });
        lease
    }

    fn commit(&mut self, request: CommitRequest, now: i64) -> StoreResult<()> {
        let held = self.take(&request.lease)?;
        for (place, want) in by_key(&held.wants) {
            let state = self.counters.entry(want.key.clone()).or_default();
            state.spend(want, request.actual.get(place).copied().flatten(), request.ending, now);
        }
        let session = Arc::make_mut(self.sessions.entry(held.session).or_default());
        session.version = session.version.saturating_add(1);
        session.calls = session.calls.saturating_add(1);
        match session.calls_of.get_mut(&held.call.tool) {
            Some(of_tool) => *of_tool = of_tool.saturating_add(1),
            None => drop(session.calls_of.insert(held.call.tool.clone(), 1)),
        }
        match request.ending {
            Ending::Succeeded => session.consecutive_failures = 0,
            Ending::Failed | Ending::Unknown => {
                session.consecutive_failures = session.consecutive_failures.saturating_add(1);
            }
        }
        gain(session, request.labels);
        Ok(())
    }

    /// Takes a reservation out: nothing of it is held any more.
    fn take(&mut self, lease: &Lease) -> StoreResult<Held> {
        let held = self.leases.remove(lease).ok_or_else(|| StoreError::new("the reservation has already ended"))?;
        self.in_flight.remove(&in_flight_key(&held.session, &held.call));
        for want in &held.wants {
            if let Some(state) = self.counters.get_mut(&want.key) {
                state.held.retain(|(holder, _)| holder != lease);
            }
        }
        Ok(held)
    }
}

/// The wants that are held and spent, each key once, with their places.
fn by_key(wants: &[Want]) -> impl Iterator<Item = (usize, &Want)> {
    let first = |place: usize, want: &Want| !wants.iter().take(place).any(|earlier| earlier.key == want.key);
    wants.iter().enumerate().filter(move |(place, want)| first(*place, want))
}

/// A session's text is a JSON list, which says itself where it ends: what follows is the call's id.
fn in_flight_key(session: &str, call: &ToolEnvelope) -> String {
    [session, &call.call_id].concat()
}

impl CounterState {
    fn spend(&mut self, want: &Want, actual: Option<Decimal>, ending: Ending, now: i64) {
        match (&want.amount, ending) {
            (Amount::Failures { .. }, Ending::Succeeded) => self.counter.clear(),
            (Amount::Failures { .. }, Ending::Failed | Ending::Unknown) => {
                self.counter.add(Decimal::from(1), now, want.window_millis);
            }
            (amount, _) => {
                if let Some(spent) = actual.or_else(|| cost(amount)) {
                    self.counter.add(spent, now, want.window_millis);
                }
            }
        }
    }
}

/// What a want holds while its call is in flight.
fn cost(amount: &Amount) -> Option<Decimal> {
    match amount {
        Amount::Call { .. } => Some(Decimal::from(1)),
        Amount::Sum { amount, .. } => Some(*amount),
        _ => None,
    }
}

/// Counts an attempt. Who still looks at the session as it was keeps that.
fn counted(session: &mut Arc<SessionView>) -> &mut Arc<SessionView> {
    let view = Arc::make_mut(session);
    view.attempts = view.attempts.saturating_add(1);
    session
}

fn gain(session: &mut SessionView, labels: Vec<Label>) {
    for label in labels {
        if session.labels.insert(label) {
            session.version = session.version.saturating_add(1);
        }
    }
}
