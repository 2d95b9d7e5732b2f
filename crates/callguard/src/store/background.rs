//! A thread with a runtime of its own: stores across a network work there, so that a caller needs no runtime, and a
//! caller that stops waiting stops nothing.

use std::future::Future;
use std::io;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::runtime::{Builder, Handle};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

/// How long what is on its way may take once nobody needs the store any more.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// The thread. Dropped, it waits a second at most for what is on its way.
pub(super) struct Background {
    handle: Handle,
    /// Whoever holds a clone is at work.
    working: Option<mpsc::Sender<()>>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Background {
    /// Starts it.
    ///
    /// # Errors
    /// The operating system gives no thread.
    pub(super) fn start() -> io::Result<Background> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (working, mut idle) = mpsc::channel::<()>(1);
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::Builder::new().name("callguard-store".to_owned()).spawn(move || {
            runtime.block_on(async {
                // Whether it was told to stop or its owner is gone: it stops.
                let _told = stopped.await;
                // What takes longer is not waited for: leases expire.
                let _done = timeout(LAST_WORDS, idle.recv()).await;
            });
        })?;
        Ok(Background { handle, working: Some(working), stop: Some(stop), thread: Some(thread) })
    }

    /// Works in the background.
    pub(super) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let working = self.working.clone();
        self.handle.spawn(async move {
            work.await;
            drop(working);
        });
    }

    /// Where it works, for what must be made there.
    pub(super) fn handle(&self) -> &Handle {
        &self.handle
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        drop(self.working.take());
        drop(self.stop.take());
        let here = std::thread::current().id();
        // The last to need it may be its own work: that cannot wait for itself.
        if let Some(thread) = self.thread.take().filter(|thread| thread.thread().id() != here) {
            // A thread that panicked has nothing left to do.
            let _ended = thread.join();
        }
    }
}
