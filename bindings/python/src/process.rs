//! The process that the interpreter runs in: its forks, and its end.

use pyo3::prelude::*;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

/// Forks that this process has come through since it began as another.
static FORKS: AtomicU32 = AtomicU32::new(0);

/// Threads that have let go of the interpreter and mean to come back.
static OUTSIDE: AtomicUsize = AtomicUsize::new(0);

/// The thread that ends the interpreter, once it does.
static ENDED_BY: OnceLock<ThreadId> = OnceLock::new();

/// How long the end waits for threads on their way back into the interpreter.
const LAST_WAIT: Duration = Duration::from_secs(1);

/// Says that this process is the child of a fork: the one thread there is, is here.
#[pyfunction]
pub(crate) fn forked() {
    FORKS.fetch_add(1, Ordering::Relaxed);
    OUTSIDE.store(0, Ordering::Release);
}

/// How many forks this process has come through.
pub(crate) fn forks() -> u32 {
    FORKS.load(Ordering::Relaxed)
}

/// Says that the interpreter is about to end: from here on no thread but this one comes back into it from ours. A thread
/// that did would be torn out of the middle of our code.
#[pyfunction]
pub(crate) fn end(py: Python<'_>) {
    ENDED_BY.get_or_init(|| thread::current().id());
    py.detach(|| {
        let begun = Instant::now();
        while OUTSIDE.load(Ordering::Acquire) > 0 && begun.elapsed() < LAST_WAIT {
            thread::sleep(Duration::from_millis(1));
        }
    });
}

/// Whether the interpreter has ended for this thread.
pub(crate) fn has_ended() -> bool {
    ENDED_BY.get().is_some_and(|by| *by != thread::current().id())
}

/// Does work in the interpreter, from a thread of ours; nothing, where the interpreter has ended. Its end waits for this.
pub(crate) fn attached(work: impl FnOnce(Python<'_>)) {
    OUTSIDE.fetch_add(1, Ordering::AcqRel);
    if !has_ended() {
        Python::try_attach(work);
    }
    OUTSIDE.fetch_sub(1, Ordering::AcqRel);
}

/// Does work without the interpreter's lock. Where the interpreter ends meanwhile, the thread never comes back.
pub(crate) fn detached<T: Send>(py: Python<'_>, work: impl Send + FnOnce() -> T) -> T {
    OUTSIDE.fetch_add(1, Ordering::AcqRel);
    let done = py.detach(|| {
        stay_if_ended();
        let done = work();
        stay_if_ended();
        done
    });
    OUTSIDE.fetch_sub(1, Ordering::AcqRel);
    done
}

fn stay_if_ended() {
    if has_ended() {
        OUTSIDE.fetch_sub(1, Ordering::AcqRel);
        loop {
            thread::park();
        }
    }
}
