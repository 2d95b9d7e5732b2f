//! The command facet: what a call runs.

mod line;
mod test;

pub use line::CommandLine;
pub use test::CommandTest;
