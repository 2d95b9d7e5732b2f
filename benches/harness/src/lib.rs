//! What the benchmarks of CallGuard and of its peers share.
//!
//! The rules and the calls are plain data ([`rules`], [`calls`]), so that every engine gets the same; [`yaml`] writes them
//! in our language, [`hand`] decides them as a programmer would by hand, and `benches/peers` hands them to other engines.
//! [`rounds`] measures all of them in turns.

pub mod calls;
pub mod clock;
pub mod content;
pub mod families;
pub mod hand;
pub mod memory;
pub mod mixed;
pub mod peers;
pub mod report;
pub mod rounds;
pub mod rules;
pub mod sets;
pub mod templates;
mod words;
pub mod yaml;

/// How many contracts stand on the tool.
pub const SIZES: [usize; 5] = [1, 10, 100, 1_000, 10_000];

/// The tool that is called.
pub const TOOL: &str = "ops__run";
