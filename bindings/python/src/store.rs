//! Where sessions are kept: in memory, or by a Python object.

mod wire;

use crate::error;
use crate::process::has_ended;
use crate::release::Released;
use callguard::engine::session::{
    AttemptAnswer, AttemptRequest, CommitRequest, ReleaseRequest, ReserveAnswer, ReserveRequest, StoreError,
};
use callguard::store::{Abandoned, Answer, MemoryStore, Store, StoreResult};
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use std::sync::Arc;

/// Sessions in memory, for as long as somebody holds on to it. Guards that are given the same one share them.
#[pyclass(frozen, module = "callguard")]
pub(crate) struct MemoryStorageBackend(Released<Arc<MemoryStore>>);

#[pymethods]
impl MemoryStorageBackend {
    #[new]
    fn new() -> MemoryStorageBackend {
        MemoryStorageBackend(Released::new(Arc::default()))
    }
}

impl MemoryStorageBackend {
    pub(crate) fn store(&self, py: Python<'_>) -> PyResult<Arc<MemoryStore>> {
        self.0.get(py).map(|store| store.map(Arc::clone).unwrap_or_default())
    }
}

/// A Python object that keeps sessions. One that raises, or whose answer makes no sense, is a store that cannot answer.
pub(crate) struct PyStore(pub(crate) Py<PyAny>);

impl PyStore {
    fn ask<A>(
        &self,
        operation: &str,
        request: impl for<'py> IntoPyObject<'py>,
        read: impl FnOnce(&Bound<'_, PyAny>) -> StoreResult<A>,
    ) -> StoreResult<A> {
        self.with(
            |store| {
                let request = request.into_bound_py_any(store.py())?;
                store.call_method1(operation, (request,))
            },
            read,
        )
    }

    fn with<A>(
        &self,
        act: impl for<'py> FnOnce(&Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>>,
        read: impl FnOnce(&Bound<'_, PyAny>) -> StoreResult<A>,
    ) -> StoreResult<A> {
        let gone = || StoreError::new("the interpreter has ended");
        if has_ended() {
            return Err(gone());
        }
        let said = Python::try_attach(|py| {
            let said = act(self.0.bind(py)).map_err(|error| raised(&error, py))?;
            read(&said)
        });
        said.unwrap_or_else(|| Err(gone()))
    }

    fn commit_now(&self, request: &CommitRequest) -> StoreResult<()> {
        self.ask("commit", wire::Commit::of(request), wire::nothing)
    }

    fn release_now(&self, request: &ReleaseRequest) -> StoreResult<()> {
        self.ask("release", wire::Release::of(request), wire::nothing)
    }
}

impl Store for PyStore {
    fn attempt(&self, request: AttemptRequest) -> Answer<'_, AttemptAnswer> {
        Answer::now(self.ask("attempt", wire::Attempt::of(&request), |said| wire::attempted(said, &request)))
    }

    fn reserve(&self, request: ReserveRequest) -> Answer<'_, ReserveAnswer> {
        Answer::now(self.ask("reserve", wire::Reserve::of(&request), |said| wire::reserved(said, &request)))
    }

    fn commit(&self, request: CommitRequest) -> Answer<'_, ()> {
        Answer::now(self.commit_now(&request))
    }

    fn release(&self, request: ReleaseRequest) -> Answer<'_, ()> {
        Answer::now(self.release_now(&request))
    }

    fn end_detached(&self, end: Abandoned) {
        let ended = match end {
            Abandoned::GivenBack(request) => self.release_now(&request),
            Abandoned::Lost(request) => self.commit_now(&request),
        };
        if let Err(error) = ended {
            // Nobody waits for this answer. What stays reserved keeps counting.
            Python::try_attach(|py| {
                let error = error::of_class(py, "CallGuardError", &error.to_string());
                error.write_unraisable(py, Some(self.0.bind(py)));
            });
        }
    }

    fn health(&self) -> Answer<'_, ()> {
        Answer::now(self.with(|store| store.call_method0("health"), wire::nothing))
    }
}

/// No more than its kind: what an exception says may hold what must stay hidden.
fn raised(error: &PyErr, py: Python<'_>) -> StoreError {
    let kind = error.get_type(py).name().map_or_else(|_| "an error".to_owned(), |name| name.to_string());
    StoreError::new(format!("it raised {kind}"))
}
