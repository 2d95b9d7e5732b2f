//! A command line as a call names it.

use super::super::Facet;
use super::super::path::{PathCx, PathValue};
use super::super::url::{HostValue, UrlValue};
use crate::call::SideEffect;

/// One whole command line: every command that can be seen in it, and why there may be more.
#[derive(Clone)]
pub struct CommandLine {
    text: String,
    not_understood: Option<&'static str>,
}

impl CommandLine {
    /// Reads the text that a shell is given.
    pub fn parse(text: &str, _cx: &PathCx) -> CommandLine {
        CommandLine { text: text.to_owned(), not_understood: Some("this command is not understood") }
    }

    /// Reads the words that a program is started with, no shell between.
    pub fn from_argv(words: &[String], _cx: &PathCx) -> CommandLine {
        CommandLine { text: words.join(" "), not_understood: Some("this command is not understood") }
    }

    /// The text, for equality and explanations.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Why it may run more than can be seen, if it may.
    pub fn not_understood(&self) -> Option<&'static str> {
        self.not_understood
    }

    /// The files that it touches.
    pub fn paths(&self, _cx: &PathCx) -> Facet<PathValue> {
        self.nothing_seen()
    }

    /// The hosts that it connects to, those of its URLs included.
    pub fn hosts(&self) -> Facet<HostValue> {
        self.nothing_seen()
    }

    /// The URLs that it connects to.
    pub fn urls(&self) -> Facet<UrlValue> {
        self.nothing_seen()
    }

    /// What it amounts to, where that is known: pure or read. `None`: no better than its tool says.
    pub fn side_effect(&self) -> Option<SideEffect> {
        None
    }

    fn nothing_seen<T>(&self) -> Facet<T> {
        Facet { values: Vec::new(), open: self.not_understood.map(str::to_owned) }
    }
}

impl std::fmt::Debug for CommandLine {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("CommandLine").field("not_understood", &self.not_understood).finish_non_exhaustive()
    }
}
