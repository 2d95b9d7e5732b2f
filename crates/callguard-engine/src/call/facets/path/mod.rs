//! The path facet: which files a call touches.
//!
//! A path has several *readings*: as it stands, with the home expanded, percent-decoded, with `\` as a separator,
//! folded, with links resolved. What restricts counts any of them; what excuses needs all but the folded ones.

mod bigrams;
mod cx;
mod fold;
mod follow;
mod glob;
mod globbed;
mod lexical;
mod links;
mod needs;
mod pattern;
mod readings;
mod spelled;
mod starts;
mod test;
mod tree;
mod value;
mod walk;

#[cfg(test)]
mod tests;

pub use cx::{FileId, Lexical, Listed, ListedKind, PathCx, PathResolver, Resolution};
pub use follow::{Entry, follow};
pub use test::PathTest;
pub use tree::{FileKind, FileTree, TreeError};
pub use value::{Extent, PathAccess, PathValue, Reading, ReadingKind};

pub(super) use fold::{fold, is_bidi_control, is_invisible};
pub(super) use glob::Glob;
