//! What a line touches: its files, hosts and URLs, and whether it only reads.

mod hosts;
mod paths;

use super::super::path::{PathAccess, PathCx, PathValue};
use super::super::url::{HostValue, UrlValue};
use super::super::{Facet, FacetValue};
use super::catalog::{Role, Spec};
use super::options::{Invocation, sort};
use super::reader::{Command, Program, Seen, program};
use super::words::{Open, Word};
use crate::call::SideEffect;

/// Everything that a line touches.
#[derive(Debug)]
pub(super) struct Effects {
    pub(super) paths: Facet<PathValue>,
    pub(super) hosts: Facet<HostValue>,
    pub(super) urls: Facet<UrlValue>,
}

/// Collects what the commands touch.
pub(super) fn of(seen: &Seen, cx: &PathCx) -> Effects {
    let open = || seen.not_understood.map(str::to_owned);
    let mut collector = Collector {
        cx,
        out: Effects {
            paths: Facet { values: Vec::new(), open: open() },
            hosts: Facet { values: Vec::new(), open: open() },
            urls: Facet { values: Vec::new(), open: open() },
        },
    };
    for command in &seen.commands {
        collector.command(command);
    }
    collector.out
}

/// `read` if every command is known to read; `pure` if there is none.
pub(super) fn side_effect(seen: &Seen) -> Option<SideEffect> {
    if seen.not_understood.is_some() || seen.shadowed.is_some() {
        None
    } else if seen.commands.is_empty() {
        Some(SideEffect::Pure)
    } else {
        seen.commands.iter().all(reads).then_some(SideEffect::Read)
    }
}

fn reads(command: &Command) -> bool {
    let opens = command.redirects.iter().all(|redirect| {
        redirect.access == PathAccess::Read || redirect.target.known().is_some_and(paths::is_harmless_device)
    });
    opens && (command.words.is_empty() || program(&command.words).is_some_and(|it| program_reads(it, command)))
}

fn program_reads(program: Program<'_>, command: &Command) -> bool {
    let Some((spec, (_, arguments))) = program.spec.zip(command.words.split_first()) else { return false };
    let invocation = sort(Some(spec), arguments);
    let changes = |role: Role| {
        matches!(role, Role::Write | Role::Writes | Role::InPlace | Role::Runs | Role::WriteRemote)
            || matches!(role, Role::Url | Role::Host | Role::ReadRemote | Role::GitRemote)
    };
    let Some(rules) = invocation.spec else { return false };
    let any_flag_reads = !rules.roles().chain(spec.roles()).any(changes);
    program.trusted
        && rules.reads
        && !invocation.has_unknown_flag
        && (!invocation.has_open_flag && invocation.globs.is_empty() || any_flag_reads)
        && !invocation.flags.iter().filter_map(|found| found.flag).any(|flag| changes(flag.role))
        && !invocation.operands.iter().any(|(_, role)| changes(*role))
}

struct Collector<'a> {
    cx: &'a PathCx,
    out: Effects,
}

