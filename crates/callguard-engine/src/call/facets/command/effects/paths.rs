//! The files of a command.

use super::super::super::FacetValue;
use super::super::super::path::{Extent, PathAccess, PathValue};
use super::super::catalog::Value;
use super::super::options::Invocation;
use super::super::reader::{Cwds, PIPE};
use super::super::words::{NUMBER, Open, Word};
use super::{Collector, MANY, MOST_PATHS, MOST_WEIGHT, Role, Touch, is_open, value};
use compact_str::{CompactString, format_compact};

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
    pub(super) fn file(&mut self, word: &Word, access: PathAccess, cwds: &Cwds, touch: Touch) {
        if !self.with_paths || self.is_full() {
            return;
        }
        if is_open(word) {
            return self.unknown_file(access);
        }
        if word.known().is_some_and(|text| matches!(text, "-" | "") || text == PIPE || is_harmless_device(text)) {
            return;
        }
        self.files = self.files.saturating_add(if word.open.is_some() { MANY } else { 1 });
        // Something with a number in its name, and no place: where it is written.
        let extent = if touch.tree { Extent::Tree } else { Extent::One };
        if let Some(path) = self.located(word, access, cwds, touch.removed).map(|path| without_links(path, word, touch))
        {
            let path = if word.open == Some(Open::Below) { path } else { path.with_extent(extent) };
            self.weight = self.weight.saturating_add(path.weight());
            self.out.paths.values.push(value(if touch.certain { path } else { path.guessed() }));
        }
    }

    pub(super) fn is_full(&mut self) -> bool {
        let full = self.files >= MOST_PATHS || self.weight >= MOST_WEIGHT;
        self.open_paths_if(full, "more files than are looked at");
        full
    }

    /// A file that nobody can name. One stands for all.
    pub(super) fn unknown_file(&mut self, access: PathAccess) {
        let is_it = |found: &FacetValue<PathValue>| {
            found.value.doubt() == Some(UNKNOWN) && found.value.access() == access && !found.restricting_only
        };
        if !self.out.paths.values.iter().any(is_it) {
            self.out.paths.values.push(value(PathValue::unknown("", access, UNKNOWN)));
        }
    }

    /// The path in every directory that the command may run in.
    fn located(&mut self, word: &Word, access: PathAccess, cwds: &Cwds, removed: bool) -> Option<PathValue> {
        self.starts(cwds);
        let each = cwds.iter().filter_map(|cwd| {
            let cx = if self.is_own_start(cwd) {
                self.cx
            } else {
                self.starts.iter().find(|(start, _)| start.as_deref() == cwd).map(|(_, cx)| cx)?
            };
            Some(match (word.open, &word.glob) {
                (Some(Open::Pattern), Some(glob)) if removed => PathValue::parse_removed_glob(glob, access, cx),
                (Some(Open::Pattern), Some(glob)) => PathValue::parse_glob(glob, access, cx),
                (None, _) if removed => PathValue::parse_removed(&word.text, access, cx),
                (Some(Open::Below), Some(name)) if name != "*" => PathValue::parse_below(&word.text, name, access, cx),
                (Some(Open::Below), _) => PathValue::parse_expanded(&word.text, access, cx).with_extent(Extent::Tree),
                _ => PathValue::parse_expanded(&word.text, access, cx),
            })
        });
        each.reduce(PathValue::or)
    }

    /// Where relative paths start, in each of the directories.
    fn starts(&mut self, cwds: &Cwds) {
        for cwd in cwds.iter() {
            if !self.is_own_start(cwd) && !self.starts.iter().any(|(start, _)| start.as_deref() == cwd) {
                self.starts.push((cwd.map(str::to_owned), self.cx.starting_at(cwd.map(str::to_owned))));
            }
        }
    }

    /// Whether it is where the line starts.
    fn is_own_start(&self, cwd: Option<&str>) -> bool {
        cwd == self.cx.cwd.as_deref() && cwd.is_none_or(|cwd| cwd.starts_with('/'))
    }

    /// What a program lays out anew: files of its kinds, which of them nobody says; a name that is given is one of them.
    pub(super) fn formatted(&mut self, word: &Word, cwds: &Cwds, touch: Touch) {
        self.file(word, PathAccess::Read, cwds, touch);
        self.write(word, cwds, Touch { tree: false, ..touch });
    }

    /// The files below a place that have one of these names, and the place itself, which may have it too.
    pub(super) fn named_below(&mut self, word: &Word, names: &[String], cwds: &Cwds, touch: Touch) {
        let access = if touch.written && !touch.dry { PathAccess::Write } else { PathAccess::Read };
        let alone = Touch { tree: false, ..touch };
        match word.open {
            Some(Open::Expansion) => self.unknown_file(access),
            Some(_) => self.file(word, access, cwds, touch),
            None => {
                self.file(word, PathAccess::Read, cwds, alone);
                let last = word.text.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
                let fits = |name: &String| super::super::super::path::Glob::parse(name).matches(last);
                if access == PathAccess::Write && names.iter().any(fits) {
                    self.file(word, access, cwds, alone);
                }
                for name in names {
                    self.file(&Word::below(&word.text, name), access, cwds, alone);
                }
            }
        }
    }

    /// What `cp a b/` writes, if `b` is a directory: `b/a`.
    pub(super) fn put_into(&mut self, invocation: &Invocation, cwds: &Cwds, touch: Touch) {
        let flagged = invocation
            .flags
            .iter()
            .find(|found| found.flag.is_some_and(|flag| flag.role == Role::Write && flag.value == Value::Required));
        let (directory, sources) =
            match (flagged.and_then(|found| found.value.as_ref()), invocation.operands.split_last()) {
                (Some(directory), _) => (directory, invocation.operands.as_slice()),
                (None, Some(((directory, _), sources))) => (directory, sources),
                (None, None) => return,
            };
        let is_file = invocation.flags.iter().any(|found| found.name == "-T");
        for (source, _) in sources.iter().filter(|_| !is_file) {
            self.put_one(directory, source, cwds, touch);
        }
    }

    fn put_one(&mut self, directory: &Word, source: &Word, cwds: &Cwds, touch: Touch) {
        let name = |text: &str| text.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned();
        // Files that a glob matches keep their names; so does the directory.
        let literal =
            |word: &Word| word.known().map(CompactString::from).filter(|text| !text.contains(['*', '?', '[', '\\']));
        let glob =
            |word: &Word| literal(word).or_else(|| word.glob.clone().filter(|_| word.open == Some(Open::Pattern)));
        let below = source.glob.clone().filter(|_| source.open == Some(Open::Below));
        match (directory.known(), source.known(), glob(directory), glob(source).or(below)) {
            (Some(directory), Some(source), ..) => {
                let target = Word::literal(format!("{directory}/{}", name(source)));
                self.write(&target, cwds, touch);
            }
            (_, _, Some(directory), Some(source)) => {
                let glob = Some(format_compact!("{directory}/{}", name(&source)));
                self.write(
                    &Word {
                        text: CompactString::default(),
                        open: Some(Open::Pattern),
                        glob,
                        has_slash: true,
                        many: false,
                    },
                    cwds,
                    touch,
                );
            }
            _ => self.unknown_file(PathAccess::Write),
        }
    }

    /// `REVISION:FILE`, or a file, if it looks like one: it counts where it restricts.
    pub(super) fn pathspec(&mut self, word: &Word, access: PathAccess, cwds: &Cwds) {
        let file = match word.text.split_once(':').filter(|_| word.open.is_none()) {
            // `:/path` and `:(magic)path` start at the top.
            Some(("", file)) => Word::literal(file.trim_start_matches(['/', '!', '^'])),
            Some((_, file)) => Word::literal(file),
            None => word.clone(),
        };
        let is_range = file.text.contains("..") && !file.text.contains('/');
        if !is_range {
            self.guess_as_file(&file, access, cwds);
        }
    }

    /// `DIRECTORY:PLACE`, `type=bind,source=DIRECTORY,…`: the container may do anything there.
    pub(super) fn mount(&mut self, word: &Word, cwds: &Cwds, touch: Touch) {
        let Some(text) = word.known() else { return self.unknown_file(PathAccess::Unknown) };
        let named = text.split(',').find_map(|part| part.strip_prefix("source=").or_else(|| part.strip_prefix("src=")));
        let source = named.unwrap_or_else(|| text.split(':').next().unwrap_or_default());
        let reads = text.ends_with(":ro") || text.split(',').any(|part| matches!(part, "readonly" | "ro"));
        // A plain name is a volume.
        if source.contains('/') || source.starts_with(['.', '~']) {
            let access = if reads { PathAccess::Read } else { PathAccess::Unknown };
            self.file(&Word::literal(source), access, cwds, touch);
        }
    }

    /// `@FILE`, as `curl -d` has it; `name=@FILE`, `name=<FILE`, as `-F` has it.
    pub(super) fn upload(&mut self, word: &Word, cwds: &Cwds, touch: Touch) {
        let form = word.text.split_once("=@").or_else(|| word.text.split_once("=<"));
        if let Some(file) = word.after("@") {
            self.file(&file, PathAccess::Read, cwds, touch);
        } else if let Some((_, file)) = form.filter(|(name, _)| !name.contains([' ', '{', '"'])) {
            let file = file.split(';').next().unwrap_or_default();
            self.file(&Word { open: word.open, ..Word::literal(file) }, PathAccess::Read, cwds, touch);
        } else if let Some((_, file)) =
            word.text.split_once("@").filter(|(name, _)| !name.contains([' ', ':', '{', '"']))
        {
            // `--data-urlencode name@file`; elsewhere a guess.
            let file = Word { open: word.open, ..Word::literal(file) };
            self.file(&file, PathAccess::Read, cwds, Touch { certain: false, ..touch });
        } else if word.open.is_some() && word.text.is_empty() {
            self.unknown_file(PathAccess::Read);
        }
    }

    /// `@FILE`, and nothing else.
    pub(super) fn sent_at(&mut self, word: &Word, cwds: &Cwds, touch: Touch) {
        match word.after("@") {
            Some(file) => self.file(&file, PathAccess::Read, cwds, touch),
            None if word.open.is_some() && word.text.is_empty() => self.unknown_file(PathAccess::Read),
            None => {}
        }
    }

    /// `if=FILE`, `of=FILE`.
    pub(super) fn key_value(&mut self, word: &Word, cwds: &Cwds, touch: Touch) {
        if let Some(file) = word.after("if=") {
            self.file(&file, PathAccess::Read, cwds, touch);
        } else if let Some(file) = word.after("of=") {
            self.file(&file, PathAccess::Write, cwds, touch);
        } else if word.open.is_some() {
            self.unknown_file(PathAccess::Unknown);
        }
    }

    /// A word of a program that nobody knows, if it looks like a path: it counts where it restricts.
    pub(super) fn guess_path(&mut self, word: &Word, access: PathAccess, cwds: &Cwds, touch: Touch) {
        if is_open(word) {
            if word.has_slash {
                self.unknown_file(access);
            }
            return;
        }
        let looks =
            word.text.contains('/') || word.text.starts_with(['.', '~']) || word.glob.is_some() && word.has_slash;
        if looks && !word.text.contains("://") {
            self.file(word, access, cwds, touch);
        }
    }

    /// A word that may be a file or something else. Only what restricts sees it.
    fn guess_as_file(&mut self, word: &Word, access: PathAccess, cwds: &Cwds) {
        let first = self.out.paths.values.len();
        if is_open(word) || word.text.contains(['/', '.']) || word.glob.is_some() {
            self.file(word, access, cwds, Touch::CERTAIN);
        }
        self.out.paths.values.iter_mut().skip(first).for_each(|found| found.restricting_only = true);
    }
}

