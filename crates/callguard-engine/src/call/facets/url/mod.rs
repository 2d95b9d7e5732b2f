//! The url and host facets: where a call connects to.

mod address;
mod host;
mod ranges;
mod test;
mod value;

#[cfg(test)]
mod tests;

pub use host::HostValue;
pub use test::UrlTest;
pub use value::UrlValue;
