//! Declared tools by their names: no search through all of them for each contract.

use crate::policy::model::ToolDeclaration;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Declarations of tools, found by name.
#[derive(Debug, Default)]
pub(crate) struct DeclaredTools {
    by_name: BTreeMap<String, Vec<Arc<ToolDeclaration>>>,
    /// Those with a pattern.
    patterns: Vec<Arc<ToolDeclaration>>,
}

impl DeclaredTools {
    /// Adds declarations.
    pub(crate) fn extend<'d>(&mut self, declarations: impl Iterator<Item = &'d ToolDeclaration>) {
        for declaration in declarations {
            let shared = Arc::new(declaration.clone());
            for name in declaration.names.iter().filter(|name| name.is_literal()) {
                self.by_name.entry(name.as_str().to_owned()).or_default().push(Arc::clone(&shared));
            }
            if declaration.names.iter().any(|name| !name.is_literal()) {
                self.patterns.push(shared);
            }
        }
    }

    /// Every declaration that is about a tool; one with several names may come twice.
    pub(crate) fn of(&self, tool: &str) -> impl Iterator<Item = &ToolDeclaration> {
        let named = self.by_name.get(tool).into_iter().flatten();
        let matches = move |declaration: &&Arc<ToolDeclaration>| {
            declaration.names.iter().any(|name| !name.is_literal() && name.matches(tool))
        };
        named.chain(self.patterns.iter().filter(matches)).map(Arc::as_ref)
    }
}
