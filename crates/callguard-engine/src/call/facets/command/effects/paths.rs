//! The files of a command.

use super::super::super::path::{Extent, PathAccess, PathValue};
use super::super::options::Invocation;
use super::super::reader::{Command, PIPE};
use super::super::words::{Open, Word};
use super::{Collector, Role, Touch, is_open, value};

const UNKNOWN: &str = "a path that cannot be known";

/// Devices that hold nothing and change nothing.
pub(super) fn is_harmless_device(text: &str) -> bool {
    matches!(
        text,
        "/dev/null" | "/dev/zero" | "/dev/stdin" | "/dev/stdout" | "/dev/stderr" | "/dev/tty" | "/dev/urandom"
    )
}

impl Collector<'_> {
    pub(super) fn open_paths_if(&mut self, open: bool, why: &str) {
        if open {
            self.out.paths.open.get_or_insert_with(|| why.to_owned());
        }
    }

    /// A file that the command names.
    pub(super) fn file(&mut self, word: &Word, access: PathAccess, command: &Command, touch: Touch) {
        if is_open(word) {
            return self.unknown_file(access);
        }
        if word.known().is_some_and(|text| text == "-" || text == PIPE || is_harmless_device(text)) {
            return;
        }
        let extent = if touch.tree { Extent::Tree } else { Extent::One };
        if let Some(path) = self.located(word, access, command) {
            let path = path.with_extent(extent);
            self.out.paths.values.push(value(if touch.certain { path } else { path.guessed() }));
        }
    }

    /// A file that nobody can name.
    pub(super) fn unknown_file(&mut self, access: PathAccess) {
        self.out.paths.values.push(value(PathValue::unknown("", access, UNKNOWN)));
    }

    /// The path in every directory that the command may run in.
    fn located(&self, word: &Word, access: PathAccess, command: &Command) -> Option<PathValue> {
        let each = command.cwds.iter().map(|cwd| {
            let cx = self.cx.starting_at(cwd.clone());
            match (word.open, &word.glob) {
                (Some(Open::Pattern), Some(glob)) => PathValue::parse_glob(glob, access, &cx),
                _ => PathValue::parse_expanded(&word.text, access, &cx),
            }
        });
        each.reduce(PathValue::or)
    }

    /// What `cp a b/` writes, if `b` is a directory: `b/a`.
    pub(super) fn put_into(&mut self, invocation: &Invocation<'_>, command: &Command, touch: Touch) {
        let flagged = invocation.flags.iter().find(|found| {
            found
                .flag
                .is_some_and(|flag| flag.role == Role::Write && flag.value == super::super::catalog::Value::Required)
        });
        let (directory, sources) =
            match (flagged.and_then(|found| found.value.as_ref()), invocation.operands.split_last()) {
                (Some(directory), _) => (directory, invocation.operands.as_slice()),
                (None, Some(((directory, _), sources))) => (*directory, sources),
                (None, None) => return,
            };
        for (source, _) in sources {
            match (directory.known(), source.known()) {
                (Some(directory), Some(source)) => {
                    let name = source.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
                    let target = Word::literal(format!("{directory}/{name}"));
                    self.file(&target, PathAccess::Write, command, touch);
                }
                _ => self.unknown_file(PathAccess::Write),
            }
        }
    }

    /// `@FILE`, as `curl -d` has it.
    pub(super) fn upload(&mut self, word: &Word, command: &Command, touch: Touch) {
        if let Some(file) = word.after("@") {
            self.file(&file, PathAccess::Read, command, touch);
        } else if let Some((_, file)) =
            word.text.split_once("@").filter(|(name, _)| !name.contains([' ', ':', '{', '"']))
        {
            // `--data-urlencode name@file`; elsewhere a guess.
            let guess = Touch { certain: false, ..touch };
            self.file(&Word { open: word.open, ..Word::literal(file) }, PathAccess::Read, command, guess);
        } else if word.open.is_some() && word.text.is_empty() {
            self.unknown_file(PathAccess::Read);
        }
    }

    /// `if=FILE`, `of=FILE`.
    pub(super) fn key_value(&mut self, word: &Word, command: &Command, touch: Touch) {
        if let Some(file) = word.after("if=") {
            self.file(&file, PathAccess::Read, command, touch);
        } else if let Some(file) = word.after("of=") {
            self.file(&file, PathAccess::Write, command, touch);
        } else if word.open.is_some() {
            self.unknown_file(PathAccess::Unknown);
        }
    }

    /// A word of a program that nobody knows, if it looks like a path: it counts where it restricts.
    pub(super) fn guess_path(&mut self, text: &Word, command: &Command) {
        const GUESS: Touch = Touch { tree: false, in_place: false, certain: false };
        if is_open(text) {
            if text.has_slash {
                self.unknown_file(PathAccess::Unknown);
            }
            return;
        }
        let looks =
            text.text.contains('/') || text.text.starts_with(['.', '~']) || text.glob.is_some() && text.has_slash;
        if looks && !text.text.contains("://") {
            self.file(text, PathAccess::Unknown, command, GUESS);
        }
    }
}
