//! JSON Schemas of tools.

/// A compiled JSON Schema.
#[derive(Clone, Debug)]
pub struct ToolSchema;

impl ToolSchema {
    /// Whether the arguments satisfy the schema; else why not, without their values.
    pub fn check(&self, _args: &crate::value::Object) -> Result<(), String> {
        Ok(())
    }

    /// Whether the schema names a property.
    pub fn declares(&self, _name: &str) -> bool {
        false
    }
}
