//! Patterns over paths: a place, then gitignore's language below it.

use super::cx::{PathCx, Resolution};
use super::fold::{fold, skeleton};
use super::glob::Glob;
use super::globbed::NameGlob;
use super::lexical::{Components, components, is_normal, normalise};
use smallvec::{SmallVec, smallvec};
use std::borrow::Cow;

/// What a pattern starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Base {
    Root,
    Workspace,
    Home,
    Anywhere,
}

/// One pattern: literal components below a base, then globs.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    base: Base,
    literal: Vec<String>,
    rest: Vec<Step>,
}

#[derive(Clone, Debug)]
enum Step {
    /// `**`: any number of components.
    Any,
    Name(Box<Name>),
}

/// One component in the three forms in which it is compared.
#[derive(Clone, Debug)]
struct Name {
    exact: Glob,
    folded: Glob,
    skeleton: Glob,
}

/// In which form names are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Exact,
    Folded,
    Skeleton,
}

/// The places that a pattern starts from: as written, and where that leads.
#[derive(Clone, Debug)]
pub(super) struct Starts {
    places: SmallVec<[String; 1]>,
    /// So many of them, from the first, are the author's word: links beneath the workspace and the home are not
    /// followed, since whoever writes there could point them anywhere.
    sure: usize,
}

impl Starts {
    /// Wherever it may lead.
    pub(super) fn all(&self) -> &[String] {
        &self.places
    }

    /// What may excuse.
    pub(super) fn sure(&self) -> &[String] {
        self.places.get(..self.sure).unwrap_or_default()
    }
}

/// How a path meets a pattern.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Meeting {
    /// The path itself matches.
    pub(super) itself: bool,
    /// So does everything below it.
    pub(super) whole_tree: bool,
    /// A directory above it matches.
    pub(super) above: bool,
    /// Something below it may match.
    pub(super) below: bool,
}

impl Meeting {
    fn or(self, other: Meeting) -> Meeting {
        Meeting {
            itself: self.itself || other.itself,
            whole_tree: self.whole_tree || other.whole_tree,
            above: self.above || other.above,
            below: self.below || other.below,
        }
    }
}

impl Pattern {
    /// The place itself, and all below it.
    pub(super) fn under(operand: &str) -> Pattern {
        let (base, literal) = place(operand);
        Pattern { base, literal, rest: vec![Step::Any] }
    }

    /// The place itself.
    pub(super) fn exactly(operand: &str) -> Pattern {
        let (base, literal) = place(operand);
        Pattern { base, literal, rest: Vec::new() }
    }

    /// A line of gitignore's language, without its `!`. `None` if a `..` follows a glob.
    pub(super) fn like(line: &str) -> Option<Pattern> {
        let (body, is_directory) = match line.strip_suffix('/') {
            Some(body) if !body.is_empty() => (body, true),
            _ => (line, false),
        };
        let (base, tail) = if is_anchored(body) { base_of(body) } else { (Base::Anywhere, body) };
        let mut steps: Vec<Step> = Vec::new();
        for part in tail.split('/') {
            match part {
                "" | "." => {}
                ".." => step_up(base, &mut steps)?,
                "**" => steps.push(Step::Any),
                name => steps.push(Step::Name(Box::new(Name::of(Glob::parse(name))))),
            }
        }
        if base == Base::Anywhere {
            steps.insert(0, Step::Any);
        }
        if is_directory {
            steps.push(Step::Any);
        }
        let literal: Vec<String> = steps.iter().map_while(Step::as_literal).collect();
        let rest = steps.into_iter().skip(literal.len()).collect();
        Some(Pattern { base, literal, rest })
    }

    /// Whether it could match at any depth of any tree (`**/x`, or no slash at all).
    pub(super) fn starts_anywhere(&self) -> bool {
        matches!(self.base, Base::Root | Base::Anywhere)
            && self.literal.is_empty()
            && self.rest.len() > 1
            && matches!(self.rest.first(), Some(Step::Any))
    }

