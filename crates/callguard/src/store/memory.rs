//! The store in memory: one lock, answers at once. Sessions end with the process.

use super::window::Counter;
use super::{Abandoned, Answer, Store, StoreResult, ended};
use crate::clock::{Clock, SystemClock};
use callguard_engine::call::ToolEnvelope;
use callguard_engine::session::{
    Amount, AttemptAnswer, AttemptCounter, AttemptRequest, CommitRequest, CounterKey, Ending, Label, Lease,
    ReleaseRequest, ReserveAnswer, ReserveRequest, SessionView, Want,
};
use callguard_engine::value::Decimal;
use hashbrown::HashMap;
use hashbrown::hash_map::EntryRef;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Sessions in memory.
pub struct MemoryStore {
    state: Mutex<State>,
    clock: Arc<dyn Clock>,
}

#[derive(Default)]
struct State {
    /// By the text of their keys.
    sessions: Map<Arc<str>, Arc<SessionView>>,
    counters: Map<CounterKey, CounterState>,
    leases: Map<LeaseId, Held>,
    /// What calls in flight hold.
    in_flight: Map<InFlight, LeaseId>,
    next_lease: LeaseId,
    /// Where keys are written to be looked up.
    key: String,
}

/// Seeded anew in each map: keys come from callers.
type Map<K, V> = HashMap<K, V, foldhash::quality::RandomState>;

/// What a [`Lease`] spells.
type LeaseId = u64;

/// A call of a session; its id is one within the session.
#[derive(Clone)]
struct InFlight {
    session: Arc<str>,
    call: Arc<ToolEnvelope>,
}

impl InFlight {
    fn key(&self) -> (&str, &str) {
        (&self.session, &self.call.call_id)
    }
}

impl PartialEq for InFlight {
    fn eq(&self, other: &InFlight) -> bool {
        self.key() == other.key()
    }
}

impl Eq for InFlight {}

impl Hash for InFlight {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

/// A counter, and what calls in flight hold of it.
#[derive(Default)]
struct CounterState {
    counter: Counter,
    held: Vec<(LeaseId, Decimal)>,
}

/// A reservation.
struct Held {
    call: InFlight,
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

    /// Forgets everything.
    pub(crate) fn clear(&self) {
        *self.state() = State::default();
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
            let state = counter_of(&mut self.counters, &counter.key);
            let again = request.counters.iter().take(place).any(|earlier| earlier.key == counter.key);
            if request.count && !again {
                state.counter.add(one, now, counter.window_millis);
            }
            let standing = state.counter.current(now, counter.window_millis).count();
            // A dry run shows where the counter would stand.
            if request.count { standing } else { standing.saturating_add(1) }
        };
        let attempts = request.counters.iter().enumerate().map(&mut count).collect();
        self.key.clear();
        request.session.write_text(&mut self.key);
        if request.count {
            let view = session(&mut self.sessions, &self.key);
            return AttemptAnswer { view: Arc::clone(counted(view)), attempts };
        }
        // A dry run shows where the session would stand.
        let mut view = self.sessions.get(self.key.as_str()).cloned().unwrap_or_default();
        AttemptAnswer { view: Arc::clone(counted(&mut view)), attempts }
    }

    fn reserve(&mut self, request: ReserveRequest, now: i64) -> ReserveAnswer {
        self.key.clear();
        request.session().write_text(&mut self.key);
        let (session, view) = match self.sessions.get_key_value(self.key.as_str()) {
            Some((session, view)) => (Arc::clone(session), Some(view)),
            None => (Arc::from(self.key.as_str()), None),
        };
        let call = InFlight { session, call: Arc::clone(&request.call) };
        if let Some((lease, held)) = self.held_for(&call).filter(|_| !request.peek) {
            return ReserveAnswer::Granted { lease: Some(spelled(lease)), exceeded: held.exceeded.clone() };
        }
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
        let lease = self.hold(call, request, exceeded.clone());
        ReserveAnswer::Granted { lease: Some(spelled(lease)), exceeded }
    }

    /// What the same call holds already.
    fn held_for(&self, call: &InFlight) -> Option<(LeaseId, &Held)> {
        let lease = self.in_flight.get(call)?;
        Some((*lease, self.leases.get(lease)?))
    }

    fn is_beyond(&mut self, want: &Want, now: i64) -> bool {
        let state = counter_of(&mut self.counters, &want.key);
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

    fn hold(&mut self, call: InFlight, request: ReserveRequest, exceeded: Vec<bool>) -> LeaseId {
        self.next_lease = self.next_lease.saturating_add(1);
        let lease = self.next_lease;
        for (_, want) in by_key(&request.wants) {
            if let Some(amount) = cost(&want.amount) {
                counter_of(&mut self.counters, &want.key).held.push((lease, amount));
            }
        }
        let ReserveRequest { wants, labels, .. } = request;
        if !labels.is_empty() {
            gain(Arc::make_mut(session(&mut self.sessions, &call.session)), labels);
        }
        self.in_flight.insert(call.clone(), lease);
        self.leases.insert(lease, Held { call, wants, exceeded });
        lease
    }

    fn commit(&mut self, request: CommitRequest, now: i64) -> StoreResult<()> {
        let held = self.take(&request.lease)?;
        for (place, want) in by_key(&held.wants) {
            let state = counter_of(&mut self.counters, &want.key);
            state.spend(want, request.actual.get(place).copied().flatten(), request.ending, now);
        }
        let InFlight { session: of, call } = held.call;
        let session = Arc::make_mut(session(&mut self.sessions, &of));
        session.version = session.version.saturating_add(1);
        session.calls = session.calls.saturating_add(1);
        match session.calls_of.get_mut(&call.tool) {
            Some(of_tool) => *of_tool = of_tool.saturating_add(1),
            None => drop(session.calls_of.insert(call.tool.clone(), 1)),
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
        let lease: Option<LeaseId> = lease.0.parse().ok();
        let held = lease.and_then(|lease| Some((lease, self.leases.remove(&lease)?)));
        let (lease, held) = held.ok_or_else(ended)?;
        self.in_flight.remove(&held.call);
        for want in &held.wants {
            if let Some(state) = self.counters.get_mut(&want.key) {
                state.held.retain(|(holder, _)| *holder != lease);
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

/// The counter with that key.
fn counter_of<'s>(counters: &'s mut Map<CounterKey, CounterState>, key: &CounterKey) -> &'s mut CounterState {
    match counters.entry_ref(key) {
        EntryRef::Occupied(known) => known.into_mut(),
        EntryRef::Vacant(new) => new.insert_with_key(key.clone(), CounterState::default()),
    }
}

/// The session with that key.
fn session<'s>(sessions: &'s mut Map<Arc<str>, Arc<SessionView>>, key: &str) -> &'s mut Arc<SessionView> {
    match sessions.entry_ref(key) {
        EntryRef::Occupied(known) => known.into_mut(),
        EntryRef::Vacant(new) => new.insert_with_key(key.into(), Arc::default()),
    }
}

fn spelled(lease: LeaseId) -> Lease {
    Lease(lease.to_string())
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
