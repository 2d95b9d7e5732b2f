//! A share of each limit to go on with while the store is down.

use super::{Abandoned, Answer, MemoryStore, Store};
use callguard_engine::session::{
    Amount, AttemptAnswer, AttemptRequest, CommitRequest, Lease, ReleaseRequest, ReserveAnswer, ReserveRequest,
    StoreError, Want,
};
use callguard_engine::value::Decimal;
use std::num::NonZeroU16;
use std::sync::atomic::{AtomicU64, Ordering};

/// What a lease of the share begins with.
const LOCAL: &str = "local:";

/// A store, and one in memory for the time that it cannot answer: each limit then has a share of itself, the same for
/// every process. Sessions stay unknown meanwhile, and so do limits of attempts; what looks at them restricts.
///
/// What ran on the share is not counted in the store later.
pub struct LocalShare<S> {
    store: S,
    memory: MemoryStore,
    /// One part in this many.
    parts: NonZeroU16,
    used: AtomicU64,
}

impl<S: Store> LocalShare<S> {
    /// `parts`: how many processes share the store; each goes on with one part in so many of a limit.
    pub fn new(store: S, parts: NonZeroU16) -> LocalShare<S> {
        LocalShare { store, memory: MemoryStore::default(), parts, used: AtomicU64::new(0) }
    }

    /// How many reservations were decided on the share.
    pub fn used(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }

    /// What is left of a reservation that the store cannot decide; none where it rests on the session.
    fn share_of(&self, request: &ReserveRequest) -> Option<ReserveRequest> {
        let rests_on_limits = request.expected_version.is_none() && request.labels.is_empty();
        (rests_on_limits && !request.wants.is_empty()).then(|| ReserveRequest {
            wants: request.wants.iter().map(|want| self.share_of_want(want)).collect(),
            ..request.clone()
        })
    }

    fn share_of_want(&self, want: &Want) -> Want {
        let parts = u64::from(self.parts.get());
        let amount = match &want.amount {
            Amount::Call { max } => Amount::Call { max: max / parts },
            Amount::Sum { amount, at_most } => Amount::Sum { amount: times(*amount, parts), at_most: *at_most },
            // How many failed in a row is the same question for one process as for all.
            other => other.clone(),
        };
        Want { amount, ..want.clone() }
    }

    fn locally(&self, request: &ReserveRequest, error: StoreError) -> Result<ReserveAnswer, StoreError> {
        let Some(share) = self.share_of(request) else { return Err(error) };
        self.used.fetch_add(1, Ordering::Relaxed);
        let answer = crate::driver::at_once(self.memory.reserve(share)).unwrap_or(Err(error))?;
        Ok(match answer {
            ReserveAnswer::Granted { lease: Some(Lease(lease)), exceeded } => {
                ReserveAnswer::Granted { lease: Some(Lease(format!("{LOCAL}{lease}"))), exceeded }
            }
            other => other,
        })
    }
}

/// So many times as much; what cannot be said is more than any limit.
fn times(amount: Decimal, parts: u64) -> Decimal {
    let most = Decimal::from(u64::MAX);
    (0..parts).try_fold(Decimal::ZERO, |sum, _| sum.checked_add(amount)).unwrap_or(most)
}

/// A lease of the share.
fn local(lease: &Lease) -> Option<Lease> {
    lease.0.strip_prefix(LOCAL).map(|lease| Lease(lease.to_owned()))
}

impl<S: Store> Store for LocalShare<S> {
    fn attempt(&self, request: AttemptRequest) -> Answer<'_, AttemptAnswer> {
        self.store.attempt(request)
    }

    fn reserve(&self, request: ReserveRequest) -> Answer<'_, ReserveAnswer> {
        let answer = self.store.reserve(request.clone());
        Answer::later(async move {
            match answer.await {
                Err(error) => self.locally(&request, error),
                answer => answer,
            }
        })
    }

    fn commit(&self, request: CommitRequest) -> Answer<'_, ()> {
        match local(&request.lease) {
            Some(lease) => self.memory.commit(CommitRequest { lease, ..scaled(request, self.parts) }),
            None => self.store.commit(request),
        }
    }

    fn release(&self, request: ReleaseRequest) -> Answer<'_, ()> {
        match local(&request.lease) {
            Some(lease) => self.memory.release(ReleaseRequest { lease, ..request }),
            None => self.store.release(request),
        }
    }

    fn end_detached(&self, end: Abandoned) {
        match end {
            Abandoned::GivenBack(request) => match local(&request.lease) {
                Some(lease) => self.memory.end_detached(Abandoned::GivenBack(ReleaseRequest { lease, ..request })),
                None => self.store.end_detached(Abandoned::GivenBack(request)),
            },
            Abandoned::Lost(request) => match local(&request.lease) {
                Some(lease) => {
                    let request = CommitRequest { lease, ..scaled(request, self.parts) };
                    self.memory.end_detached(Abandoned::Lost(request));
                }
                None => self.store.end_detached(Abandoned::Lost(request)),
            },
        }
    }

    fn health(&self) -> Answer<'_, ()> {
        self.store.health()
    }
}

/// Sums are held against the whole limit, each amount as many times as there are parts.
fn scaled(request: CommitRequest, parts: NonZeroU16) -> CommitRequest {
    let actual =
        request.actual.iter().map(|actual| actual.map(|actual| times(actual, u64::from(parts.get())))).collect();
    CommitRequest { actual, ..request }
}
