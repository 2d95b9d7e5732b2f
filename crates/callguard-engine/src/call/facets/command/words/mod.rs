//! Words of a script: quotes removed, what is known expanded, everything else that a shell would change recognised.

mod braces;
mod decoder;
mod elements;
mod parameter;
mod printed;

pub(super) use braces::FUEL;
pub(super) use decoder::{Decoded, decode, decode_assigned, substitutions_of_body};
pub(super) use elements::{count_of, element_name};
pub(super) use parameter::is_plain_arithmetic;
pub(super) use printed::{by, is_printer, needs_path, prints_numbers};

use compact_str::CompactString;
use std::cell::Cell;
use std::collections::BTreeMap;

/// A word as the program gets it, as far as that is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Word {
    /// The text; up to the first unknown part if it is not complete.
    pub(super) text: CompactString,
    /// What is not known of it.
    pub(super) open: Option<Open>,
    /// The glob, if that is all that is open; for names below a directory, what they match.
    pub(super) glob: Option<CompactString>,
    /// A `/` stands in it, known part or not.
    pub(super) has_slash: bool,
    /// What is not known of it may make it several words.
    pub(super) many: bool,
}

/// Why a word is not known in full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Open {
    /// A variable or substitution: any text, and unquoted any number of words.
    Expansion,
    /// A glob: the names that it matches, one word each.
    Pattern,
    /// Files below a directory, the text.
    Below,
}

/// Digits, as `$$` and arithmetic give them.
pub(super) const NUMBER: &str = "[0-9]*";

/// What is known of variables. One that is not here comes from outside.
pub(super) type Variables = BTreeMap<String, Option<Word>>;

/// What words stand in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scope<'a> {
    /// `pwd` is what the shell has under that name.
    pub(super) has_pwd: bool,
    /// So are the programs whose output their words tell.
    pub(super) prints: bool,
    /// Programs are looked for elsewhere than at the start.
    pub(super) path_changed: bool,
    /// Set once the output of one is followed.
    pub(super) followed: &'a Cell<bool>,
    /// Substitutions around this one that are followed.
    pub(super) depth: u8,
    /// What is left for braces.
    pub(super) fuel: &'a Cell<usize>,
    pub(super) home: Option<&'a str>,
    pub(super) cwd: Option<&'a str>,
    pub(super) variables: &'a Variables,
}

impl Word {
    /// A word known in full.
    pub(super) fn literal(text: impl Into<CompactString>) -> Word {
        let text = text.into();
        Word { has_slash: text.contains('/'), text, ..Word::default() }
    }

    /// A word of which nothing is known.
    pub(super) fn unknown() -> Word {
        Word { open: Some(Open::Expansion), many: true, ..Word::default() }
    }

    /// Any file below a directory whose name matches a glob.
    pub(super) fn below(directory: &str, name: &str) -> Word {
        Word { text: directory.into(), open: Some(Open::Below), glob: Some(name.into()), has_slash: true, many: false }
    }

    /// Some name in the directory that does not start with a dot.
    pub(super) fn name() -> Word {
        Word { open: Some(Open::Pattern), glob: Some("*".into()), ..Word::default() }
    }

    /// Some number.
    pub(super) fn number() -> Word {
        Word { open: Some(Open::Pattern), glob: Some(NUMBER.into()), ..Word::default() }
    }

    /// The text, if it is known in full.
    pub(super) fn known(&self) -> Option<&str> {
        if self.open.is_none() { Some(&self.text) } else { None }
    }

    /// Whether enough is known of it for a variable: all but a part after a known start.
    pub(super) fn is_kept(&self) -> bool {
        self.open != Some(Open::Expansion) || !self.text.is_empty()
    }

    /// Whether it is some number.
    pub(super) fn is_number(&self) -> bool {
        self.glob.as_deref() == Some(NUMBER)
    }

    /// Whether it may be an option: it starts with `-`, or nobody knows what it starts with.
    pub(super) fn may_be_option(&self) -> bool {
        self.text.starts_with('-') || self.open.is_some() && self.text.is_empty() && !self.is_number()
    }

    /// What follows a literal prefix, equally known.
    pub(super) fn after(&self, prefix: &str) -> Option<Word> {
        let text = self.text.strip_prefix(prefix)?.into();
        let glob = self.glob.as_deref().and_then(|glob| glob.strip_prefix(prefix)).map(CompactString::from);
        Some(Word { text, glob, ..self.clone() })
    }
}

/// What one word of a script comes to.
#[derive(Debug, Default)]
pub(super) struct Expanded {
    pub(super) words: Vec<Word>,
    /// The scripts of its substitutions.
    pub(super) substitutions: Vec<String>,
    /// Why it may run more.
    pub(super) doubt: Option<&'static str>,
}

/// Whether a shell changes nothing in a word: most are so.
pub(super) fn is_plain(source: &str) -> bool {
    let plain = |byte: u8| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b'-' | b'_' | b'.' | b'/' | b'=' | b':' | b',' | b'%' | b'@' | b'+')
    };
    !source.is_empty() && source.bytes().all(plain)
}

/// Expands the source of one word: braces, then each result by itself, then words that a variable holds.
pub(super) fn expand(source: &str, scope: Scope<'_>) -> Expanded {
    let mut all = Expanded::default();
    if !braces::may_be_in(source) {
        expand_one(source, scope, &mut all);
        return all;
    }
    let Some(sources) = braces::expand(source, scope.fuel) else {
        let Decoded { substitutions, doubt, .. } = decode(source, scope);
        return Expanded { words: vec![Word::unknown()], substitutions, doubt };
    };
    sources.iter().for_each(|source| expand_one(source, scope, &mut all));
    all
}

fn expand_one(source: &str, scope: Scope<'_>, all: &mut Expanded) {
    let split = elements::all(source, scope.variables).or_else(|| split_variable(source, scope.variables));
    let Decoded { word, substitutions, doubt } = decode(source, scope);
    match split {
        Some(words) => all.words.extend(words),
        // An unquoted variable that holds nothing is no word at all.
        None if word.known() == Some("") && source.starts_with('$') => {}
        None => all.words.push(word),
    }
    all.substitutions.extend(substitutions);
    all.doubt = all.doubt.or(doubt);
}

/// `$X`, unquoted, where what it holds is several words.
fn split_variable(source: &str, variables: &Variables) -> Option<Vec<Word>> {
    let name =
        source.strip_prefix("${").and_then(|name| name.strip_suffix('}')).or_else(|| source.strip_prefix('$'))?;
    let value = variables.get(name)?.as_ref()?.known()?;
    if !value.contains([' ', '\t', '\n']) || value.contains(['*', '?', '[', '\\']) {
        return None;
    }
    Some(value.split_whitespace().map(Word::literal).collect())
}
