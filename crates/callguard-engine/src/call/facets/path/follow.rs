//! Following links the way a kernel does: name by name, a link before the `..` after it.

use super::cx::{FileId, Resolution};

/// Linux's bound on the links of one path (`MAXSYMLINKS`).
const MOST_LINKS: usize = 40;
/// `PATH_MAX` of Linux: no kernel opens a longer one.
const LONGEST: usize = 4096;
/// A path of `PATH_MAX` has half as many names; the rest is for the names that links bring along.
const MOST_NAMES: usize = 4096;

/// What stands at a path, its last name not followed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Entry {
    /// Nothing.
    Missing,
    /// A file or directory, with its identity where there is one.
    There(Option<FileId>),
    /// A symbolic link, and the text in it.
    Link(String),
    /// Nobody can say: one short reason.
    Unreadable(String),
}

/// Where an absolute path leads on a disk of which `look` knows each entry. What is missing keeps its name, and a `..`
/// after it takes it back. `look` gets absolute paths without `.`, `..` and links in their directories.
pub fn follow(absolute: &str, look: impl FnMut(&str) -> Entry) -> Resolution {
    let mut walk = Walk { look, path: String::new(), missing_from: None, links: 0, names: 0 };
    match walk.go(absolute) {
        Ok(()) => Resolution::Resolved { file: walk.file(), path: walk.into_path() },
        Err(why) => Resolution::Failed(why),
    }
}

struct Walk<L> {
    look: L,
    /// Where it has come: `""` is the root.
    path: String,
    /// Length of the path to the first name that is not there; below it there is nothing to look at.
    missing_from: Option<usize>,
    links: usize,
    names: usize,
}

impl<L: FnMut(&str) -> Entry> Walk<L> {
    fn go(&mut self, absolute: &str) -> Result<(), String> {
        let mut ahead = names(absolute);
        while let Some(name) = ahead.pop() {
            if name == ".." {
                self.up();
                continue;
            }
            if let Some(target) = self.down(&name)? {
                self.links = self.links.saturating_add(1);
                if self.links > MOST_LINKS {
                    return Err("too many links, or links in a circle".to_owned());
                }
                if target.starts_with('/') {
                    self.path.clear()
                } else {
                    self.up()
                }
                ahead.extend(names(&target));
            }
        }
        Ok(())
    }

    fn up(&mut self) {
        self.path.truncate(self.path.rfind('/').unwrap_or_default());
        if self.missing_from.is_some_and(|from| self.path.len() < from) {
            self.missing_from = None;
        }
    }

    /// Steps onto a name; gives the text of a link that stands there.
    fn down(&mut self, name: &str) -> Result<Option<String>, String> {
        self.path.push('/');
        self.path.push_str(name);
        self.names = self.names.saturating_add(1);
        if self.path.len() > LONGEST || self.names > MOST_NAMES {
            return Err("a path longer than any that can be opened".to_owned());
        }
        if self.missing_from.is_some() {
            return Ok(None);
        }
        match (self.look)(&self.path) {
            Entry::There(_) => Ok(None),
            Entry::Link(target) => Ok(Some(target)),
            Entry::Unreadable(why) => Err(why),
            Entry::Missing => {
                self.missing_from = Some(self.path.len());
                Ok(None)
            }
        }
    }

    fn file(&mut self) -> Option<FileId> {
        if self.missing_from.is_some() {
            return None;
        }
        match (self.look)(if self.path.is_empty() { "/" } else { &self.path }) {
            Entry::There(file) => file,
            _ => None,
        }
    }

    fn into_path(self) -> String {
        if self.path.is_empty() { "/".to_owned() } else { self.path }
    }
}

/// The names of a path, the first on top.
fn names(path: &str) -> Vec<String> {
    path.rsplit('/').filter(|name| !matches!(*name, "" | ".")).map(str::to_owned).collect()
}
