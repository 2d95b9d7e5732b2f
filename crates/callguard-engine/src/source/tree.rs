//! The spanned tree: YAML as written, with a place for every key and value.

use super::Span;

/// A value of a document. Aliases are already expanded.
#[derive(Clone, Debug)]
pub struct Node {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub kind: NodeKind,
}

/// What a node is.
#[derive(Clone, Debug)]
pub enum NodeKind {
    /// A scalar.
    Scalar(Scalar),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping, in order, each key once.
    Map(Vec<Entry>),
}

/// One entry of a mapping.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key; only scalars may be keys.
    pub key: String,
    /// Where the key stands.
    pub key_span: Span,
    /// What stands under it.
    pub value: Node,
}

/// A scalar as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scalar {
    /// The text after YAML's own unquoting and folding.
    pub text: String,
    /// How it was written: only a plain scalar may be a number, a boolean or null.
    pub style: ScalarStyle,
}

/// How a scalar was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScalarStyle {
    /// Without quotes.
    Plain,
    /// In single quotes.
    Single,
    /// In double quotes.
    Double,
    /// A block (`|` or `>`).
    Block,
}
