//! The files of a patch: a unified diff (of git too), or the form of `*** Begin Patch`.
//!
//! Only names are read, not what is done to the files: creating, changing, moving and removing are all writes.

const LONGEST_PATCH: usize = 4 * 1024 * 1024;
/// Patches that somebody still reads stay below it.
const MOST_FILES: usize = 1_000;

/// What a patch writes.
#[derive(Debug, Default)]
pub(crate) struct Patched {
    /// Each file once.
    pub(crate) files: Vec<PatchedFile>,
    /// Why there may be more, if there may.
    pub(crate) doubt: Option<&'static str>,
}

/// A file of a patch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PatchedFile {
    /// Its name.
    pub(crate) name: String,
    /// The name without its first directory, where nobody can say whether `-p1` or `-p0` is meant.
    pub(crate) or: Option<String>,
}

/// Reads the names of a patch.
pub(crate) fn read(text: &str) -> Patched {
    let mut reader = Reader::default();
    if text.len() > LONGEST_PATCH {
        reader.doubt("a patch is longer than 4 MiB");
        return reader.found;
    }
    let mut lines: Vec<&str> = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)).collect();
    while lines.last().is_some_and(|line| line.trim().is_empty()) {
        lines.pop();
    }
    if lines.iter().any(|line| line.trim() == "*** Begin Patch") {
        reader.directives(&lines);
    } else {
        reader.diff(&lines);
    }
    if reader.found.files.is_empty() {
        reader.doubt("a patch that names no file");
    }
    reader.found
}

#[derive(Default)]
struct Reader {
    found: Patched,
}

impl Reader {
    fn doubt(&mut self, why: &'static str) {
        self.found.doubt.get_or_insert(why);
    }

    fn push(&mut self, file: PatchedFile) {
        if self.found.files.contains(&file) {
            return;
        }
        if self.found.files.len() == MOST_FILES {
            return self.doubt("a patch of too many files");
        }
        self.found.files.push(file);
    }

    /// `*** Add File: NAME` and its like. Every other line is content, which starts with a sign or a space.
    fn directives(&mut self, lines: &[&str]) {
        const NAMING: [&str; 4] = ["Add File: ", "Update File: ", "Delete File: ", "Move to: "];
        for line in lines {
            let Some(directive) = line.trim_start().strip_prefix("*** ") else { continue };
            let named = NAMING.iter().find_map(|word| directive.strip_prefix(word));
            match named {
                Some(name) => self.push(PatchedFile { name: name.trim().to_owned(), or: None }),
                None if matches!(directive.trim(), "Begin Patch" | "End Patch" | "End of File") => {}
                None if line.starts_with(' ') => {}
                None => self.doubt("a patch with a line that is not known"),
            }
        }
    }

    fn diff(&mut self, lines: &[&str]) {
        let mut at = 0_usize;
        while let Some(line) = lines.get(at) {
            at = at.saturating_add(match hunk(line) {
                Some(hunk) => self.hunk(hunk, lines.get(at..).unwrap_or_default()),
                None => self.header(line, lines.get(at.saturating_add(1)).copied().unwrap_or_default()),
            });
        }
    }

    /// Passes over a hunk; gives the number of its lines.
    fn hunk(&mut self, mut left: Hunk, lines: &[&str]) -> usize {
        let mut passed = 1_usize;
        while left.old > 0 || left.new > 0 {
            let Some(line) = lines.get(passed) else {
                self.doubt("a patch that ends within a change");
                break;
            };
            if !left.takes(line) {
                self.doubt("a patch whose changes are not as long as they say");
                break;
            }
            if line.starts_with("--- ") && is_header_of_two(lines.get(passed..).unwrap_or_default()) {
                self.doubt("a patch within a patch");
            }
            passed = passed.saturating_add(1);
        }
        passed
    }

