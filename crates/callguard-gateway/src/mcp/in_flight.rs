//! Requests of the client that are not answered yet.

use super::era::Era;
use super::exchange::Mark;
use super::id::IdKey;
use super::outlet::Outlet;
use super::route::Route;
use std::collections::{HashMap, VecDeque};
use tokio::sync::oneshot;

/// Requests that may wait for an answer at once.
const MOST: usize = 1 << 16;
/// Cancelled requests that are kept in case they are answered all the same; servers need not answer them.
const MOST_CANCELLED: usize = 256;

/// What a request is waiting for.
#[derive(Debug)]
pub(crate) enum Awaiting<P> {
    /// A call that is not decided yet: the server knows nothing of it.
    Decision,
    /// A call that runs.
    Tool { running: P, era: Era, route: Route },
    /// A page of tools.
    Tools,
    /// The handshake.
    Initialize,
    /// The answer to a call of a tool that does not exist, made by the gateway itself.
    Probe(oneshot::Sender<Vec<u8>>),
    /// Something that no policy governs.
    Anything,
}

/// A request in flight.
pub(crate) struct Request<P> {
    /// The id as the client wrote it.
    pub(crate) id: String,
    pub(crate) awaiting: Awaiting<P>,
    pub(crate) from: CameBy,
    cancelled: bool,
}

/// What a request came by.
#[derive(Clone, Default)]
pub(crate) struct CameBy {
    /// Where its answer goes, if not where the server says it.
    pub(crate) reply: Option<Outlet>,
    pub(crate) mark: Mark,
}

/// Why a request cannot be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotTaken {
    /// A request with this id, as some reader compares ids, is in flight.
    Duplicate,
    /// Too many are.
    Full,
}

/// The table of requests in flight.
pub(crate) struct InFlight<P> {
    requests: HashMap<IdKey, Request<P>>,
    cancelled: VecDeque<IdKey>,
}

impl<P> Default for InFlight<P> {
    fn default() -> InFlight<P> {
        InFlight { requests: HashMap::new(), cancelled: VecDeque::new() }
    }
}

impl<P> InFlight<P> {
    /// Takes a request in.
    pub(crate) fn open(&mut self, key: IdKey, id: String, awaiting: Awaiting<P>, from: CameBy) -> Result<(), NotTaken> {
        if self.requests.contains_key(&key) {
            return Err(NotTaken::Duplicate);
        }
        if self.requests.len() >= MOST {
            return Err(NotTaken::Full);
        }
        self.requests.insert(key, Request { id, awaiting, from, cancelled: false });
        Ok(())
    }

    pub(crate) fn contains(&self, key: &IdKey) -> bool {
        self.requests.contains_key(key)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.requests.values().all(|request| request.cancelled)
    }

    /// Whether the server knows of every request.
    pub(crate) fn is_forwarded(&self) -> bool {
        !self.requests.values().any(|request| matches!(request.awaiting, Awaiting::Decision | Awaiting::Probe(_)))
    }

    /// Takes out the request that the server answers; one that it knows nothing of stays.
    pub(crate) fn answered(&mut self, key: &IdKey) -> Option<Request<P>> {
        if matches!(self.requests.get(key)?.awaiting, Awaiting::Decision) {
            return None;
        }
        self.requests.remove(key)
    }

    /// Takes out a request whatever it waits for.
    pub(crate) fn close(&mut self, key: &IdKey) -> Option<Request<P>> {
        self.requests.remove(key)
    }

    /// Takes out a call that was decided; `None` if the client has cancelled it meanwhile.
    pub(crate) fn decided(&mut self, key: &IdKey) -> Option<Request<P>> {
        self.requests.remove(key).filter(|request| !request.cancelled)
    }

    /// Lets a call that was just decided wait for its tool.
    pub(crate) fn runs(&mut self, key: IdKey, id: String, running: P, era: Era, route: Route, from: CameBy) {
        self.requests
            .insert(key, Request { id, awaiting: Awaiting::Tool { running, era, route }, from, cancelled: false });
    }

