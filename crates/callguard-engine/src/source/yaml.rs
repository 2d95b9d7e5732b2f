//! YAML text to spanned trees.

use super::{FileId, Node, Sources};
use crate::diagnostic::Diagnostic;

/// Bytes that a file may hold.
pub const MAX_BYTES: usize = 1 << 20;

/// Lists and mappings that may stand in each other.
pub const MAX_DEPTH: usize = 64;

/// The documents of a file, in order, with every error of the file at once.
pub fn read_documents(sources: &Sources, file: FileId) -> (Vec<Node>, Vec<Diagnostic>) {
    let _ = (sources, file);
    (Vec::new(), Vec::new())
}
