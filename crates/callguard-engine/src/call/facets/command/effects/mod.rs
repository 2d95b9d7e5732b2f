//! What a line touches: its files, hosts and URLs, and what it does to the world.

mod hosts;
mod paths;
mod remote;
mod touches;

use super::super::path::{PathAccess, PathCx, PathValue};
use super::super::url::{HostValue, UrlValue};
use super::super::{Facet, FacetValue};
use super::catalog::{Effect, Others, Role, Spec, Value};
use super::code;
use super::options::{Found, Invocation};
use super::reader::{Command, Cwds, Program, Seen};
use super::words::{Open, Word};
use crate::call::SideEffect;
use touches::Touches;

/// Everything that a line touches.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Touched {
    /// The files.
    pub paths: Facet<PathValue>,
    /// The hosts that it connects to, those of its URLs included.
    pub hosts: Facet<HostValue>,
    /// The URLs that it connects to.
    pub urls: Facet<UrlValue>,
}

/// Files that are looked at; more, and nobody knows. One that stands for many counts for more.
const MOST_PATHS: usize = 256;
/// Hosts that are looked at, those of URLs included; more, and nobody knows.
const MOST_HOSTS: usize = 256;
/// What a glob counts for, and the names below a directory.
const MANY: usize = 4;
/// What they may mean, in names: each is held against the patterns of a policy.
const MOST_WEIGHT: usize = 2048;

/// Collects the hosts that the commands reach, and no files.
pub(super) fn hosts_of(seen: &Seen) -> Touched {
    collect(seen, &PathCx::unknown(), false)
}

/// Collects what the commands touch.
pub(super) fn of(seen: &Seen, cx: &PathCx) -> Touched {
    collect(seen, cx, true)
}

fn collect(seen: &Seen, cx: &PathCx, with_paths: bool) -> Touched {
    let open = || seen.not_understood.map(str::to_owned);
    let mut collector = Collector {
        cx,
        with_paths,
        starts: Vec::new(),
        files: 0,
        weight: 0,
        out: Touched {
            paths: Facet { values: Vec::new(), open: open() },
            hosts: Facet { values: Vec::new(), open: open() },
            urls: Facet { values: Vec::new(), open: open() },
        },
    };
    for command in &seen.commands {
        collector.command(command);
    }
    for proxy in &seen.proxies {
        collector.url_word(proxy, Touch::CERTAIN);
    }
    collector.out
}

/// What all of it amounts to; `None` where that cannot be known.
pub(super) fn side_effect(seen: &Seen) -> Option<SideEffect> {
    if seen.not_understood.is_some() || seen.shadowed.is_some() {
        return None;
    }
    let each: Option<Vec<SideEffect>> = seen.commands.iter().map(|command| effect(command)).collect();
    Some(each?.into_iter().max().unwrap_or(SideEffect::Pure))
}

/// What one command amounts to.
pub(super) fn effect(command: &Command) -> Option<SideEffect> {
    let opens = command.redirects.iter().map(|redirect| match redirect.target.known() {
        Some(text) if paths::is_harmless_device(text) => SideEffect::Pure,
        Some(text) if remote::is_connection(text) => SideEffect::Irreversible,
        _ if redirect.access == PathAccess::Read => SideEffect::Read,
        _ => SideEffect::Write,
    });
    let opens = opens.max().unwrap_or(SideEffect::Pure);
    if command.words.is_empty() {
        return Some(opens);
    }
    let program = command.program().filter(|program| program.trusted)?;
    program.spec?;
    let invocation = &command.invocation;
    let reads_code = command.reads_text && invocation.operands.is_empty();
    let own = match invocation.effect() {
        Effect::Known(own) => own,
        Effect::Unknown if reads_code && invocation.spec.is_some_and(|spec| spec.runs_stdin) => SideEffect::Read,
        Effect::Unknown => return None,
    };
    let codes = codes(command, program.spec);
    let written = codes.iter().any(|touched| !touched.writes.is_empty() || !touched.writes_below.is_empty());
    Some(own.max(opens).max(if written { SideEffect::Write } else { SideEffect::Pure }))
}

