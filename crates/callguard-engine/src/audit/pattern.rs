//! Regexes of policies that find what to hide.

use crate::call::facets::OperandError;
use regex::{Regex, RegexBuilder};

/// What a compiled regex may take.
const SIZE_LIMIT: usize = 256 << 10;

/// Compiles a regex that is to replace what it matches.
pub(super) fn compile(pattern: &str) -> Result<Regex, OperandError> {
    let regex = RegexBuilder::new(pattern).size_limit(SIZE_LIMIT).build().map_err(|error| refused(pattern, &error))?;
    if regex.is_match("") {
        return Err(OperandError {
            message: format!("the regex `{pattern}` matches the empty text"),
            help: Some("write what must stand there, e.g. `+` in place of `*`".to_owned()),
        });
    }
    Ok(regex)
}

fn refused(pattern: &str, error: &regex::Error) -> OperandError {
    if let regex::Error::CompiledTooBig(_) = error {
        return OperandError {
            message: format!("the regex `{pattern}` is too large"),
            help: Some("a compiled regex may take 256 KiB; repeat less".to_owned()),
        };
    }
    // The report of a syntax error is a drawing; its last line is the sentence.
    let text = error.to_string();
    let sentence = text.lines().last().unwrap_or_default().trim_start_matches("error: ");
    OperandError {
        message: format!("the regex `{pattern}` cannot be read: {sentence}"),
        help: Some("regexes run in linear time: no look-around, no backreferences".to_owned()),
    }
}
