//! The path facet.
