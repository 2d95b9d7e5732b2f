//! Symbolic links that a command meets: those among what a glob matches, and one that is removed itself.

use super::cx::{ListedKind, PathCx, Resolution};
use super::fold::fold;
use super::glob::Glob;
use super::lexical::normalise;

/// Where a link leads that a glob matches, and how many components of the glob are used up by then.
pub(super) struct Led {
    pub(super) path: String,
    pub(super) taken: usize,
}

/// Names that are looked at for one glob.
const MOST_NAMES: usize = 4096;
/// Steps of matching that count for one name.
const STEPS: usize = 256;
/// A longer component is not matched.
const LONGEST: usize = 256;
/// Links that are followed for one glob.
const MOST_LINKS: usize = 32;

/// Where the links lead that a glob matches below a directory without links; with `itself` the last component's are not
/// followed. `None`: nobody can say.
pub(super) fn among(directory: &str, tail: &[&str], itself: bool, cx: &PathCx) -> Option<Vec<Led>> {
    let mut search =
        Search { cx, itself, tail, left: MOST_NAMES, led: Vec::new(), ahead: vec![(directory.to_owned(), 0)] };
    while let Some((directory, at)) = search.ahead.pop() {
        search.step(&directory, at)?;
    }
    Some(search.led)
}

struct Search<'a> {
    cx: &'a PathCx,
    itself: bool,
    tail: &'a [&'a str],
    left: usize,
    led: Vec<Led>,
    /// Directories still to be looked at, and the component that is matched there.
    ahead: Vec<(String, usize)>,
}

impl Search<'_> {
    fn step(&mut self, directory: &str, at: usize) -> Option<()> {
        let Some(part) = self.tail.get(at) else { return Some(()) };
        // Classes with a name, and one character in several spellings, are a matter of the locale.
        if part.len() > LONGEST || ["[:", "[.", "[="].iter().any(|class| part.contains(class)) {
            return None;
        }
        let glob = Glob::parse(part);
        if let Some(name) = glob.as_literal() {
            return self.visit(&joined(directory, name), at, ListedKind::Link);
        }
        let folded = glob.folded();
        let names = self.cx.resolver.names_in(directory)?;
        self.spend(names.len().saturating_add(1))?;
        let is_last = self.is_last(at);
        for listed in names
            .iter()
            .filter(|listed| listed.kind == ListedKind::Link || listed.kind == ListedKind::Directory && !is_last)
        {
            self.spend(part.len().saturating_mul(listed.name.len()).div_euclid(STEPS))?;
            if glob.matches(&listed.name) || folded.matches(&fold(&listed.name)) {
                self.visit(&joined(directory, &listed.name), at, listed.kind)?;
            }
        }
        Some(())
    }

    /// Goes on below a name that a component has matched.
    fn visit(&mut self, place: &str, at: usize, kind: ListedKind) -> Option<()> {
        let is_last = self.is_last(at);
        if is_last && self.itself {
            return Some(());
        }
        let taken = at.saturating_add(1);
        let path = match kind {
            ListedKind::File | ListedKind::Directory => place.to_owned(),
            ListedKind::Link => self.led(place, taken)?,
        };
        if !is_last {
            self.ahead.push((path, taken));
        }
        Some(())
    }

    /// Where a place leads, kept if that is elsewhere.
    fn led(&mut self, place: &str, taken: usize) -> Option<String> {
        self.spend(1)?;
        let Resolution::Resolved { path, .. } = self.cx.resolver.resolve(place) else { return None };
        let path = normalise(&path);
        // What is there is not what stands there.
        if ["/proc", "/dev"].iter().any(|magic| path.starts_with(magic)) || self.led.len() >= MOST_LINKS {
            return None;
        }
        if path != place {
            self.led.push(Led { path: path.clone(), taken });
        }
        Some(path)
    }

    fn is_last(&self, at: usize) -> bool {
        at.saturating_add(1) >= self.tail.len()
    }

    fn spend(&mut self, names: usize) -> Option<()> {
        self.left = self.left.checked_sub(names)?;
        Some(())
    }
}

