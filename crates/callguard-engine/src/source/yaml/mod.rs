//! YAML text to spanned trees, within the limits that the language sets.
//!
//! Four steps: a scan of the raw text ([`prescan`]), the parser's events as items with byte spans
//! ([`events`]), items as nodes with aliases expanded ([`build`]), and words for syntax errors ([`syntax`]).

mod build;
mod events;
mod findings;
mod prescan;
mod quote;
mod sentences;
mod syntax;
mod text;

pub use quote::quote_hint;

use super::{FileId, Node, Sources, Span};
use crate::diagnostic::{Code, Diagnostic, sort_and_dedupe};
use findings::Findings;
use text::Text;

/// Bytes that a file may hold.
pub const MAX_BYTES: usize = 1 << 20;

/// Lists and mappings that may stand in each other.
pub const MAX_DEPTH: usize = 64;

/// The documents of a file, in order, with every error and lint of the file at once, sorted by place.
///
/// A document without any content is left out, and so is one that the text breaks off in. After a syntax error the
/// rest of the file cannot be read; every other error leaves the documents as readable as they were, less the entry
/// that was refused.
pub fn read_documents(sources: &Sources, file: FileId) -> (Vec<Node>, Vec<Diagnostic>) {
    let raw = sources.file(file).map(|file| &*file.text).unwrap_or_default();
    if raw.len() > MAX_BYTES {
        return (Vec::new(), vec![too_large(file, raw)]);
    }
    let text = Text::new(file, raw);
    let mut findings = Findings::default();
    let readable = prescan::readable(&text, &mut findings);
    let documents = events::read(&readable, &text, &mut findings);
    let mut found = findings.finish();
    sort_and_dedupe(&mut found);
    (documents, found)
}

fn too_large(file: FileId, raw: &str) -> Diagnostic {
    let span = Span { file, start: 0, end: 0 };
    let message = format!("the file has {} bytes; at most {MAX_BYTES} are read", raw.len());
    Diagnostic::error(Code::TooLarge, span, message).help("split the policy and join the parts with `extends`")
}
