//! The path facet.

/// A compiled test of paths.
#[derive(Clone, Debug)]
pub struct PathTest;
