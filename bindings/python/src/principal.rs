//! Who is asking.

use crate::convert::{dict, to_object};
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// Who is asking, as the host says. Nothing inside the arguments can set it.
#[pyclass(frozen, eq, module = "callguard")]
#[derive(Clone, PartialEq)]
pub(crate) struct Principal(pub(crate) callguard::Principal);

#[pymethods]
impl Principal {
    #[new]
    #[pyo3(signature = (
        user_id=None, *, service_id=None, org_id=None, role=None, roles=Vec::new(), environment=None, ticket_ref=None,
        claims=None,
    ))]
    #[expect(clippy::too_many_arguments, reason = "they are keywords")]
    fn new(
        user_id: Option<String>,
        service_id: Option<String>,
        org_id: Option<String>,
        role: Option<String>,
        roles: Vec<String>,
        environment: Option<String>,
        ticket_ref: Option<String>,
        claims: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Principal> {
        let claims = claims.map(to_object).transpose()?.unwrap_or_default();
        Ok(Principal(callguard::Principal {
            user_id,
            service_id,
            org_id,
            role,
            roles,
            environment,
            ticket_ref,
            claims,
        }))
    }

    #[getter]
    fn user_id(&self) -> Option<&str> {
        self.0.user_id.as_deref()
    }

    #[getter]
    fn service_id(&self) -> Option<&str> {
        self.0.service_id.as_deref()
    }

    #[getter]
    fn org_id(&self) -> Option<&str> {
        self.0.org_id.as_deref()
    }

    #[getter]
    fn role(&self) -> Option<&str> {
        self.0.role.as_deref()
    }

    #[getter]
    fn roles(&self) -> Vec<String> {
        self.0.roles.clone()
    }

    #[getter]
    fn environment(&self) -> Option<&str> {
        self.0.environment.as_deref()
    }

    #[getter]
    fn ticket_ref(&self) -> Option<&str> {
        self.0.ticket_ref.as_deref()
    }

    #[getter]
    fn claims<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        dict(py, &self.0.claims)
    }

    /// Says nothing of who it is: it may land in a log.
    fn __repr__(&self) -> &'static str {
        "Principal(...)"
    }
}