    /// Notes that the client no longer waits for a request.
    pub(crate) fn cancel(&mut self, key: IdKey) {
        let Some(request) = self.requests.get_mut(&key) else { return };
        request.cancelled = true;
        // Nobody waits for it where it came from.
        request.from.reply = None;
        if matches!(request.awaiting, Awaiting::Decision) {
            return;
        }
        self.cancelled.push_back(key);
        while self.cancelled.len() > MOST_CANCELLED {
            self.forget_oldest_cancelled();
        }
    }

    fn forget_oldest_cancelled(&mut self) {
        let Some(oldest) = self.cancelled.pop_front() else { return };
        if self.requests.get(&oldest).is_some_and(|request| request.cancelled) {
            self.requests.remove(&oldest);
        }
    }

    /// Takes out what came by one exchange and is not answered.
    pub(crate) fn take_of(&mut self, mark: &Mark) -> Vec<Request<P>> {
        let of = |_: &IdKey, request: &mut Request<P>| request.from.mark == *mark;
        self.requests.extract_if(of).map(|(_, request)| request).collect()
    }

    /// Takes out everything.
    pub(crate) fn drain(&mut self) -> Vec<Request<P>> {
        self.cancelled.clear();
        self.requests.drain().map(|(_, request)| request).collect()
    }
}

impl<P> Request<P> {
    /// Whether the client still wants an answer.
    pub(crate) fn is_wanted(&self) -> bool {
        !self.cancelled && !matches!(self.awaiting, Awaiting::Probe(_))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn key(number: usize) -> IdKey {
        IdKey::of_text(&number.to_string()).unwrap()
    }

    fn open(table: &mut InFlight<()>, number: usize, awaiting: Awaiting<()>) -> Result<(), NotTaken> {
        table.open(key(number), number.to_string(), awaiting, CameBy::default())
    }

    #[test]
    fn an_id_in_flight_is_taken_once() {
        let mut table = InFlight::default();
        open(&mut table, 1, Awaiting::Anything).unwrap();
        assert_eq!(open(&mut table, 1, Awaiting::Tools), Err(NotTaken::Duplicate));
        assert!(table.answered(&key(1)).is_some());
        assert!(open(&mut table, 1, Awaiting::Tools).is_ok());
    }

    #[test]
    fn the_server_cannot_answer_what_it_was_not_asked() {
        let mut table = InFlight::default();
        open(&mut table, 1, Awaiting::Decision).unwrap();
        assert!(table.answered(&key(1)).is_none());
        assert!(table.decided(&key(1)).is_some());
    }

    #[test]
    fn a_call_cancelled_before_its_decision_does_not_run() {
        let mut table = InFlight::default();
        open(&mut table, 1, Awaiting::Decision).unwrap();
        table.cancel(key(1));
        assert!(table.decided(&key(1)).is_none());
        assert!(!table.contains(&key(1)));
    }

    #[test]
    fn cancelled_requests_are_forgotten_in_the_end() {
        let mut table = InFlight::default();
        for number in 0..1_000 {
            open(&mut table, number, Awaiting::Anything).unwrap();
            table.cancel(key(number));
        }
        assert!(table.is_empty());
        assert_eq!(table.drain().len(), MOST_CANCELLED);
    }

    #[test]
    fn what_came_by_one_exchange_is_taken_out_alone() {
        let mut table = InFlight::<()>::default();
        let ours = CameBy::default();
        table.open(key(1), "1".to_owned(), Awaiting::Anything, ours.clone()).unwrap();
        open(&mut table, 2, Awaiting::Anything).unwrap();
        let taken: Vec<String> = table.take_of(&ours.mark).into_iter().map(|request| request.id).collect();
        assert_eq!(taken, ["1"]);
        assert!(table.contains(&key(2)) && !table.contains(&key(1)));
    }

    #[test]
    fn the_table_is_bounded() {
        let mut table = InFlight::default();
        for number in 0..MOST {
            open(&mut table, number, Awaiting::Anything).unwrap();
        }
        assert_eq!(open(&mut table, MOST, Awaiting::Anything), Err(NotTaken::Full));
    }
}
