//! Dropping without the interpreter's lock.

use pyo3::Python;

/// What is dropped without the interpreter's lock: the last owner of a guard waits for its audit, whose sinks may be Python.
pub(crate) struct Released<T: Send>(Option<T>);

impl<T: Send> Released<T> {
    pub(crate) fn new(value: T) -> Released<T> {
        Released(Some(value))
    }

    pub(crate) fn get(&self) -> Option<&T> {
        self.0.as_ref()
    }

    pub(crate) fn take(&mut self) -> Option<T> {
        self.0.take()
    }
}

impl<T: Send> Drop for Released<T> {
    fn drop(&mut self) {
        let Some(value) = self.0.take() else { return };
        let mut value = Some(value);
        // At the end of the process there is no interpreter to let go of.
        Python::try_attach(|py| py.detach(|| drop(value.take())));
        drop(value);
    }
}
