//! The native module of the Python package `callguard`: the engine and the SDK, and no policy logic of its own.

mod call;
mod cli;
mod convert;
mod decision;
mod error;
mod guard;
mod options;
mod permit;
mod principal;
mod process;
mod redaction;
mod release;
mod remote;
mod sink;
mod store;
mod testing;
mod waiting;

use pyo3::prelude::*;

/// What the package `callguard` is built on; not for use by others.
#[pymodule]
mod _native {
    #[pymodule_export]
    use crate::call::ToolEnvelope;
    #[pymodule_export]
    use crate::cli::run_cli;
    #[pymodule_export]
    use crate::decision::Decision;
    #[pymodule_export]
    use crate::guard::Guard;
    #[pymodule_export]
    use crate::permit::{Asked, Judged, Permit, Running};
    #[pymodule_export]
    use crate::principal::Principal;
    #[pymodule_export]
    use crate::process::{end, forked};
    #[pymodule_export]
    use crate::redaction::RedactionPolicy;
    #[pymodule_export]
    use crate::remote::{Delivery, NativeSink};
    #[pymodule_export]
    use crate::store::MemoryStorageBackend;
    #[pymodule_export]
    use crate::testing::run_policy_tests;
    #[pymodule_export]
    use crate::waiting::Pending;

    use pyo3::prelude::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