    /// Reads a line outside of any hunk; gives the number of lines that were read.
    fn header(&mut self, line: &str, next: &str) -> usize {
        if let (Some(old), Some(new)) = (line.strip_prefix("--- "), next.strip_prefix("+++ ")) {
            self.two(name_of(old), name_of(new));
            return 2;
        }
        if let Some(names) = line.strip_prefix("diff --git ") {
            self.git(names);
        } else if let Some(name) = MOVES.iter().find_map(|word| line.strip_prefix(word)) {
            self.one(unquoted(name));
        } else if let Some(name) = line.strip_prefix("Index: ").or_else(|| line.strip_prefix("Prereq: ")) {
            self.either(unquoted(name.trim()));
        } else if line.starts_with("--- ") || line.starts_with("+++ ") || line.starts_with("*** ") {
            // A context diff, or one that is cut.
            let name = line.get(4..).and_then(name_of);
            self.either(name);
            self.doubt("a patch in a form that is not known");
        } else if line.starts_with("@@") || line.starts_with("diff --cc ") || line.starts_with("diff --combined ") {
            self.doubt("a patch in a form that is not known");
        }
        1
    }

    /// `a/NAME b/NAME`: of one name, as in a change of mode. Two names stand again in lines of their own.
    fn git(&mut self, names: &str) {
        if names.contains('"') {
            return self.quoted_pair(names);
        }
        let half = names.len() / 2;
        let (Some(old), Some(new)) = (names.get(..half), names.get(half..).and_then(|rest| rest.strip_prefix(' ')))
        else {
            return;
        };
        if old == new || without_first(old).is_some() && without_first(old) == without_first(new) {
            self.two(Some(old.to_owned()), Some(new.to_owned()));
        }
    }

    fn quoted_pair(&mut self, names: &str) {
        let mut rest = names;
        while !rest.is_empty() {
            let end = match rest.strip_prefix('"') {
                Some(inner) => closing_quote(inner).and_then(|at| at.checked_add(2)),
                None => Some(rest.find(' ').unwrap_or(rest.len())),
            };
            let Some((name, after)) = end.and_then(|end| rest.split_at_checked(end)) else {
                return self.doubt(NO_NAME);
            };
            let name = unquoted(name);
            self.one(name.map(|name| stripped(&name).map_or(name.clone(), str::to_owned)));
            rest = after.trim_start();
        }
    }

    /// The two names of a change. Behind `a/` and `b/` stands what is meant; else the first directory may be one that
    /// the tool takes off.
    fn two(&mut self, old: Option<String>, new: Option<String>) {
        let is_nothing = |name: &Option<String>| name.as_deref() == Some("/dev/null");
        let is_prefixed = |name: &Option<String>| name.as_deref().is_some_and(|name| stripped(name).is_some());
        let by_git = [&old, &new].into_iter().all(|name| is_nothing(name) || is_prefixed(name));
        for name in [old, new].into_iter().filter(|name| !is_nothing(name)) {
            match name.as_deref().and_then(stripped) {
                Some(name) if by_git => self.one(Some(name.to_owned())),
                _ => self.either(name),
            }
        }
    }

    /// A name that means itself.
    fn one(&mut self, name: Option<String>) {
        match name.filter(|name| !name.is_empty()) {
            Some(name) => self.push(PatchedFile { name, or: None }),
            None => self.doubt(NO_NAME),
        }
    }

    /// A name that means itself, or what is left without its first directory.
    fn either(&mut self, name: Option<String>) {
        match name.filter(|name| !name.is_empty()) {
            Some(name) => {
                let or = without_first(&name).map(str::to_owned);
                self.push(PatchedFile { name, or });
            }
            None => self.doubt(NO_NAME),
        }
    }
}

const NO_NAME: &str = "a patch with a name that cannot be read";
const MOVES: [&str; 6] = ["rename from ", "rename to ", "copy from ", "copy to ", "rename old ", "rename new "];

