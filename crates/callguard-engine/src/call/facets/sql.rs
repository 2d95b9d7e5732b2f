//! The sql facet.

/// A compiled test of statements.
#[derive(Clone, Debug)]
pub struct SqlTest;
