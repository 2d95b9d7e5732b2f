//! What the world answers: facts, the session's store, the person who is asked, the tool.
//!
//! Answers depend on what is asked and on nothing else: not on the order of questions, nor on the engine that asks.

use super::envelope::small;
use crate::Draw;
use crate::constants as all;
use crate::near;
use crate::policy::fields::FACTS;
use crate::pool::Pool;
use callguard_engine::decide::{FactAnswers, HookRefusal};
use callguard_engine::session::{
    AttemptAnswer, AttemptRequest, CounterKey, Label, Lease, ReserveAnswer, ReserveRequest, SessionView, StoreError,
};
use callguard_engine::value::Value;
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// The answers around one call.
#[derive(Clone, Debug)]
pub struct Answers {
    /// Only look.
    pub dry: bool,
    /// Ask for an explanation.
    pub explain: bool,
    /// Whether it is asked beforehand what the call does, and whether it could run.
    pub looks: bool,
    /// A hook that refuses.
    pub hook: Option<HookRefusal>,
    /// Facts.
    pub facts: FactAnswers,
    /// The session; `None`: the store is down.
    pub session: Option<SessionView>,
    /// What counters stand at follows from this and their key.
    pub counters: u64,
    /// How the store answers reservations.
    pub store: Store,
    /// How often the session has moved on before it answers.
    pub stale: u32,
    /// Whether a person grants what is asked.
    pub granted: bool,
    /// How the run ends.
    pub ending: Ending,
    /// Whether the store can write what settles.
    pub written: bool,
}

/// How the store answers reservations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Store {
    /// By the counters.
    Counts,
    /// It grants everything.
    Grants,
    /// It grants without a lease.
    Leaseless,
    /// It says less than it is asked.
    Short,
    /// It cannot be reached.
    Down,
}

/// How a permit ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The tool ran, and gave something back.
    Settled,
    /// It never ran.
    GivenBack,
    /// Nobody knows.
    Lost,
}

impl Answers {
    /// Draws answers.
    pub(crate) fn draw(pool: &Pool, draw: &mut Draw<'_>) -> Answers {
        Answers {
            dry: draw.chance(12),
            explain: draw.chance(12),
            looks: draw.chance(25),
            hook: draw.maybe(3, |_| HookRefusal { name: "guard".to_owned(), reason: "Not today.".to_owned() }),
            facts: facts(pool, draw),
            session: draw.maybe(92, |draw| view(pool, draw)),
            counters: draw.word(),
            store: draw.one(&[
                Store::Counts,
                Store::Counts,
                Store::Counts,
                Store::Counts,
                Store::Counts,
                Store::Grants,
                Store::Grants,
                Store::Grants,
                Store::Leaseless,
                Store::Short,
                Store::Down,
            ]),
            stale: if draw.chance(10) { draw.one(&[1, 2, 20]) } else { 0 },
            granted: draw.chance(60),
            ending: draw.one(&[
                Ending::Settled,
                Ending::Settled,
                Ending::Settled,
                Ending::Settled,
                Ending::GivenBack,
                Ending::Lost,
            ]),
            written: draw.chance(90),
        }
    }

    /// The same with everything well and nothing special.
    pub(crate) fn plain() -> Answers {
        Answers {
            dry: false,
            explain: false,
            looks: false,
            hook: None,
            facts: FactAnswers::new(),
            session: Some(SessionView::default()),
            counters: 0,
            store: Store::Grants,
            stale: 0,
            granted: false,
            ending: Ending::Settled,
            written: true,
        }
    }

    /// The store counts an attempt.
    pub(crate) fn attempt(&self, asked: &AttemptRequest) -> Result<AttemptAnswer, StoreError> {
        let view = self.session.clone().ok_or_else(|| StoreError::new("it is down"))?;
        let mut attempts: Vec<u64> = asked.counters.iter().map(|counter| self.count(&counter.key) % 7).collect();
        if self.store == Store::Short {
            attempts.pop();
        }
        Ok(AttemptAnswer { view: view.into(), attempts })
    }

    /// The store reserves; `asked_before` is how often it was asked already.
    pub(crate) fn reserve(&self, asked: &ReserveRequest, asked_before: u32) -> Result<ReserveAnswer, StoreError> {
        if asked_before < self.stale {
            return Ok(ReserveAnswer::Stale { view: self.moved_on(asked_before).into() });
        }
        let beyond = |key: &CounterKey| self.store == Store::Counts && self.count(key).is_multiple_of(4);
        let mut exceeded: Vec<bool> = asked.wants.iter().map(|want| beyond(&want.key)).collect();
        let refused = asked.wants.iter().zip(&exceeded).any(|(want, beyond)| want.binding && *beyond);
        let lease = (!asked.peek && self.store != Store::Leaseless).then(|| Lease("lease".to_owned()));
        match self.store {
            Store::Down => return Err(StoreError::new("it is down")),
            Store::Short => drop(exceeded.pop()),
            _ => {}
        }
        Ok(if refused { ReserveAnswer::Refused { exceeded } } else { ReserveAnswer::Granted { lease, exceeded } })
    }

    fn moved_on(&self, times: u32) -> SessionView {
        let mut view = self.session.clone().unwrap_or_default();
        view.version = view.version.saturating_add(u64::from(times) + 1);
        view.calls = view.calls.saturating_add(u64::from(times) + 1);
        let name = all::LABELS[usize::from(times.is_multiple_of(2))].to_owned();
        view.labels.insert(Label { name, doubtful: false, observed: false });
        view
    }

    fn count(&self, key: &CounterKey) -> u64 {
        let mut hasher = DefaultHasher::new();
        (self.counters, key).hash(&mut hasher);
        hasher.finish()
    }
}

fn facts(pool: &Pool, draw: &mut Draw<'_>) -> FactAnswers {
    let mut answers = FactAnswers::new();
    for (name, _, kind) in FACTS {
        let answer = match draw.below(10) {
            0 => continue,
            1 => Err("the host does not know".to_owned()),
            2 => Ok(Value::Null),
            _ => Ok(near::value(*kind, pool, draw)),
        };
        answers.insert((*name).to_owned(), answer);
    }
    answers
}

fn view(pool: &Pool, draw: &mut Draw<'_>) -> SessionView {
    let mut calls_of = BTreeMap::new();
    for tool in &pool.tools {
        if draw.chance(50) {
            calls_of.insert((*tool).to_owned(), small(draw));
        }
    }
    let label = |draw: &mut Draw<'_>| Label {
        name: (draw.one(all::LABELS)).to_owned(),
        doubtful: draw.chance(25),
        observed: draw.chance(25),
    };
    SessionView {
        version: small(draw),
        attempts: small(draw),
        calls: small(draw),
        calls_of,
        consecutive_failures: small(draw),
        labels: (0..draw.below(3)).map(|_| label(draw)).collect(),
    }
}
