//! Many literals in one walk over a text.

use super::hits::{Hits, Place};
use crate::decide::fold;
use daachorse::{DoubleArrayAhoCorasick, Match};
use std::collections::BTreeMap;

/// Where in the text a literal must stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Anchor {
    Anywhere,
    AtStart,
    AtEnd,
}

/// A text that must stand in the value for a contract to come into question. Never empty.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Literal {
    /// Folded, if `ignore_case`.
    pub(super) text: String,
    pub(super) ignore_case: bool,
    pub(super) anchor: Anchor,
}

/// Contracts by the literals that must stand in a text.
#[derive(Debug, Default)]
pub(super) struct Literals {
    exact: Draft,
    folded: Draft,
    sealed: Option<Sealed>,
    /// Every one: of a value that is no text, and before the automata are built.
    all: Vec<Place>,
}

#[derive(Debug, Default)]
struct Draft {
    by_text: BTreeMap<String, Anchored>,
}

#[derive(Clone, Debug, Default)]
struct Anchored {
    anywhere: Vec<Place>,
    at_start: Vec<Place>,
    at_end: Vec<Place>,
}

#[derive(Debug)]
struct Sealed {
    exact: Option<Automaton>,
    folded: Option<Automaton>,
}

struct Automaton {
    search: DoubleArrayAhoCorasick<u32>,
    by_pattern: Vec<Anchored>,
}

impl Literals {
    pub(super) fn insert(&mut self, place: Place, literal: &Literal) {
        let draft = if literal.ignore_case { &mut self.folded } else { &mut self.exact };
        let anchored = draft.by_text.entry(literal.text.clone()).or_default();
        match literal.anchor {
            Anchor::Anywhere => anchored.anywhere.push(place),
            Anchor::AtStart => anchored.at_start.push(place),
            Anchor::AtEnd => anchored.at_end.push(place),
        }
        self.all.push(place);
    }

    /// Builds the automata. What cannot be built leaves every contract in question.
    pub(super) fn seal(&mut self) {
        let exact = std::mem::take(&mut self.exact).build();
        let folded = std::mem::take(&mut self.folded).build();
        if let (Ok(exact), Ok(folded)) = (exact, folded) {
            self.sealed = Some(Sealed { exact, folded });
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub(super) fn all(&self, hits: &mut Hits) {
        hits.add(&self.all);
    }

    pub(super) fn look_up(&self, text: &str, hits: &mut Hits) {
        let Some(sealed) = &self.sealed else { return self.all(hits) };
        if let Some(automaton) = &sealed.exact {
            automaton.walk(text.as_bytes(), hits);
        }
        match &sealed.folded {
            Some(automaton) if text.is_ascii() => automaton.walk_folding(text.as_bytes(), hits),
            Some(automaton) => automaton.walk(fold(text).as_bytes(), hits),
            None => {}
        }
    }
}

impl Draft {
    fn build(self) -> daachorse::errors::Result<Option<Automaton>> {
        if self.by_text.is_empty() {
            return Ok(None);
        }
        let search = DoubleArrayAhoCorasick::new(self.by_text.keys())?;
        Ok(Some(Automaton { search, by_pattern: self.by_text.into_values().collect() }))
    }
}

impl Automaton {
    fn walk(&self, text: &[u8], hits: &mut Hits) {
        self.all(self.search.find_overlapping_iter(text), text.len(), hits);
    }

    fn walk_folding(&self, text: &[u8], hits: &mut Hits) {
        let bytes = text.iter().map(u8::to_ascii_lowercase);
        self.all(self.search.find_overlapping_iter_from_iter(bytes), text.len(), hits);
    }

    fn all(&self, found: impl Iterator<Item = Match<u32>>, end: usize, hits: &mut Hits) {
        found.for_each(|found| self.found(found.value(), found.start() == 0, found.end() == end, hits));
    }

    fn found(&self, pattern: u32, at_start: bool, at_end: bool, hits: &mut Hits) {
        let Some(anchored) = usize::try_from(pattern).ok().and_then(|pattern| self.by_pattern.get(pattern)) else {
            return;
        };
        hits.add(&anchored.anywhere);
        if at_start {
            hits.add(&anchored.at_start);
        }
        if at_end {
            hits.add(&anchored.at_end);
        }
    }
}

impl std::fmt::Debug for Automaton {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Automaton").field("patterns", &self.by_pattern.len()).finish_non_exhaustive()
    }
}
