//! Who is asking.

use crate::value::Object;

/// Who is asking, as the host says. Nothing inside the arguments can set it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Principal {
    /// A person.
    pub user_id: Option<String>,
    /// A service.
    pub service_id: Option<String>,
    /// The organisation or tenant.
    pub org_id: Option<String>,
    /// The role it acts in.
    pub role: Option<String>,
    /// Every role it has.
    pub roles: Vec<String>,
    /// The environment it belongs to.
    pub environment: Option<String>,
    /// The ticket it works on.
    pub ticket_ref: Option<String>,
    /// Whatever else its token says.
    pub claims: Object,
}
