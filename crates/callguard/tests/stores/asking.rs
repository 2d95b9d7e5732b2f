//! Requests in few words.

use callguard::engine::policy::model::ContractId;
use callguard::engine::session::{
    Amount, AttemptCounter, AttemptRequest, CommitRequest, CounterKey, Ending, Label, Lease, ReleaseRequest,
    ReserveAnswer, ReserveRequest, SessionKey, SessionView, Want,
};
use callguard::engine::value::Decimal;
use callguard::store::Store;
use callguard::{Object, ToolEnvelope};
use jiff::Timestamp;
use std::borrow::Cow;
use std::sync::Arc;
use ulid::Ulid;

/// One session, and counters that no other test has.
pub(crate) struct Asking<'s> {
    pub(crate) store: &'s dyn Store,
    pub(crate) session: String,
    mark: String,
}

impl<'s> Asking<'s> {
    pub(crate) fn new(store: &'s dyn Store) -> Asking<'s> {
        let mark = Ulid::new().to_string();
        Asking { store, session: format!("session {mark}"), mark }
    }

    /// The same counters for another session.
    pub(crate) fn of_session(&self, session: &str) -> Asking<'s> {
        Asking { store: self.store, session: session.to_owned(), mark: self.mark.clone() }
    }

    /// The same sessions and counters on another store.
    pub(crate) fn on<'t>(&self, store: &'t dyn Store) -> Asking<'t> {
        Asking { store, session: self.session.clone(), mark: self.mark.clone() }
    }

    pub(crate) fn call(&self, tool: &str) -> Arc<ToolEnvelope> {
        let call = ToolEnvelope::new(tool, Object::default(), Timestamp::UNIX_EPOCH);
        Arc::new(ToolEnvelope { session_id: Some(self.session.clone()), call_id: Ulid::new().to_string(), ..call })
    }

    fn key_of_session(&self) -> SessionKey {
        SessionKey::of(&self.call("any"))
    }

    pub(crate) fn counter(&self, name: &str) -> CounterKey {
        let contract = ContractId { policy: self.mark.as_str().into(), id: name.into() };
        CounterKey::new(&contract, [(Cow::Borrowed("part"), Cow::Borrowed("{it's \"so\"}"))])
    }

    pub(crate) fn calls(&self, name: &str, max: u64) -> Want {
        self.want(name, Amount::Call { max }, None)
    }

    pub(crate) fn sum(&self, name: &str, amount: &str, at_most: &str) -> Want {
        self.want(name, Amount::Sum { amount: decimal(amount), at_most: decimal(at_most) }, None)
    }

    pub(crate) fn want(&self, name: &str, amount: Amount, window_millis: Option<u64>) -> Want {
        Want { key: self.counter(name), amount, window_millis, binding: true }
    }

    pub(crate) fn request(&self, tool: &str, wants: Vec<Want>) -> ReserveRequest {
        ReserveRequest {
            call: self.call(tool),
            expected_version: None,
            peek: false,
            wants,
            labels: Vec::new(),
            spent_if_lost: false,
        }
    }

    pub(crate) async fn reserve(&self, wants: Vec<Want>) -> ReserveAnswer {
        self.store.reserve(self.request("tool", wants)).await.unwrap()
    }

    /// The lease; the reservation must be granted.
    pub(crate) async fn hold(&self, wants: Vec<Want>) -> Lease {
        lease(self.reserve(wants).await)
    }

    pub(crate) async fn is_refused(&self, wants: Vec<Want>) -> bool {
        match self.reserve(wants).await {
            ReserveAnswer::Refused { .. } => true,
            ReserveAnswer::Granted { lease, .. } => {
                self.store.release(self.release(lease.unwrap())).await.unwrap();
                false
            }
            ReserveAnswer::Stale { .. } => panic!("nothing was expected of the session"),
        }
    }

    /// Reserves and ends at once.
    pub(crate) async fn run(&self, wants: Vec<Want>, ending: Ending) {
        let lease = self.hold(wants).await;
        self.store.commit(self.commit(lease, ending)).await.unwrap();
    }

    pub(crate) fn commit(&self, lease: Lease, ending: Ending) -> CommitRequest {
        let session = self.key_of_session();
        CommitRequest { session, lease, ending, actual: Vec::new(), labels: Vec::new() }
    }

    pub(crate) fn release(&self, lease: Lease) -> ReleaseRequest {
        ReleaseRequest { session: self.key_of_session(), lease }
    }

    pub(crate) fn attempt(&self, count: bool, counters: Vec<AttemptCounter>) -> AttemptRequest {
        AttemptRequest { session: self.key_of_session(), count, counters }
    }

    /// The session as it is; this look is the one attempt too many.
    pub(crate) async fn view(&self) -> SessionView {
        let answer = self.store.attempt(self.attempt(false, Vec::new())).await.unwrap();
        let mut view = (*answer.view).clone();
        view.attempts -= 1;
        view
    }
}

pub(crate) fn lease(answer: ReserveAnswer) -> Lease {
    match answer {
        ReserveAnswer::Granted { lease: Some(lease), .. } => lease,
        other => panic!("not granted: {other:?}"),
    }
}

pub(crate) fn decimal(text: &str) -> Decimal {
    let number = callguard::Number::parse(text).unwrap();
    Decimal::try_from(&number).unwrap()
}

pub(crate) fn label(name: &str, doubtful: bool, observed: bool) -> Label {
    Label { name: name.to_owned(), doubtful, observed }
}
