//! The places that a pattern starts from.

use super::bigrams::Bigrams;
use super::cx::{PathCx, Resolution};
use super::fold::{fold, skeleton};
use super::lexical::normalise;
use smallvec::{SmallVec, smallvec};
use std::borrow::Cow;
use std::sync::OnceLock;

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
    places: SmallVec<[Start; 1]>,
    /// So many of them, from the first, are the author's word: links beneath the workspace and the home are not
    /// followed, since whoever writes there could point them anywhere.
    sure: usize,
}

/// One place in the forms in which it is compared, with no `/` at its end: the root is empty.
#[derive(Clone, Debug)]
pub(super) struct Start {
    exact: String,
    folded: String,
    /// Its pairs in both of these forms; none where they differ in more than case.
    bigrams: Bigrams,
    /// Found out when a path that is not ASCII is first held against it.
    skeleton: OnceLock<Box<str>>,
}

impl Starts {
    /// The place as it is written; normal, or the root as `""`.
    pub(super) fn written(place: String) -> Starts {
        Starts { places: smallvec![Start::new(place)], sure: 1 }
    }

    /// Wherever it may lead.
    pub(super) fn all(&self) -> &[Start] {
        &self.places
    }

    /// What may excuse.
    pub(super) fn sure(&self) -> &[Start] {
        self.places.get(..self.sure).unwrap_or_default()
    }

    /// The same, and where links lead from there.
    pub(super) fn led_on<'s>(self_: Cow<'s, Starts>, cx: &PathCx) -> Cow<'s, Starts> {
        let Some(written) = self_.places.first().map(|start| start.exact.as_str()).filter(|place| !place.is_empty())
        else {
            // The root is where it is.
            return self_;
        };
        let Some(led) = led(written, cx) else { return self_ };
        let around = [&cx.workspace, &cx.home].into_iter().flatten().map(|base| normalise(base));
        let own = around.filter(|base| tail(written, base).is_some()).max_by_key(String::len);
        let sure = match own {
            None => Some(led.clone()),
            Some(base) => led_base(&base, written, cx),
        };
        let places: SmallVec<[Start; 1]> = self_.places.iter().cloned().chain(sure.map(Start::new)).collect();
        let sure = places.len();
        Cow::Owned(Starts { places: places.into_iter().chain([Start::new(led)]).collect(), sure })
    }
}

impl Start {
    fn new(place: String) -> Start {
        let exact = without_end(&place).to_owned();
        let (folded, bigrams) = match exact.is_ascii() {
            true => (exact.to_ascii_lowercase(), Bigrams::of(&exact)),
            false => (normal(&fold(&exact)), Bigrams::NONE),
        };
        Start { exact, folded, bigrams, skeleton: OnceLock::new() }
    }

    /// The pairs of every path at or below it, exact or folded.
    pub(super) fn bigrams(&self) -> Bigrams {
        self.bigrams
    }

    /// Its names.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.exact.split('/').skip(1)
    }

    /// Its names, folded.
    pub(super) fn folded_names(&self) -> impl Iterator<Item = &str> + Clone {
        self.folded.split('/').skip(1)
    }

    /// The place as it is.
    pub(super) fn exact(&self) -> &str {
        &self.exact
    }

    pub(super) fn in_form(&self, form: Form) -> &str {
        let looks = || normal(&skeleton(&fold(&self.exact))).into_boxed_str();
        match form {
            Form::Exact => &self.exact,
            Form::Folded => &self.folded,
            Form::Skeleton => self.skeleton.get_or_init(looks),
        }
    }
}

/// What follows `place` in `path`, if it is that or below it: empty, or it starts with `/`. Both are normal.
pub(super) fn tail<'p>(path: &'p str, place: &str) -> Option<&'p str> {
    let rest = without_end(path).strip_prefix(without_end(place))?;
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}

/// The root is empty.
fn without_end(place: &str) -> &str {
    if place == "/" { "" } else { place }
}

/// Folding can make a separator.
fn normal(place: &str) -> String {
    without_end(&normalise(place)).to_owned()
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
    let rest = tail(written, base)?;
    led(base, cx).map(|base| normalise(&format!("{base}/{rest}")))
}
