//! The url facet.

/// A compiled test of URLs and hosts.
#[derive(Clone, Debug)]
pub struct UrlTest;