/// What the code touches that a command is given, or reads.
fn codes(command: &Command, outer: Option<&Spec>) -> Vec<code::Touched> {
    let invocation = &command.invocation;
    let language = invocation.spec.and_then(|spec| spec.language).or(outer.and_then(|outer| outer.language));
    let Some(language) = language else { return Vec::new() };
    let flags =
        invocation.flags.iter().filter(|found| found.role == Role::Code).filter_map(|found| found.value.as_ref());
    let operands = invocation.operands.iter().filter(|(_, role)| *role == Role::Code).map(|(word, _)| word);
    let read = command.code_read.get().map(|text| &**text);
    flags.chain(operands).filter_map(Word::known).chain(read).filter_map(|code| language.read(code)).collect()
}

struct Collector<'a> {
    cx: &'a PathCx,
    with_paths: bool,
    /// Each directory that relative paths start from, and what they mean there.
    starts: Vec<(Option<String>, PathCx)>,
    /// Files so far, and what they weigh.
    files: usize,
    weight: usize,
    out: Touched,
}

impl Collector<'_> {
    fn command(&mut self, command: &Command) {
        for redirect in &command.redirects {
            if !self.connection(&redirect.target) {
                self.file(&redirect.target, redirect.access, &command.cwds, Touch::CERTAIN);
            }
        }
        let Some(program) = command.program() else { return };
        let invocation = &command.invocation;
        if invocation.spec.is_none() || invocation.has_unknown_flag {
            for word in command.arguments() {
                self.guess(word, PathAccess::Unknown, &command.cwds, Touch::GUESS);
            }
        }
        let Some(spec) = invocation.spec else { return };
        if invocation.may_have_more_flags() {
            self.more_flags(Touches::of(spec, program.spec));
        }
        self.invocation(spec, command, program);
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

    fn invocation(&mut self, spec: &Spec, command: &Command, program: Program<'_>) {
        let Command { invocation, cwds, .. } = command;
        let moved = moved(invocation, cwds);
        let inside = moved.as_ref().unwrap_or(cwds);
        let trees = spec.trees || invocation.has(Role::Tree);
        let led = invocation.has(Role::FollowsLinks) || invocation.may_have_more_flags();
        let replaces = spec.replaces && invocation.has(Role::InPlace);
        let touch = Touch {
            tree: trees,
            written: invocation.has(Role::InPlace) || invocation.has(Role::Removes),
            dry: invocation.has(Role::Dry),
            follows: led || !(spec.no_follow || replaces),
            removed: spec.removes_links && !led,
            certain: program.trusted,
        };
        // What is below a tree may be a link out of it.
        let writes = touch.written || invocation.operands.iter().any(|(_, role)| *role == Role::Write);
        if trees && writes && !touch.dry && invocation.has(Role::FollowsLinks) {
            self.unknown_file(PathAccess::Write);
        }
        let names = if trees { super::reader::names_asked_for(invocation) } else { None };
        let with_port = hosts::with_port(&invocation.operands);
        for (word, role) in &invocation.operands {
            match &names {
                _ if *role == Role::Host && with_port.is_some() => {
                    with_port.iter().for_each(|host| self.host_word(host, touch));
                }
                Some(names) if *role == Role::Read => self.named_below(word, names, inside, touch),
                _ if spec.formats && !touch.dry && (*role == Role::Write || touch.written && *role == Role::Read) => {
                    self.formatted(word, inside, touch);
                }
                _ => self.touch(word, *role, inside, touch),
            }
        }
        for (found, word) in invocation.flags.iter().filter_map(|found| Some((found, found.value.as_ref()?))) {
            let below = matches!(found.role, Role::Mount | Role::WriteTree);
            let once = Touch { tree: below, written: false, follows: true, removed: false, ..touch };
            self.touch(word, found.role, cwds, once);
            // `-i/backups/*`: the file as it was goes there.
            if found.role == Role::InPlace && (word.has_slash || word.open.is_some()) {
                self.unknown_file(PathAccess::Write);
            }
            if found.role == Role::Directory && spec.works_there && changes(invocation) {
                self.write(word, cwds, once);
            }
        }
        let valueless =
            |found: &Found| found.value.is_none() && found.flag.is_some_and(|flag| flag.value == Value::Required);
        if invocation
            .flags
            .iter()
            .any(|found| valueless(found) && found.role != Role::InPlace && found.role != Role::Command)
        {
            self.unknown_file(PathAccess::Unknown);
        }
        self.defaults(spec, invocation, names.as_deref(), inside, touch);
        self.guesses(spec, invocation, inside);
        self.open_hosts_if(invocation.has(Role::Follows), "it may be sent on to another host");
        if spec.into && !invocation.has(Role::InPlace) {
            self.put_into(invocation, inside, touch);
        }
        self.writes_of_its_own(spec, invocation, inside, touch);
        for touched in codes(command, program.spec) {
            let trees = Touch { tree: true, ..Touch::CERTAIN };
            for (access, files, touch) in [
                (PathAccess::Read, &touched.reads, Touch::CERTAIN),
                (PathAccess::Write, &touched.writes, Touch::CERTAIN),
                (PathAccess::Read, &touched.reads_below, trees),
                (PathAccess::Write, &touched.writes_below, trees),
            ] {
                files.iter().for_each(|file| self.file(&Word::literal(file), access, inside, touch));
            }
        }
        self.configured_hosts(spec, invocation, touch);
    }

    /// What it works on where nothing is said.
    fn defaults(&mut self, spec: &Spec, invocation: &Invocation, names: Option<&[String]>, cwds: &Cwds, touch: Touch) {
        let role = spec.operands.repeated.or(spec.operands.first.first().copied()).unwrap_or(Role::Read);
        let given = invocation.operands.iter().any(|(_, given)| *given == role) || invocation.has(Role::Help);
        let default = spec.default_operand.as_ref().or(spec.tree_default.as_ref().filter(|_| touch.tree));
        if let Some(default) = default.filter(|_| !given) {
            let word = Word::literal(default);
            match names {
                Some(names) => self.named_below(&word, names, cwds, touch),
                None => self.touch(&word, role, cwds, touch),
            }
        }
        if invocation.operands.is_empty() && spec.operands.first.first() == Some(&Role::GitRemote) {
            self.host(HostValue::symbolic("git-remote", "origin"), touch);
        }
    }

    /// Words of which the rules say nothing, where the program takes more than they list.
    fn guesses(&mut self, spec: &Spec, invocation: &Invocation, cwds: &Cwds) {
        if spec.others != Others::Plain || spec.effect == Effect::Known(SideEffect::Pure) {
            return;
        }
        // It reads them, if anything; what else it does is its own.
        let first = self.out.paths.values.len();
        for (word, _) in invocation.operands.iter().filter(|(word, role)| *role == Role::Text && !paths::is_code(word))
        {
            self.guess(word, PathAccess::Read, cwds, Touch::CERTAIN);
        }
        for word in
            invocation.flags.iter().filter(|found| found.flag.is_none()).filter_map(|found| found.value.as_ref())
        {
            self.guess(word, PathAccess::Read, cwds, Touch::CERTAIN);
        }
        self.out.paths.values.iter_mut().skip(first).for_each(|found| found.restricting_only = true);
    }

    fn writes_of_its_own(&mut self, spec: &Spec, invocation: &Invocation, cwds: &Cwds, touch: Touch) {
        let place = invocation.writes_below.filter(|place| !place.is_empty() && !invocation.has(Role::WriteTree));
        if let Some(place) = place.filter(|_| !touch.dry && !invocation.has(Role::Help)) {
            self.file(&Word::literal(place), PathAccess::Write, cwds, Touch { tree: true, ..touch });
        }
        if invocation.has(Role::WritesAnywhere) && !touch.dry {
            self.unknown_file(PathAccess::Write);
        }
        if invocation.has(Role::WritesHere) {
            self.file(&Word::literal("."), PathAccess::Write, cwds, Touch { tree: true, ..touch });
        }
        let instead =
            invocation.has(Role::WriteInstead) || invocation.has(Role::NotNamed) || invocation.has(Role::Help);
        if invocation.has(Role::NamedByUrl) || spec.named_by_url && !instead {
            for (url, _) in invocation.operands.iter().filter(|(_, role)| *role == Role::Url) {
                self.named_by_url(url, cwds, touch);
            }
        }
    }

    fn configured_hosts(&mut self, spec: &Spec, invocation: &Invocation, touch: Touch) {
        if invocation.has(Role::Profile) || invocation.has(Role::Offline) || invocation.has(Role::Help) {
            return;
        }
        for name in &spec.hosts {
            let (kind, name) = name.split_once(':').unwrap_or((name, ""));
            self.host(HostValue::symbolic(kind, name), touch);
        }
    }

    fn touch(&mut self, word: &Word, role: Role, cwds: &Cwds, touch: Touch) {
        match role {
            Role::Read if touch.written => self.write(word, cwds, touch),
            Role::ReadTree => self.file(word, PathAccess::Read, cwds, Touch { tree: true, ..touch }),
            Role::Read if word.text.starts_with('@') => {
                self.file(word, PathAccess::Read, cwds, touch);
                if let Some(file) = word.after("@") {
                    self.file(&file, PathAccess::Read, cwds, Touch { certain: false, ..touch });
                }
            }
            Role::List => {
                self.file(word, PathAccess::Read, cwds, Touch { tree: false, ..touch });
                self.unknown_file(if touch.written { PathAccess::Write } else { PathAccess::Read });
            }
            Role::Read | Role::CodeFile | Role::Source | Role::Directory | Role::SendsFile => {
                self.file(word, PathAccess::Read, cwds, touch);
            }
            Role::Write | Role::WriteInstead | Role::WriteTree => self.write(word, cwds, touch),
            Role::Pathspec => self.pathspec(word, PathAccess::Read, cwds),
            Role::PathspecWritten => self.pathspec(word, PathAccess::Write, cwds),
            Role::Mount => self.mount(word, cwds, touch),
            Role::Upload | Role::Sends => self.upload(word, cwds, touch),
            Role::SendsAt => self.sent_at(word, cwds, touch),
            Role::Cookie if !word.text.contains('=') => self.file(word, PathAccess::Read, cwds, touch),
            Role::KeyValue => self.key_value(word, cwds, touch),
            Role::ReadRemote if touch.written => self.remote_file(word, PathAccess::Write, cwds, touch),
            Role::ReadRemote => self.remote_file(word, PathAccess::Read, cwds, touch),
            Role::WriteRemote if touch.dry => self.remote_file(word, PathAccess::Read, cwds, touch),
            Role::WriteRemote => self.remote_file(word, PathAccess::Write, cwds, touch),
            Role::Url => self.url_word(word, touch),
            Role::Host => self.host_word(word, touch),
            Role::Dns => self.dns_word(word, touch),
            Role::GitRemote => self.git_remote(word, cwds, touch),
            Role::Profile => self.profile(word, touch),
            _ => {}
        }
    }

    fn write(&mut self, word: &Word, cwds: &Cwds, touch: Touch) {
        let access = if touch.dry { PathAccess::Read } else { PathAccess::Write };
        self.file(word, access, cwds, touch);
    }
}

