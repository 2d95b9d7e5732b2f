//! Sessions in a file: SQLite, shared by the processes of one machine.

mod counter;
mod file;
mod ledger;
mod session;
mod worker;

use super::waiting::{GiveBack, heard, reservation};
use super::{Abandoned, Answer, Store, StoreTerms};
use crate::clock::{Clock, SystemClock};
use callguard_engine::session::{
    AttemptAnswer, AttemptRequest, CommitRequest, ReleaseRequest, ReserveAnswer, ReserveRequest, StoreError,
};
use file::File;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use tokio::sync::oneshot;
use worker::{Job, Worker};

/// Sessions in one file that survives a restart. The processes of one machine may share it, not several machines: time is
/// the machine's, and so are the locks.
///
/// A thread of its own writes; what waits together is written together.
pub struct SqliteStore {
    jobs: Arc<Jobs>,
    thread: Option<JoinHandle<()>>,
}

/// Settings of a [`SqliteStore`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SqliteOptions {
    /// How long things last.
    pub terms: StoreTerms,
    /// Whether an answer waits for the disk.
    pub durability: Durability,
    /// The most bytes that the file may have; past that the store cannot answer.
    pub max_bytes: Option<u64>,
}

/// What an answer of a [`SqliteStore`] promises.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// It is on the disk: a power cut loses nothing.
    #[default]
    Full,
    /// The operating system has it: a power cut may lose the last moments, the end of the process loses nothing.
    Normal,
}

impl SqliteStore {
    /// Opens the file, or makes it, readable by its owner alone.
    ///
    /// # Errors
    /// It cannot be opened, or a later version of CallGuard has written it.
    pub fn open(path: impl AsRef<Path>, options: SqliteOptions) -> Result<SqliteStore, StoreError> {
        SqliteStore::open_with_clock(path, options, Arc::new(SystemClock))
    }

    /// [`SqliteStore::open`], on that clock.
    ///
    /// # Errors
    /// It cannot be opened, or a later version of CallGuard has written it.
    pub fn open_with_clock(
        path: impl AsRef<Path>,
        options: SqliteOptions,
        clock: Arc<dyn Clock>,
    ) -> Result<SqliteStore, StoreError> {
        let path: PathBuf = path.as_ref().to_owned();
        let file = File::open(path, options)?;
        let (jobs, queue) = channel();
        let worker = Worker::new(file, clock);
        let thread = std::thread::Builder::new().name("callguard-store".to_owned()).spawn(move || worker.run(&queue));
        let thread = thread.map_err(|error| StoreError::new(format!("there is no thread for it: {error}")))?;
        Ok(SqliteStore { jobs: Arc::new(Jobs(Mutex::new(Some(jobs)))), thread: Some(thread) })
    }

    fn ask<T: Send + 'static>(&self, job: impl FnOnce(oneshot::Sender<super::StoreResult<T>>) -> Job) -> Answer<'_, T> {
        let (answer, waiting) = oneshot::channel();
        // A job that cannot be sent takes its answer's sender with it: whoever waits hears of that.
        self.jobs.send(job(answer));
        Answer::later(heard(waiting))
    }
}

/// The way to the thread, until the store is dropped.
struct Jobs(Mutex<Option<Sender<Job>>>);

impl Jobs {
    fn send(&self, job: Job) {
        if let Some(jobs) = &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            // Without its thread, a job's sender is dropped, which is an answer.
            let _unsent = jobs.send(job);
        }
    }
}

impl Store for SqliteStore {
    fn attempt(&self, request: AttemptRequest) -> Answer<'_, AttemptAnswer> {
        self.ask(|answer| Job::Attempt(request, answer))
    }

    fn reserve(&self, request: ReserveRequest) -> Answer<'_, ReserveAnswer> {
        let jobs = Arc::downgrade(&self.jobs);
        let give_back: GiveBack = Arc::new(move |request| {
            if let Some(jobs) = jobs.upgrade() {
                jobs.send(Job::End(Abandoned::GivenBack(request)));
            }
        });
        let (granting, reserving) = reservation(request.session(), give_back);
        self.jobs.send(Job::Reserve(request, granting));
        Answer::later(reserving)
    }

    fn commit(&self, request: CommitRequest) -> Answer<'_, ()> {
        self.ask(|answer| Job::Commit(request, answer))
    }

    fn release(&self, request: ReleaseRequest) -> Answer<'_, ()> {
        self.ask(|answer| Job::Release(request, answer))
    }

    fn end_detached(&self, end: Abandoned) {
        self.jobs.send(Job::End(end));
    }

    fn health(&self) -> Answer<'_, ()> {
        self.ask(Job::Health)
    }
}

impl Drop for SqliteStore {
    /// Writes what is queued before it goes.
    fn drop(&mut self) {
        drop(self.jobs.0.lock().unwrap_or_else(PoisonError::into_inner).take());
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has nothing left to write.
            let _ended = thread.join();
        }
    }
}
