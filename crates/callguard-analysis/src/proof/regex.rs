//! Regexes as automata that read one letter at a time, with every kind of look-around that the engine's regexes have.
//!
//! The states are those of `regex-automata`'s Thompson automaton; determinisation is lazy, over sets of them. What an
//! assertion such as `\b` sees is the letter before and the letter after, and the letter before is part of a state.

use regex_automata::nfa::thompson::{Config, NFA, State, WhichCaptures};
use regex_automata::util::look::LookMatcher;
use regex_automata::util::primitives::StateID;
use regex_automata::util::syntax;
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};

/// What the automaton of one regex may take.
const SIZE_LIMIT: usize = 2 << 20;

/// A regex, searched in the whole text.
#[derive(Clone, Debug)]
pub(crate) struct RegexMachine {
    nfa: NFA,
    looks: bool,
}

/// Where a search stands after some letters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct RegexState {
    /// Reached, before anything is read for nothing. Empty once found.
    places: Vec<StateID>,
    /// A letter that stands for the one before; `None` at the start, and where nobody looks.
    before: Option<char>,
    found: bool,
}

impl RegexMachine {
    /// `None` where it does not compile within bounds.
    pub(crate) fn new(pattern: &str, ignore_case: bool) -> Option<RegexMachine> {
        let config = Config::new().which_captures(WhichCaptures::None).nfa_size_limit(Some(SIZE_LIMIT));
        let nfa = NFA::compiler()
            .syntax(syntax::Config::new().case_insensitive(ignore_case))
            .configure(config)
            .build(pattern)
            .ok()?;
        let looks = !nfa.look_set_any().is_empty();
        Some(RegexMachine { nfa, looks })
    }

    pub(crate) fn start(&self) -> RegexState {
        RegexState { places: vec![self.nfa.start_anchored()], before: None, found: false }
    }

    pub(crate) fn step(&self, state: &RegexState, letter: char) -> RegexState {
        if state.found {
            return state.clone();
        }
        let Some(mut places) = self.closed(&state.places, state.before, Some(letter)) else { return found() };
        let mut bytes = [0; 4];
        let mut first = true;
        for byte in letter.encode_utf8(&mut bytes).bytes() {
            if !first {
                // Between the bytes of a letter no assertion is asked, and nothing is found.
                places = self.passed(&places);
            }
            first = false;
            places = places.iter().filter_map(|place| self.over(*place, byte)).collect();
        }
        places.push(self.nfa.start_anchored());
        places.sort_unstable();
        places.dedup();
        let before = self.looks.then(|| class_of(letter));
        RegexState { places, before, found: false }
    }

    pub(crate) fn accepts(&self, state: &RegexState) -> bool {
        state.found || self.closed(&state.places, state.before, None).is_none()
    }

    /// Everything that is reached by reading nothing between the two letters; `None` if that is a match.
    fn closed(&self, from: &[StateID], before: Option<char>, after: Option<char>) -> Option<Vec<StateID>> {
        let around: String = before.into_iter().chain(after).collect();
        let at = before.map_or(0, char::len_utf8);
        let matcher = LookMatcher::new();
        let mut rest: Vec<StateID> = from.to_vec();
        let mut seen: Vec<StateID> = Vec::new();
        while let Some(place) = rest.pop() {
            if seen.contains(&place) {
                continue;
            }
            seen.push(place);
            match self.nfa.state(place) {
                State::Match { .. } => return None,
                State::Look { look, next } if matcher.matches(*look, around.as_bytes(), at) => rest.push(*next),
                other => rest.extend(for_nothing(other)),
            }
        }
        seen.sort_unstable();
        Some(seen)
    }

    /// The same without assertions.
    fn passed(&self, from: &[StateID]) -> Vec<StateID> {
        let mut rest: Vec<StateID> = from.to_vec();
        let mut seen: Vec<StateID> = Vec::new();
        while let Some(place) = rest.pop() {
            if !seen.contains(&place) {
                seen.push(place);
                rest.extend(for_nothing(self.nfa.state(place)));
            }
        }
        seen
    }

