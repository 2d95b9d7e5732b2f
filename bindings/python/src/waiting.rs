//! Stores that answer later: waited for here, or on an event loop.

use crate::process::{attached, detached};
use crate::release::Released;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

/// How often who waits here looks whether the program was interrupted.
const LOOK_UP: Duration = Duration::from_millis(100);

/// How a guard's answers come.
#[derive(Clone, Copy)]
pub(crate) enum Waiting {
    /// The store answers at once.
    Never,
    /// This thread waits, and other threads go on.
    Here,
    /// Who asks gets a [`Pending`].
    Elsewhere,
}

impl Waiting {
    /// What a caller says who may wait, of a store that may answer later.
    pub(crate) fn of(waits: bool, here: bool) -> Waiting {
        match (waits, here) {
            (false, _) => Waiting::Never,
            (true, true) => Waiting::Here,
            (true, false) => Waiting::Elsewhere,
        }
    }
}

/// What a guard is about to say, once its store has answered. On an event loop: `poll(wake)` until it is there, then
/// `result()`. Given up, nothing stays reserved.
#[pyclass(frozen, module = "callguard")]
pub(crate) struct Pending(Mutex<Released<Work>>);

/// The last step, for which the interpreter is needed.
type Say = Box<dyn FnOnce(Python<'_>) -> PyResult<Py<PyAny>> + Send>;

enum Work {
    Waiting(Pin<Box<dyn Future<Output = Say> + Send>>),
    There(Say),
}

/// What work comes to: the value itself, or a `Pending`.
pub(crate) fn said<T: Send + 'static>(
    py: Python<'_>,
    waiting: Waiting,
    work: impl Future<Output = T> + Send + 'static,
    say: impl FnOnce(Python<'_>, T) -> PyResult<Py<PyAny>> + Send + 'static,
) -> PyResult<Py<PyAny>> {
    match waiting {
        Waiting::Never => {
            let later = || PyRuntimeError::new_err("the store answers later than at once");
            let done = detached(py, || callguard::at_once(work)).ok_or_else(later)?;
            say(py, done)
        }
        Waiting::Here => {
            let done = waited(py, Box::pin(work))?;
            say(py, done)
        }
        Waiting::Elsewhere => {
            let work = async move {
                let done = work.await;
                Box::new(move |py: Python<'_>| say(py, done)) as Say
            };
            Ok(Py::new(py, Pending(Mutex::new(Released::new(Work::Waiting(Box::pin(work))))))?.into_any())
        }
    }
}

/// What work comes to, waited for by this thread while others go on, unless the program is interrupted.
pub(crate) fn waited<T: Send, F: Future<Output = T> + Send + ?Sized>(
    py: Python<'_>,
    mut work: Pin<Box<F>>,
) -> PyResult<T> {
    let waker = Waker::from(Arc::new(Unparks(thread::current())));
    loop {
        if let Poll::Ready(done) = detached(py, || work.as_mut().poll(&mut Context::from_waker(&waker))) {
            // The last owner of a guard may be in it.
            detached(py, move || drop(work));
            return Ok(done);
        }
        detached(py, || thread::park_timeout(LOOK_UP));
        if let Err(interrupted) = py.check_signals() {
            detached(py, move || drop(work));
            return Err(interrupted);
        }
    }
}

#[pymethods]
impl Pending {
    /// Whether it is there. Where it is not, `wake()` is called once from any thread when it is worth asking again.
    fn poll(&self, py: Python<'_>, wake: Py<PyAny>) -> PyResult<bool> {
        self.polled(py, &Waker::from(Arc::new(Calls(wake))))
    }

    /// What came of it, once.
    fn result(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        match self.work().take(py)? {
            Some(Work::There(say)) => say(py),
            _ => Err(gone()),
        }
    }

    /// Waits here, and gives what came of it.
    fn wait(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let work = self.work().take(py)?;
        match work.ok_or_else(gone)? {
            Work::Waiting(work) => waited(py, work)?(py),
            Work::There(say) => say(py),
        }
    }

    /// Nobody waits for it any more.
    fn give_up(&self, py: Python<'_>) -> PyResult<()> {
        let work = self.work().take(py)?;
        detached(py, || drop(work));
        Ok(())
    }
}

impl Pending {
    fn work(&self) -> MutexGuard<'_, Released<Work>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn polled(&self, py: Python<'_>, waker: &Waker) -> PyResult<bool> {
        let work = self.work().take(py)?.ok_or_else(gone)?;
        let work = detached(py, || match work {
            Work::Waiting(mut future) => match future.as_mut().poll(&mut Context::from_waker(waker)) {
                Poll::Ready(say) => Work::There(say),
                Poll::Pending => Work::Waiting(future),
            },
            there @ Work::There(_) => there,
        });
        let is_there = matches!(work, Work::There(_));
        *self.work() = Released::new(work);
        Ok(is_there)
    }
}

fn gone() -> PyErr {
    PyRuntimeError::new_err("it was given up, or is asked for already")
}

/// Calls a Python function.
struct Calls(Py<PyAny>);

impl Wake for Calls {
    fn wake(self: Arc<Self>) {
        // Where the interpreter ends, nobody waits.
        attached(|py| {
            if let Err(error) = self.0.call0(py) {
                error.write_unraisable(py, Some(self.0.bind(py)));
            }
        });
    }
}

/// Wakes a thread that waits here.
struct Unparks(Thread);

impl Wake for Unparks {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}
