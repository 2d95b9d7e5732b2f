//! What is asked of each field of a call, gathered before its classes are made.

use super::encode::{Encoder, counts};
use super::field::{Field, Questions, few_labels};
use super::limits;
use super::place::Place;
use super::side::Side;
use super::text::Pattern;
use super::values::Shape;
use callguard_engine::policy::model::{Condition, Contract, Leaf, Selector, SessionField, Test};
use jiff::tz::TimeZone;
use std::collections::BTreeMap;

impl Encoder<'_> {
    /// Makes the classes of every field that something looks at.
    pub(super) fn make_fields(&mut self) {
        let questions = self.questions();
        let (zone, base) = (self.zone(), self.base.call.timestamp);
        for (place, asked) in &questions {
            let field = Field::new(place.clone(), asked, zone.as_ref(), base, &mut self.circuit);
            self.fields.insert(place.clone(), field);
        }
        let places: Vec<Place> = questions.into_keys().collect();
        for place in places {
            self.tie_to_parent(&place);
        }
    }

    /// What is in an object is there only with the object.
    fn tie_to_parent(&mut self, place: &Place) {
        let Some(parent) = place.parent().and_then(|parent| self.fields.get(&parent)) else { return };
        let Some(field) = self.fields.get(place) else { return };
        let circuit = &mut self.circuit;
        let object = parent.of_shape(|shape| shape == Shape::Object, circuit);
        let nothing = parent.of_shape(|shape| shape == Shape::Missing, circuit);
        let blocked = field.of_shape(|shape| shape == Shape::Blocked, circuit);
        let missing = field.of_shape(|shape| shape == Shape::Missing, circuit);
        // Beneath what is blocked everything is.
        let parent_blocked = parent.of_shape(|shape| shape == Shape::Blocked, circuit);
        circuit.clause(&[!object, !blocked]);
        circuit.clause(&[!nothing, missing]);
        circuit.clause(&[object, nothing, blocked]);
        circuit.clause(&[!parent_blocked, blocked]);
    }

    /// The zone of every policy, if it is one.
    pub(super) fn zone(&self) -> Option<TimeZone> {
        let mut zones =
            Side::BOTH.into_iter().flat_map(|side| self.sides.policies(side)).map(|(_, policy)| &policy.timezone);
        let first = zones.next()?;
        zones.all(|zone| zone == first).then(|| first.clone())
    }

    fn questions(&self) -> BTreeMap<Place, Questions> {
        let mut asked: BTreeMap<Place, Questions> = BTreeMap::new();
        for side in Side::BOTH {
            for of in self.relevant(side).into_iter().filter(|of| !self.is_abstract(of)) {
                ask_of_contract(of.contract, &mut asked);
            }
            for (_, policy) in self.sides.policies(side) {
                for place in policy.requires.iter().filter_map(Place::of) {
                    asked.entry(place).or_default().filled();
                }
            }
        }
        if asked.get(&Place::Labels).is_some_and(|questions| !few_labels(questions)) {
            asked.remove(&Place::Labels);
        }
        let above: Vec<Place> =
            asked.keys().flat_map(|place| std::iter::successors(place.parent(), Place::parent)).collect();
        above.into_iter().for_each(|place| asked.entry(place).or_default().has_children = true);
        super::feeds::add_literals(self, &mut asked);
        asked
    }
}

fn ask_of_contract(contract: &Contract, asked: &mut BTreeMap<Place, Questions>) {
    let servers = &contract.tools.server;
    if !servers.is_empty() {
        let operands = &mut asked.entry(Place::Server).or_default().operands;
        operands.patterns.extend(servers.iter().map(|glob| Pattern::Glob(glob.as_str().to_owned())));
    }
    for dated in &contract.terms {
        if let Some(until) = dated.until {
            asked.entry(Place::Time).or_default().moments.until(until);
        }
        if !counts(&dated.terms) {
            continue;
        }
        let conditions = std::iter::once(&contract.when).chain(&dated.terms.unless);
        for leaf in conditions.flat_map(Condition::leaves) {
            if let Some(place) = place_of(leaf) {
                asked.entry(place).or_default().add(leaf);
            }
        }
        if let Some(limit) = &dated.terms.limit {
            limits::ask(contract, limit, asked);
        }
    }
}

/// Whether a leaf looks at nothing but what the class of the tool's name settles.
pub(super) fn is_standing(leaf: &Leaf) -> bool {
    let of_tool = matches!(leaf.selector, Selector::Tool | Selector::ToolSideEffect | Selector::ToolLabels);
    of_tool
        && !leaf.tests.iter().any(super::operands::looks_elsewhere)
        && !leaf.tests.iter().any(|test| matches!(test, Test::Custom(_) | Test::Detects(_)))
}

/// The field that a leaf looks at, labels of the session included.
pub(super) fn place_of(leaf: &Leaf) -> Option<Place> {
    match &leaf.selector {
        Selector::Session(SessionField::Labels) => Some(Place::Labels),
        selector => Place::of(selector),
    }
}