/// The path of a name itself, the links of its directory followed. `None`: it ends otherwise than in a name, and so is no
/// name of a link.
pub(super) fn itself(absolute: &str, cx: &PathCx) -> Option<String> {
    let (directory, name) = absolute.rsplit_once('/').filter(|(_, name)| !matches!(*name, "" | "." | ".."))?;
    match cx.resolver.resolve(if directory.is_empty() { "/" } else { directory }) {
        Resolution::Resolved { path, .. } => Some(normalise(&joined(&path, name))),
        _ => None,
    }
}

fn joined(directory: &str, name: &str) -> String {
    format!("{}/{name}", directory.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::super::{FileKind, FileTree, PathAccess, PathTest, PathValue};
    use super::*;
    use crate::decide::{Direction, Truth};
    use std::sync::Arc;

    fn cx() -> PathCx {
        let link = |path: &str, to: &str| (path.to_owned(), FileKind::Symlink(to.to_owned()));
        let file = |path: &str| (path.to_owned(), FileKind::File);
        let disk = FileTree::new([
            file("/workspace/src/main.rs"),
            file("/workspace/src/deep/a.rs"),
            file("/etc/shadow"),
            file("/etc/cron.d/job"),
            link("/workspace/inner", "src"),
            link("/workspace/outer", "/etc"),
            link("/workspace/build/odd.log", "/etc/shadow"),
            link("/workspace/build/round", "round"),
        ]);
        PathCx { resolver: Arc::new(disk.unwrap()), ..PathCx::lexical("/workspace", "/home/agent") }
    }

    /// Whether a path stays in the workspace, as what excuses reads it.
    fn stays(value: &PathValue) -> Truth {
        PathTest::under(&[".".to_owned()]).unwrap().holds(value, Direction::Excusing, &cx())
    }

    #[test]
    fn a_glob_stays_where_no_link_among_its_matches_leads_out() {
        let stays = |glob: &str| stays(&PathValue::parse_glob(glob, PathAccess::Write, &cx()));
        for glob in ["src/*.rs", "src/*/*.rs", "inn*/main.rs", "i*", "build/*.txt", "new/*", "./s*"] {
            assert_eq!(stays(glob), Truth::True, "{glob}");
        }
        for glob in ["*", "o*", "OUT*", "out*/x", "*/cron.d/*", "build/*.log", "build/o?d.*", "[m-p]*", "outer/*"] {
            assert_eq!(stays(glob), Truth::False, "{glob}");
        }
        for glob in ["build/r*", "[[:alpha:]]*", "src/*/../x"] {
            assert_eq!(stays(glob), Truth::Unknown, "{glob}");
        }
    }

    #[test]
    fn a_link_that_is_removed_is_the_link() {
        let stays_removed = |text: &str| stays(&PathValue::parse_removed(text, PathAccess::Write, &cx()));
        for text in ["outer", "./outer", "inner", "build/odd.log", "src/../outer"] {
            assert_eq!(stays_removed(text), Truth::True, "{text}");
        }
        for text in ["outer/", "outer/.", "outer/..", "outer/x", "outer/cron.d", "/etc", "outer//"] {
            assert_eq!(stays_removed(text), Truth::False, "{text}");
        }
        let stays_removed = |glob: &str| stays(&PathValue::parse_removed_glob(glob, PathAccess::Write, &cx()));
        for glob in ["o*", "build/*.log", "*"] {
            assert_eq!(stays_removed(glob), Truth::True, "{glob}");
        }
        for glob in ["o*/", "o*/x", "*/cron.d"] {
            assert_eq!(stays_removed(glob), Truth::False, "{glob}");
        }
    }

    #[test]
    fn what_a_link_leads_to_restricts_too() {
        let etc = PathTest::under(&["/etc".to_owned()]).unwrap();
        let value = PathValue::parse_glob("build/*.log", PathAccess::Read, &cx());
        assert_eq!(etc.holds(&value, Direction::Restricting, &cx()), Truth::True);
        let value = PathValue::parse_glob("src/*.rs", PathAccess::Read, &cx());
        assert_eq!(etc.holds(&value, Direction::Restricting, &cx()), Truth::False);
    }
}
