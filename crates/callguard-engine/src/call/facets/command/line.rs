//! A command line as a call names it.

use super::super::Facet;
use super::super::path::{PathCx, PathValue};
use super::super::url::{HostValue, UrlValue};
use super::effects::{self, Touched};
use super::reader::{Seen, read_script, read_words};
use crate::call::SideEffect;

/// One whole command line: every command that can be seen in it, and why there may be more.
#[derive(Clone)]
pub struct CommandLine {
    pub(super) text: String,
    pub(super) seen: Seen,
}

impl CommandLine {
    /// Reads the text that a shell is given, as bash reads it.
    pub fn parse(text: &str, cx: &PathCx) -> CommandLine {
        CommandLine { text: text.to_owned(), seen: read_script(text, cx) }
    }

    /// Reads the words that a program is started with, no shell between.
    pub fn from_argv(words: &[String], cx: &PathCx) -> CommandLine {
        CommandLine { text: words.join(" "), seen: read_words(words, cx) }
    }

    /// The text, for equality and explanations.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Why it may run more than can be seen, if it may.
    pub fn not_understood(&self) -> Option<&'static str> {
        self.seen.not_understood
    }

    /// The programs that it runs, as it calls them, wrappers included.
    pub fn programs(&self) -> impl Iterator<Item = &str> {
        self.seen.commands.iter().filter_map(|command| command.words.first()?.known())
    }

    /// The directory that it ends in, if that is known: where the next call of a persistent tool starts.
    pub fn last_cwd(&self) -> Option<&str> {
        self.seen.last_cwd.as_deref()
    }

    /// The files that it touches, and the hosts and URLs that it connects to.
    pub fn touched(&self, cx: &PathCx) -> Touched {
        effects::of(&self.seen, cx)
    }

    /// The files that it touches.
    pub fn paths(&self, cx: &PathCx) -> Facet<PathValue> {
        self.touched(cx).paths
    }

    /// The hosts that it connects to, those of its URLs included.
    pub fn hosts(&self) -> Facet<HostValue> {
        effects::hosts_of(&self.seen).hosts
    }

    /// The URLs that it connects to.
    pub fn urls(&self) -> Facet<UrlValue> {
        effects::hosts_of(&self.seen).urls
    }

    /// What it amounts to, where that is known: pure or read. `None`: no better than its tool says.
    pub fn side_effect(&self) -> Option<SideEffect> {
        effects::side_effect(&self.seen)
    }
}

impl std::fmt::Debug for CommandLine {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("CommandLine").field("not_understood", &self.seen.not_understood).finish_non_exhaustive()
    }
}
