//! The sql facet.
