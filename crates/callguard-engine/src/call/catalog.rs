//! The shipped catalog: tools that policies need not declare.

use crate::policy::model::ToolDeclaration;
use crate::policy::{LoadInput, NoBases, PolicyFile, load};
use std::sync::{Arc, LazyLock};

const TEXT: &str = include_str!("catalog/tools.yaml");

static BUILTIN: LazyLock<Arc<[ToolDeclaration]>> = LazyLock::new(read);

/// The catalog, read once.
pub fn builtin() -> Arc<[ToolDeclaration]> {
    Arc::clone(&BUILTIN)
}

/// Catalog text that did not load would leave tools untyped and irreversible, which restricts; a test keeps it loading.
fn read() -> Arc<[ToolDeclaration]> {
    let files = vec![PolicyFile::new("catalog", TEXT)];
    let loaded = load(LoadInput { files, bases: &NoBases, operators: Arc::default() });
    loaded.map(|loaded| loaded.set.policies.into_iter().flat_map(|policy| policy.tools).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{TEXT, builtin};

    #[test]
    fn every_entry_of_the_catalog_loads() {
        let entries = TEXT.lines().filter(|line| line.trim_start().starts_with("- name:")).count();
        assert_eq!(builtin().len(), entries);
    }
}
