//! A glob in a command: the files that it may match, whichever are there.
//!
//! As bash reads it: `*` matches no `/`, and no `.` at the start of a name.

use super::cx::{PathCx, Resolution};
use super::glob::Glob;
use super::lexical::components;
use super::links;
use super::pattern::Name;
use super::readings::{LONGEST_PATH, TOO_LONG};
use super::value::{PathAccess, PathValue};
use super::walk::Walk;
use std::borrow::Cow;
use std::sync::Arc;

/// One component of an absolute glob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NameGlob {
    pub(super) exact: Arc<Glob>,
    pub(super) folded: Arc<Glob>,
    /// It matches names that start with a `.` as well.
    pub(super) hidden_too: bool,
    /// It stands for any number of directories, none included.
    pub(super) any_depth: bool,
}

impl NameGlob {
    fn of(exact: Glob) -> NameGlob {
        let is_lower = |text: &str| text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
        let exact = Arc::new(exact);
        let folded = match exact.as_literal() {
            Some(text) if is_lower(text) => Arc::clone(&exact),
            _ => Arc::new(exact.folded()),
        };
        NameGlob { folded, exact, hidden_too: false, any_depth: false }
    }

    fn parse(text: &str) -> NameGlob {
        NameGlob::of(Glob::parse(text))
    }

    fn literal(text: &str) -> NameGlob {
        NameGlob::of(Glob::literal(text))
    }

    /// The directories of a search between where it starts and what it finds.
    fn between() -> NameGlob {
        NameGlob { any_depth: true, ..NameGlob::of_search("*") }
    }

    /// As `find -name` has it.
    fn of_search(text: &str) -> NameGlob {
        NameGlob { hidden_too: true, ..NameGlob::parse(text) }
    }
}

/// How much of what a glob matches has to meet a pattern.
pub(super) trait GlobReading {
    /// Whether it matches this name, and with [`All`] no other.
    fn is_called(wanted: &str, name: &NameGlob) -> bool;
    /// Whether a name that it matches, and with [`All`] each, fits a step of a pattern.
    fn fits(step: &Name, name: &NameGlob) -> bool;
    /// Any number of names that may be anything; `floats`: the pattern is one of any depth.
    fn between(walk: &mut Walk<'_>, floats: bool);
}

/// Some of it.
pub(super) struct Any;

/// Everything.
pub(super) struct All;

impl GlobReading for Any {
    fn is_called(wanted: &str, name: &NameGlob) -> bool {
        match name.folded.as_literal() {
            Some(literal) => *literal == *wanted,
            None => {
                let dots_agree = name.hidden_too || name.folded.is_hidden() == wanted.starts_with('.');
                dots_agree && name.folded.matches(wanted)
            }
        }
    }

    fn fits(step: &Name, name: &NameGlob) -> bool {
        let pattern = &step.folded;
        match (name.folded.as_literal(), pattern.as_literal()) {
            (Some(literal), _) => pattern.matches(literal),
            (None, Some(literal)) => Any::is_called(literal, name),
            (None, None) if name.hidden_too => name.folded.ends_meet(pattern),
            (None, None) => name.folded.may_meet(pattern),
        }
    }

    fn between(walk: &mut Walk<'_>, floats: bool) {
        // A pattern of any depth is about the name that is searched for, not about directories on the way to it.
        if !floats {
            walk.through_some();
        }
    }
}

impl GlobReading for All {
    fn is_called(wanted: &str, name: &NameGlob) -> bool {
        name.exact.as_literal() == Some(wanted)
    }

    fn fits(step: &Name, name: &NameGlob) -> bool {
        step.exact.matches_all() || step.exact == *name.exact
    }

    fn between(walk: &mut Walk<'_>, _floats: bool) {
        walk.through_all();
    }
}

/// Reads `DIRECTORY/**/NAME`.
pub(super) fn read_below(directory: &str, name: &str, access: PathAccess, cx: &PathCx) -> PathValue {
    let mut value = read(&escaped(directory), access, cx, false);
    value.text = format!("{directory}/**/{name}");
    let (between, last) = (NameGlob::between(), NameGlob::of_search(name));
    for found in &mut value.globs {
        found.extend([between.clone(), last.clone()]);
    }
    value
}

fn escaped(text: &str) -> String {
    text.chars().flat_map(|c| matches!(c, '*' | '?' | '[' | '\\').then_some('\\').into_iter().chain([c])).collect()
}

/// Reads a glob, its quoted characters escaped by `\`.
///
/// `removed`: a link among what it matches is taken itself.
pub(super) fn read(glob: &str, access: PathAccess, cx: &PathCx, removed: bool) -> PathValue {
    if glob.len() > LONGEST_PATH {
        return PathValue::unknown(glob, access, TOO_LONG);
    }
    let mut value = PathValue::unknown(glob, access, "a glob from a directory that is not known");
    let Some((directory, tail)) = split(glob, cx) else { return value };
    value.doubt = glob.chars().any(char::is_control).then_some("a path holds a control character");
    match cx.resolver.resolve(&directory) {
        Resolution::NotAsked => {}
        Resolution::Resolved { path, .. } => {
            let leads_up = tail.contains(&"..");
            let itself = removed && !glob.ends_with('/');
            match links::among(&path, &tail, itself, cx).filter(|_| !leads_up && !tail.is_empty()) {
                Some(led) => value
                    .globs
                    .extend(led.iter().map(|led| names(&led.path, tail.get(led.taken..).unwrap_or_default()))),
                // Whatever it matches may be a link.
                None => value.guessed = true,
            }
            if leads_up {
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
        let name = if tail.is_empty() { text_of(part) } else { None };
        match name {
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

/// The one name that a component matches, if it is one.
fn text_of(part: &str) -> Option<Cow<'_, str>> {
    if !part.contains(['*', '?', '[', '\\']) {
        return Some(Cow::Borrowed(part));
    }
    Glob::parse(part).as_literal().map(|name| Cow::Owned(name.to_owned()))
}

fn names(directory: &str, tail: &[&str]) -> Vec<NameGlob> {
    let places = components(directory);
    // Room for what a search adds.
    let mut names = Vec::with_capacity(places.len().saturating_add(tail.len()).saturating_add(2));
    names.extend(places.into_iter().map(NameGlob::literal));
    for part in tail {
        if *part == ".." {
            names.pop();
        } else {
            names.push(NameGlob::parse(part));
        }
    }
    names
}
