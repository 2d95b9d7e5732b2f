//! The command facet.

/// A compiled test of command lines.
#[derive(Clone, Debug)]
pub struct CommandTest;
