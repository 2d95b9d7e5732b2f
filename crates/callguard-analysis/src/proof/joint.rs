//! Machines that read one text together, with a number for every state that they reach.

use super::text::{Machine, State};
use std::collections::HashMap;

/// A machine whose states get numbers when they are first reached.
#[derive(Debug)]
pub(super) struct Lazy {
    machine: Machine,
    states: Vec<State>,
    numbers: HashMap<State, usize>,
    steps: Steps,
    accepting: Vec<bool>,
    dead: Vec<bool>,
}

impl Lazy {
    pub(super) fn new(machine: Machine) -> Lazy {
        let start = machine.start();
        let (accepting, dead) = (vec![machine.accepts(&start)], vec![machine.is_dead(&start)]);
        Lazy {
            machine,
            states: vec![start.clone()],
            numbers: HashMap::from([(start, 0)]),
            steps: Steps::default(),
            accepting,
            dead,
        }
    }

    fn step(&mut self, from: usize, index: usize, letter: char) -> usize {
        if let Some(to) = self.steps.of(from, index) {
            return to;
        }
        let Some(state) = self.states.get(from) else { return from };
        let next = self.machine.step(state, letter);
        let fresh = self.states.len();
        let to = *self.numbers.entry(next.clone()).or_insert(fresh);
        if to == fresh {
            self.accepting.push(self.machine.accepts(&next));
            self.dead.push(self.machine.is_dead(&next));
            self.states.push(next);
        }
        self.steps.put(from, index, to);
        to
    }

    fn accepts(&self, state: usize) -> bool {
        self.accepting.get(state).copied().unwrap_or_default()
    }

    fn is_dead(&self, state: usize) -> bool {
        self.dead.get(state).copied().unwrap_or_default()
    }
}

/// Machines that read the same text, each with what it is called: a state of all is one number.
#[derive(Debug)]
pub(super) struct Joint<'a> {
    machines: Vec<(usize, Lazy)>,
    letters: &'a [char],
    states: Vec<Standing>,
    numbers: HashMap<Standing, usize>,
    steps: Steps,
}

/// Machines by their index, each with its state; those are left out that will never accept any more.
type Standing = Vec<(usize, usize)>;

impl<'a> Joint<'a> {
    pub(super) fn new(machines: Vec<(usize, Lazy)>, letters: &'a [char]) -> Joint<'a> {
        let start: Standing = (0..machines.len()).map(|index| (index, 0)).collect();
        Joint {
            machines,
            letters,
            states: vec![start.clone()],
            numbers: HashMap::from([(start, 0)]),
            steps: Steps::default(),
        }
    }

    /// Where the letter at an index leads.
    pub(super) fn step(&mut self, from: usize, index: usize) -> usize {
        if let Some(to) = self.steps.of(from, index) {
            return to;
        }
        let (Some(standing), Some(letter)) = (self.states.get(from), self.letters.get(index)) else { return from };
        let mut next = Standing::with_capacity(standing.len());
        for (at, place) in standing {
            let Some((_, lazy)) = self.machines.get_mut(*at) else { continue };
            let to = lazy.step(*place, index, *letter);
            if !lazy.is_dead(to) {
                next.push((*at, to));
            }
        }
        let fresh = self.states.len();
        let to = *self.numbers.entry(next.clone()).or_insert(fresh);
        if to == fresh {
            self.states.push(next);
        }
        self.steps.put(from, index, to);
        to
    }

    /// What the machines that accept there are called.
    pub(super) fn accepting(&self, state: usize) -> impl Iterator<Item = usize> {
        let standing = self.states.get(state).into_iter().flatten();
        let machines = standing.filter_map(|(at, place)| Some((self.machines.get(*at)?, *place)));
        machines.filter(|((_, lazy), place)| lazy.accepts(*place)).map(|((name, _), _)| *name)
    }
}

/// For each state, where each letter leads, as far as that was asked.
#[derive(Debug, Default)]
struct Steps(Vec<Vec<Option<usize>>>);

impl Steps {
    fn of(&self, from: usize, index: usize) -> Option<usize> {
        self.0.get(from)?.get(index).copied().flatten()
    }

    fn put(&mut self, from: usize, index: usize, to: usize) {
        if self.0.len() <= from {
            self.0.resize_with(from.saturating_add(1), Vec::new);
        }
        let Some(row) = self.0.get_mut(from) else { return };
        if row.len() <= index {
            row.resize(index.saturating_add(1), None);
        }
        if let Some(step) = row.get_mut(index) {
            *step = Some(to);
        }
    }
}
