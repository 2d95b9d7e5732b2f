//! What the regexes of one load may cost: to read, and to compile.

use crate::policy::model::LazyRegex;
use regex_automata::nfa::thompson;
use regex_syntax::ast::{self, Ast, Visitor};
use regex_syntax::hir::translate::TranslatorBuilder;
use regex_syntax::hir::{Class, ClassUnicode, Hir, HirKind};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

/// What a compiled regex may take, in bytes.
const SIZE_LIMIT: usize = LazyRegex::SIZE_LIMIT;
/// Bytes of a regex as written; beyond them, it would be too large compiled, or is mostly remarks.
const MAX_TEXT: usize = 32 << 10;
/// What all regexes of a load may take to be checked: about as many microseconds.
const MAX_WORK: usize = 3_000_000;

/// Work of one regex, of each byte of it, of each set of characters in it, of one that folds case, of compiling it.
const EACH: usize = 10;
const SET: usize = 25;
const FOLDED_SET: usize = 600;
const COMPILED: usize = 1_500;

/// Checks the regexes of a load, and counts what that takes.
#[derive(Debug)]
pub(crate) struct Regexes {
    most_work: usize,
    work: Cell<usize>,
    /// What large sets of characters take when they are compiled, by their ranges.
    sets: RefCell<BTreeMap<Vec<(char, char)>, usize>>,
}

/// Why a text is no regex that a policy may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RegexError {
    /// It cannot be read: one sentence.
    Syntax(String),
    /// Compiled, it takes more than it may.
    TooLarge,
    /// The regexes of this load take more than they may; told for the first that does.
    TooMany,
}

impl Default for Regexes {
    fn default() -> Regexes {
        Regexes { most_work: MAX_WORK, work: Cell::default(), sets: RefCell::default() }
    }
}

impl Regexes {
    /// Checks a regex. Most are seen to be small without being compiled. `None`: one before has taken up all work.
    pub(crate) fn check(&self, text: &str, ignore_case: bool) -> Result<Option<LazyRegex>, RegexError> {
        if text.len() > MAX_TEXT {
            return Err(RegexError::TooLarge);
        }
        let syntax = |error: &dyn std::fmt::Display| RegexError::Syntax(last_line(&error.to_string()));
        let parsed = ast::parse::Parser::new().parse(text).map_err(|error| syntax(&error))?;
        let work = ast::visit(&parsed, Work::new(ignore_case)).unwrap_or(usize::MAX);
        if !self.takes(work.saturating_add(text.len() / 4))? {
            return Ok(None);
        }
        let mut translator = TranslatorBuilder::new().case_insensitive(ignore_case).build();
        let hir = translator.translate(text, &parsed).map_err(|error| syntax(&error))?;
        let regex = LazyRegex::new(text, ignore_case);
        if self.bytes(&hir).saturating_add(FRAME) > SIZE_LIMIT {
            if !self.takes(COMPILED)? {
                return Ok(None);
            }
            // It was read above: what is wrong now is its size.
            return if regex.compiles() { Ok(Some(regex)) } else { Err(RegexError::TooLarge) };
        }
        Ok(Some(regex))
    }

    /// Whether there is still work to take.
    fn takes(&self, work: usize) -> Result<bool, RegexError> {
        let before = self.work.get();
        let after = before.saturating_add(work);
        self.work.set(after);
        match (before > self.most_work, after > self.most_work) {
            (false, true) => Err(RegexError::TooMany),
            (told, _) => Ok(!told),
        }
    }
}

