//! One pass for keywords, then each rule's regex on the windows around its own.
//!
//! Windows of one rule that touch become one, so no rule reads a byte twice: the time is linear in the text whatever
//! stands in it.

use super::rules::{RULES, Rule};
use super::{DetectKind, Finding};
use std::ops::Range;

pub(super) fn find(text: &str, kinds: &[DetectKind]) -> Vec<Finding> {
    let mut search = Search::of(text, kinds);
    search.windows();
    search.everywhere();
    merged(text, search.found)
}

struct Search<'t> {
    text: &'t [u8],
    kinds: &'t [DetectKind],
    /// One for each rule; none before the first keyword is seen, which in most texts never is.
    states: Vec<State>,
    found: Vec<Finding>,
}

#[derive(Clone, Default)]
struct State {
    wanted: bool,
    /// The window that may still grow.
    window: Option<Range<usize>>,
    /// Up to here an open window has been read.
    done: usize,
}

impl<'t> Search<'t> {
    fn of(text: &'t str, kinds: &'t [DetectKind]) -> Search<'t> {
        Search { text: text.as_bytes(), kinds, states: Vec::new(), found: Vec::new() }
    }

    fn wants(&self, rule: &Rule) -> bool {
        self.kinds.iter().any(|kind| kind.covers(rule.kind))
    }

    fn windows(&mut self) {
        for hit in RULES.keywords.find_overlapping_iter(self.text) {
            if self.states.is_empty() {
                let state = |rule| State { wanted: self.wants(rule), ..State::default() };
                self.states = RULES.rules.iter().map(state).collect();
            }
            for place in RULES.rules_of.get(hit.pattern().as_usize()).into_iter().flatten() {
                self.widen(*place, hit.range());
            }
        }
        for place in 0..self.states.len() {
            if let Some(window) = self.states.get_mut(place).and_then(|state| state.window.take()) {
                self.run(place, window);
            }
        }
    }

    /// Makes the window of a rule reach around a keyword; runs the last one if they do not touch.
    fn widen(&mut self, place: usize, hit: Range<usize>) {
        let (Some(rule), Some(state)) = (RULES.rules.get(place), self.states.get_mut(place)) else { return };
        if !state.wanted || hit.end <= state.done {
            return;
        }
        let start = hit.start.saturating_sub(rule.before()).max(state.done);
        let end = hit.end.saturating_add(rule.after()).min(self.text.len());
        match &mut state.window {
            Some(window) if start <= window.end => {
                window.start = window.start.min(start);
                window.end = window.end.max(end);
            }
            window => {
                if let Some(last) = window.replace(start..end) {
                    self.run(place, last);
                }
            }
        }
    }

    fn everywhere(&mut self) {
        for (place, rule) in RULES.rules.iter().enumerate() {
            if rule.everywhere && self.wants(rule) {
                self.run(place, 0..self.text.len());
            }
        }
    }

    fn run(&mut self, place: usize, mut window: Range<usize>) {
        let Some(rule) = RULES.rules.get(place) else { return };
        if rule.open() {
            let rest = self.text.get(window.end..).unwrap_or_default();
            window.end += rest.iter().take_while(|byte| is_word(**byte)).count();
            if let Some(state) = self.states.get_mut(place) {
                state.done = window.end;
            }
        }
        // What lies before the window is seen by `\b`; what lies behind is not, and windows reach past any match.
        let haystack = self.text.get(..window.end).unwrap_or_default();
        let mut ranges = Vec::new();
        let mut at = window.start;
        while let Some((whole, candidate)) = next_match(rule, haystack, at) {
            rule.check().run(self.text, candidate, &mut ranges);
            at = whole.end.max(at + 1);
        }
        self.found.extend(ranges.into_iter().map(|range| Finding {
            kind: rule.kind,
            start: range.start,
            end: range.end,
        }));
    }
}

/// The next match, and the part of it that counts.
fn next_match(rule: &Rule, haystack: &[u8], at: usize) -> Option<(Range<usize>, Range<usize>)> {
    if at > haystack.len() {
        return None;
    }
    let regex = rule.regex();
    if regex.captures_len() == 1 {
        return regex.find_at(haystack, at).map(|found| (found.range(), found.range()));
    }
    let captures = regex.captures_at(haystack, at)?;
    Some((captures.get(0)?.range(), captures.get(1)?.range()))
}

/// What words of open-ended rules are made of.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-.+/=~%".contains(&byte)
}

/// Left to right, on character boundaries, what overlaps made one.
fn merged(text: &str, mut found: Vec<Finding>) -> Vec<Finding> {
    // Equal starts: the longest first, then in the order of the rules (the sort is stable).
    found.sort_by_key(|finding| (finding.start, std::cmp::Reverse(finding.end)));
    let mut merged: Vec<Finding> = Vec::new();
    for finding in found {
        let start = text.floor_char_boundary(finding.start);
        let end = text.ceil_char_boundary(finding.end);
        match merged.last_mut() {
            Some(last) if start < last.end => last.end = last.end.max(end),
            _ => merged.push(Finding { kind: finding.kind, start, end }),
        }
    }
    merged
}
