//! A path as a call names it.

use super::bigrams::Bigrams;
use super::cx::{FileId, PathCx};
use super::fold::skeleton;
use super::globbed::{self, NameGlob};
use super::lexical::normalise;
use super::readings::{self, Manner};

/// What happens to the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PathAccess {
    /// It is read.
    Read,
    /// It is written, created, moved, removed, or its mode is changed.
    Write,
    /// One of them, or both.
    Unknown,
}

impl PathAccess {
    /// Whether it may be read.
    pub fn reads(self) -> bool {
        self != PathAccess::Write
    }

    /// Whether it may be written.
    pub fn writes(self) -> bool {
        self != PathAccess::Read
    }
}

/// How much the path stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Extent {
    /// The file or directory itself.
    One,
    /// Everything below it too.
    Tree,
}

/// How a reading came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReadingKind {
    /// The text, or one of its spellings (home expanded, percent-decoded, `\` as a separator).
    Spelled,
    /// What a file system that ignores case and width may take it for. Never excuses.
    Folded,
    /// Where it leads once links are followed.
    Resolved,
}

/// One thing that the text may mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    pub(super) path: String,
    pub(super) kind: ReadingKind,
    pub(super) bigrams: Bigrams,
    /// What a folded path looks like to a reader, where that is not its text.
    pub(super) looks: Option<Box<Reading>>,
}

impl Reading {
    pub(super) fn new(path: String, kind: ReadingKind) -> Reading {
        let is_odd = kind == ReadingKind::Folded && !path.is_ascii();
        let looks = |path: String| Box::new(Reading { bigrams: Bigrams::of(&path), path, kind, looks: None });
        let looks = is_odd.then(|| looks(normalise(&skeleton(&path))));
        Reading { bigrams: Bigrams::of(&path), path, kind, looks }
    }

    /// The same, of a path that is its own folded form.
    pub(super) fn folded(&self) -> Reading {
        Reading { kind: ReadingKind::Folded, looks: None, ..self.clone() }
    }

    /// Absolute, without `.`, `..`, `//` or a trailing `/`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// How it came about.
    pub fn kind(&self) -> ReadingKind {
        self.kind
    }
}

/// So many bytes of a path that is not ASCII cost as much as a name.
const ODD_BYTES_A_NAME: usize = 4;

/// A path: its text, what it may mean, and why it may mean something else.
#[derive(Clone)]
pub struct PathValue {
    pub(super) text: String,
    pub(super) access: PathAccess,
    pub(super) extent: Extent,
    pub(super) readings: Vec<Reading>,
    /// Globs over absolute paths, in the place of readings.
    pub(super) globs: Vec<Vec<NameGlob>>,
    /// It counts where it restricts, and never excuses.
    pub(super) guessed: bool,
    pub(super) files: Vec<FileId>,
    pub(super) doubt: Option<&'static str>,
}

impl PathValue {
    /// Reads an argument of a tool: `~` and `$HOME` may be expanded by the tool, or not.
    pub fn parse(text: &str, access: PathAccess, cx: &PathCx) -> PathValue {
        readings::read(text, access, cx, Manner::Argument)
    }

    /// Reads a word of a command, which the shell has expanded already.
    pub fn parse_expanded(text: &str, access: PathAccess, cx: &PathCx) -> PathValue {
        readings::read(text, access, cx, Manner::Word)
    }

    /// Reads a word of a command that removes what bears the name: of a link the link, not what it leads to.
    pub(in super::super) fn parse_removed(text: &str, access: PathAccess, cx: &PathCx) -> PathValue {
        readings::read(text, access, cx, Manner::Removed)
    }

    /// Reads a glob of a command, its quoted characters escaped by `\`: whatever it can match.
    pub fn parse_glob(glob: &str, access: PathAccess, cx: &PathCx) -> PathValue {
        globbed::read(glob, access, cx, false)
    }

    /// The same, where what it matches is removed: of a link the link, not what it leads to.
    pub(in super::super) fn parse_removed_glob(glob: &str, access: PathAccess, cx: &PathCx) -> PathValue {
        globbed::read(glob, access, cx, true)
    }

    /// Files below a directory whose names match a glob, at any depth: what `find` and its like give.
    pub fn parse_below(directory: &str, name: &str, access: PathAccess, cx: &PathCx) -> PathValue {
        globbed::read_below(directory, name, access, cx)
    }

    /// A path that is this one or the other, nobody knows which.
    #[must_use]
    pub fn or(mut self, other: PathValue) -> PathValue {
        for reading in other.readings {
            if !self.readings.contains(&reading) {
                self.readings.push(reading);
            }
        }
        self.globs.extend(other.globs);
        self.files.extend(other.files);
        self.guessed |= other.guessed;
        self.doubt = self.doubt.or(other.doubt);
        self
    }

    /// A path that is there, but nobody can say which.
    pub fn unknown(text: &str, access: PathAccess, doubt: &'static str) -> PathValue {
        PathValue {
            text: text.to_owned(),
            access,
            extent: Extent::One,
            readings: Vec::new(),
            globs: Vec::new(),
            guessed: false,
            files: Vec::new(),
            doubt: Some(doubt),
        }
    }

    /// The same path and everything below it.
    #[must_use]
    pub fn with_extent(mut self, extent: Extent) -> PathValue {
        self.extent = extent;
        self
    }

    /// The same path, which may not be all that is touched: it counts where it restricts, and never excuses.
    #[must_use]
    pub fn guessed(mut self) -> PathValue {
        self.guessed = true;
        self
    }

    /// The same path, whose last part is taken as it stands though it may be a link.
    #[must_use]
    pub(in super::super) fn not_followed(mut self) -> PathValue {
        self.guessed = false;
        self
    }

    /// What looking at it costs: the names of its meanings, each of which patterns look at, and the bytes of letters that
    /// have several forms.
    pub(in super::super) fn weight(&self) -> usize {
        let of = |reading: &Reading| {
            let names = reading.path.bytes().filter(|byte| *byte == b'/').count();
            let odd = if reading.path.is_ascii() { 0 } else { reading.path.len().div_euclid(ODD_BYTES_A_NAME) };
            names.saturating_add(odd)
        };
        self.readings.iter().map(of).chain(self.globs.iter().map(Vec::len)).sum()
    }

    /// Whether it never excuses, because it may not be all that is touched.
    pub fn is_guessed(&self) -> bool {
        self.guessed
    }

    /// The text as the call has it.
    pub fn source(&self) -> &str {
        &self.text
    }

    /// The path in its plainest reading, for equality and explanations.
    pub fn text(&self) -> &str {
        self.readings.first().map_or(self.text.as_str(), |reading| reading.path.as_str())
    }

    /// What happens to it.
    pub fn access(&self) -> PathAccess {
        self.access
    }

    /// How much it stands for.
    pub fn extent(&self) -> Extent {
        self.extent
    }

    /// Everything that the text may mean.
    pub fn readings(&self) -> &[Reading] {
        &self.readings
    }

    /// Why it may mean something else, if it may.
    pub fn doubt(&self) -> Option<&'static str> {
        self.doubt
    }
}

impl std::fmt::Debug for PathValue {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("PathValue").field("access", &self.access).field("doubt", &self.doubt).finish_non_exhaustive()
    }
}
