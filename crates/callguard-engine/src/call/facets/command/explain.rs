//! What was understood of a line, for people.

use super::super::path::{Extent, PathAccess, PathCx, PathValue};
use super::CommandLine;
use super::catalog::Role;
use super::effects;
use super::options::Invocation;
use super::reader::Command;
use super::words::{Open, Word};
use crate::call::SideEffect;

/// What was understood of a command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// Every command that it runs, as far as can be seen.
    pub commands: Vec<ExplainedCommand>,
    /// Every file that it touches.
    pub paths: Vec<ExplainedPath>,
    /// Every host that it reaches.
    pub hosts: Vec<String>,
    /// Every URL.
    pub urls: Vec<String>,
    /// Why there may be more files than are listed.
    pub more_paths: Option<String>,
    /// Why there may be more hosts than are listed.
    pub more_hosts: Option<String>,
    /// What it does to the world, if that is known.
    pub side_effect: Option<SideEffect>,
    /// Why it may run more than can be seen.
    pub not_understood: Option<&'static str>,
    /// Why a name in it may not be what it is called.
    pub shadowed: Option<&'static str>,
}

/// One command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExplainedCommand {
    /// Its words as the program gets them; `…` stands for what is not known.
    pub text: String,
    /// The program, without its directory.
    pub program: Option<String>,
    /// Its subcommands.
    pub subcommands: Vec<String>,
    /// Its options, each in its first spelling, with its value.
    pub options: Vec<String>,
    /// Its operands, and what each of them is to the program.
    pub operands: Vec<(String, &'static str)>,
    /// The catalog knows the program.
    pub known: bool,
    /// What it does to the world by itself, if that is known.
    pub side_effect: Option<SideEffect>,
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ExplainedPath {
    /// `read`, `write`, or `touch` where it may be either.
    pub access: &'static str,
    /// Where it is; with `/**` where it stands for all below it; `?` where nobody knows.
    pub path: String,
    /// It was guessed, or may be another one: it counts only where it restricts.
    pub guessed: bool,
}

impl CommandLine {
    /// What was understood of it.
    pub fn explain(&self, cx: &PathCx) -> Explanation {
        let paths = self.paths(cx);
        let (hosts, urls) = (self.hosts(), self.urls());
        let mut shown: Vec<ExplainedPath> =
            paths.values.iter().map(|found| path(&found.value, found.restricting_only)).collect();
        shown.sort();
        shown.dedup();
        let mut names: Vec<String> = hosts.values.iter().map(|host| host.value.text().to_owned()).collect();
        names.sort();
        names.dedup();
        let commands =
            self.seen.commands.iter().filter(|command| !command.words.is_empty()).map(|found| command(found));
        Explanation {
            commands: commands.collect(),
            paths: shown,
            hosts: names,
            urls: urls.values.iter().map(|url| url.value.text().to_owned()).collect(),
            more_paths: paths.open,
            more_hosts: hosts.open,
            side_effect: self.side_effect(),
            not_understood: self.seen.not_understood,
            shadowed: self.seen.shadowed,
        }
    }
}

fn path(value: &PathValue, restricting_only: bool) -> ExplainedPath {
    let access = match value.access() {
        PathAccess::Read => "read",
        PathAccess::Write => "write",
        PathAccess::Unknown => "touch",
    };
    let text = if value.text().is_empty() { "?" } else { value.text() };
    let below = if value.extent() == Extent::Tree { if text == "/" { "**" } else { "/**" } } else { "" };
    ExplainedPath {
        access,
        path: format!("{text}{below}"),
        guessed: restricting_only || value.is_guessed() || value.doubt().is_some(),
    }
}

fn command(command: &Command) -> ExplainedCommand {
    let text = command.words.iter().map(shown).collect::<Vec<_>>().join(" ");
    let side_effect = effects::effect(command);
    let Some(program) = command.program() else {
        return ExplainedCommand {
            text,
            program: None,
            subcommands: Vec::new(),
            options: Vec::new(),
            operands: Vec::new(),
            known: false,
            side_effect: None,
        };
    };
    let invocation = &command.invocation;
    let options = invocation.flags.iter().filter(|found| !found.name.is_empty()).map(|found| match &found.value {
        Some(value) => format!("{} {}", found.name, shown(value)),
        None => found.name.to_string(),
    });
    ExplainedCommand {
        text,
        program: Some(program.name.to_owned()),
        subcommands: invocation.subcommands.iter().map(shown).collect(),
        options: options.collect(),
        operands: operands(invocation),
        known: invocation.spec.is_some(),
        side_effect,
    }
}

/// What each operand is; those after a program that is run are that program's words.
fn operands(invocation: &Invocation) -> Vec<(String, &'static str)> {
    let wraps = invocation.spec.is_some_and(|spec| spec.roles().any(|role| role == Role::Program));
    let mut runs = false;
    let named = invocation.operands.iter().map(|(word, role)| {
        let starts = wraps && matches!(role, Role::Program | Role::Assignment) && !word.text.contains('=');
        let name = match (runs, starts) {
            (true, _) => "its word",
            (false, true) => Role::Program.name(),
            (false, false) => role.name(),
        };
        runs |= starts;
        (shown(word), name)
    });
    named.collect()
}

fn shown(word: &Word) -> String {
    let text = match (word.open, &word.glob) {
        (None, _) => word.text.to_string(),
        (Some(Open::Pattern), Some(glob)) => return glob.to_string(),
        (Some(Open::Below), name) => return format!("{}/**/{}", word.text, name.as_deref().unwrap_or("*")),
        _ => return format!("{}…", word.text),
    };
    let plain = |c: char| c.is_alphanumeric() || "_-./=:,@%+~{}^#[]!".contains(c);
    if !text.is_empty() && text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}
