//! The thread that writes: what waits together is written together, so that one wait for the disk serves all.

use super::counter::Trouble;
use super::file::File;
use super::ledger::{Ledger, or_ended};
use crate::clock::Clock;
use crate::store::ask::Ticket;
use crate::store::waiting::Granting;
use crate::store::{Abandoned, StoreResult};
use callguard_engine::session::{
    AttemptAnswer, AttemptRequest, CommitRequest, ReleaseRequest, ReserveAnswer, ReserveRequest,
};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;
use tokio::sync::oneshot;

/// The most that is written together.
const MOST_TOGETHER: usize = 256;
/// How many jobs there are between two looks for what nobody needs any more.
const BETWEEN_SWEEPS: usize = 1_000;
/// When what could not be ended is tried again.
const AGAIN: Duration = Duration::from_millis(500);
/// How many reservations wait at most to be ended; past that they are left to expire.
const MOST_UNENDED: usize = 10_000;

type Sender<T> = oneshot::Sender<StoreResult<T>>;

/// What the thread is asked to do.
pub(super) enum Job {
    Attempt(AttemptRequest, Sender<AttemptAnswer>),
    Reserve(ReserveRequest, Granting),
    Commit(CommitRequest, Sender<()>),
    Release(ReleaseRequest, Sender<()>),
    /// Nobody waits for it.
    End(Abandoned),
    Health(Sender<()>),
}

/// What it answers; without it the job was not done.
enum Reply {
    Attempt(AttemptAnswer),
    Reserve(ReserveAnswer),
    Done(StoreResult<()>),
}

pub(super) struct Worker {
    file: File,
    clock: Arc<dyn Clock>,
    since_sweep: usize,
    /// Ends that could not be written yet.
    unended: Vec<Job>,
}

impl Worker {
    pub(super) fn new(file: File, clock: Arc<dyn Clock>) -> Worker {
        Worker { file, clock, since_sweep: 0, unended: Vec::new() }
    }

    /// Works until the store is gone and everything is written.
    pub(super) fn run(mut self, queue: &Receiver<Job>) {
        loop {
            let first = match self.unended.is_empty() {
                true => queue.recv().map_err(|_| RecvTimeoutError::Disconnected),
                false => queue.recv_timeout(AGAIN),
            };
            let mut batch = match first {
                Ok(job) => vec![job],
                Err(RecvTimeoutError::Timeout) => Vec::new(),
                Err(RecvTimeoutError::Disconnected) => break,
            };
            batch.extend(queue.try_iter().take(MOST_TOGETHER));
            batch.append(&mut self.unended);
            self.work(batch);
        }
        let last = std::mem::take(&mut self.unended);
        self.work(last);
    }

    fn work(&mut self, mut batch: Vec<Job>) {
        if batch.is_empty() {
            return;
        }
        self.since_sweep = self.since_sweep.saturating_add(batch.len());
        match self.write(&batch) {
            Ok(replies) => batch.into_iter().zip(replies).for_each(|(job, reply)| job.answer(Ok(reply))),
            // One of them may be at fault: each by itself. Not where each would wait for the same lock in vain.
            Err(trouble) if batch.len() > 1 && !trouble.is_busy() => {
                batch.into_iter().for_each(|job| self.work(vec![job]))
            }
            Err(trouble) => batch.drain(..).for_each(|job| self.failed(job, &trouble)),
        }
        self.sweep();
    }

    fn write(&mut self, batch: &[Job]) -> Result<Vec<Reply>, Trouble> {
        let terms = self.file.options.terms;
        let clock = &self.clock;
        self.file.transact(|sql| {
            // The lock may have been waited for: only now is it now.
            let ledger = Ledger { sql, now: clock.now().as_millisecond(), terms };
            batch.iter().map(|job| job.act(&ledger)).collect()
        })
    }

    fn failed(&mut self, job: Job, trouble: &Trouble) {
        match job {
            // A run that has happened is not forgotten because the file is busy or full just now.
            Job::Commit(request, answer) => {
                // Who asked may have gone.
                let _unheard = answer.send(Err(trouble.error()));
                self.keep(Job::End(Abandoned::Lost(request)));
            }
            Job::End(end) => self.keep(Job::End(end)),
            job => job.answer(Err(trouble.error())),
        }
    }

    fn keep(&mut self, job: Job) {
        if self.unended.len() < MOST_UNENDED {
            self.unended.push(job);
        }
    }

    fn sweep(&mut self) {
        if self.since_sweep < BETWEEN_SWEEPS {
            return;
        }
        self.since_sweep = 0;
        let (terms, now) = (self.file.options.terms, self.clock.now().as_millisecond());
        // What is not swept now is swept later; nobody can tell the difference.
        let _swept = self.file.transact(|sql| Ledger { sql, now, terms }.sweep());
    }
}

impl Job {
    fn act(&self, ledger: &Ledger<'_>) -> Result<Reply, Trouble> {
        match self {
            Job::Attempt(request, _) => ledger.attempt(request).map(Reply::Attempt),
            Job::Reserve(request, _) => ledger.reserve(request).map(Reply::Reserve),
            Job::Commit(request, _) | Job::End(Abandoned::Lost(request)) => commit(ledger, request),
            Job::Release(request, _) | Job::End(Abandoned::GivenBack(request)) => release(ledger, request),
            Job::Health(_) => ledger.check().map(|()| Reply::Done(Ok(()))),
        }
    }

    fn answer(self, reply: StoreResult<Reply>) {
        // Who asked may have gone: what was granted goes back, of the rest nothing need be undone.
        match (self, reply) {
            (Job::Attempt(_, answer), Ok(Reply::Attempt(reply))) => drop(answer.send(Ok(reply))),
            (Job::Reserve(_, granting), Ok(Reply::Reserve(reply))) => granting.answer(Ok(reply)),
            (Job::Commit(_, answer) | Job::Release(_, answer) | Job::Health(answer), Ok(Reply::Done(done))) => {
                drop(answer.send(done));
            }
            (Job::Attempt(_, answer), Err(error)) => drop(answer.send(Err(error))),
            (Job::Reserve(_, granting), Err(error)) => granting.answer(Err(error)),
            (Job::Commit(_, answer) | Job::Release(_, answer) | Job::Health(answer), Err(error)) => {
                drop(answer.send(Err(error)));
            }
            // An end has nobody to answer, and every job's reply is of its kind.
            (_, _) => {}
        }
    }
}

fn commit(ledger: &Ledger<'_>, request: &CommitRequest) -> Result<Reply, Trouble> {
    match Ticket::read(&request.lease) {
        Ok(ticket) => Ok(Reply::Done(or_ended(ledger.commit(request, &ticket)?))),
        Err(error) => Ok(Reply::Done(Err(error))),
    }
}

fn release(ledger: &Ledger<'_>, request: &ReleaseRequest) -> Result<Reply, Trouble> {
    match Ticket::read(&request.lease) {
        Ok(ticket) => Ok(Reply::Done(or_ended(ledger.release(request, &ticket)?))),
        Err(error) => Ok(Reply::Done(Err(error))),
    }
}
