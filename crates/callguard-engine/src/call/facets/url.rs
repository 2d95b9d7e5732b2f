//! The url facet.
