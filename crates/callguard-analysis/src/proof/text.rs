//! Patterns over one text, and the classes into which they part all texts, each with a shortest member.

use super::glob::{GlobMachine, GlobState};
use super::joint::{Joint, Lazy};
use super::letters::{Letters, folding_to, representatives};
use super::regex::{RegexMachine, RegexState, classes};
use callguard_engine::decide::fold;
use std::collections::{BTreeMap, HashSet, VecDeque};

/// Something that holds of a text or does not.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Pattern {
    /// This text.
    Exactly(String),
    /// A regex finds something in it.
    Regex { pattern: String, ignore_case: bool },
    /// Folded, it stands to the folded text like this.
    Folded { how: Affix, folded: String },
    /// It has more letters than this.
    Longer(u64),
    /// A glob over names of tools matches it.
    Glob(String),
}

/// Where a part stands in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Affix {
    Whole,
    Start,
    End,
    Within,
}

/// A class: which patterns hold of its texts (in the order they were given), and a shortest of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TextClass {
    pub(crate) holds: Vec<bool>,
    pub(crate) shortest: String,
}

/// Steps that a partition may take, and classes that it may find.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) steps: usize,
    pub(crate) classes: usize,
}

impl Pattern {
    /// A text that stands in it as `how` says, folded or as it is.
    pub(crate) fn affix(how: Affix, part: &str, ignore_case: bool) -> Pattern {
        if ignore_case {
            return Pattern::Folded { how, folded: fold(part) };
        }
        let escaped = regex_syntax::escape(part);
        let pattern = match how {
            Affix::Whole => return Pattern::Exactly(part.to_owned()),
            Affix::Start => format!(r"\A{escaped}"),
            Affix::End => format!(r"{escaped}\z"),
            Affix::Within => escaped,
        };
        Pattern::Regex { pattern, ignore_case: false }
    }
}

/// Parts all texts by `patterns`. `None` where that takes more than the bounds allow.
pub(crate) fn partition(patterns: &[Pattern], bounds: Bounds) -> Option<Vec<TextClass>> {
    let mut letters: Vec<Letters> = Vec::new();
    let mut machines = Vec::new();
    let mut exact: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, pattern) in patterns.iter().enumerate() {
        match pattern {
            Pattern::Exactly(text) => {
                letters.extend(text.chars().map(|letter| vec![(letter, letter)]));
                exact.insert(text, index);
            }
            other => {
                let machine = Machine::new(other)?;
                letters.extend(machine.letters()?);
                machines.push((index, Lazy::new(machine)));
            }
        }
    }
    let trie = Trie::new(&exact);
    explore(patterns.len(), &representatives(&letters), trie, machines, bounds)
}

/// Which of the patterns hold of one text. `None` where one does not compile.
pub(crate) fn holds(patterns: &[Pattern], text: &str) -> Option<Vec<bool>> {
    let one = |pattern: &Pattern| {
        if let Pattern::Exactly(wanted) = pattern {
            return Some(wanted == text);
        }
        let machine = Machine::new(pattern)?;
        let end = text.chars().fold(machine.start(), |state, letter| machine.step(&state, letter));
        Some(machine.accepts(&end))
    };
    patterns.iter().map(one).collect()
}

/// A place in the product: in the trie, and in the machines together.
type Place = (Option<usize>, usize);

fn explore(
    width: usize,
    letters: &[char],
    trie: Trie,
    machines: Vec<(usize, Lazy)>,
    bounds: Bounds,
) -> Option<Vec<TextClass>> {
    let cost = machines.len().saturating_add(1);
    let mut joint = Joint::new(machines, letters);
    let mut classes: BTreeMap<Vec<bool>, String> = BTreeMap::new();
    let start: Place = (Some(0), 0);
    let mut seen: HashSet<Place> = HashSet::from([start]);
    let mut queue: VecDeque<(Place, String)> = VecDeque::from([(start, String::new())]);
    let mut steps = 0_usize;
    while let Some(((node, place), text)) = queue.pop_front() {
        let mut holds = vec![false; width];
        let exactly = node.and_then(|node| trie.accepts(node));
        for index in joint.accepting(place).chain(exactly) {
            if let Some(flag) = holds.get_mut(index) {
                *flag = true;
            }
        }
        classes.entry(holds).or_insert_with(|| text.clone());
        if classes.len() > bounds.classes {
            return None;
        }
        for (index, letter) in letters.iter().enumerate() {
            steps = steps.saturating_add(cost);
            if steps > bounds.steps {
                return None;
            }
            let next = (node.and_then(|node| trie.step(node, *letter)), joint.step(place, index));
            if seen.insert(next) {
                let mut longer = text.clone();
                longer.push(*letter);
                queue.push_back((next, longer));
            }
        }
    }
    Some(classes.into_iter().map(|(holds, shortest)| TextClass { holds, shortest }).collect())
}

