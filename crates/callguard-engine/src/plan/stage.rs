//! The contracts about one tool that are judged at the same time.

use super::hits::Place;
use super::index::Index;
use crate::decide::{Scene, Several};
use crate::policy::model::{Contract, Counted, Mode, Policy, Terms};
use std::sync::OnceLock;

/// Contracts about a tool: those judged before the run, or those judged on its result.
#[derive(Debug)]
pub(crate) struct Stage {
    places: Vec<Place>,
    index: OnceLock<Index>,
    /// Those whose terms depend on the day.
    dated: Vec<Place>,
    /// Of the others: how many are switched on, and whether one of those is observed.
    enabled: usize,
    observed: bool,
    /// Those that may have a limit on attempts.
    attempts: Vec<Place>,
}

impl Stage {
    /// The contracts at `places` of `policy`.
    pub(super) fn new(policy: &Policy, places: Vec<Place>) -> Stage {
        let mut stage = Stage {
            places: Vec::new(),
            index: OnceLock::new(),
            dated: Vec::new(),
            enabled: 0,
            observed: false,
            attempts: Vec::new(),
        };
        for place in places {
            if let Some(contract) = at(policy, place) {
                stage.add(place, contract);
            }
        }
        stage
    }

    fn add(&mut self, place: Place, contract: &Contract) {
        match undated(contract) {
            // Switched off, whatever the day.
            Some(terms) if !terms.enabled => return,
            Some(terms) => {
                self.enabled = self.enabled.saturating_add(1);
                self.observed |= terms.mode == Mode::Observe;
            }
            None => self.dated.push(place),
        }
        if contract.terms.iter().any(|dated| counts_attempts(&dated.terms)) {
            self.attempts.push(place);
        }
        self.places.push(place);
    }

    /// The contracts that the call may bring into question, in the order of the policy, with the terms of today.
    pub(crate) fn candidates<'a>(&self, policy: &'a Policy, scene: &Scene<'_>) -> Several<'a> {
        if self.places.is_empty() {
            return Several::new();
        }
        let hits = self.index.get_or_init(|| self.index(policy)).candidates(scene);
        if hits.is_empty() {
            return Several::new();
        }
        hits.in_order().filter_map(|place| in_force(policy, place, scene)).collect()
    }

    /// Whether a contract may count attempts.
    pub(super) fn counts_attempts(&self) -> bool {
        !self.attempts.is_empty()
    }

    /// Whether a contract's terms depend on the day.
    pub(super) fn is_dated(&self) -> bool {
        !self.dated.is_empty()
    }

    /// The contracts that may count attempts, with the terms of today.
    pub(crate) fn attempts<'a>(
        &'a self,
        policy: &'a Policy,
        scene: &'a Scene<'_>,
    ) -> impl Iterator<Item = (&'a Contract, &'a Terms)> {
        self.attempts.iter().filter_map(|place| in_force(policy, *place, scene))
    }

    /// How many contracts are in force today, and whether one of them is observed.
    pub(crate) fn in_force(&self, policy: &Policy, scene: &Scene<'_>) -> (usize, bool) {
        self.dated(policy, scene).fold((self.enabled, self.observed), |(enabled, observed), (_, terms)| {
            (enabled.saturating_add(1), observed || terms.mode == Mode::Observe)
        })
    }

    /// The contracts whose terms depend on the day, with those of today.
    pub(super) fn dated<'a>(
        &'a self,
        policy: &'a Policy,
        scene: &'a Scene<'_>,
    ) -> impl Iterator<Item = (&'a Contract, &'a Terms)> {
        self.dated.iter().filter_map(|place| in_force(policy, *place, scene))
    }

    /// The contracts whose terms never change, where they are switched on.
    pub(super) fn undated<'a>(&'a self, policy: &'a Policy) -> impl Iterator<Item = (&'a Contract, &'a Terms)> {
        let contracts = self.places.iter().filter_map(|place| at(policy, *place));
        contracts.filter_map(|contract| Some((contract, undated(contract)?)))
    }

    fn index(&self, policy: &Policy) -> Index {
        Index::new(self.places.iter().filter_map(|place| Some((*place, at(policy, *place)?))))
    }
}

fn at(policy: &Policy, place: Place) -> Option<&Contract> {
    policy.contracts.get(usize::try_from(place).ok()?)
}

/// The terms of a contract that has the same every day.
fn undated(contract: &Contract) -> Option<&Terms> {
    match contract.terms.as_slice() {
        [only] if only.until.is_none() => Some(&only.terms),
        _ => None,
    }
}

fn in_force<'a>(policy: &'a Policy, place: Place, scene: &Scene<'_>) -> Option<(&'a Contract, &'a Terms)> {
    let contract = at(policy, place)?;
    let terms = match undated(contract) {
        Some(terms) => terms,
        None => contract.terms_on(scene.now().date())?,
    };
    terms.enabled.then_some((contract, terms))
}

fn counts_attempts(terms: &Terms) -> bool {
    terms.limit.as_ref().is_some_and(|limit| matches!(limit.counted, Counted::Attempts { .. }))
}