/// Whether a word is a glob of source code below where it stands: what runs a project's code is given such.
pub(super) fn is_code(word: &Word) -> bool {
    const ENDS: [&str; 10] = [".js", ".mjs", ".cjs", ".ts", ".mts", ".jsx", ".tsx", ".py", ".rb", ".go"];
    let glob = word.glob.as_deref().filter(|_| word.open == Some(Open::Pattern));
    glob.is_some_and(|glob| {
        !glob.starts_with('/') && !glob.contains("..") && ENDS.iter().any(|end| glob.ends_with(end))
    })
}

/// What a glob matches may be a link. A program that takes the link itself is not led by it, unless a directory on the
/// way is matched too; nor is a name that is new for its number.
fn without_links(path: PathValue, word: &Word, touch: Touch) -> PathValue {
    if word.open.is_none() {
        return path;
    }
    let glob = word.glob.as_deref().unwrap_or_default();
    let numbered = glob.replace(NUMBER, "");
    let (above, _) = glob.rsplit_once('/').unwrap_or_default();
    let plain = |text: &str| !text.contains(['*', '?', '[']);
    let is_itself = match word.open {
        Some(Open::Pattern) => !touch.follows && plain(above) || plain(&numbered),
        Some(Open::Below) => !touch.follows,
        _ => false,
    };
    if is_itself { path.not_followed() } else { path }
}
