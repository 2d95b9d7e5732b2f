//! One command that was seen: its words, sorted once by the rules of its program.

use super::super::super::path::PathAccess;
use super::super::catalog::{self, SYSTEM_DIRECTORIES, Spec};
use super::super::options::{Invocation, sort};
use super::super::words::Word;
use compact_str::{CompactString, format_compact};
use std::sync::{Arc, OnceLock};

/// One command: a program with its words, or redirections alone.
#[derive(Clone, Debug)]
pub(in super::super) struct Command {
    /// The program and its words. Empty: redirections alone.
    pub(in super::super) words: Vec<Word>,
    pub(in super::super) redirects: Vec<Redirect>,
    pub(in super::super) cwds: Cwds,
    /// It is not written there: another program runs it under that name. It restricts, and excuses nothing.
    pub(in super::super) implied: bool,
    /// What it reads is known.
    pub(in super::super) reads_text: bool,
    /// The code of another language that it reads there and runs.
    pub(in super::super) code_read: OnceLock<Arc<str>>,
    /// The words after the program.
    pub(in super::super) invocation: Invocation,
    looked_up: Option<LookedUp>,
}

/// A file that the shell itself opens.
#[derive(Clone, Debug)]
pub(in super::super) struct Redirect {
    pub(in super::super) access: PathAccess,
    pub(in super::super) target: Word,
}

/// A program's word taken apart.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Program<'a> {
    /// As it is called.
    pub(in super::super) text: &'a str,
    /// Without its directory.
    pub(in super::super) name: &'a str,
    pub(in super::super) spec: Option<&'static Spec>,
    /// It is what its name says: it stands alone or in a directory of the system.
    pub(in super::super) trusted: bool,
}

#[derive(Clone, Copy, Debug)]
struct LookedUp {
    spec: Option<&'static Spec>,
    trusted: bool,
}

impl Command {
    pub(super) fn new(words: Vec<Word>, redirects: Vec<Redirect>, cwds: Cwds, implied: bool) -> Command {
        let looked_up = words.first().and_then(Word::known).map(look_up);
        let invocation = match (looked_up, words.split_first()) {
            (Some(program), Some((_, arguments))) => sort(program.spec, arguments),
            _ => Invocation::default(),
        };
        let code_read = OnceLock::new();
        Command { words, redirects, cwds, implied, reads_text: false, code_read, invocation, looked_up }
    }

    /// The program, if it can be known.
    pub(in super::super) fn program(&self) -> Option<Program<'_>> {
        let (LookedUp { spec, trusted }, text) = self.looked_up.zip(self.words.first()?.known())?;
        Some(Program { text, name: split(text).1, spec, trusted })
    }

    /// Whether it is no more than what stands before another program: `env A=1 PROGRAM`.
    pub(in super::super) fn is_transparent(&self) -> bool {
        let runs_another = |word: &Word| word.known().is_some_and(|text| !text.contains('='));
        self.invocation.spec.is_some_and(|spec| spec.transparent)
            && self.invocation.operands.iter().any(|(word, _)| runs_another(word))
    }

    /// The words after the program.
    pub(in super::super) fn arguments(&self) -> &[Word] {
        self.words.get(1..).unwrap_or_default()
    }
}

fn look_up(text: &str) -> LookedUp {
    let (directory, name) = split(text);
    let trusted = directory.is_none_or(|directory| SYSTEM_DIRECTORIES.contains(&directory));
    let is_lower = || name.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
    let folded = || if is_lower() { None } else { catalog::program(&name.to_lowercase()) };
    LookedUp { spec: catalog::program(name).or_else(folded), trusted }
}

fn split(text: &str) -> (Option<&str>, &str) {
    match text.rsplit_once('/') {
        Some((directory, name)) => (Some(directory), name),
        None => (None, text),
    }
}

/// Directories that a script may have come to; more than this and nobody knows.
const MOST: usize = 4;
/// Longer ones are not followed.
const LONGEST: usize = 512;

/// Every directory that a command may run in; `None`: nobody knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Cwds(Arc<[Option<CompactString>]>);

impl Cwds {
    pub(super) fn of(cwd: Option<&str>) -> Cwds {
        Cwds(Arc::new([cwd.map(CompactString::from)]))
    }

    pub(super) fn unknown() -> Cwds {
        Cwds::of(None)
    }

    /// The directory, if there is no doubt about it.
    pub(super) fn known(&self) -> Option<&str> {
        if let [Some(cwd)] = &*self.0 { Some(cwd) } else { None }
    }

    pub(in super::super) fn iter(&self) -> impl Iterator<Item = Option<&str>> {
        self.0.iter().map(Option::as_deref)
    }

    /// One of these or of the others.
    pub(super) fn or(&mut self, others: &Cwds) {
        if Arc::ptr_eq(&self.0, &others.0) || others.0.iter().all(|cwd| self.0.contains(cwd)) {
            return;
        }
        let more = others.0.iter().filter(|cwd| !self.0.contains(cwd));
        let all: Arc<[_]> = self.0.iter().chain(more).cloned().collect();
        *self = if all.len() > MOST { Cwds::unknown() } else { Cwds(all) };
    }

    /// After `cd TARGET`; `None`: nobody knows where to.
    pub(in super::super) fn moved(&self, target: Option<&str>) -> Cwds {
        let cwds = match target {
            Some(target) if target.starts_with('/') => Cwds::of(Some(target)),
            Some(target) => {
                let below = |cwd: &Option<CompactString>| Some(format_compact!("{}/{target}", cwd.as_deref()?));
                Cwds(self.0.iter().map(below).collect())
            }
            None => Cwds::unknown(),
        };
        if cwds.0.iter().flatten().any(|cwd| cwd.len() > LONGEST) { Cwds::unknown() } else { cwds }
    }
}
