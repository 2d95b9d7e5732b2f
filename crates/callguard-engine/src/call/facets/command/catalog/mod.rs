//! What is known of programs: their options, what their operands are, what they do. The data is in `../programs/`.

mod reference;
mod role;
mod wire;

#[cfg(test)]
mod tests;

pub use reference::programs_page;
pub(super) use role::Role;

use super::code::Language;
use crate::call::SideEffect;
use compact_str::CompactString;
use foldhash::fast::FixedState;
use regex::Regex;
use std::collections::HashMap;
use std::sync::LazyLock;

/// One program, or one subcommand of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Spec {
    /// What it does, in a few words. Subcommands have none.
    pub(super) about: String,
    /// What it does to the world if no option says otherwise.
    pub(super) effect: Effect,
    pub(super) operands: Operands,
    pub(super) flags: Vec<Flag>,
    /// Where each spelling of an option stands among them.
    spellings: HashMap<CompactString, usize, FixedState>,
    pub(super) subcommands: HashMap<String, Spec, FixedState>,
    /// Subcommands that are one, by all their names.
    pub(super) same: Vec<Vec<String>>,
    /// How an option changes what the rest is.
    pub(super) when: Vec<Variant>,
    /// What an option is that is not listed.
    pub(super) others: Others,
    /// Options end at the first operand.
    pub(super) stops: bool,
    /// Long options take one dash.
    pub(super) one_dash: bool,
    /// Options stand alone: `-ab` is no `-a -b`.
    pub(super) unclustered: bool,
    /// The first operand may be options without their dash.
    pub(super) bundle: bool,
    /// `@FILE` stands for the words in that file.
    pub(super) argument_files: bool,
    /// Operands that start with a dash.
    pub(super) dashed: Option<Regex>,
    /// Without an operand it runs what it reads on stdin.
    pub(super) runs_stdin: bool,
    /// It runs what it reads whatever else it is given, code aside.
    pub(super) obeys_stdin: bool,
    /// Its files and its stdin are scripts of the shell.
    pub(super) shell: bool,
    /// Which language its code is.
    pub(super) language: Option<Language>,
    /// The option that an operand starting with `+` stands for.
    pub(super) plus: Option<String>,
    /// Options also start with a `+`.
    pub(super) plus_options: bool,
    /// Operands that start with a `+` are commands to it, of which these run nothing.
    pub(super) plus_commands: Option<Regex>,
    /// Places that it reaches by its configuration.
    pub(super) hosts: Vec<String>,
    /// Its operands stand for all that is below them.
    pub(super) trees: bool,
    /// Words that are neither options nor operands.
    pub(super) punctuation: Vec<String>,
    /// Of the trees that it writes, it writes files of its own kinds.
    pub(super) formats: bool,
    /// The last operand may be a directory that the others are put into.
    pub(super) into: bool,
    /// What it works on where no operand says.
    pub(super) default_operand: Option<String>,
    /// The same, once an option makes it work on trees.
    pub(super) tree_default: Option<String>,
    /// A link among its operands is taken itself.
    pub(super) no_follow: bool,
    /// Of a link among its operands it removes the link.
    pub(super) removes_links: bool,
    /// What it edits in place it puts in the place of a link.
    pub(super) replaces: bool,
    /// It writes files that it names itself below this place.
    pub(super) writes_below: Option<String>,
    /// It writes files that are named like its URLs.
    pub(super) named_by_url: bool,
    /// What it runs, it runs on another machine or under another root.
    pub(super) elsewhere: bool,
    /// Where it runs it, as long as nothing of this machine is mounted there.
    pub(super) starts_at: Option<String>,
    /// Each of its scripts is one word; without it they are joined to one.
    pub(super) each: bool,
    /// It adds words to the program that it runs.
    pub(super) appends: bool,
    /// Its second operand, where it matches, only reads.
    pub(super) reading: Option<Regex>,
    /// Settings that run nothing.
    pub(super) settings: Option<Regex>,
    /// Settings whose value is a line of the shell.
    pub(super) command_settings: Option<Regex>,
    /// Its own options stand before its subcommand.
    pub(super) globals_first: bool,
    /// It writes in the directory that it is told to work in.
    pub(super) works_there: bool,
    /// With a program to run it is no program of its own, where that restricts.
    pub(super) transparent: bool,
    /// Lines, and what is understood of them.
    pub(super) examples: Vec<String>,
}

