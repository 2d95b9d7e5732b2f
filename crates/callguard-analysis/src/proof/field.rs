//! A field of the situation with its classes, each a literal of the circuit.

use super::circuit::Circuit;
use super::moments::Moments;
use super::operands::{BLANK, Operands};
use super::place::Place;
use super::situation::Situation;
use super::text::Pattern;
use super::values::{Shape, ValueClass, blocked, classes};
use batsat::Lit;
use callguard_engine::policy::model::{Leaf, Selector, SessionField};
use callguard_engine::session::Label;
use callguard_engine::value::Value;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::collections::BTreeSet;

/// What is asked of a field, gathered before its classes are made.
#[derive(Clone, Debug, Default)]
pub(crate) struct Questions {
    pub(crate) operands: Operands,
    pub(crate) moments: Moments,
    /// Names of labels.
    labels: BTreeSet<String>,
    pub(crate) has_children: bool,
}

/// One class of a field.
#[derive(Clone, Debug)]
pub(crate) struct Class {
    pub(crate) literal: Lit,
    pub(crate) member: Member,
}

/// A situation of the class, as far as the field goes.
#[derive(Clone, Debug)]
pub(crate) enum Member {
    Value(ValueClass),
    Moment(Timestamp),
    Labels(Vec<Label>),
}

/// A field with its classes: exactly one holds.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) place: Place,
    pub(crate) classes: Vec<Class>,
}

impl Questions {
    /// Adds what a leaf asks.
    pub(crate) fn add(&mut self, leaf: &Leaf) {
        self.operands.add(leaf);
        match &leaf.selector {
            Selector::Time(field) => self.moments.add(*field, leaf),
            Selector::Session(SessionField::Labels) => self.labels.extend(self.operands.literals.iter().cloned()),
            _ => {}
        }
        if matches!(leaf.selector, Selector::Session(SessionField::Labels)) {
            let words = self.operands.elements.iter().filter_map(|(value, _)| value.as_str());
            self.labels.extend(words.map(str::to_owned));
        }
    }

    /// Adds whether there is something to read.
    pub(crate) fn filled(&mut self) {
        self.operands.patterns.insert(Pattern::Regex { pattern: BLANK.to_owned(), ignore_case: false });
    }
}

impl Field {
    /// A field with every class that the questions part it into.
    pub(crate) fn new(
        place: Place,
        questions: &Questions,
        zone: Option<&TimeZone>,
        base: Timestamp,
        circuit: &mut Circuit,
    ) -> Field {
        let members: Vec<Member> = match &place {
            Place::Time => match zone {
                Some(zone) => questions.moments.all(zone, base).into_iter().map(Member::Moment).collect(),
                None => vec![Member::Moment(base)],
            },
            Place::Labels => labels(&questions.labels),
            _ => {
                let mut found = classes(place.domain(), &questions.operands, questions.has_children);
                if place.parent().is_some() {
                    found.push(blocked());
                }
                found.into_iter().map(Member::Value).collect()
            }
        };
        let classes: Vec<Class> =
            members.into_iter().map(|member| Class { literal: circuit.fresh(), member }).collect();
        let literals: Vec<Lit> = classes.iter().map(|class| class.literal).collect();
        circuit.exactly_one(&literals);
        Field { place, classes }
    }

    /// The classes of a shape, as one literal.
    pub(crate) fn of_shape(&self, wanted: impl Fn(Shape) -> bool, circuit: &mut Circuit) -> Lit {
        let literals: Vec<Lit> =
            self.classes.iter().filter(|class| class.shape().is_some_and(&wanted)).map(|class| class.literal).collect();
        circuit.or(literals)
    }

    /// The class whose only value this is.
    pub(crate) fn class_of(&self, wanted: &Value) -> Option<Lit> {
        let is = |class: &&Class| matches!(&class.member, Member::Value(found) if found.value.as_ref() == Some(wanted));
        self.classes.iter().find(is).map(|class| class.literal)
    }

    /// Puts a member of the class into a situation.
    pub(crate) fn put(&self, class: &Class, situation: &mut Situation) {
        match &class.member {
            Member::Value(value) if value.shape == Shape::Blocked => {
                if let Some(parent) = self.place.parent() {
                    parent.put(Some(&Value::Bool(true)), situation);
                }
            }
            Member::Value(value) => self.place.put(value.value.as_ref(), situation),
            Member::Moment(moment) => situation.call.timestamp = *moment,
            Member::Labels(labels) => situation.session.labels = labels.iter().cloned().collect(),
        }
    }
}

impl Class {
    fn shape(&self) -> Option<Shape> {
        match &self.member {
            Member::Value(value) => Some(value.shape),
            _ => None,
        }
    }

    /// The leaf with those of its tests alone that every situation of the class gives the same truth.
    pub(crate) fn decided_part(&self, leaf: &Leaf) -> Option<Leaf> {
        let Member::Value(value) = &self.member else { return None };
        let tests: Vec<_> = leaf.tests.iter().filter(|test| value.decides_test(test)).cloned().collect();
        (!tests.is_empty()).then(|| Leaf { tests, ..leaf.clone() })
    }

    /// Whether every situation of the class gives the leaf the same truth.
    pub(crate) fn decides(&self, leaf: &Leaf) -> bool {
        match (&self.member, &leaf.selector) {
            (Member::Value(value), _) => value.decides(leaf),
            (Member::Moment(_), Selector::Time(field)) => Moments::decides(*field, leaf),
            (Member::Labels(_), _) => super::values::reads_elements_only(leaf),
            _ => false,
        }
    }
}

/// Names of labels whose subsets are all tried.
const MOST_LABELS: usize = 3;

/// Every choice of labels: each that is named, certain or doubtful, and one that is not.
fn labels(names: &BTreeSet<String>) -> Vec<Member> {
    let other = (0_u32..).map(|count| format!("other{}", "x".repeat(usize::try_from(count).unwrap_or_default())));
    let other = other.take(64).find(|name| !names.contains(name)).unwrap_or_default();
    let mut all: Vec<Label> = Vec::new();
    for name in names.iter().take(MOST_LABELS).chain([&other]) {
        for doubtful in [false, true] {
            all.push(Label { name: name.clone(), doubtful, observed: false });
        }
    }
    let mut choices: Vec<Vec<Label>> = vec![Vec::new()];
    for label in all {
        let with: Vec<Vec<Label>> =
            choices.iter().map(|chosen| chosen.iter().cloned().chain([label.clone()]).collect()).collect();
        choices.extend(with);
    }
    choices.into_iter().map(Member::Labels).collect()
}

/// Whether so many labels can be told apart.
pub(crate) fn few_labels(questions: &Questions) -> bool {
    questions.labels.len() <= MOST_LABELS
}
