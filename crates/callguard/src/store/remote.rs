//! What stores across a network share: time limits, repeating what may be repeated, and ending what nobody waits for.

use super::ask::{Ask, Ticket};
use super::background::Background;
use super::waiting::{GiveBack, heard, reservation};
use super::{Abandoned, Answer, Store, StoreTerms, ended};
use callguard_engine::session::{
    AttemptAnswer, AttemptRequest, CommitRequest, ReleaseRequest, ReserveAnswer, ReserveRequest, StoreError,
};
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, timeout_at};

/// The first pause before something is tried again.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
/// The longest.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// How many reservations wait at most to be ended behind their callers' backs; past that they are left to expire.
const MOST_DETACHED: usize = 10_000;

/// A store across a network: each operation is one atomic step there.
pub(super) trait Remote: Send + Sync + 'static {
    fn attempt(&self, request: &AttemptRequest) -> impl Future<Output = Result<AttemptAnswer, Trouble>> + Send;
    fn reserve(
        &self,
        request: &ReserveRequest,
        asks: &[Ask],
        ticket: &Ticket,
    ) -> impl Future<Output = Result<ReserveAnswer, Trouble>> + Send;
    fn commit(&self, request: &CommitRequest, ticket: &Ticket) -> impl Future<Output = Result<(), Trouble>> + Send;
    fn release(&self, request: &ReleaseRequest, ticket: &Ticket) -> impl Future<Output = Result<(), Trouble>> + Send;
    fn health(&self) -> impl Future<Output = Result<(), Trouble>> + Send;
}

/// Why there is no answer.
#[derive(Clone, Debug)]
pub(super) enum Trouble {
    /// The reservation has ended.
    Ended,
    /// The store never heard of it.
    Unreached(String),
    /// Nobody knows whether it was done.
    Broken(String),
    /// It was not done, and asking again does not help.
    Failed(String),
}

impl Trouble {
    /// What asking again does not change.
    pub(super) fn of(error: StoreError) -> Trouble {
        Trouble::Failed(error.reason().to_owned())
    }

    fn error(self) -> StoreError {
        match self {
            Trouble::Ended => ended(),
            Trouble::Unreached(why) | Trouble::Broken(why) | Trouble::Failed(why) => StoreError::new(why),
        }
    }
}

/// A store whose operations run on a thread of its own.
pub(super) struct RemoteStore<R> {
    shared: Arc<Shared<R>>,
    background: Arc<Background>,
}

struct Shared<R> {
    remote: R,
    terms: StoreTerms,
    detached: AtomicUsize,
}

impl<R: Remote> RemoteStore<R> {
    /// Makes the remote where it will work. It connects when it is first asked.
    ///
    /// # Errors
    /// The operating system gives no thread, or the remote cannot be made.
    pub(super) fn start(
        terms: StoreTerms,
        make: impl FnOnce() -> Result<R, StoreError>,
    ) -> Result<RemoteStore<R>, StoreError> {
        let background =
            Background::start().map_err(|error| StoreError::new(format!("there is no thread for it: {error}")))?;
        let remote = {
            let _inside = background.handle().enter();
            make()?
        };
        let shared = Arc::new(Shared { remote, terms, detached: AtomicUsize::new(0) });
        Ok(RemoteStore { shared, background: Arc::new(background) })
    }

    fn later<T: Send + 'static, F: Future<Output = Result<T, Trouble>> + Send + 'static>(
        &self,
        work: impl FnOnce(Arc<Shared<R>>) -> F,
    ) -> Answer<'static, T> {
        let (answer, waiting) = oneshot::channel();
        let work = work(Arc::clone(&self.shared));
        self.background.spawn(async move {
            // Who asked may have gone: of these answers nothing need be undone.
            let _unheard = answer.send(work.await.map_err(Trouble::error));
        });
        Answer::later(heard(waiting))
    }

    /// Ends a reservation behind its caller's back.
    fn detaching(&self) -> impl Fn(Abandoned) + Send + Sync + use<R> {
        // Weak: what is on its way must not keep the thread alive that it waits for.
        let (shared, background) = (Arc::clone(&self.shared), Arc::downgrade(&self.background));
        move |end| {
            if let Some(background) = background.upgrade() {
                Shared::detach(&shared, &background, end);
            }
        }
    }

    fn give_back(&self) -> GiveBack {
        let detach = self.detaching();
        Arc::new(move |request| detach(Abandoned::GivenBack(request)))
    }
}

