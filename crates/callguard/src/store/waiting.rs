//! A reservation that is waited for: if nobody waits any more, it goes back.

use super::StoreResult;
use callguard_engine::session::{Lease, ReleaseRequest, ReserveAnswer, SessionKey, StoreError};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::sync::oneshot;

/// Gives a reservation back from a place that cannot wait.
pub(super) type GiveBack = Arc<dyn Fn(ReleaseRequest) + Send + Sync>;

/// Why there is no answer.
const GONE: &str = "its thread has ended";

/// The side that waits.
pub(super) struct Reserving {
    answer: oneshot::Receiver<StoreResult<ReserveAnswer>>,
    back: Back,
}

/// The side that answers.
pub(super) struct Granting {
    answer: oneshot::Sender<StoreResult<ReserveAnswer>>,
    back: Back,
}

#[derive(Clone)]
struct Back {
    session: SessionKey,
    give_back: GiveBack,
}

impl Back {
    fn give(&self, answer: StoreResult<ReserveAnswer>) {
        if let Ok(ReserveAnswer::Granted { lease: Some(lease), .. }) = answer {
            (self.give_back)(ReleaseRequest { session: self.session.clone(), lease });
        }
    }
}

/// Both sides of one reservation.
pub(super) fn reservation(session: SessionKey, give_back: GiveBack) -> (Granting, Reserving) {
    let (sender, receiver) = oneshot::channel();
    let back = Back { session, give_back };
    (Granting { answer: sender, back: back.clone() }, Reserving { answer: receiver, back })
}

impl Granting {
    /// Answers. What nobody waits for goes back.
    pub(super) fn answer(self, answer: StoreResult<ReserveAnswer>) {
        if let Err(unheard) = self.answer.send(answer) {
            self.back.give(unheard);
        }
    }

    #[cfg(any(feature = "redis", feature = "postgres"))]
    /// Gives back what may have been granted without an answer.
    pub(super) fn give_back(&self, lease: Lease) {
        self.back.give(Ok(ReserveAnswer::Granted { lease: Some(lease), exceeded: Vec::new() }));
    }
}

impl Future for Reserving {
    type Output = StoreResult<ReserveAnswer>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.answer).poll(cx).map(|answer| answer.unwrap_or_else(|_| Err(StoreError::new(GONE))))
    }
}

impl Drop for Reserving {
    /// An answer that came and was never looked at.
    fn drop(&mut self) {
        self.answer.close();
        if let Ok(answer) = self.answer.try_recv() {
            self.back.give(answer);
        }
    }
}

/// An answer that nothing need be done about if nobody waits for it.
pub(super) async fn heard<T>(answer: oneshot::Receiver<StoreResult<T>>) -> StoreResult<T> {
    answer.await.unwrap_or_else(|_| Err(StoreError::new(GONE)))
}
