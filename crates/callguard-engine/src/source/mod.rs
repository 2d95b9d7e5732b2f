//! Policy text and where things stand in it: files, spans, YAML with positions.

mod lines;
mod lint;
mod plain;
mod span;
mod tree;
mod yaml;

pub use lint::{lint_control_characters, lint_operand, lint_plain_scalars};
pub use span::{FileId, SourceFile, Sources, Span, Spanned};
pub(crate) use tree::excerpt;
pub use tree::{Entry, Node, NodeKind, Scalar, ScalarStyle};
pub use yaml::{MAX_BYTES, MAX_DEPTH, quote_hint, read_documents};
