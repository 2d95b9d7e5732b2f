//! The search for a row that a condition leaves out.
//!
//! What is found is certain, as far as the values could be those of a row. What is not found may be there all the same.

use super::fixed::{Arithmetic, Fixed};
use super::reading::{Atom, Kind};
use super::term::{Row, Term};
use super::value::Value;
use std::cell::Cell;

/// Rows that are tried as they come.
const STARTS: u64 = 40;
/// Of these so many have one value everywhere.
const UNIFORM: u64 = 6;
/// So many of the others are changed, one value at a time.
const CLIMBS: u64 = 3;
/// Times that each value is gone through.
const ROUNDS: usize = 2;
/// Atoms that are changed.
const MOST_CHANGED: usize = 24;
/// Choices of what is the same for every row.
const WORLDS: u64 = 4;

/// Whether there is a row that `term` leaves out, whatever is not known of what all rows share.
pub(super) fn leaves_a_row_out(term: &Term, atoms: &[Atom], constants: &[Value], steps: &Cell<usize>) -> bool {
    let samples = Samples::near(constants);
    let search = Search { term, atoms, samples: &samples, steps };
    let worlds = if atoms.iter().all(|atom| atom.varies) { 1 } else { WORLDS };
    (0..worlds).all(|world| search.finds_one(world))
}

/// Values at which conditions change: first numbers in order, then texts. The first and the last number lie beyond all
/// others, and are left to the row: there is always one beyond what all rows share.
struct Samples {
    all: Vec<Value>,
    numbers: usize,
}

/// 10^30.
const BEYOND: &str = "1000000000000000000000000000000";

impl Samples {
    fn near(constants: &[Value]) -> Samples {
        let mut numbers = vec![Fixed::ZERO, Fixed::of(7_654_321), Fixed::of(-3)];
        let mut texts = vec![Value::text(""), Value::text("qx")];
        for constant in constants {
            let number = match constant {
                Value::Text(text) if constant.number().is_none() => {
                    texts.extend([constant.clone(), Value::text(&format!("{text}~"))]);
                    Fixed::in_place_of(text)
                }
                other => other.number().unwrap_or(Fixed::ZERO),
            };
            let near = |what| number.calculate(what, Fixed::of(1));
            numbers.push(number);
            numbers.extend(near(Arithmetic::Add));
            numbers.extend(near(Arithmetic::Subtract));
        }
        for sign in ["", "-"] {
            numbers.extend(Fixed::parse(&format!("{sign}{BEYOND}")));
        }
        numbers.sort();
        numbers.dedup();
        numbers.retain(|number| *number != Fixed::in_place_of(""));
        let count = numbers.len();
        let all = numbers.into_iter().map(Value::Number).chain(texts).collect();
        Samples { all, numbers: count }
    }

    fn of(&self, atom: &Atom) -> &[Value] {
        const TRUTHS: [Value; 2] = [Value::Bool(false), Value::Bool(true)];
        let found = match (atom.kind, atom.varies) {
            (Kind::Bool, _) => return &TRUTHS,
            (Kind::Any, true) => return &self.all,
            (Kind::Number, true) => self.all.get(..self.numbers),
            (Kind::Any | Kind::Number, false) => self.all.get(1..self.numbers.saturating_sub(1)),
        };
        found.unwrap_or(&[])
    }
}

struct Search<'a> {
    term: &'a Term,
    atoms: &'a [Atom],
    samples: &'a Samples,
    steps: &'a Cell<usize>,
}

impl Search<'_> {
    fn finds_one(&self, world: u64) -> bool {
        (0..STARTS).any(|start| self.distance(&self.values(world, start)) == 0)
            || (UNIFORM..UNIFORM.saturating_add(CLIMBS)).any(|start| self.climbs(self.values(world, start)))
    }

    /// The values of one row: those that do not vary are of the world.
    fn values(&self, world: u64, start: u64) -> Vec<Value> {
        let value = |atom: &Atom| {
            let among = self.samples.of(atom);
            let turn = if atom.varies { start.wrapping_mul(WORLDS) } else { 0 }.wrapping_add(world);
            let count = u64::try_from(among.len()).unwrap_or(1);
            let choice = if atom.varies && start < UNIFORM { start } else { mixed(atom.key, turn) };
            let at = choice.checked_rem(count).and_then(|at| usize::try_from(at).ok());
            at.and_then(|at| among.get(at)).cloned().unwrap_or(Value::Unknown)
        };
        self.atoms.iter().map(value).collect()
    }

    /// Changes one value at a time, as long as the row comes nearer to being left out.
    fn climbs(&self, mut values: Vec<Value>) -> bool {
        let mut nearest = self.distance(&values);
        let changed = |(_, atom): &(usize, &Atom)| atom.varies;
        for _ in 0..ROUNDS {
            for (at, atom) in self.atoms.iter().enumerate().filter(changed).take(MOST_CHANGED) {
                for sample in self.samples.of(atom) {
                    let Some(value) = values.get_mut(at) else { continue };
                    let before = std::mem::replace(value, sample.clone());
                    let distance = self.distance(&values);
                    if distance == 0 {
                        return true;
                    }
                    if distance < nearest {
                        nearest = distance;
                    } else if let Some(value) = values.get_mut(at) {
                        *value = before;
                    }
                    if self.steps.get() == 0 {
                        return false;
                    }
                }
            }
        }
        false
    }

    fn distance(&self, values: &[Value]) -> usize {
        self.term.distance(&Row { atoms: values, steps: self.steps })
    }
}

/// SplitMix64, by Sebastiano Vigna.
fn mixed(key: u64, turn: u64) -> u64 {
    let mut state = key.wrapping_add(turn.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}
