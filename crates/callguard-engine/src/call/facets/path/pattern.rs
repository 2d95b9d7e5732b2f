//! Patterns over paths: a place, then gitignore's language below it.

use super::cx::PathCx;
use super::glob::Glob;
use super::globbed::{self, All, GlobReading, NameGlob};
use super::lexical::{is_normal, normalise};
use super::spelled::Spelled;
use super::starts::{Form, Start, Starts, tail};
use super::walk::{Meeting, Walk, Wanted};
use std::borrow::Cow;
use std::sync::OnceLock;

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
    kept: OnceLock<Box<Kept>>,
}

/// Where a pattern starts below the base with which it was first asked; an engine asks with the same again.
#[derive(Clone, Debug)]
struct Kept {
    base: String,
    starts: Starts,
}

#[derive(Clone, Debug)]
pub(super) enum Step {
    /// `**`: any number of components.
    Any,
    Name(Box<Name>),
}

/// One component in the three forms in which it is compared.
#[derive(Clone, Debug)]
pub(super) struct Name {
    pub(super) exact: Glob,
    pub(super) folded: Glob,
    skeleton: Glob,
}

impl Pattern {
    fn new(base: Base, literal: Vec<String>, rest: Vec<Step>) -> Pattern {
        Pattern { base, literal, rest, kept: OnceLock::new() }
    }

    /// The place itself, and all below it.
    pub(super) fn under(operand: &str) -> Pattern {
        let (base, literal) = place(operand);
        Pattern::new(base, literal, vec![Step::Any])
    }

    /// The place itself.
    pub(super) fn exactly(operand: &str) -> Pattern {
        let (base, literal) = place(operand);
        Pattern::new(base, literal, Vec::new())
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
        Some(Pattern::new(base, literal, rest))
    }

    /// Whether it could match at any depth of any tree (`**/x`, or no slash at all).
    pub(super) fn starts_anywhere(&self) -> bool {
        matches!(self.base, Base::Root | Base::Anywhere)
            && self.literal.is_empty()
            && self.rest.len() > 1
            && matches!(self.rest.first(), Some(Step::Any))
    }

    /// Whether [`Pattern::starts`] has an answer.
    pub(super) fn starts_are_known(&self, cx: &PathCx) -> bool {
        match self.base {
            Base::Root | Base::Anywhere => true,
            Base::Workspace => cx.workspace.is_some(),
            Base::Home => cx.home.is_some(),
        }
    }