    fn over(&self, place: StateID, byte: u8) -> Option<StateID> {
        match self.nfa.state(place) {
            State::ByteRange { trans } => trans.matches_byte(byte).then_some(trans.next),
            State::Sparse(sparse) => sparse.matches_byte(byte),
            State::Dense(dense) => dense.matches_byte(byte),
            _ => None,
        }
    }
}

fn found() -> RegexState {
    RegexState { places: Vec::new(), before: None, found: true }
}

fn for_nothing(state: &State) -> Vec<StateID> {
    match state {
        State::Union { alternates } => alternates.to_vec(),
        State::BinaryUnion { alt1, alt2 } => vec![*alt1, *alt2],
        State::Capture { next, .. } => vec![*next],
        _ => Vec::new(),
    }
}

/// A letter that every assertion takes for this one.
fn class_of(letter: char) -> char {
    match letter {
        '\n' | '\r' => letter,
        _ if letter.is_ascii_alphanumeric() || letter == '_' => 'a',
        _ if letter.is_ascii() => ' ',
        other => other,
    }
}

/// Ranges of letters that a regex tells apart.
pub(crate) fn classes(pattern: &str, ignore_case: bool) -> Option<Vec<Vec<(char, char)>>> {
    let hir = ParserBuilder::new().case_insensitive(ignore_case).build().parse(pattern).ok()?;
    let mut found = Vec::new();
    let mut rest: Vec<&Hir> = vec![&hir];
    let mut looks = false;
    while let Some(part) = rest.pop() {
        match part.kind() {
            HirKind::Empty => {}
            HirKind::Literal(literal) => {
                let text = std::str::from_utf8(&literal.0).ok()?;
                found.extend(text.chars().map(|letter| vec![(letter, letter)]));
            }
            HirKind::Class(Class::Unicode(class)) => {
                found.push(class.iter().map(|range| (range.start(), range.end())).collect());
            }
            HirKind::Class(Class::Bytes(class)) => {
                let ranges = class.iter().map(|range| (char::from(range.start()), char::from(range.end())));
                found.push(ranges.collect());
            }
            HirKind::Look(_) => looks = true,
            HirKind::Repetition(repetition) => rest.push(&repetition.sub),
            HirKind::Capture(capture) => rest.push(&capture.sub),
            HirKind::Concat(parts) | HirKind::Alternation(parts) => rest.extend(parts),
        }
    }
    if looks {
        found.extend(['\n', '\r'].map(|letter| vec![(letter, letter)]));
        found.extend(classes(r"\w", false)?);
        found.extend(classes(r"(?-u:\w)", false)?);
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::RegexMachine;

    #[test]
    fn the_machine_finds_what_the_engines_regexes_find() {
        let patterns = [
            "abc",
            "^a",
            "a$",
            r"\brm\b",
            r"\brm\b.*\b-rf\b",
            r"(?m)^a$",
            r"\Ba",
            "a|b",
            "[^a]b",
            "(?i)É",
            r"\d{2,3}",
            "",
            "^$",
            r"a\z",
            r"(?-u:\b)é",
            r"\b{start}a",
            r"(?s)a.b",
            "a.b",
            r"^\s*$",
            r"\w+@\w+",
        ];
        let texts = [
            "",
            "a",
            "b",
            "ab",
            "abc",
            "xabcx",
            "rm -rf /",
            "arm -rf",
            "rm",
            "a\nb",
            "x\na\ny",
            "é",
            "É",
            "aé",
            "éa",
            "12",
            "1234",
            "a\u{300}b",
            "you@me",
            " \u{2003}",
            "日本",
            "rm\u{200b}",
            "ba",
        ];
        for pattern in patterns {
            let machine = RegexMachine::new(pattern, false).unwrap();
            let regex = regex_automata::nfa::thompson::pikevm::PikeVM::new(pattern).unwrap();
            for text in texts {
                let state = text.chars().fold(machine.start(), |state, letter| machine.step(&state, letter));
                let expected = regex.is_match(&mut regex.create_cache(), text);
                assert_eq!(machine.accepts(&state), expected, "`{pattern}` in {text:?}");
            }
        }
    }
}
