//! Who is asking.

use crate::value::{Object, Value};

/// Who is asking, as the host says. Nothing inside the arguments can set it. `Debug` hides it.
#[derive(Clone, Default, PartialEq, Eq)]
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

impl Principal {
    /// All of it as JSON; what is not set is left out.
    pub fn to_value(&self) -> Value {
        let one = |name: &str, text: &Option<String>| text.clone().map(|text| (name.to_owned(), Value::String(text)));
        let words = [
            one("user_id", &self.user_id),
            one("service_id", &self.service_id),
            one("org_id", &self.org_id),
            one("role", &self.role),
            one("environment", &self.environment),
            one("ticket_ref", &self.ticket_ref),
        ];
        let mut object: Object = words.into_iter().flatten().collect();
        if !self.roles.is_empty() {
            let roles = self.roles.iter().map(|role| Value::from(role.as_str()));
            object.insert("roles", Value::List(roles.collect()));
        }
        if !self.claims.is_empty() {
            object.insert("claims", Value::Object(self.claims.clone()));
        }
        Value::Object(object)
    }
}

impl std::fmt::Debug for Principal {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Principal").finish_non_exhaustive()
    }
}