    /// The places that it starts from. `None` if it needs what is not known.
    pub(super) fn starts(&self, cx: &PathCx) -> Option<Starts> {
        let base = match self.base {
            // The root is where it is.
            Base::Root | Base::Anywhere if self.literal.is_empty() => {
                return Some(Starts { places: smallvec![String::new()], sure: 1 });
            }
            Base::Root | Base::Anywhere => "",
            Base::Workspace => cx.workspace.as_deref()?,
            Base::Home => cx.home.as_deref()?,
        };
        let written = self.written(base);
        let Some(led) = led(&written, cx) else { return Some(Starts { places: smallvec![written], sure: 1 }) };
        let around = [&cx.workspace, &cx.home].into_iter().flatten().map(|base| normalise(base));
        let own = around.filter(|base| below(&written, base).is_some()).max_by_key(String::len);
        let sure = match own {
            None => Some(led.clone()),
            Some(base) => led_base(&base, &written, cx),
        };
        let places: SmallVec<[String; 1]> = [written].into_iter().chain(sure).collect();
        let sure = places.len();
        Some(Starts { places: places.into_iter().chain([led]).collect(), sure })
    }

    /// The literal components below `base`, as one path.
    fn written(&self, base: &str) -> String {
        let mut written = base.to_owned();
        for name in &self.literal {
            written.push('/');
            written.push_str(name);
        }
        if is_normal(&written) { written } else { normalise(&written) }
    }

    /// Whether it names one file, without a glob.
    pub(super) fn is_literal(&self) -> bool {
        self.base != Base::Anywhere && self.rest.iter().all(|step| matches!(step, Step::Any))
    }

    /// A text that stands in every path that may match, in lower case: whatever place it starts from, and however the
    /// path is folded, as long as it is ASCII. None where there is no such text.
    pub(super) fn fragment(&self) -> Option<String> {
        let names = self.rest.iter().filter_map(|step| match step {
            Step::Any => None,
            Step::Name(name) => name.folded.fragment(),
        });
        names.max_by_key(String::len)
    }

    /// How the path of these names meets it, where it starts at one of `starts`.
    pub(super) fn meet(&self, names: &[&str], starts: &[String], form: Form) -> Meeting {
        starts.iter().map(|start| self.meet_from(names, start, form)).fold(Meeting::default(), Meeting::or)
    }

    /// How what a glob matches meets it: some of it, or with `all` everything.
    pub(super) fn meet_glob(&self, names: &[NameGlob], starts: &[String], all: bool) -> Meeting {
        let meetings = starts.iter().map(|start| self.meet_glob_from(names, start, all));
        meetings.fold(Meeting::default(), Meeting::or)
    }

    fn meet_glob_from(&self, names: &[NameGlob], start: &str, all: bool) -> Meeting {
        let start: Vec<Glob> = components(start).into_iter().map(Glob::literal).collect();
        let agree = names
            .iter()
            .zip(&start)
            .all(|(name, wanted)| if all { *name.exact == *wanted } else { may_be(&wanted.folded(), name) });
        // A pattern of any depth is about the name that is searched for, not about directories on the way to it.
        let floats = self.starts_anywhere();
        match names.get(start.len()..) {
            Some(tail) if agree => walk(&self.rest, tail, |step, name| {
                if floats && name.is_any() {
                    false
                } else if all {
                    step.exact.matches_all() || step.exact == *name.exact
                } else {
                    may_be(&step.folded, name)
                }
            }),
            _ => Meeting { below: agree && names.len() < start.len(), ..Meeting::default() },
        }
    }

    fn meet_from(&self, names: &[&str], start: &str, form: Form) -> Meeting {
        let start = form.of(start);
        let start: Components<'_> = components(&start);
        match names.strip_prefix(start.as_slice()) {
            Some(tail) => walk(&self.rest, tail, |step, name| step.matches(name, form)),
            None => Meeting { below: start.starts_with(names), ..Meeting::default() },
        }
    }
}

impl Form {
    /// A place in this form.
    fn of(self, text: &str) -> Cow<'_, str> {
        match self {
            _ if text.is_empty() => Cow::Borrowed(text),
            Form::Exact => Cow::Borrowed(text),
            Form::Folded => Cow::Owned(fold(text)),
            Form::Skeleton => Cow::Owned(skeleton(&fold(text))),
        }
    }
}

impl Name {
    fn of(exact: Glob) -> Name {
        Name { folded: exact.folded(), skeleton: exact.skeleton(), exact }
    }

    fn matches(&self, name: &str, form: Form) -> bool {
        match form {
            Form::Exact => self.exact.matches(name),
            Form::Folded => self.folded.matches(name),
            Form::Skeleton => self.skeleton.matches(name),
        }
    }
}

impl Step {
    fn as_literal(&self) -> Option<String> {
        match self {
            Step::Any => None,
            Step::Name(name) => name.exact.as_literal(),
        }
    }
}