/// The report of a syntax error is a drawing; its last line is the sentence.
fn last_line(drawing: &str) -> String {
    drawing.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

/// Adds up what it takes to read a regex: sets of characters stand for hundreds of ranges, which folding multiplies.
struct Work {
    total: usize,
    folds: bool,
    sets: usize,
}

impl Work {
    fn new(folds: bool) -> Work {
        Work { total: EACH, folds, sets: 0 }
    }
}

impl Visitor for Work {
    type Output = usize;
    type Err = std::convert::Infallible;

    fn finish(self) -> Result<usize, Self::Err> {
        // A flag may stand anywhere: where there is one, every set is taken to be folded.
        let each = if self.folds { FOLDED_SET } else { SET };
        Ok(self.total.saturating_add(self.sets.saturating_mul(each)))
    }

    fn visit_pre(&mut self, ast: &Ast) -> Result<(), Self::Err> {
        let folds = |flags: &ast::Flags| flags.flag_state(ast::Flag::CaseInsensitive) == Some(true);
        match ast {
            Ast::ClassUnicode(_) => self.sets = self.sets.saturating_add(1),
            Ast::ClassPerl(_) | Ast::Dot(_) => self.total = self.total.saturating_add(SET),
            Ast::Flags(set) => self.folds |= folds(&set.flags),
            Ast::Group(group) => self.folds |= group.flags().is_some_and(folds),
            _ => {}
        }
        Ok(())
    }

    fn visit_class_set_item_pre(&mut self, item: &ast::ClassSetItem) -> Result<(), Self::Err> {
        match item {
            ast::ClassSetItem::Literal(_) | ast::ClassSetItem::Ascii(_) | ast::ClassSetItem::Empty(_) => {}
            ast::ClassSetItem::Range(range) if range.end.c.is_ascii() => {}
            _ => self.sets = self.sets.saturating_add(1),
        }
        Ok(())
    }
}

/// A state of an automaton under construction, and a transition of one.
const STATE: usize = 32;
const TRANSITION: usize = 8;
/// What stands around an automaton: its start states and the search for a start.
const FRAME: usize = 16 * STATE;
/// A set with more ranges than this is measured.
const MEASURED: usize = 48;

impl Regexes {
    /// At most so many bytes it takes to compile: never fewer than `regex` counts, forwards or backwards. Recursion ends with
    /// the regex parser's own nesting limit.
    fn bytes(&self, hir: &Hir) -> usize {
        let joint = 2 * (STATE + TRANSITION);
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => STATE,
            HirKind::Literal(literal) => STATE.saturating_mul(literal.0.len()),
            HirKind::Class(Class::Bytes(class)) => (STATE + TRANSITION).saturating_mul(class.ranges().len().max(1)),
            HirKind::Class(Class::Unicode(class)) => self.of_class(class),
            HirKind::Capture(capture) => {
                let name = capture.name.as_ref().map_or(0, |name| name.len());
                self.bytes(&capture.sub).saturating_add(4 * STATE).saturating_add(name.saturating_mul(4))
            }
            HirKind::Repetition(repetition) => {
                // Without an end the last copy leads back to itself.
                let copies = repetition.max.unwrap_or(1).max(repetition.min).max(1);
                let copies = usize::try_from(copies).unwrap_or(usize::MAX);
                self.bytes(&repetition.sub).saturating_add(joint).saturating_mul(copies).saturating_add(joint)
            }
            HirKind::Concat(parts) | HirKind::Alternation(parts) => {
                let each = parts.iter().map(|part| self.bytes(part).saturating_add(joint));
                each.fold(joint, usize::saturating_add)
            }
        }
    }

    /// A small set is added up. In a large one sequences share their beginnings and ends, which would overstate it by far: it is
    /// measured, once a load.
    fn of_class(&self, class: &ClassUnicode) -> usize {
        if class.ranges().len() <= MEASURED {
            return class
                .iter()
                .map(|range| of_range(range.start(), range.end()))
                .fold(2 * STATE, usize::saturating_add);
        }
        let ranges: Vec<(char, char)> = class.iter().map(|range| (range.start(), range.end())).collect();
        let mut sets = self.sets.borrow_mut();
        *sets.entry(ranges).or_insert_with(|| {
            self.work.set(self.work.get().saturating_add(COMPILED));
            measured(class)
        })
    }
}

/// A sequence of byte ranges takes a state and a transition for each of its bytes, and one that leads to it.
fn of_range(first: char, last: char) -> usize {
    let sequences = regex_syntax::utf8::Utf8Sequences::new(first, last);
    let each = sequences.map(|bytes| (STATE + TRANSITION).saturating_mul(bytes.len()).saturating_add(TRANSITION));
    each.fold(0, usize::saturating_add)
}

/// What a set takes alone, to the next 4 KiB: it takes no more as a part of a regex.
fn measured(class: &ClassUnicode) -> usize {
    const STEP: usize = 4 << 10;
    let hir = Hir::class(Class::Unicode(class.clone()));
    let fits = |limit: &usize| [false, true].iter().all(|reverse| compiles_within(&hir, *reverse, *limit));
    let steps: Vec<usize> = (1..=SIZE_LIMIT / STEP).map(|step| step.saturating_mul(STEP)).collect();
    let least = steps.partition_point(|limit| !fits(limit));
    steps.get(least).copied().unwrap_or(usize::MAX)
}