/// Exact texts, read together.
#[derive(Debug)]
struct Trie {
    nodes: Vec<(BTreeMap<char, usize>, Option<usize>)>,
}

impl Trie {
    fn new(texts: &BTreeMap<&str, usize>) -> Trie {
        let mut nodes: Vec<(BTreeMap<char, usize>, Option<usize>)> = vec![(BTreeMap::new(), None)];
        for (text, index) in texts {
            let mut at = 0;
            for letter in text.chars() {
                let fresh = nodes.len();
                let next = nodes.get_mut(at).map_or(fresh, |(edges, _)| *edges.entry(letter).or_insert(fresh));
                if next == fresh {
                    nodes.push((BTreeMap::new(), None));
                }
                at = next;
            }
            if let Some((_, accepts)) = nodes.get_mut(at) {
                *accepts = Some(*index);
            }
        }
        Trie { nodes }
    }

    fn step(&self, node: usize, letter: char) -> Option<usize> {
        self.nodes.get(node)?.0.get(&letter).copied()
    }

    fn accepts(&self, node: usize) -> Option<usize> {
        self.nodes.get(node)?.1
    }
}

#[derive(Clone, Debug)]
pub(super) enum Machine {
    Regex(RegexMachine, Vec<Letters>),
    Glob(GlobMachine),
    Folded(Affix, Vec<char>),
    Longer(u64),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum State {
    Regex(RegexState),
    Glob(GlobState),
    /// How much of the folded text the end of what was read is; and whether that is still all of it, or has been found.
    Folded {
        matched: usize,
        intact: bool,
        found: bool,
    },
    Longer(u64),
}

impl Machine {
    fn new(pattern: &Pattern) -> Option<Machine> {
        Some(match pattern {
            Pattern::Regex { pattern, ignore_case } => {
                Machine::Regex(RegexMachine::new(pattern, *ignore_case)?, classes(pattern, *ignore_case)?)
            }
            Pattern::Glob(glob) => Machine::Glob(GlobMachine::new(glob)),
            Pattern::Folded { how, folded } => Machine::Folded(*how, folded.chars().collect()),
            Pattern::Longer(bound) => Machine::Longer(*bound),
            Pattern::Exactly(text) => Machine::Regex(
                RegexMachine::new(&format!(r"\A{}\z", regex_syntax::escape(text)), false)?,
                text.chars().map(|letter| vec![(letter, letter)]).collect(),
            ),
        })
    }

    fn letters(&self) -> Option<Vec<Letters>> {
        Some(match self {
            Machine::Regex(_, letters) => letters.clone(),
            Machine::Glob(glob) => {
                let special = ['_', '/', ':'].into_iter();
                special.chain(glob.letters()).map(|letter| vec![(letter, letter)]).collect()
            }
            Machine::Folded(_, folded) => folding_to(&folded.iter().collect::<String>()),
            Machine::Longer(_) => Vec::new(),
        })
    }

    pub(super) fn start(&self) -> State {
        match self {
            Machine::Regex(machine, _) => State::Regex(machine.start()),
            Machine::Glob(machine) => State::Glob(machine.start()),
            Machine::Folded(_, folded) => State::Folded { matched: 0, intact: true, found: folded.is_empty() },
            Machine::Longer(_) => State::Longer(0),
        }
    }

    pub(super) fn step(&self, state: &State, letter: char) -> State {
        match (self, state) {
            (Machine::Regex(machine, _), State::Regex(state)) => State::Regex(machine.step(state, letter)),
            (Machine::Glob(machine), State::Glob(state)) => State::Glob(machine.step(state, letter)),
            (Machine::Folded(how, folded), State::Folded { matched, intact, found }) => {
                let mut state = (*matched, *intact, *found);
                for letter in fold(letter.encode_utf8(&mut [0; 4])).chars() {
                    state = folded_step(*how, folded, state, letter);
                }
                State::Folded { matched: state.0, intact: state.1, found: state.2 }
            }
            (Machine::Longer(bound), State::Longer(count)) => {
                State::Longer(count.saturating_add(1).min(bound.saturating_add(1)))
            }
            // A machine only ever sees states of its own.
            (_, other) => other.clone(),
        }
    }

