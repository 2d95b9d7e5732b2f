//! The parser, which is not ours, behind the look that bounds what it is given.

use super::{plain, scan};
use brush_parser::ast;
use brush_parser::{Parser, ParserOptions};

const NOT_PARSED: &str = "a command does not parse";

/// Parses as `bash -c` does: no extended globs. Should the parser panic, the text is not understood.
pub(super) fn parse(text: &str) -> Result<ast::Program, &'static str> {
    if let Some(why) = refused(text) {
        return Err(why);
    }
    plain::parse(text).or_else(|| by_the_parser(text)).ok_or(NOT_PARSED)
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

fn has_long_descriptor(text: &str) -> bool {
    text.split(['<', '>'])
        .rev()
        .skip(1)
        .any(|before| before.bytes().rev().take_while(u8::is_ascii_digit).take(5).count() > 4)
}
