//! A glob in a command: the files that it may match, whichever are there.
//!
//! As bash reads it: `*` matches no `/`, and no `.` at the start of a name.

use super::cx::{PathCx, Resolution};
use super::glob::Glob;
use super::lexical::components;
use super::value::{PathAccess, PathValue};
use std::sync::Arc;

/// One component of an absolute glob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NameGlob {
    pub(super) exact: Arc<Glob>,
    pub(super) folded: Arc<Glob>,
    /// The folded name, if it matches one name only.
    pub(super) literal: Option<Arc<str>>,
    /// It matches names that start with a `.` as well.
    pub(super) hidden_too: bool,
}

impl NameGlob {
    fn of(exact: Glob) -> NameGlob {
        let folded = exact.folded();
        let literal = folded.as_literal().map(Arc::from);
        NameGlob { folded: Arc::new(folded), exact: Arc::new(exact), literal, hidden_too: false }
    }

    fn parse(text: &str) -> NameGlob {
        NameGlob::of(Glob::parse(text))
    }

    fn literal(text: &str) -> NameGlob {
        NameGlob::of(Glob::literal(text))
    }

    /// Whether it stands for any directory of a search.
    pub(super) fn is_any(&self) -> bool {
        self.hidden_too && self.exact.matches_all()
    }

    /// As `find -name` has it.
    fn of_search(text: &str) -> NameGlob {
        NameGlob { hidden_too: true, ..NameGlob::parse(text) }
    }
}

/// Directories between the start of a search and what it finds, as far as they are told apart.
const MOST_BETWEEN: usize = 12;

/// Reads `DIRECTORY/**/NAME`: a glob for each depth.
pub(super) fn read_below(directory: &str, name: &str, access: PathAccess, cx: &PathCx) -> PathValue {
    let mut value = read(&escaped(directory), access, cx);
    value.text = format!("{directory}/**/{name}");
    let starts = std::mem::take(&mut value.globs);
    let (any, last) = (NameGlob::of_search("*"), NameGlob::of_search(name));
    for start in starts {
        for depth in 0..=MOST_BETWEEN {
            let between = std::iter::repeat_n(&any, depth);
            value.globs.push(start.iter().chain(between).chain([&last]).cloned().collect());
        }
    }
    value
}

fn escaped(text: &str) -> String {
    text.chars().flat_map(|c| matches!(c, '*' | '?' | '[' | '\\').then_some('\\').into_iter().chain([c])).collect()
}

/// Reads a glob, its quoted characters escaped by `\`.
pub(super) fn read(glob: &str, access: PathAccess, cx: &PathCx) -> PathValue {
    let mut value = PathValue::unknown(glob, access, "a glob from a directory that is not known");
    let Some((directory, tail)) = split(glob, cx) else { return value };
    value.doubt = glob.chars().any(char::is_control).then_some("a path holds a control character");
    match cx.resolver.resolve(&directory) {
        Resolution::NotAsked => {}
        Resolution::Resolved { path, .. } => {
            // Whatever it matches may be a link.
            value.guessed = true;
            if tail.contains(&"..") {
                value.doubt.get_or_insert("a path that leads up from what a glob matches");
            }
            value.globs.push(names(&path, &tail));
        }
        Resolution::Failed(_) => value.doubt = Some("where its links lead could not be found out"),
    }
    value.globs.push(names(&directory, &tail));
    value
}

/// The absolute directory before the first component with a glob, its `..` in place, and the components from there.
fn split<'g>(glob: &'g str, cx: &PathCx) -> Option<(String, Vec<&'g str>)> {
    let mut directory = if glob.starts_with('/') { String::new() } else { cx.cwd.clone()? };
    let mut tail = Vec::new();
    for part in glob.split('/').filter(|part| !matches!(*part, "" | ".")) {
        match Glob::parse(part).as_literal().filter(|_| tail.is_empty()) {
            Some(name) => {
                directory.push('/');
                directory.push_str(&name);
            }
            None => tail.push(part),
        }
    }
    if directory.is_empty() {
        directory.push('/');
    }
    Some((directory, tail))
}

fn names(directory: &str, tail: &[&str]) -> Vec<NameGlob> {
    let mut names: Vec<NameGlob> = components(directory).into_iter().map(NameGlob::literal).collect();
    for part in tail {
        if *part == ".." {
            names.pop();
        } else {
            names.push(NameGlob::parse(part));
        }
    }
    names
}