/// A `..` in a pattern: takes back a literal; at the start it stays until the base is known.
fn step_up(base: Base, steps: &mut Vec<Step>) -> Option<()> {
    match steps.last().map(Step::as_literal) {
        Some(None) => return None,
        Some(Some(name)) if name != ".." => drop(steps.pop()),
        _ if base == Base::Root => {}
        _ => steps.push(Step::Name(Box::new(Name::of(Glob::literal(".."))))),
    }
    Some(())
}

/// Where `path` leads, if elsewhere.
fn led(path: &str, cx: &PathCx) -> Option<String> {
    match cx.resolver.resolve(path) {
        Resolution::Resolved { path: led, .. } => Some(normalise(&led)).filter(|led| led != path),
        _ => None,
    }
}

/// `written` with the links on the way to `base` followed, and none below it.
fn led_base(base: &str, written: &str, cx: &PathCx) -> Option<String> {
    let rest = below(written, base)?;
    led(base, cx).map(|base| normalise(&format!("{base}/{rest}")))
}

/// What follows `base` in a path that is it or below it.
fn below<'p>(path: &'p str, base: &str) -> Option<&'p str> {
    let rest = path.strip_prefix(base.trim_end_matches('/'))?;
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}

/// Runs the steps over the names, all positions at once: linear in the path for a given pattern.
fn walk<N>(steps: &[Step], names: &[N], matches: impl Fn(&Name, &N) -> bool) -> Meeting {
    let mut alive: SmallVec<[bool; 8]> = smallvec![false; steps.len().saturating_add(1)];
    if let Some(first) = alive.first_mut() {
        *first = true;
    }
    skip_any(steps, &mut alive);
    let mut above = false;
    for name in names {
        above |= alive.last() == Some(&true);
        let mut next: SmallVec<[bool; 8]> = smallvec![false; alive.len()];
        for (at, step) in steps.iter().enumerate().filter(|(at, _)| alive.get(*at) == Some(&true)) {
            let to = match step {
                Step::Any => at,
                Step::Name(pattern) if matches(pattern, name) => at.saturating_add(1),
                Step::Name(_) => continue,
            };
            if let Some(reached) = next.get_mut(to) {
                *reached = true;
            }
        }
        skip_any(steps, &mut next);
        alive = next;
    }
    let itself = alive.last() == Some(&true);
    let whole_tree = itself && matches!(steps.last(), Some(Step::Any));
    Meeting { itself, whole_tree, above, below: alive.iter().any(|position| *position) }
}

/// `**` also stands for no component at all.
fn skip_any(steps: &[Step], alive: &mut [bool]) {
    let mut carried = false;
    for (at, position) in alive.iter_mut().enumerate() {
        *position |= carried;
        carried = *position && matches!(steps.get(at), Some(Step::Any));
    }
}

/// Whether some name matches both a pattern and a glob of a command.
fn may_be(pattern: &Glob, name: &NameGlob) -> bool {
    if let Some(literal) = &name.literal {
        return pattern.matches(literal);
    }
    let glob = &name.folded;
    match pattern.as_literal() {
        Some(literal) if name.hidden_too => glob.matches(&literal),
        None if name.hidden_too => glob.ends_meet(pattern),
        Some(literal) => glob.matches(&literal) && glob.may_meet(pattern),
        None => glob.may_meet(pattern),
    }
}

/// Whether a line is tied to a place: it has a slash before its end, or starts at `.` or the home.
fn is_anchored(body: &str) -> bool {
    let (base, _) = base_of(body);
    !body.starts_with("**/") && (body.contains('/') || base == Base::Home || matches!(body, "." | ".."))
}

/// What a path or pattern starts from, and what follows.
fn base_of(text: &str) -> (Base, &str) {
    if let Some(rest) = text.strip_prefix('/') {
        return (Base::Root, rest);
    }
    for home in ["~", "$HOME", "${HOME}"] {
        if let Some(rest) = text.strip_prefix(home).filter(|rest| rest.is_empty() || rest.starts_with('/')) {
            return (Base::Home, rest);
        }
    }
    (Base::Workspace, text)
}

fn place(operand: &str) -> (Base, Vec<String>) {
    let (base, rest) = base_of(operand);
    // A leading `..` must survive until the base is known.
    let mut kept: Vec<String> = Vec::new();
    for name in rest.split('/').filter(|name| !matches!(*name, "" | ".")) {
        if name == ".." && base != Base::Root && kept.last().is_none_or(|last| last == "..") {
            kept.push(name.to_owned());
        } else if name == ".." {
            kept.pop();
        } else {
            kept.push(name.to_owned());
        }
    }
    (base, kept)
}
