//! Policy text and where things stand in it: files, spans, YAML with positions.

mod span;
mod tree;
mod yaml;

pub use span::{FileId, SourceFile, Sources, Span, Spanned};
pub use tree::{Entry, Node, NodeKind, Scalar, ScalarStyle};
pub use yaml::read_documents;
