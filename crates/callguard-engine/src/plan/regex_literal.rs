//! The texts, one of which stands in every match of a regex.

use super::automaton::{Anchor, Literal};
use crate::decide::fold;
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};

/// More branches than this, and the regex is judged wherever there is a value.
const MOST_BRANCHES: usize = 32;
/// A literal of fewer bytes says nothing.
const SHORTEST: usize = 2;

/// Literals, one of which is in every text that the regex matches; none where there are no such literals.
pub(super) fn required(regex: &str, ignore_case: bool) -> Option<Vec<Literal>> {
    let hir = ParserBuilder::new().case_insensitive(ignore_case).build().parse(regex).ok()?;
    let found = of(&hir)?;
    (found.shortest() >= SHORTEST).then(|| found.literals.into_iter().map(Run::literal).collect())
}

/// Literals, one of which must stand in a match.
#[derive(Debug)]
struct Required {
    literals: Vec<Run>,
}

/// Letters that stand side by side.
#[derive(Clone, Debug, Default)]
struct Run {
    text: String,
    /// Some of its letters stand for both cases: the text is compared folded.
    ignore_case: bool,
}

impl Required {
    fn shortest(&self) -> usize {
        self.literals.iter().map(|run| run.text.len()).min().unwrap_or_default()
    }

    /// Longer tells more, and many branches tell less.
    fn worth(&self) -> usize {
        self.shortest().saturating_mul(64) / self.literals.len().max(1)
    }
}

impl Run {
    fn literal(self) -> Literal {
        let text = if self.ignore_case { fold(&self.text) } else { self.text };
        Literal { text, ignore_case: self.ignore_case, anchor: Anchor::Anywhere }
    }

    fn push(&mut self, other: &Run) {
        self.text.push_str(&other.text);
        self.ignore_case |= other.ignore_case;
    }
}

/// Recursion ends with the regex parser's own nesting limit.
fn of(hir: &Hir) -> Option<Required> {
    if let Some(run) = letters(hir) {
        return (!run.text.is_empty()).then(|| Required { literals: vec![run] });
    }
    match hir.kind() {
        HirKind::Capture(capture) => of(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => of(&repetition.sub),
        HirKind::Concat(parts) => of_concat(parts),
        HirKind::Alternation(branches) => {
            let each: Option<Vec<Required>> = branches.iter().map(of).collect();
            let literals: Vec<Run> = each?.into_iter().flat_map(|branch| branch.literals).collect();
            (literals.len() <= MOST_BRANCHES).then_some(Required { literals })
        }
        _ => None,
    }
}

/// The part that tells most: a run of letters, or what one part requires by itself.
fn of_concat(parts: &[Hir]) -> Option<Required> {
    let mut found: Vec<Required> = Vec::new();
    let mut run = Run::default();
    for part in parts {
        match letters(part) {
            Some(more) => run.push(&more),
            None => {
                found.push(Required { literals: vec![std::mem::take(&mut run)] });
                found.extend(of(part));
            }
        }
    }
    found.push(Required { literals: vec![run] });
    found.into_iter().filter(|required| required.shortest() > 0).max_by_key(Required::worth)
}

/// The letters that `hir` matches, and nothing else; assertions match none.
fn letters(hir: &Hir) -> Option<Run> {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => Some(Run::default()),
        HirKind::Literal(literal) => {
            Some(Run { text: std::str::from_utf8(&literal.0).ok()?.to_owned(), ignore_case: false })
        }
        HirKind::Class(Class::Unicode(class)) => {
            let mut letters = class.iter().flat_map(|range| range.start()..=range.end());
            let first = letters.next()?;
            let folded = fold(first.encode_utf8(&mut [0; 4]));
            // A class of one letter in its cases is small.
            let same = letters
                .take(8)
                .enumerate()
                .all(|(place, letter)| place < 7 && fold(letter.encode_utf8(&mut [0; 4])) == folded);
            same.then_some(Run { text: folded, ignore_case: true })
        }
        HirKind::Capture(capture) => letters(&capture.sub),
        HirKind::Concat(parts) => {
            let mut run = Run::default();
            for part in parts {
                run.push(&letters(part)?);
            }
            Some(run)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]
    use super::*;

    fn texts(regex: &str) -> Option<Vec<(String, bool)>> {
        Some(required(regex, false)?.into_iter().map(|literal| (literal.text, literal.ignore_case)).collect())
    }

    fn one(text: &str, ignore_case: bool) -> Option<Vec<(String, bool)>> {
        Some(vec![(text.to_owned(), ignore_case)])
    }

    #[test]
    fn the_longest_run_that_must_stand_there() {
        assert_eq!(texts(r"\brm\s+-rf\b"), one("-rf", false));
        assert_eq!(texts(r"(?i)drop\s+table"), one("table", true));
        assert_eq!(texts(r"^/etc/(passwd|shadow)$"), one("/etc/", false));
        assert_eq!(texts(r"(secret)+-[0-9]+"), one("secret", false));
        assert_eq!(texts(r"(?s)\A.*\.pem\z"), one(".pem", false));
        assert_eq!(texts("a{2,3}bcd"), one("bcd", false));
    }

    #[test]
    fn each_branch_gives_one() {
        let found = texts("curl|wget|nc -l").unwrap();
        let words: Vec<&str> = found.iter().map(|(text, _)| text.as_str()).collect();
        assert_eq!(words, ["curl", "wget", "nc -l"]);
    }

    #[test]
    fn nothing_where_nothing_must_stand() {
        for regex in ["[0-9]+", "a*", "(abc)?", "x|", ".", "(?i)k", "abc|[0-9]", ""] {
            assert_eq!(texts(regex), None, "{regex}");
        }
    }

    #[test]
    fn letters_whose_cases_do_not_fold_alike_end_a_run() {
        assert_eq!(texts("(?i)straße"), one("stra", true));
        assert_eq!(texts("(?i)kelvin"), one("kelvin", true));
    }
}
