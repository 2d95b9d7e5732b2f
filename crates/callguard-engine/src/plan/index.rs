//! Where to look first: tables by selector.

use super::access::Probe;
use super::choice::{Entrance, choose};
use super::hits::{Hits, Place};
use super::table::Table;
use crate::decide::{Direction, Reading, Scene, Values};
use crate::policy::model::{Contract, Segment, Selector};
use crate::value::Value;
use foldhash::fast::FixedState;
use std::collections::HashMap;

/// The contracts that can come into question, by what is seen of a call. Costs what the call is long, not what the
/// policy is long.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// Judged every time.
    always: Vec<Place>,
    /// Tables of `args.X…`.
    arguments: Arguments,
    /// The tables of every other selector.
    others: Vec<Group>,
}

/// Groups by the argument they look at. Where the names are few, comparing is faster than hashing.
#[derive(Debug)]
enum Arguments {
    Few(Vec<(String, Vec<Group>)>),
    Many(HashMap<String, Vec<Group>, FixedState>),
}

impl Default for Arguments {
    fn default() -> Arguments {
        Arguments::Few(Vec::new())
    }
}

impl Arguments {
    /// So many names are few.
    const FEW: usize = 6;

    fn new(by_name: HashMap<String, Vec<Group>, FixedState>) -> Arguments {
        match by_name.len() {
            0..=Self::FEW => Arguments::Few(by_name.into_iter().collect()),
            _ => Arguments::Many(by_name),
        }
    }

    fn of(&self, name: &str) -> &[Group] {
        let groups = match self {
            Arguments::Few(few) => few.iter().find(|(known, _)| known == name).map(|(_, groups)| groups),
            Arguments::Many(many) => many.get(name),
        };
        groups.map_or(&[], Vec::as_slice)
    }

    fn is_empty(&self) -> bool {
        matches!(self, Arguments::Few(few) if few.is_empty())
    }
}

/// A selector and what is found by it.
#[derive(Debug)]
struct Group {
    selector: Selector,
    /// Whether the selector is `args.X` and no more.
    is_whole_argument: bool,
    table: Table,
}

impl Index {
    /// The index of `contracts`, each at its place.
    pub(super) fn new<'a>(contracts: impl Iterator<Item = (Place, &'a Contract)>) -> Index {
        let (places, contracts): (Vec<Place>, Vec<&Contract>) = contracts.unzip();
        let mut index = Index::default();
        let mut tables: HashMap<Selector, Table> = HashMap::new();
        for (place, entrance) in places.into_iter().zip(choose(contracts.into_iter())) {
            match entrance {
                Entrance::Always => index.always.push(place),
                Entrance::Any(ways) => ways.iter().for_each(|way| insert(&mut tables, place, way)),
            }
        }
        let mut tables: Vec<(Selector, Table)> = tables.into_iter().collect();
        tables.sort_by_cached_key(|(selector, _)| selector.to_string());
        let mut by_argument = HashMap::default();
        tables.into_iter().for_each(|(selector, table)| index.add(selector, table, &mut by_argument));
        index.arguments = Arguments::new(by_argument);
        index
    }

    fn add(&mut self, selector: Selector, mut table: Table, by_argument: &mut HashMap<String, Vec<Group>, FixedState>) {
        table.seal();
        let argument = match &selector {
            Selector::Args(path) => match path.segments.as_slice() {
                [Segment::Key(key), rest @ ..] => Some((key.clone(), rest.is_empty())),
                _ => None,
            },
            _ => None,
        };
        let is_whole_argument = argument.as_ref().is_some_and(|(_, whole)| *whole);
        let group = Group { selector, is_whole_argument, table };
        match argument {
            Some((key, _)) => by_argument.entry(key).or_default().push(group),
            None => self.others.push(group),
        }
    }

    /// The contracts that the call may bring into question.
    pub(super) fn candidates(&self, scene: &Scene<'_>) -> Hits {
        let mut hits = Hits::default();
        hits.add(&self.always);
        if !self.arguments.is_empty() {
            for (name, value) in scene.call.args.iter() {
                self.arguments.of(name).iter().for_each(|group| group.argument(value, scene, &mut hits));
            }
        }
        self.others.iter().for_each(|group| group.all(scene, &mut hits));
        hits
    }
}

fn insert(tables: &mut HashMap<Selector, Table>, place: Place, (selector, probe): &(Selector, Probe)) {
    match tables.get_mut(selector) {
        Some(table) => table.insert(place, probe),
        None => tables.entry(selector.clone()).or_default().insert(place, probe),
    }
}

impl Group {
    fn argument(&self, value: &Value, scene: &Scene<'_>, hits: &mut Hits) {
        if self.is_whole_argument { self.table.value(value, hits) } else { self.all(scene, hits) }
    }

    fn all(&self, scene: &Scene<'_>, hits: &mut Hits) {
        if let Some(text) = scene.plain_text(&self.selector) {
            return text.into_iter().for_each(|text| self.table.text(text, hits));
        }
        // Read so that the most is seen: what is only guessed, and what is only observed.
        let Values { items, open, .. } = scene.values(&self.selector, Reading::top(Direction::Restricting, true));
        items.iter().for_each(|item| self.table.item(item, scene, hits));
        if open.is_some() {
            self.table.unknown(hits);
        }
    }
}