/// Whether it does more than look.
fn changes(invocation: &Invocation) -> bool {
    !matches!(invocation.effect(), Effect::Known(SideEffect::Pure | SideEffect::Read))
}

/// Where an option makes it work in another directory.
fn moved(invocation: &Invocation, cwds: &Cwds) -> Option<Cwds> {
    let directories = invocation.flags.iter().filter(|found| found.role == Role::Directory);
    directories.fold(None, |moved, found| {
        let target = found.value.as_ref().and_then(Word::known);
        Some(moved.as_ref().unwrap_or(cwds).moved(target))
    })
}

/// How a command touches what it names.
#[derive(Clone, Copy, Debug)]
struct Touch {
    /// Everything below it too.
    tree: bool,
    /// What is read otherwise is written.
    written: bool,
    /// Nothing is written.
    dry: bool,
    /// A link stands for what it leads to.
    follows: bool,
    /// Of a link the link is removed.
    removed: bool,
    /// The program is what its name says.
    certain: bool,
}

impl Touch {
    const CERTAIN: Touch =
        Touch { tree: false, written: false, dry: false, follows: true, removed: false, certain: true };
    const GUESS: Touch = Touch { certain: false, ..Touch::CERTAIN };
}

/// A value that is certainly touched, or was marked as guessed.
fn value<T>(value: T) -> FacetValue<T> {
    FacetValue { value, restricting_only: false }
}

/// Whether a word can stand for more than its text.
fn is_open(word: &Word) -> bool {
    word.open == Some(Open::Expansion)
}
