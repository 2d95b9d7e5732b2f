//! Operators that the host registers.

use crate::value::Value;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// Holds a value against an operand; `None` where it cannot tell. Pure and total: no I/O, no clock, no panic.
pub type OperatorFn = Arc<dyn Fn(&Value, &Value) -> Option<bool> + Send + Sync>;

/// The host's operators by name (`x_name`).
#[derive(Clone, Default)]
pub struct Operators {
    by_name: BTreeMap<String, OperatorFn>,
}

impl Operators {
    /// Registers `name`; it must start with `x_`, else it is handed back.
    pub fn register(&mut self, name: impl Into<String>, operator: OperatorFn) -> Result<(), String> {
        let name = name.into();
        if !name.starts_with("x_") {
            return Err(name);
        }
        self.by_name.insert(name, operator);
        Ok(())
    }

    /// The operator of that name.
    pub fn find(&self, name: &str) -> Option<&OperatorFn> {
        self.by_name.get(name)
    }

    /// The registered names, for the reader of policies.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(String::as_str)
    }
}

impl fmt::Debug for Operators {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_set().entries(self.names()).finish()
    }
}
