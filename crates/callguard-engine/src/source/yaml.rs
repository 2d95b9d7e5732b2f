//! YAML text to spanned trees.

use super::{FileId, Node, Sources};
use crate::diagnostic::Diagnostic;

/// The documents of a file, in order, with every error of the file at once.
pub fn read_documents(sources: &Sources, file: FileId) -> (Vec<Node>, Vec<Diagnostic>) {
    let _ = (sources, file);
    (Vec::new(), Vec::new())
}
