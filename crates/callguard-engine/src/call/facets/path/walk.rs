//! Running the names of a path through a pattern, every position at once.

use super::pattern::Step;
use smallvec::SmallVec;

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
    pub(super) fn or(self, other: Meeting) -> Meeting {
        Meeting {
            itself: self.itself || other.itself,
            whole_tree: self.whole_tree || other.whole_tree,
            above: self.above || other.above,
            below: self.below || other.below,
        }
    }
}

/// One part of a pattern.
#[derive(Clone, Copy)]
pub(super) enum Wanted<'a> {
    /// A name of the place that it starts from.
    Literal(&'a str),
    Step(&'a Step),
}

impl Wanted<'_> {
    fn is_any(self) -> bool {
        matches!(self, Wanted::Step(Step::Any))
    }
}

/// Where in a pattern the names so far may have led: linear in the path for a given pattern.
pub(super) struct Walk<'a> {
    parts: SmallVec<[Wanted<'a>; 8]>,
    /// One more than there are parts: the last is the end of the pattern.
    alive: SmallVec<[bool; 16]>,
    above: bool,
}

impl<'a> Walk<'a> {
    pub(super) fn new(parts: impl Iterator<Item = Wanted<'a>>) -> Walk<'a> {
        let parts: SmallVec<[Wanted<'a>; 8]> = parts.collect();
        let alive = (0..=parts.len()).map(|at| at == 0).collect();
        let mut walk = Walk { parts, alive, above: false };
        walk.skip_any();
        walk
    }

    /// Takes one name; `matches` says which parts it fits, `**` aside, which takes any.
    pub(super) fn onto(&mut self, matches: impl Fn(Wanted<'_>) -> bool) {
        self.above |= self.is_at_end();
        let mut reached = false;
        for (position, part) in self.alive.iter_mut().zip(&self.parts) {
            let was = std::mem::replace(position, reached || *position && part.is_any());
            reached = was && !part.is_any() && matches(*part);
        }
        if let Some(end) = self.alive.last_mut() {
            *end = reached;
        }
        self.skip_any();
    }

    /// Takes any number of names that may be anything, and stays only where all of them fit.
    pub(super) fn through_all(&mut self) {
        self.above |= self.is_at_end();
        let parts = self.parts.iter().map(|part| part.is_any()).chain([false]);
        self.alive.iter_mut().zip(parts).for_each(|(position, is_any)| *position &= is_any);
        self.skip_any();
    }

    /// Takes any number of names that may be anything, and goes wherever some of them lead.
    pub(super) fn through_some(&mut self) {
        let mut carried = false;
        for position in &mut self.alive {
            carried |= *position;
            *position = carried;
        }
    }

    /// Where it has come.
    pub(super) fn end(&self) -> Meeting {
        let itself = self.is_at_end();
        let whole_tree = itself && self.parts.last().is_some_and(|part| part.is_any());
        Meeting { itself, whole_tree, above: self.above, below: self.alive.iter().any(|position| *position) }
    }

    fn is_at_end(&self) -> bool {
        self.alive.last() == Some(&true)
    }

    /// `**` also stands for no name at all.
    fn skip_any(&mut self) {
        let mut carried = false;
        let parts = self.parts.iter().map(|part| part.is_any()).chain([false]);
        for (position, is_any) in self.alive.iter_mut().zip(parts) {
            *position |= carried;
            carried = *position && is_any;
        }
    }
}