fn compiles_within(hir: &Hir, reverse: bool, limit: usize) -> bool {
    let captures = thompson::WhichCaptures::None;
    let config = thompson::Config::new().reverse(reverse).shrink(false).which_captures(captures);
    thompson::Compiler::new().configure(config.nfa_size_limit(Some(limit))).build_from_hir(hir).is_ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]

    use super::*;

    #[test]
    fn what_is_written_small_and_compiles_large_is_too_large() {
        for text in [r"\w{200}", "(?:a{1000}){1000}", r"[\p{L}--\p{Lu}]{300}", "(?:(?:x{50}){50}){50}"] {
            assert_eq!(Regexes::default().check(text, false).unwrap_err(), RegexError::TooLarge, "{text}");
        }
    }

    #[test]
    fn what_people_write_is_not_compiled_before_it_is_needed() {
        for text in [
            r"(?i)\bkubectl\s+(?:delete|drain)\s+ns\s+billing-prod[a-z0-9-]*",
            r"^/srv/(?:releases|shared)/billing/(?:.*/)?[\w.-]+\.(?:pem|key)$",
            r"AKIA[0-9A-Z]{16}",
            r"\b\d{3}-\d{2}-\d{4}\b",
            "(?s)\\A.*drop.*\\z",
            r"[\w.+-]+@[\w-]+\.[\w.-]+",
            r"(?i)\b(?:drop|truncate)\s+table\s+\w+(?:\.\w+)?",
        ] {
            let regex = Regexes::default().check(text, true).unwrap().unwrap();
            assert!(!regex.is_compiled(), "{text}");
            let clone = regex.clone();
            assert_eq!(regex.is_match("nothing of the kind"), Some(false), "{text}");
            assert!(clone.is_compiled(), "{text}: clones share what is compiled");
        }
    }

    #[test]
    fn the_work_of_a_load_is_bounded_and_told_once() {
        let regexes = Regexes { most_work: 10 * FOLDED_SET, ..Regexes::default() };
        let found: Vec<_> = (0..100).map(|_| regexes.check(r"(?i)\pL", false)).collect();
        let told = found.iter().filter(|found| matches!(found, Err(RegexError::TooMany))).count();
        assert_eq!(told, 1);
        assert!(matches!(found.last(), Some(Ok(None))));
        assert!(regexes.sets.borrow().len() < 3);
        assert_eq!(regexes.check(&"x".repeat(MAX_TEXT + 1), false).unwrap_err(), RegexError::TooLarge);
    }

    mod properties {
        use super::*;
        use proptest::prelude::*;

        fn regexes() -> impl Strategy<Value = String> {
            let leaf = prop_oneof![
                "[a-z]{1,12}",
                prop::sample::select(vec![
                    r"\w",
                    r"\d",
                    r"\s",
                    r"\W",
                    ".",
                    r"\p{Greek}",
                    "[^a]",
                    "[à-ÿ]",
                    "[a-f0-9]",
                    r"\b",
                    "$",
                    "é",
                    "[\u{10000}-\u{10ffff}]",
                    "(?s:.)",
                    r"\p{L}",
                    "[k-ſ]",
                ])
                .prop_map(str::to_owned),
            ];
            leaf.prop_recursive(6, 48, 6, |inner| {
                prop_oneof![
                    prop::collection::vec(inner.clone(), 1..6).prop_map(|parts| parts.concat()),
                    prop::collection::vec(inner.clone(), 1..6).prop_map(|parts| format!("(?:{})", parts.join("|"))),
                    (inner.clone(), 0_u32..9, 0_u32..60)
                        .prop_map(|(inner, least, more)| format!("(?:{inner}){{{least},{}}}", least + more)),
                    (inner.clone(), prop::sample::select(vec!["*", "+", "?", "+?", "{3,}"]))
                        .prop_map(|(inner, times)| format!("(?:{inner}){times}")),
                    inner.prop_map(|inner| format!("({inner})")),
                ]
            })
        }

        proptest! {
            /// What is taken without being compiled compiles.
            #[test]
            fn a_regex_that_is_seen_to_be_small_compiles(text in regexes(), ignore_case: bool) {
                if let Ok(Some(regex)) = Regexes::default().check(&text, ignore_case) {
                    prop_assert!(regex.compiles(), "{text}");
                }
            }

            /// The check agrees with the compiler on every regex.
            #[test]
            fn what_is_refused_does_not_compile(text in regexes(), ignore_case: bool) {
                let compiles = LazyRegex::new(&text, ignore_case).compiles();
                prop_assert_eq!(Regexes::default().check(&text, ignore_case).is_ok(), compiles, "{}", text);
            }
        }
    }
}