impl<R: Remote> Store for RemoteStore<R> {
    fn attempt(&self, request: AttemptRequest) -> Answer<'_, AttemptAnswer> {
        self.later(|shared| async move { shared.in_time(Again::IfUnheard, || shared.remote.attempt(&request)).await })
    }

    fn reserve(&self, request: ReserveRequest) -> Answer<'_, ReserveAnswer> {
        let (granting, reserving) = reservation(request.session(), self.give_back());
        let shared = Arc::clone(&self.shared);
        self.background.spawn(async move {
            let asks = Ask::all(&request.wants);
            let ticket = Ticket::new(&request, &asks);
            let answer = shared.in_time(Again::Always, || shared.remote.reserve(&request, &asks, &ticket)).await;
            if answer.is_err() && !request.peek {
                granting.give_back(ticket.lease());
            }
            granting.answer(answer.map_err(Trouble::error));
        });
        Answer::later(reserving)
    }

    fn commit(&self, request: CommitRequest) -> Answer<'_, ()> {
        let detach = self.detaching();
        self.later(|shared| async move {
            let answer = shared.commit(&request).await;
            // The run has happened, and limits must come to know of it.
            if matches!(answer, Err(Trouble::Unreached(_) | Trouble::Broken(_))) {
                detach(Abandoned::Lost(request));
            }
            answer
        })
    }

    fn release(&self, request: ReleaseRequest) -> Answer<'_, ()> {
        self.later(|shared| async move { shared.release(&request).await })
    }

    fn end_detached(&self, end: Abandoned) {
        Shared::detach(&self.shared, &self.background, end);
    }

    fn health(&self) -> Answer<'_, ()> {
        self.later(|shared| async move { shared.in_time(Again::Always, || shared.remote.health()).await })
    }
}

/// When something may be asked again.
#[derive(Clone, Copy)]
enum Again {
    /// It changes nothing to be done twice.
    Always,
    /// If it was surely not done.
    IfUnheard,
}

impl<R: Remote> Shared<R> {
    async fn commit(&self, request: &CommitRequest) -> Result<(), Trouble> {
        let ticket = Ticket::read(&request.lease).map_err(Trouble::of)?;
        self.ending(|| self.remote.commit(request, &ticket)).await
    }

    async fn release(&self, request: &ReleaseRequest) -> Result<(), Trouble> {
        let ticket = Ticket::read(&request.lease).map_err(Trouble::of)?;
        self.ending(|| self.remote.release(request, &ticket)).await
    }

    /// Ends a reservation. Only its holder does: if it has ended when it is asked again, the first time has done it.
    async fn ending<F: Future<Output = Result<(), Trouble>>>(&self, end: impl Fn() -> F) -> Result<(), Trouble> {
        let broken = AtomicBool::new(false);
        let end = || async {
            match end().await {
                Err(Trouble::Ended) if broken.load(Ordering::Relaxed) => Ok(()),
                answer => {
                    broken.fetch_or(matches!(answer, Err(Trouble::Broken(_))), Ordering::Relaxed);
                    answer
                }
            }
        };
        self.in_time(Again::Always, end).await
    }

    /// The answer within the time limit.
    async fn in_time<T, F: Future<Output = Result<T, Trouble>>>(
        &self,
        again: Again,
        ask: impl Fn() -> F,
    ) -> Result<T, Trouble> {
        let limit = Instant::now() + self.terms.timeout;
        let mut pause = FIRST_PAUSE;
        loop {
            let trouble = match timeout_at(limit, ask()).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(trouble)) => trouble,
                Err(_) => return Err(self.too_late()),
            };
            let may = match (&trouble, again) {
                (Trouble::Unreached(_), _) | (Trouble::Broken(_), Again::Always) => true,
                (Trouble::Broken(_), Again::IfUnheard) | (Trouble::Ended | Trouble::Failed(_), _) => false,
            };
            if !may || Instant::now() + pause >= limit {
                return Err(trouble);
            }
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    fn too_late(&self) -> Trouble {
        Trouble::Broken(format!("it did not answer within {} ms", self.terms.timeout.as_millis()))
    }

    /// Ends a reservation that nobody waits for, again and again.
    fn detach(shared: &Arc<Shared<R>>, background: &Background, end: Abandoned) {
        if shared.detached.fetch_add(1, Ordering::AcqRel) >= MOST_DETACHED {
            shared.detached.fetch_sub(1, Ordering::AcqRel);
            return;
        }
        let shared = Arc::clone(shared);
        background.spawn(async move {
            shared.end(end).await;
            shared.detached.fetch_sub(1, Ordering::AcqRel);
        });
    }

    async fn end(&self, end: Abandoned) {
        // What is to go back does so by itself when its lease runs out; a run counts as long as it is remembered.
        let last = Instant::now()
            + match &end {
                Abandoned::GivenBack(_) => self.terms.lease,
                Abandoned::Lost(_) => self.terms.remembered(),
            };
        let mut pause = FIRST_PAUSE;
        loop {
            let ended = match &end {
                Abandoned::GivenBack(request) => self.release(request).await,
                Abandoned::Lost(request) => self.commit(request).await,
            };
            // That it has ended is no reason to stop: it may be granted only now, by a store that was slow to hear of it.
            if ended.is_ok() || Instant::now() + pause >= last {
                return;
            }
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

/// A public store that is a [`RemoteStore`] inside.
macro_rules! store {
    ($name:ident) => {
        impl Store for $name {
            fn attempt(&self, request: AttemptRequest) -> Answer<'_, AttemptAnswer> {
                self.0.attempt(request)
            }

            fn reserve(&self, request: ReserveRequest) -> Answer<'_, ReserveAnswer> {
                self.0.reserve(request)
            }

            fn commit(&self, request: CommitRequest) -> Answer<'_, ()> {
                self.0.commit(request)
            }

            fn release(&self, request: ReleaseRequest) -> Answer<'_, ()> {
                self.0.release(request)
            }

            fn end_detached(&self, end: Abandoned) {
                self.0.end_detached(end);
            }

            fn health(&self) -> Answer<'_, ()> {
                self.0.health()
            }
        }
    };
}
pub(super) use store;
