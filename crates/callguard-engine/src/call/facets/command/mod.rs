//! The command facet: what a call runs.
//!
//! A script is read once, as bash would, into every command that can be seen in it at any depth, and one reason
//! why it may run more. What restricts counts what is seen; what excuses needs the whole to be understood.

mod amount;
mod catalog;
mod code;
mod effects;
mod entry;
mod explain;
mod line;
mod options;
mod reader;
mod scan;
mod test;
mod words;

#[cfg(test)]
mod tests;

pub use catalog::programs_page;
pub use effects::Touched;
pub use explain::{ExplainedCommand, ExplainedPath, Explanation};
pub use line::CommandLine;
pub use test::CommandTest;
