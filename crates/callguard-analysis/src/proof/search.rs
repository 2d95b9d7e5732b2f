//! Looks for a call of one tool on which two sides differ: first that any assignment does, then one that a call shows.

use super::circuit::Found;
use super::encode::Encoder;
use super::feeds::{self, Fed};
use super::rulings::{Part, Ruled, flips, rule};
use super::shrink::shrink;
use super::side::{Side, Sides};
use super::situation::{Flip, Situation};
use batsat::Lit;
use callguard_engine::call::ToolEnvelope;
use callguard_engine::decide::Decision;
use std::collections::{BTreeMap, BTreeSet};

/// Assignments that are tried before the answer is that nobody knows.
const MOST_TRIES: usize = 40;
/// Contracts that are looked into before it is.
const MOST_EXPANSIONS: usize = 200;

/// A call on which two sides differ, as both engines decide it.
#[derive(Clone, Debug)]
pub struct Witness {
    /// The call and what is known around it.
    pub situation: Situation,
    /// What both decide.
    pub flip: Flip,
    /// The old decision.
    pub old: Decision,
    /// The new decision.
    pub new: Decision,
    /// Changed contracts that act in one of the decisions.
    pub contracts: BTreeSet<String>,
}

/// What is known of one pair of decisions.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// No call of any tool of the group is decided so.
    Nowhere,
    /// No call of this tool is.
    NotHere,
    /// These are, one for each changed contract that was found to be responsible.
    Here(Vec<Witness>),
    /// It is not known, and why.
    Unknown(BTreeSet<String>),
}

impl Witness {
    /// Decides the situation under both; `None` where they agree.
    pub(crate) fn of(sides: &Sides<'_>, situation: Situation) -> Option<Witness> {
        let (old, new) = (situation.decide(sides.old), situation.decide(sides.new));
        let flip = Flip { old: old.effect, new: new.effect };
        if flip.old == flip.new {
            return None;
        }
        let acting = |side: Side, decision: &Decision| {
            let changed = sides.changed(side);
            let ids = decision
                .applied
                .iter()
                .filter(|applied| is_action(applied.action))
                .map(|applied| applied.id.to_string());
            ids.filter(|id| changed.contains(id)).collect::<BTreeSet<String>>()
        };
        let contracts = acting(Side::Old, &old).into_iter().chain(acting(Side::New, &new)).collect();
        Some(Witness { situation, flip, old, new, contracts })
    }

    /// The smallest that shows the same by the same contracts.
    pub(crate) fn shrunk(self, sides: &Sides<'_>) -> Witness {
        let (flip, contracts) = (self.flip, &self.contracts);
        let same = |situation: &Situation| {
            let found = situation.is_possible().then(|| Witness::of(sides, situation.clone())).flatten();
            found.is_some_and(|found| found.flip == flip && found.contracts == *contracts)
        };
        let smaller = shrink(self.situation.clone(), same);
        Witness::of(sides, smaller).unwrap_or(self)
    }
}

/// Examines one tool for these pairs of decisions.
pub(crate) fn examine(sides: &Sides<'_>, call: &ToolEnvelope, wanted: &[Flip]) -> BTreeMap<Flip, Answer> {
    let mut answers: BTreeMap<Flip, Answer> = BTreeMap::new();
    let mut expanded: BTreeSet<String> = BTreeSet::new();
    loop {
        let mut round = Round::new(sides, call, &expanded);
        let mut more = BTreeSet::new();
        for flip in wanted {
            if answers.contains_key(flip) {
                continue;
            }
            match round.ask(*flip) {
                Asked::Answer(answer) => drop(answers.insert(*flip, answer)),
                Asked::LookInto(contracts) => more.extend(contracts),
            }
        }
        let before = expanded.len();
        expanded.extend(more);
        if expanded.len() == before || expanded.len() > MOST_EXPANSIONS {
            let open = wanted.iter().filter(|flip| !answers.contains_key(flip)).copied().collect::<Vec<_>>();
            let why = BTreeSet::from(["too many contracts bear on it".to_owned()]);
            answers.extend(open.into_iter().map(|flip| (flip, Answer::Unknown(why.clone()))));
            return answers;
        }
    }
}

enum Asked {
    Answer(Answer),
    /// It turns on contracts that were not looked into yet.
    LookInto(BTreeSet<String>),
}

/// One encoding of both sides.
struct Round<'a> {
    encoder: Encoder<'a>,
    old: Ruled,
    new: Ruled,
    fed: Vec<Fed>,
    looked_into: bool,
}

