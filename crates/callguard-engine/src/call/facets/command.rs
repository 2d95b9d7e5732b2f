//! The command facet.
