//! JSON Schemas of tools.

/// A compiled JSON Schema.
#[derive(Clone, Debug)]
pub struct ToolSchema;