impl Collector<'_> {
    fn command(&mut self, command: &Command) {
        for redirect in &command.redirects {
            self.file(&redirect.target, redirect.access, command, Touch::CERTAIN);
        }
        let (Some(program), Some((_, arguments))) = (program(&command.words), command.words.split_first()) else {
            return;
        };
        let invocation = sort(program.spec, arguments);
        let Some(spec) = invocation.spec else {
            return arguments.iter().for_each(|word| self.guess(word, command));
        };
        if invocation.has_unknown_flag {
            arguments.iter().for_each(|word| self.guess(word, command));
        }
        if invocation.may_have_more_flags() {
            self.more_flags(Touches::of(spec, program.spec));
        }
        self.invocation(spec, &invocation, command, program.trusted);
    }

    /// An option that is not known may take any word for its own.
    fn more_flags(&mut self, touches: Touches) {
        const WHY: &str = "an option that is not in the catalog, or cannot be known";
        self.open_paths_if(touches.writes, WHY);
        self.open_hosts_if(touches.hosts, WHY);
        if touches.reads && !touches.writes {
            self.unknown_file(PathAccess::Read);
        }
    }

    fn invocation(&mut self, spec: &Spec, invocation: &Invocation<'_>, command: &Command, trusted: bool) {
        let has = |role| invocation.flags.iter().filter_map(|found| found.flag).any(|flag| flag.role == role);
        let touch = Touch { tree: spec.trees || has(Role::Tree), in_place: has(Role::InPlace), certain: trusted };
        for (word, role) in &invocation.operands {
            self.touch(word, *role, command, touch);
        }
        for (found, flag) in invocation.flags.iter().filter_map(|found| Some((found, found.flag?))) {
            match &found.value {
                Some(word) => self.touch(word, flag.role, command, Touch { tree: false, in_place: false, ..touch }),
                None if flag.role == Role::InPlace || flag.value != super::catalog::Value::Required => {}
                None => self.unknown_file(PathAccess::Unknown),
            }
        }
        if invocation.operands.is_empty() {
            if let Some(default) = &spec.default_operand {
                let role = spec.operands.repeated.unwrap_or(Role::Read);
                self.touch(&Word::literal(default), role, command, touch);
            }
            if spec.operands.first.first() == Some(&Role::GitRemote) {
                self.host(HostValue::symbolic("git-remote", "origin"), touch);
            }
        }
        if spec.into {
            self.put_into(invocation, command, touch);
        }
        if !has(Role::Profile) {
            for name in &spec.hosts {
                let (kind, name) = name.split_once(':').unwrap_or((name, ""));
                self.host(HostValue::symbolic(kind, name), touch);
            }
        }
    }

    fn touch(&mut self, word: &Word, role: Role, command: &Command, touch: Touch) {
        match role {
            Role::Read if touch.in_place => self.file(word, PathAccess::Write, command, touch),
            Role::Read | Role::CodeFile | Role::Directory => self.file(word, PathAccess::Read, command, touch),
            Role::Write => self.file(word, PathAccess::Write, command, touch),
            Role::Upload => self.upload(word, command, touch),
            Role::KeyValue => self.key_value(word, command, touch),
            Role::ReadRemote => self.remote_file(word, PathAccess::Read, command, touch),
            Role::WriteRemote => self.remote_file(word, PathAccess::Write, command, touch),
            Role::Url => self.url_word(word, touch),
            Role::Host => self.host_word(word, touch),
            Role::GitRemote => self.git_remote(word, command, touch),
            Role::Profile => self.profile(word, touch),
            Role::Text
            | Role::Script
            | Role::Program
            | Role::Assignment
            | Role::Code
            | Role::Runs
            | Role::Writes
            | Role::Tree
            | Role::InPlace => {}
        }
    }
}

/// How a command touches what it names.
#[derive(Clone, Copy, Debug)]
struct Touch {
    /// Everything below it too.
    tree: bool,
    /// What is read is written as well.
    in_place: bool,
    /// The program is what its name says.
    certain: bool,
}

impl Touch {
    const CERTAIN: Touch = Touch { tree: false, in_place: false, certain: true };
}

/// Which facets an unknown option of a program may feed.
#[derive(Clone, Copy, Debug)]
struct Touches {
    reads: bool,
    writes: bool,
    hosts: bool,
}

impl Touches {
    fn of(spec: &Spec, outer: Option<&'static Spec>) -> Touches {
        let any =
            |wanted: fn(Role) -> bool| spec.roles().chain(outer.iter().flat_map(|outer| outer.roles())).any(wanted);
        Touches {
            reads: any(|role| matches!(role, Role::Read | Role::Directory | Role::CodeFile | Role::Upload)),
            writes: any(|role| {
                matches!(role, Role::Write | Role::InPlace | Role::KeyValue | Role::ReadRemote | Role::WriteRemote)
            }),
            hosts: any(|role| {
                matches!(role, Role::Url | Role::Host | Role::ReadRemote | Role::WriteRemote | Role::GitRemote)
            }),
        }
    }
}

/// A value that is certainly touched, or was marked as guessed.
fn value<T>(value: T) -> FacetValue<T> {
    FacetValue { value, restricting_only: false }
}

/// Whether a word can stand for more than its text.
fn is_open(word: &Word) -> bool {
    word.open == Some(Open::Expansion)
}
