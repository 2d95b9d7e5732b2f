//! What a path must have to be anything to a line of a test: told before the line is looked at.

use super::bigrams::Bigrams;
use super::cx::PathCx;
use super::pattern::Pattern;
use super::starts::Starts;
use super::value::{Extent, PathAccess, PathValue, Reading};
use std::sync::OnceLock;

/// What is needed for each line of a test.
#[derive(Clone, Debug, Default)]
pub(super) struct Needs {
    kept: OnceLock<Box<Kept>>,
}

/// Found out where the test is first held against a path; an engine asks from there again.
#[derive(Clone, Debug)]
struct Kept {
    workspace: Option<String>,
    home: Option<String>,
    lines: Vec<Need>,
}

impl Needs {
    /// None where links are followed: they lead to places of which the text says nothing.
    pub(super) fn of(&self, cx: &PathCx, lines: impl FnOnce() -> Vec<Need>) -> Option<&[Need]> {
        if cx.resolver.looks() {
            return None;
        }
        let kept = || Box::new(Kept { workspace: cx.workspace.clone(), home: cx.home.clone(), lines: lines() });
        let kept = self.kept.get_or_init(kept);
        (kept.workspace == cx.workspace && kept.home == cx.home).then_some(&kept.lines)
    }
}

/// The pairs that a path has if it meets a line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Need {
    /// It is known where the line starts.
    is_known: bool,
    /// It is one of any depth.
    is_search: bool,
    start: Bigrams,
    /// Those of the start, and of what stands in the rest.
    path: Bigrams,
    looks: Bigrams,
}

impl Need {
    pub(super) fn of(pattern: &Pattern, fragment: Bigrams, looks: Bigrams, cx: &PathCx) -> Need {
        let start = match pattern.starts(cx).as_deref().map(Starts::all) {
            Some([start]) => start.bigrams(),
            _ => Bigrams::NONE,
        };
        Need {
            is_known: pattern.starts_are_known(cx),
            is_search: pattern.starts_anywhere(),
            start,
            path: start.and(fragment),
            looks,
        }
    }

    /// Whether anything that the value means may meet the line: to most values most lines are nothing.
    pub(super) fn may_be_met_by(&self, value: &PathValue) -> bool {
        let is_search = value.access == PathAccess::Read && self.is_search;
        let counts_below = value.extent == Extent::Tree && !is_search;
        let may_meet = |reading: &Reading| {
            let path = reading.bigrams;
            let looks = reading.looks.as_ref().is_some_and(|looks| counts_below || looks.bigrams.may_have(self.looks));
            let below = || path.may_have(self.start) || self.start == Bigrams::NONE || self.start.may_have(path);
            looks || if counts_below { below() } else { path.may_have(self.path) }
        };
        !self.is_known || !value.globs.is_empty() || value.readings.iter().any(may_meet)
    }
}