impl<'a> Round<'a> {
    fn new(sides: &'a Sides<'a>, call: &ToolEnvelope, expanded: &'a BTreeSet<String>) -> Round<'a> {
        let mut encoder = Encoder::new(sides, call.clone(), expanded);
        let (old, new) = rule(&mut encoder);
        let fed = feeds::tie(&mut encoder);
        Round { encoder, old, new, fed, looked_into: !expanded.is_empty() }
    }

    fn ask(&mut self, flip: Flip) -> Asked {
        let target = flips(&self.old, &self.new, flip, &mut self.encoder.circuit);
        match self.encoder.circuit.solve(&[target]) {
            Found::No if self.looked_into => return Asked::Answer(Answer::NotHere),
            Found::No => return Asked::Answer(Answer::Nowhere),
            Found::GaveUp => return unknown(["the search took too long".to_owned()]),
            Found::Yes => {}
        }
        let mut found: Vec<Witness> = Vec::new();
        match self.show(flip, &[target], &mut found) {
            Shown::Yes => {}
            Shown::No => return Asked::Answer(Answer::Unknown(self.reasons())),
            Shown::LookInto(contracts) => return Asked::LookInto(contracts),
        }
        for (acts, id) in self.changed_parts() {
            if !found.iter().any(|witness| witness.contracts.contains(&id)) {
                // What cannot be shown of this contract was shown of another.
                let _another = self.show(flip, &[target, acts], &mut found);
            }
        }
        Asked::Answer(Answer::Here(found))
    }

    /// Contracts that differ, with whether they act.
    fn changed_parts(&self) -> Vec<(Lit, String)> {
        let parts = self.old.parts.iter().chain(&self.new.parts).filter(|part| !part.is_abstract);
        parts.map(|part| (part.acts, part.id.clone())).collect()
    }

    /// Finds an assignment that a call shows.
    fn show(&mut self, flip: Flip, target: &[Lit], found: &mut Vec<Witness>) -> Shown {
        let assumed: Vec<Lit> = target.iter().copied().chain([self.encoder.shown]).collect();
        for _ in 0..MOST_TRIES {
            if self.encoder.circuit.solve(&assumed) != Found::Yes {
                return Shown::No;
            }
            let (situation, chosen) = self.situation();
            let acting = self.acting();
            let possible = situation.is_possible();
            let witness = possible.then(|| Witness::of(self.encoder.sides, situation.clone())).flatten();
            if let Some(witness) = witness.filter(|witness| witness.flip == flip) {
                found.push(witness.shrunk(self.encoder.sides));
                return Shown::Yes;
            }
            let elsewhere = if possible { self.misjudged(&situation, &acting) } else { BTreeSet::new() };
            if !elsewhere.is_empty() {
                return Shown::LookInto(elsewhere);
            }
            let mut clause: Vec<Lit> = chosen.iter().map(|literal| !*literal).collect();
            clause.push(!self.encoder.shown);
            self.encoder.circuit.clause(&clause);
        }
        Shown::No
    }

    /// The situation of the assignment that was found, and the classes that make it.
    fn situation(&self) -> (Situation, Vec<Lit>) {
        let encoder = &self.encoder;
        let mut situation = encoder.base.clone();
        let mut chosen = Vec::new();
        for field in encoder.fields.values() {
            for class in field.classes.iter().filter(|class| encoder.circuit.holds(class.literal)) {
                field.put(class, &mut situation);
                chosen.push(class.literal);
            }
        }
        for (literal, feed) in self.fed.iter().filter(|(literal, _)| encoder.circuit.holds(*literal)) {
            chosen.push(*literal);
            if let Some(feed) = feed {
                feeds::put(feed, &mut situation.call.args);
            }
        }
        situation.complete();
        (situation, chosen)
    }

    /// Contracts that were not looked into, and whether they act in the assignment that was found.
    fn acting(&self) -> Vec<(Part, bool)> {
        let parts = self.old.parts.iter().chain(&self.new.parts).filter(|part| part.is_abstract);
        parts.map(|part| (part.clone(), self.encoder.circuit.holds(part.acts))).collect()
    }

    /// Those of them that act otherwise in truth.
    fn misjudged(&self, situation: &Situation, acting: &[(Part, bool)]) -> BTreeSet<String> {
        let sides = self.encoder.sides;
        let decisions = [(Side::Old, situation.decide(sides.old)), (Side::New, situation.decide(sides.new))];
        let acts = |part: &Part| {
            let mine = decisions.iter().filter(|(side, _)| *side == part.side);
            let mut applied = mine.flat_map(|(_, decision)| &decision.applied);
            applied.any(|applied| is_action(applied.action) && applied.id.to_string() == part.id)
        };
        let wrong: BTreeSet<String> =
            acting.iter().filter(|(part, assumed)| acts(part) != *assumed).map(|(part, _)| part.name.clone()).collect();
        if !wrong.is_empty() {
            return wrong;
        }
        // What acts as assumed may still permit otherwise.
        acting.iter().filter(|(_, assumed)| *assumed).map(|(part, _)| part.name.clone()).collect()
    }

    /// Why nobody knows.
    fn reasons(&self) -> BTreeSet<String> {
        let encoder = &self.encoder;
        let mut reasons: BTreeSet<String> = encoder.free.iter().map(|free| feeds::shown(free.leaf)).collect();
        reasons.extend(encoder.reasons.iter().cloned());
        if reasons.is_empty() {
            reasons.insert("no call was found that shows it".to_owned());
        }
        reasons
    }
}

/// Whether what a contract did decides anything.
fn is_action(action: &str) -> bool {
    !matches!(action, "warn" | "label")
}

enum Shown {
    Yes,
    No,
    LookInto(BTreeSet<String>),
}

fn unknown(why: impl IntoIterator<Item = String>) -> Asked {
    Asked::Answer(Answer::Unknown(why.into_iter().collect()))
}