/// Lines that a hunk still has of the old and the new file.
struct Hunk {
    old: usize,
    new: usize,
}

/// `@@ -1,2 +3,4 @@`
fn hunk(line: &str) -> Option<Hunk> {
    let (ranges, _) = line.strip_prefix("@@ -")?.split_once(" @@")?;
    let (old, new) = ranges.split_once(" +")?;
    let lines = |range: &str| match range.split_once(',') {
        Some((_, lines)) => lines.parse::<usize>().ok(),
        None => range.parse::<usize>().ok().map(|_| 1),
    };
    Some(Hunk { old: lines(old)?, new: lines(new)? })
}

impl Hunk {
    /// Takes a line off what is left, if it belongs to it.
    fn takes(&mut self, line: &str) -> bool {
        let (old, new) = match line.bytes().next() {
            Some(b'-') => (1, 0),
            Some(b'+') => (0, 1),
            // An editor may have cut the space of an empty line.
            Some(b' ') | None => (1, 1),
            Some(b'\\') => (0, 0),
            Some(_) => return false,
        };
        match (self.old.checked_sub(old), self.new.checked_sub(new)) {
            (Some(old), Some(new)) => {
                *self = Hunk { old, new };
                true
            }
            _ => false,
        }
    }
}

/// `--- A`, `+++ B`, `@@ -…`: a header, wherever it stands.
fn is_header_of_two(lines: &[&str]) -> bool {
    matches!(lines, [_, new, change, ..] if new.starts_with("+++ ") && change.starts_with("@@ -"))
}

/// The name of a `---` or `+++` line, without the time that may follow it.
fn name_of(rest: &str) -> Option<String> {
    if rest.starts_with('"') {
        return unquoted(rest);
    }
    let name = rest.split('\t').next().unwrap_or_default();
    Some(name.trim_end().to_owned())
}

/// The name behind `a/`, `b/` or one of git's mnemonic prefixes.
fn stripped(name: &str) -> Option<&str> {
    let (prefix, rest) = name.split_once('/')?;
    (matches!(prefix, "a" | "b" | "c" | "i" | "o" | "w") && !rest.is_empty()).then_some(rest)
}

fn without_first(name: &str) -> Option<&str> {
    let (_, rest) = name.split_once('/')?;
    (!rest.is_empty()).then_some(rest)
}

/// Where the quote that opens a name is closed again.
fn closing_quote(inner: &str) -> Option<usize> {
    let mut escaped = false;
    inner.bytes().position(|byte| {
        let closes = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        closes
    })
}

/// A name as C writes it in quotes, as git does with what is not ASCII; any other is itself.
fn unquoted(text: &str) -> Option<String> {
    let Some(inner) = text.strip_prefix('"') else { return Some(text.to_owned()) };
    let inner = inner.get(..closing_quote(inner)?)?;
    let mut bytes = Vec::with_capacity(inner.len());
    let mut rest = inner.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'\\' => escape(&mut rest)?,
            plain => plain,
        });
    }
    String::from_utf8(bytes).ok()
}

