//! Policy text in one form: what it says stays the same, and so does every comment.
//!
//! A pass changes white space alone, and counts only if what it leaves reads as the same documents with the same comments.

mod layout;
mod parsed;
mod spaces;

use callguard_engine::diagnostic::Diagnostic;
use callguard_engine::source::Sources;
use parsed::Parsed;

/// Text that cannot be read, so that nobody knows what its form should be.
#[derive(Debug)]
pub struct Unreadable {
    /// Why.
    pub diagnostics: Vec<Diagnostic>,
    /// The text, for showing that.
    pub sources: Sources,
}

/// The text in its one form. Two spaces a level, lists below their key, one space within braces and behind commas, at most
/// one blank line, none at the ends, no white space at the end of a line. Lines are not broken or joined, nothing changes places.
///
/// # Errors
/// The text is not YAML that policies are written in.
pub fn formatted(name: &str, text: &str) -> Result<String, Box<Unreadable>> {
    let original = Parsed::read(name, text)?;
    let mut best = text.to_owned();
    for pass in [spaces::tidied, layout::laid_out, layout::spaced, spaces::tidied] {
        let Ok(parsed) = Parsed::read(name, &best) else { continue };
        let Some(changed) = pass(&parsed) else { continue };
        if Parsed::read(name, &changed).is_ok_and(|changed| changed.says_the_same(&original)) {
            best = changed;
        }
    }
    Ok(best)
}
