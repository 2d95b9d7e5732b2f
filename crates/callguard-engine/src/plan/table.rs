//! What one selector finds: the contracts that a value brings into question.

use super::access::Probe;
use super::automaton::{Anchor, Literal, Literals};
use super::equality::Equality;
use super::hits::{Hits, Place};
use super::order::Orders;
use crate::decide::{Item, Scene};
use crate::value::Value;

/// The contracts that are found by one selector.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// Every one: of a value that is unknown.
    all: Vec<Place>,
    /// Any value brings them into question.
    present: Vec<Place>,
    equality: Equality,
    literals: Literals,
    orders: Orders,
    /// Where the value is a list: those that look at its elements, and those that any list brings into question.
    elements: Equality,
    beside_lists: Vec<Place>,
    /// Those that look at paths.
    paths: Literals,
}

impl Table {
    pub(super) fn insert(&mut self, place: Place, probe: &Probe) {
        self.all.push(place);
        match probe {
            Probe::Present => self.present.push(place),
            Probe::Equal(literal) => {
                self.equality.insert(place, literal);
                self.beside_lists.push(place);
            }
            Probe::EqualOrElement(literal) => {
                self.equality.insert(place, literal);
                self.elements.insert(place, literal);
            }
            Probe::Literal(literal) => {
                self.literals.insert(place, literal);
                self.beside_lists.push(place);
            }
            Probe::LiteralOrElement(literal, value) => {
                self.literals.insert(place, literal);
                self.elements.insert(place, value);
            }
            Probe::Path(text) => {
                let literal = Literal { text: text.clone(), ignore_case: true, anchor: Anchor::Anywhere };
                self.paths.insert(place, &literal);
                self.beside_lists.push(place);
            }
            Probe::Order(op, bound) => {
                self.orders.insert(place, *op, bound.clone());
                self.beside_lists.push(place);
            }
        }
    }

    pub(super) fn seal(&mut self) {
        self.literals.seal();
        self.paths.seal();
        self.orders.seal();
        self.all.dedup();
        self.present.dedup();
        self.beside_lists.dedup();
    }

    /// There may be values that nobody could name.
    pub(super) fn unknown(&self, hits: &mut Hits) {
        hits.add(&self.all);
    }

    pub(super) fn item(&self, item: &Item<'_>, scene: &Scene<'_>, hits: &mut Hits) {
        match item {
            Item::Missing => {}
            Item::Unknown(_) => self.unknown(hits),
            Item::Json(value) => self.value(value, hits),
            facet => {
                hits.add(&self.present);
                match facet.facet_text() {
                    Some(text) => self.equality.look_up_text(text, hits),
                    None => self.equality.all(hits),
                }
                // Operators of text do not apply to facets: unknown.
                self.literals.all(hits);
                self.orders.all(hits);
                self.path(facet, scene, hits);
            }
        }
    }

    fn path(&self, item: &Item<'_>, scene: &Scene<'_>, hits: &mut Hits) {
        if self.paths.is_empty() {
            return;
        }
        // Where the workspace or the home is unknown, so is whether a path lies in it.
        let places = scene.paths();
        let known = places.workspace.is_some() && places.home.is_some();
        match item {
            Item::Path(path) if known => match path.plain() {
                Some(readings) => readings.for_each(|reading| self.paths.look_up(reading, hits)),
                None => self.paths.all(hits),
            },
            _ => self.paths.all(hits),
        }
    }

    pub(super) fn value(&self, value: &Value, hits: &mut Hits) {
        if matches!(value, Value::Null) {
            return;
        }
        if let Value::String(text) = value {
            return self.text(text, hits);
        }
        hits.add(&self.present);
        match value {
            Value::Null | Value::String(_) => {}
            Value::Number(number) => {
                self.equality.look_up(value, hits);
                self.literals.all(hits);
                self.paths.all(hits);
                self.orders.look_up(number, hits);
            }
            Value::Bool(_) => {
                self.equality.look_up(value, hits);
                self.literals.all(hits);
                self.paths.all(hits);
                self.orders.all(hits);
            }
            Value::List(items) => {
                hits.add(&self.beside_lists);
                items.iter().for_each(|item| self.elements.look_up(item, hits));
            }
            Value::Object(_) => self.unknown(hits),
        }
    }
    pub(super) fn text(&self, text: &str, hits: &mut Hits) {
        hits.add(&self.present);
        self.equality.look_up_text(text, hits);
        self.literals.look_up(text, hits);
        // A plain string is read as a path first.
        self.paths.all(hits);
        // A text has no order to a number: unknown.
        self.orders.all(hits);
    }
}
