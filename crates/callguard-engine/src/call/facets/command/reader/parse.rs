//! The parser, which is not ours, behind the look that bounds what it is given.

use super::{plain, scan};
use brush_parser::ast;
use brush_parser::{Parser, ParserOptions};

const NOT_PARSED: &str = "a command does not parse";

/// Parses as `bash -c` does: no extended globs. Should the parser panic, the text is not understood.
pub(super) fn parse(text: &str) -> Result<ast::Program, &'static str> {
    // Nothing in a short plain line would be refused.
    let is_short = text.len() <= plain::SHORT;
    if is_short && let Some(program) = plain::parse(text) {
        return Ok(program);
    }
    if let Some(why) = refused(text) {
        return Err(why);
    }
    let plain = if is_short { None } else { plain::parse(text) };
    plain.or_else(|| by_the_parser(text)).ok_or(NOT_PARSED)
}

/// Why the parser is not given a text.
pub(super) fn refused(text: &str) -> Option<&'static str> {
    // It takes the digits before a redirection for a number that fits.
    scan::check(text).err().or_else(|| has_long_descriptor(text).then_some(NOT_PARSED))
}

pub(super) fn by_the_parser(text: &str) -> Option<ast::Program> {
    let options = ParserOptions { enable_extended_globbing: false, ..ParserOptions::default() };
    std::panic::catch_unwind(|| Parser::new(text.as_bytes(), &options).parse_program().ok()).ok().flatten()
}

pub(super) fn has_long_descriptor(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr::memchr2_iter(b'<', b'>', bytes).any(|at| {
        let before = bytes.get(..at).unwrap_or_default();
        before.iter().rev().take_while(|byte| byte.is_ascii_digit()).take(5).count() > 4
    })
}