    pub(super) fn accepts(&self, state: &State) -> bool {
        match (self, state) {
            (Machine::Regex(machine, _), State::Regex(state)) => machine.accepts(state),
            (Machine::Glob(machine), State::Glob(state)) => machine.accepts(state),
            (Machine::Folded(how, folded), State::Folded { matched, intact, found }) => match how {
                Affix::Whole => *intact && *matched == folded.len(),
                Affix::End => *matched == folded.len(),
                Affix::Start | Affix::Within => *found,
            },
            (Machine::Longer(bound), State::Longer(count)) => count > bound,
            _ => false,
        }
    }

    /// Whether no text that goes on from here is accepted, as far as is easily seen.
    pub(super) fn is_dead(&self, state: &State) -> bool {
        matches!(state, State::Glob(state) if state.is_dead())
    }
}

/// One letter of folded text: the longest start of `folded` that what was read ends with.
fn folded_step(how: Affix, folded: &[char], state: (usize, bool, bool), letter: char) -> (usize, bool, bool) {
    let (matched, intact, found) = state;
    if found && matches!(how, Affix::Start | Affix::Within) {
        return (0, false, true);
    }
    let goes_on = folded.get(matched) == Some(&letter);
    let intact = intact && goes_on;
    let anchored = matches!(how, Affix::Whole | Affix::Start);
    let matched = match (anchored, goes_on) {
        (true, true) => matched.saturating_add(1),
        (true, false) => 0,
        (false, _) => longest_start(folded, matched, letter),
    };
    let whole = matched == folded.len() && (intact || !anchored);
    (matched, intact, found || (whole && matches!(how, Affix::Start | Affix::Within)))
}

fn longest_start(folded: &[char], matched: usize, letter: char) -> usize {
    let read: Vec<char> = folded.iter().take(matched).copied().chain([letter]).collect();
    let ends = |length: &usize| {
        let end = read.iter().skip(read.len().saturating_sub(*length));
        end.eq(folded.iter().take(*length))
    };
    (0..=read.len().min(folded.len())).rev().find(ends).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{Affix, Bounds, Pattern, partition};

    const BOUNDS: Bounds = Bounds { steps: 100_000, classes: 100 };

    fn shown(patterns: &[Pattern]) -> Vec<String> {
        let classes = partition(patterns, BOUNDS).unwrap();
        let flags = |holds: &[bool]| holds.iter().map(|holds| if *holds { '1' } else { '0' }).collect::<String>();
        classes.iter().map(|class| format!("{} {:?}", flags(&class.holds), class.shortest)).collect()
    }

    #[test]
    fn every_class_has_a_shortest_member() {
        let part = |how, text| Pattern::affix(how, text, false);
        assert_eq!(
            shown(&[part(Affix::Start, "ab"), part(Affix::End, "bc"), part(Affix::Whole, "b")]),
            [r#"000 """#, r#"001 "b""#, r#"010 "bc""#, r#"100 "ab""#, r#"110 "abc""#]
        );
        let regex = |pattern: &str| Pattern::Regex { pattern: pattern.to_owned(), ignore_case: false };
        assert_eq!(
            shown(&[regex(r"\brm\b"), Pattern::Longer(2)]),
            [r#"00 """#, r#"01 "aaa""#, r#"10 "rm""#, r#"11 "rm-""#]
        );
    }

    #[test]
    fn folded_text_meets_what_folds_to_it() {
        let folded = Pattern::affix(Affix::Whole, "ſs", true);
        let ascii = Pattern::Regex { pattern: r"\A[A-Z]+\z".to_owned(), ignore_case: false };
        let other = Pattern::Regex { pattern: "ß".to_owned(), ignore_case: false };
        let classes = shown(&[folded, ascii, other]);
        assert!(classes.contains(&r#"110 "SS""#.to_owned()), "{classes:?}");
        assert!(classes.contains(&r#"101 "ß""#.to_owned()), "{classes:?}");
    }

    #[test]
    fn what_takes_too_long_is_given_up() {
        let many: Vec<Pattern> =
            (0..20).map(|count| Pattern::affix(Affix::Within, &format!("word{count}"), false)).collect();
        assert_eq!(partition(&many, BOUNDS), None);
    }
}