/// What a program does to the world.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Effect {
    /// What it runs is out of reach.
    #[default]
    Unknown,
    Known(SideEffect),
}

/// What an option is that is not listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Others {
    /// Anything: it may take any word for its own.
    #[default]
    Unknown,
    /// Nothing of note.
    Plain,
    /// It may make the program run other code.
    Runs,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Operands {
    pub(super) first: Vec<Role>,
    pub(super) repeated: Option<Role>,
    pub(super) last: Vec<Role>,
    /// What a lone operand is.
    pub(super) single: Option<Role>,
}

/// What changes where one of these options is given.
#[derive(Clone, Debug, Default)]
pub(super) struct Variant {
    /// The first spelling of the option.
    pub(super) flag: String,
    pub(super) effect: Option<Effect>,
    pub(super) operands: Option<Operands>,
    pub(super) writes_below: Option<String>,
    /// Other options by their first spelling, and what their values are now.
    pub(super) roles: Vec<(String, Role)>,
}

/// One option in all its spellings.
#[derive(Clone, Debug)]
pub(super) struct Flag {
    pub(super) spellings: Vec<CompactString>,
    pub(super) value: Value,
    pub(super) role: Role,
    /// It takes a second value.
    pub(super) second: Option<Role>,
    /// It stands for the first, or the last, operand.
    pub(super) replaces: Option<Replaces>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value {
    None,
    Optional,
    Required,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Replaces {
    First,
    Last,
}

/// The program of that name, if it is known.
pub(super) fn program(name: &str) -> Option<&'static Spec> {
    CATALOG.specs.get(*CATALOG.names.get(name)?)
}

/// Directories whose programs are what they are called.
pub(super) const SYSTEM_DIRECTORIES: [&str; 7] =
    ["/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin", "/opt/homebrew/bin"];

impl Spec {
    /// The option that is spelled so.
    pub(super) fn flag(&self, spelling: &str) -> Option<&Flag> {
        self.flags.get(*self.spellings.get(spelling)?)
    }

    /// Every name of a subcommand, if it has several.
    pub(super) fn names_of(&self, subcommand: &str) -> &[String] {
        let group = self.same.iter().find(|names| names.iter().any(|name| name == subcommand));
        group.map(Vec::as_slice).unwrap_or_default()
    }

    /// Every role that an option or operand of it can have.
    pub(super) fn roles(&self) -> impl Iterator<Item = Role> {
        let operands = &self.operands;
        let words = operands.first.iter().chain(&operands.repeated).chain(&operands.last).chain(&operands.single);
        let changed = self.when.iter().filter_map(|variant| variant.operands.as_ref());
        let changed =
            changed.flat_map(|operands| operands.first.iter().chain(&operands.repeated).chain(&operands.last));
        words.chain(changed).copied().chain(self.flags.iter().map(|flag| flag.role))
    }
}

/// One file of the data: a family of programs.
struct Family {
    file: &'static str,
    text: &'static str,
}

macro_rules! families {
    ($($file:literal)*) => {
        [$(Family { file: $file, text: include_str!(concat!("../programs/", $file, ".toml")) }),*]
    };
}

const DATA: [Family; 14] = families! {
    "shell" "wrappers" "interpreters" "build" "javascript" "text" "system-info" "files" "archives" "network" "git" "packages" "cloud" "system"
};

#[derive(Default)]
struct Catalog {
    specs: Vec<Spec>,
    /// The name of each, its other names, and its family.
    entries: Vec<(String, Vec<String>, &'static str)>,
    names: HashMap<String, usize, FixedState>,
}

/// Empty, and so every program unknown, if the data is not sound; a test holds that it is.
static CATALOG: LazyLock<Catalog> = LazyLock::new(|| wire::read(&DATA).unwrap_or_default());