    /// The places that it starts from. `None` if it needs what is not known.
    pub(super) fn starts(&self, cx: &PathCx) -> Option<Cow<'_, Starts>> {
        let base = match self.base {
            Base::Root | Base::Anywhere => "",
            Base::Workspace => cx.workspace.as_deref()?,
            Base::Home => cx.home.as_deref()?,
        };
        let kept = self.kept.get_or_init(|| Box::new(Kept { base: base.to_owned(), starts: self.written(base) }));
        let written = match kept.base == base {
            true => Cow::Borrowed(&kept.starts),
            false => Cow::Owned(self.written(base)),
        };
        Some(Starts::led_on(written, cx))
    }

    /// The literal components below `base`, as one path.
    fn written(&self, base: &str) -> Starts {
        let mut written = base.to_owned();
        for name in &self.literal {
            written.push('/');
            written.push_str(name);
        }
        Starts::written(if is_normal(&written) || written.is_empty() { written } else { normalise(&written) })
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
            // Letters of the pattern itself: another form of a letter may be ASCII where the letter is not.
            Step::Name(name) => name.exact.fragment().map(|text| text.to_ascii_lowercase()),
        });
        names.max_by_key(String::len)
    }

    /// How a normal path meets it, where it starts at one of `starts`.
    pub(super) fn meet(&self, path: &Spelled<'_>, starts: &[Start], form: Form) -> Meeting {
        starts.iter().map(|start| self.meet_from(path, start.in_form(form), form)).fold(Meeting::default(), Meeting::or)
    }

    /// How what a glob matches meets it: some of it, or with `all` everything.
    pub(super) fn meet_glob(&self, names: &[NameGlob], starts: &[Start], all: bool) -> Meeting {
        let meet = |start: &Start| match all {
            true => self.meet_names::<All>(names, start.names()),
            false => self.meet_names::<globbed::Any>(names, start.folded_names()),
        };
        starts.iter().map(meet).fold(Meeting::default(), Meeting::or)
    }

    fn meet_names<'s, R: GlobReading>(
        &'s self,
        names: &[NameGlob],
        start: impl Iterator<Item = &'s str> + Clone,
    ) -> Meeting {
        let mut ahead = names;
        for wanted in start.clone() {
            match ahead.split_first() {
                Some((name, _)) if name.any_depth => return self.walk_names::<R>(names, start.map(Wanted::Literal)),
                Some((name, rest)) if R::is_called(wanted, name) => ahead = rest,
                Some(_) => return Meeting::default(),
                None => return Meeting { below: true, ..Meeting::default() },
            }
        }
        let is_flat = !ahead.iter().any(|name| name.any_depth);
        match self.rest.as_slice() {
            [Step::Any, Step::Name(step)] if is_flat => floating(ahead, false, |name| R::fits(step, name)),
            [Step::Any, Step::Name(step), Step::Any] if is_flat => floating(ahead, true, |name| R::fits(step, name)),
            _ => self.walk_names::<R>(ahead, std::iter::empty()),
        }
    }

    fn walk_names<'s, R: GlobReading>(
        &'s self,
        names: &[NameGlob],
        start: impl Iterator<Item = Wanted<'s>>,
    ) -> Meeting {
        let floats = self.starts_anywhere();
        let mut walk = Walk::new(start.chain(self.rest.iter().map(Wanted::Step)));
        for name in names {
            match name.any_depth {
                true => R::between(&mut walk, floats),
                false => walk.onto(|wanted| match wanted {
                    Wanted::Literal(literal) => R::is_called(literal, name),
                    Wanted::Step(Step::Name(step)) => R::fits(step, name),
                    Wanted::Step(Step::Any) => false,
                }),
            }
        }
        walk.end()
    }

    fn meet_from(&self, path: &Spelled<'_>, start: &str, form: Form) -> Meeting {
        let Some(rest) = tail(path.text(), start) else {
            return Meeting { below: tail(start, path.text()).is_some(), ..Meeting::default() };
        };
        let (itself, above) = (rest.is_empty(), !rest.is_empty());
        let names = || path.names().get(components_of(start)..).unwrap_or_default();
        match self.rest.as_slice() {
            [] => Meeting { itself, whole_tree: false, above, below: itself },
            [Step::Any] => Meeting { itself: true, whole_tree: true, above, below: true },
            [Step::Any, Step::Name(name)] => floating(names(), false, |part| name.matches(part, form)),
            [Step::Any, Step::Name(name), Step::Any] => floating(names(), true, |part| name.matches(part, form)),
            steps => {
                let mut walk = Walk::new(steps.iter().map(Wanted::Step));
                for part in names() {
                    walk.onto(|wanted| matches!(wanted, Wanted::Step(Step::Name(name)) if name.matches(part, form)));
                }
                walk.end()
            }
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
            Step::Name(name) => name.exact.as_literal().map(str::to_owned),
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

/// What a walk gives for `**/NAME`, and with `covers` for `**/NAME/**`, which most lines are.
fn floating<N>(names: &[N], covers: bool, matches: impl Fn(&N) -> bool) -> Meeting {
    let Some((last, before)) = names.split_last() else { return Meeting { below: true, ..Meeting::default() } };
    let above = before.iter().any(&matches);
    let itself = covers && above || matches(last);
    Meeting { itself, whole_tree: covers && itself, above, below: true }
}

/// How many names a normal path has.
fn components_of(place: &str) -> usize {
    if place == "/" { 0 } else { place.bytes().filter(|byte| *byte == b'/').count() }
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
