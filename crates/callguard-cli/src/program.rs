//! The program that the command line runs in.

use std::ffi::OsString;
use std::io;

/// How this command line is started once more: the words before its arguments.
#[derive(Debug, Default)]
pub struct Program(Vec<OsString>);

impl Program {
    /// A program that is not the command line alone, as an interpreter is not.
    pub fn of(words: Vec<OsString>) -> Program {
        Program(words)
    }

    /// The words; of the binary, where it is.
    pub(crate) fn words(&self) -> io::Result<Vec<OsString>> {
        if self.0.is_empty() { Ok(vec![std::env::current_exe()?.into()]) } else { Ok(self.0.clone()) }
    }
}
