//! Passes that find where a rule may match, then the rule's regex on the windows around those places.
//!
//! Windows of one rule that touch become one, so no rule reads a byte twice: the time is linear in the text whatever
//! stands in it. A text without such a place costs the passes alone, and allocates nothing.

use super::digits::Stretches;
use super::rules::{RULES, Rule};
use super::{DetectKind, Finding};
use smallvec::SmallVec;
use std::ops::Range;

/// How far before digits a word that tells of them may stand.
const BESIDE: usize = 48;
/// Numbers beside a word have at least so many digits.
const FEWEST_BESIDE: usize = 4;

/// Where something stands, in order.
pub(in crate::audit) type Places = SmallVec<[usize; 4]>;

/// What `text` holds of `kinds`, as it stands; in the same pass, where the words stand with which programs set something.
pub(in crate::audit) fn find(text: &str, kinds: &[DetectKind], setters: Option<&mut Places>) -> Vec<Finding> {
    let mut search = Search { text: text.as_bytes(), kinds, states: SmallVec::new(), found: Vec::new() };
    search.look(setters);
    merged(text, search.found)
}

struct Search<'t> {
    text: &'t [u8],
    kinds: &'t [DetectKind],
    /// Of the rules that a place was found for.
    states: SmallVec<[State; 4]>,
    found: Vec<Finding>,
}

struct State {
    rule: usize,
    /// It may still grow.
    window: Option<Range<usize>>,
    /// Up to here an open window has been read.
    done: usize,
}

impl Search<'_> {
    fn wants(&self, rule: &Rule) -> bool {
        self.kinds.iter().any(|kind| kind.covers(rule.kind))
    }

    fn look(&mut self, mut setters: Option<&mut Places>) {
        let rules = &*RULES;
        let passes = rules.passes(self.kinds);
        let text = self.text;
        if passes.prefixes {
            rules.prefixes.find(text, |number, range| self.place(rules.of_prefixes.get(number), &range));
            self.flush();
        }
        if passes.keywords || setters.is_some() {
            rules.keywords.find(text, |number, range| match rules.of_keywords.get(number) {
                Some(users) => self.place(Some(users), &range),
                None => setters.iter_mut().for_each(|setters| setters.push(range.start)),
            });
            self.flush();
        }
        if passes.marks {
            self.marks();
        }
        if passes.digits {
            self.digits();
        }
    }

    fn marks(&mut self) {
        for (mark, users) in &RULES.marks {
            if users.iter().filter_map(|rule| RULES.rules.get(*rule)).any(|rule| self.wants(rule)) {
                let text = self.text;
                for at in memchr::memchr_iter(mark.as_bytes().first().copied().unwrap_or_default(), text) {
                    if text.get(at..).is_some_and(|rest| rest.starts_with(mark.as_bytes())) {
                        self.place(Some(users), &(at..at + mark.len()));
                    }
                }
                self.flush();
            }
        }
    }

    fn digits(&mut self) {
        let wanted = |rule: &&usize| RULES.rules.get(**rule).is_some_and(|rule| self.wants(rule));
        let users: SmallVec<[usize; 8]> = RULES.of_digits.iter().filter(wanted).copied().collect();
        for (range, digits) in Stretches::of(self.text) {
            let enough =
                |rule: &usize| RULES.rules.get(*rule).and_then(Rule::digits).is_some_and(|least| digits >= least);
            users.iter().copied().filter(enough).for_each(|user| self.widen(user, &range));
            if digits >= FEWEST_BESIDE {
                self.beside(&range);
            }
        }
        self.flush();
    }

    /// Widens the rules whose words stand before the digits.
    fn beside(&mut self, digits: &Range<usize>) {
        let before = self.text.get(digits.start.saturating_sub(BESIDE)..digits.start).unwrap_or_default();
        for word in before.split(|byte| !byte.is_ascii_alphabetic()).filter(|word| word.len() > 1) {
            let mut lower = [0; BESIDE];
            let Some(lower) = lower.get_mut(..word.len()) else { continue };
            lower.copy_from_slice(word);
            lower.make_ascii_lowercase();
            let users = std::str::from_utf8(lower).ok().and_then(|word| RULES.beside.get(word));
            self.place(users, digits);
        }
    }

    fn place(&mut self, users: Option<&Vec<usize>>, hit: &Range<usize>) {
        users.into_iter().flatten().for_each(|rule| self.widen(*rule, hit));
    }

    /// Makes the window of a rule reach around a place; runs the last one if they do not touch.
    fn widen(&mut self, place: usize, hit: &Range<usize>) {
        let Some(rule) = RULES.rules.get(place).filter(|rule| self.wants(rule)) else { return };
        if self.states.iter().all(|state| state.rule != place) {
            self.states.push(State { rule: place, window: None, done: 0 });
        }
        let Some(state) = self.states.iter_mut().find(|state| state.rule == place) else { return };
        if hit.end <= state.done {
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

    /// Runs the windows that are left.
    fn flush(&mut self) {
        for at in 0..self.states.len() {
            let left = self.states.get_mut(at).and_then(|state| Some((state.rule, state.window.take()?)));
            if let Some((rule, window)) = left {
                self.run(rule, window);
            }
        }
    }

    fn run(&mut self, place: usize, mut window: Range<usize>) {
        let Some(rule) = RULES.rules.get(place) else { return };
        if rule.open() {
            let rest = self.text.get(window.end..).unwrap_or_default();
            window.end += rest.iter().take_while(|byte| is_word(**byte)).count();
            if let Some(state) = self.states.iter_mut().find(|state| state.rule == place) {
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
    let found = regex.find_at(haystack, at)?.range();
    if regex.captures_len() == 1 {
        return Some((found.clone(), found));
    }
    // Only where there is a match: to hold groups takes memory.
    let captures = regex.captures_at(haystack, found.start)?;
    Some((captures.get(0)?.range(), captures.get(1)?.range()))
}

/// What words of open-ended rules are made of.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-.+/=~%".contains(&byte)
}

/// Left to right, on character boundaries, what overlaps made one.
pub(super) fn merged(text: &str, mut found: Vec<Finding>) -> Vec<Finding> {
    if found.is_empty() {
        return found;
    }
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