fn escape(rest: &mut std::str::Bytes<'_>) -> Option<u8> {
    Some(match rest.next()? {
        b'a' => 7,
        b'b' => 8,
        b't' => b'\t',
        b'n' => b'\n',
        b'v' => 11,
        b'f' => 12,
        b'r' => b'\r',
        first @ b'0'..=b'3' => {
            let octal = |digit: u8| digit.checked_sub(b'0').filter(|digit| *digit < 8);
            let (high, middle, low) = (octal(first)?, octal(rest.next()?)?, octal(rest.next()?)?);
            high << 6 | middle << 3 | low
        }
        same @ (b'"' | b'\\') => same,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::read;

    /// Names as `NAME` or `NAME|OR`, and `?` where there may be more.
    fn names(text: &str) -> String {
        let found = read(text);
        let one = |file: &super::PatchedFile| match &file.or {
            Some(or) => format!("{}|{or}", file.name),
            None => file.name.clone(),
        };
        let mut names: Vec<String> = found.files.iter().map(one).collect();
        names.extend(found.doubt.map(|_| "?".to_owned()));
        names.join(" ")
    }

    #[test]
    fn unified_diffs_name_their_files() {
        for (text, expected) in [
            ("--- a/x.rs\n+++ b/x.rs\n@@ -1 +1 @@\n-a\n+b\n", "x.rs"),
            ("--- a/x.rs\t2026-01-01 00:00:00\r\n+++ b/y z.rs\r\n@@ -1 +1 @@\r\n-a\r\n+b\r\n", "x.rs y z.rs"),
            ("--- /dev/null\n+++ b/new\n@@ -0,0 +1,2 @@\n+--- a/x\n+b\n", "new"),
            ("--- a/old\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n", "old"),
            ("--- src/x\n+++ src/x\n@@ -1 +1 @@\n-a\n+b\n", "src/x|x"),
            ("--- x.orig/src/y\n+++ x/src/y\n", "x.orig/src/y|src/y x/src/y|src/y"),
            ("--- a/../../etc/passwd\n+++ b/../../etc/passwd\n", "../../etc/passwd"),
            ("--- /etc/passwd\n+++ /etc/passwd\n", "/etc/passwd|etc/passwd"),
            ("diff --git a/run b/run\nold mode 100644\nnew mode 100755\n", "run"),
            ("diff --git src/run src/run\nold mode 100644\nnew mode 100755\n", "src/run|run"),
            ("diff --git a/o b/n\nsimilarity index 100%\nrename from o\nrename to n\n", "o n"),
            ("--- \"a/caf\\303\\251\"\n+++ \"b/caf\\303\\251\"\n", "café"),
            ("diff --git \"a/\\303\\251\" b/x\nnew mode 100755\n", "é x"),
            (
                "From 1\nSubject: x\n\n---\n x | 1 +\n\ndiff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n-- \n2.40\n",
                "x",
            ),
            // What a hunk holds is no header: a comment of SQL is taken out here.
            ("--- a/q.sql\n+++ b/q.sql\n@@ -1,2 +1,1 @@\n--- secret\n x\n", "q.sql"),
        ] {
            assert_eq!(names(text), expected, "{text}");
        }
    }

    #[test]
    fn begin_patch_names_its_files() {
        let text = "*** Begin Patch\n*** Update File: src/a.rs\n*** Move to: src/b.rs\n@@ fn x\n-old\n+*** Delete File: no\n *** Add File: c\n*** End of File\n*** Add File: n.md\n+x\n*** Delete File: ../up\n*** End Patch\n";
        assert_eq!(names(text), "src/a.rs src/b.rs c n.md ../up");
        assert_eq!(names("*** Begin Patch\n*** Chmod File: x\n*** End Patch"), "?");
    }

    #[test]
    fn what_cannot_be_read_is_in_doubt() {
        for (text, expected) in [
            ("", "?"),
            ("please change it", "?"),
            ("1c1\n< a\n---\n> b\n", "?"),
            ("--- a/x\n+++ b/x\n@@ -1,5 +1 @@\n-a\n+b\n", "x ?"),
            ("--- a/x\n+++ b/x\n@@ -1,9 +1,9 @@\n-a\n--- a/y\n+++ b/y\n@@ -1 +1 @@\n", "x ?"),
            ("--- a/x\n+++ b/x\n@@\n-a\n+b\n", "x ?"),
            ("*** old/x\n--- new/x\n***************\n*** 1 ****\n", "old/x|x new/x|x 1 **** ?"),
            ("--- \"a/x\n+++ b/x\n", "b/x|x ?"),
            ("diff --cc x\n", "?"),
        ] {
            assert_eq!(names(text), expected, "{text}");
        }
    }
}
