//! Sessions: each is of one caller with one server.

use super::process::ProcessSession;
use super::upstream::HttpSession;
use super::{Caller, Upstream};
use crate::mcp::guarded::Guarded;
use crate::mcp::relay::Relay;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use ulid::Ulid;

/// A client's session.
pub(super) struct Session {
    /// What the client knows it by. Nobody can guess it, and it is not what the server calls its own.
    pub(super) id: String,
    pub(super) caller: Arc<Caller>,
    pub(super) upstream: Arc<Upstream>,
    pub(super) relay: Arc<Relay<Guarded>>,
    pub(super) way: SessionWay,
    used: Mutex<Instant>,
    busy: AtomicUsize,
}

/// How the server is reached in a session.
#[derive(Clone)]
pub(super) enum SessionWay {
    Http(Arc<HttpSession>),
    Process(Arc<ProcessSession>),
}

/// While it is there, the session is not idle.
pub(super) struct Use(Arc<Session>);

impl Session {
    pub(super) fn new(
        caller: Arc<Caller>,
        upstream: Arc<Upstream>,
        relay: Arc<Relay<Guarded>>,
        way: SessionWay,
    ) -> Session {
        Session {
            // 160 random bits.
            id: format!("{}{}", Ulid::new(), Ulid::new()),
            caller,
            upstream,
            relay,
            way,
            used: Mutex::new(Instant::now()),
            busy: AtomicUsize::new(0),
        }
    }

    pub(super) fn begin(self: &Arc<Self>) -> Use {
        self.busy.fetch_add(1, Ordering::SeqCst);
        Use(Arc::clone(self))
    }

    fn is_over(&self, idle: Duration) -> bool {
        let ended = matches!(&self.way, SessionWay::Process(process) if process.has_ended());
        let used = *self.used.lock().unwrap_or_else(PoisonError::into_inner);
        ended || self.busy.load(Ordering::SeqCst) == 0 && used.elapsed() > idle
    }
}

impl Drop for Use {
    fn drop(&mut self) {
        *self.0.used.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        self.0.busy.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Every session there is.
#[derive(Default)]
pub(super) struct Sessions(Mutex<HashMap<String, Arc<Session>>>);

impl Sessions {
    fn table(&self) -> MutexGuard<'_, HashMap<String, Arc<Session>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether one more may begin: of all, and of this caller's.
    pub(super) fn has_room(&self, caller: &Caller, all: usize, of_one: usize) -> bool {
        let table = self.table();
        table.len() < all && table.values().filter(|session| *session.caller == *caller).count() < of_one
    }

    pub(super) fn count(&self) -> usize {
        self.table().len()
    }

    pub(super) fn add(&self, session: Arc<Session>) {
        self.table().insert(session.id.clone(), session);
    }

    /// The session of this id, if it is the caller's own with this server. Another's is not there for it.
    pub(super) fn find(&self, id: &str, caller: &Caller, upstream: &Arc<Upstream>) -> Option<Arc<Session>> {
        let session = self.table().get(id).cloned()?;
        let is_own = *session.caller == *caller && Arc::ptr_eq(&session.upstream, upstream);
        (is_own && !session.is_over(Duration::MAX)).then_some(session)
    }

    pub(super) fn remove(&self, id: &str) -> Option<Arc<Session>> {
        self.table().remove(id)
    }

    /// Ends what has been idle for so long, and what `keeps` does not want.
    pub(super) fn sweep(&self, idle: Duration, keeps: impl Fn(&Session) -> bool) {
        // Dropped outside of the lock.
        let over: Vec<(String, Arc<Session>)> =
            self.table().extract_if(|_, session| session.is_over(idle) || !keeps(session)).collect();
        drop(over);
    }
}
