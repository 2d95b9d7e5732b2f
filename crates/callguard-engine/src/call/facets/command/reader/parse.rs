//! The parser, which is not ours, behind the look that bounds what it is given.

use super::scan;
use brush_parser::ast;
use brush_parser::{Parser, ParserOptions};

/// Parses as `bash -c` does: no extended globs. Should the parser panic, the text is not understood.
pub(super) fn parse(text: &str) -> Result<ast::Program, &'static str> {
    scan::check(text)?;
    // It takes the digits before a redirection for a number that fits.
    if has_long_descriptor(text) {
        return Err("a command does not parse");
    }
    let options = ParserOptions { enable_extended_globbing: false, ..ParserOptions::default() };
    let parsed = std::panic::catch_unwind(|| Parser::new(text.as_bytes(), &options).parse_program().ok());
    parsed.ok().flatten().ok_or("a command does not parse")
}

fn has_long_descriptor(text: &str) -> bool {
    text.split(['<', '>'])
        .rev()
        .skip(1)
        .any(|before| before.bytes().rev().take_while(u8::is_ascii_digit).take(5).count() > 4)
}
