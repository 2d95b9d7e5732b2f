//! A glob in a command: the files that it may match, whichever are there.
//!
//! As bash reads it: `*` matches no `/`, and no `.` at the start of a name.

use super::cx::{PathCx, Resolution};
use super::glob::Glob;
use super::lexical::components;
use super::value::{PathAccess, PathValue};

/// One component of an absolute glob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NameGlob {
    pub(super) exact: Glob,
    pub(super) folded: Glob,
}

impl NameGlob {
    fn parse(text: &str) -> NameGlob {
        let exact = Glob::parse(text);
        NameGlob { folded: exact.folded(), exact }
    }

    fn literal(text: &str) -> NameGlob {
        let exact = Glob::literal(text);
        NameGlob { folded: exact.folded(), exact }
    }
}

/// Reads a glob, its quoted characters escaped by `\`.
pub(super) fn read(glob: &str, access: PathAccess, cx: &PathCx) -> PathValue {
    let mut value = PathValue::unknown(glob, access, "a glob from a directory that is not known");
    let Some(names) = absolute(glob, cx) else { return value };
    value.doubt = glob.chars().any(char::is_control).then_some("a path holds a control character");
    let directory: Vec<String> = names.iter().map_while(|name| name.exact.as_literal()).collect();
    match cx.resolver.resolve(&format!("/{}", directory.join("/"))) {
        Resolution::NotAsked => {}
        Resolution::Resolved { path, .. } => {
            // Whatever it matches may be a link.
            value.guessed = true;
            let real = components(&path).into_iter().map(NameGlob::literal);
            value.globs.push(real.chain(names.iter().skip(directory.len()).cloned()).collect());
        }
        Resolution::Failed(_) => value.doubt = Some("where its links lead could not be found out"),
    }
    value.globs.push(names);
    value
}

fn absolute(glob: &str, cx: &PathCx) -> Option<Vec<NameGlob>> {
    let mut names: Vec<NameGlob> = Vec::new();
    if !glob.starts_with('/') {
        names.extend(components(cx.cwd.as_deref()?).into_iter().map(NameGlob::literal));
    }
    for part in glob.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(names.pop()),
            name => names.push(NameGlob::parse(name)),
        }
    }
    Some(names)
}
