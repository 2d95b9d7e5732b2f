//! Everything that a decision is a function of, beside the policies; and what two engines decide of it.

use callguard_engine::call::ToolEnvelope;
use callguard_engine::decide::{Decision, Effect, Engine, FactAnswers, Inquiry, Outcome, Scratch, Step};
use callguard_engine::session::{Amount, AttemptAnswer, CounterKey, ReserveAnswer, ReserveRequest, SessionView};
use callguard_engine::value::{Decimal, Value, parse_json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A call with all that is known around it.
#[derive(Clone, Debug)]
pub struct Situation {
    /// The call.
    pub call: ToolEnvelope,
    /// What the host answers; what is not here it does not supply.
    pub facts: FactAnswers,
    /// The session, this attempt not counted.
    pub session: SessionView,
    /// Where counters of limits stand, by what they count. What is not here stands at 0.
    pub counters: BTreeMap<CounterName, u64>,
}

/// What a counter counts, whoever it is counted for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CounterName {
    /// `POLICY/ID`.
    pub contract: String,
    /// `calls`, `attempts`, `consecutive_failures`, `sum SELECTOR`.
    pub counted: String,
    /// Milliseconds, or nothing.
    pub window: String,
    /// What there is one counter for each of.
    pub per: Vec<String>,
}

impl Situation {
    /// A call in a session in which nothing has happened.
    pub fn of(call: ToolEnvelope) -> Situation {
        let (facts, session) = (FactAnswers::new(), SessionView::default());
        Situation { call, facts, session, counters: BTreeMap::new() }
    }

    /// What `engine` decides. Nothing is counted.
    pub fn decide(&self, engine: &Engine) -> Decision {
        let mut scratch = Scratch::default();
        let inquiry = Inquiry { dry: true, explain: false, refused_by_hook: None };
        let mut step = engine.begin(&mut scratch, Arc::new(self.call.clone()), inquiry);
        loop {
            step = match step {
                Step::Facts(step, _) => step.resume(self.facts.clone()),
                Step::Attempt(step, asked) => {
                    let attempts = asked.counters.iter().map(|counter| self.standing(&counter.key).saturating_add(1));
                    let attempts: Vec<u64> = attempts.collect();
                    step.resume(Ok(AttemptAnswer { view: Arc::new(self.view()), attempts }))
                }
                Step::Reserve(step, asked) => step.resume(Ok(self.reserve(&asked))),
                Step::Done(outcome) => return decision(outcome),
            };
        }
    }

    /// The session as an attempt shows it.
    fn view(&self) -> SessionView {
        SessionView {
            attempts: self.session.attempts.max(self.session.calls.saturating_add(1)),
            ..self.session.clone()
        }
    }

    fn standing(&self, key: &CounterKey) -> u64 {
        CounterName::of(key).and_then(|name| self.counters.get(&name).copied()).unwrap_or_default()
    }

    fn reserve(&self, asked: &ReserveRequest) -> ReserveAnswer {
        let beyond = asked.wants.iter().map(|want| {
            let standing = self.standing(&want.key);
            match &want.amount {
                Amount::Call { max } | Amount::Failures { max } => standing >= *max,
                Amount::Sum { amount, at_most } => {
                    Decimal::from(standing).checked_add(*amount).is_none_or(|sum| sum > *at_most)
                }
                // What is not known goes beyond.
                _ => true,
            }
        });
        let exceeded: Vec<bool> = beyond.collect();
        let refused = asked.wants.iter().zip(&exceeded).any(|(want, beyond)| want.binding && *beyond);
        match refused {
            true => ReserveAnswer::Refused { exceeded },
            false => ReserveAnswer::Granted { lease: None, exceeded },
        }
    }

    /// Makes the session one in which all that is counted has happened, where nothing says how often it was used.
    pub(crate) fn complete(&mut self) {
        let by_tool = self.session.calls_of.values().fold(0_u64, |sum, calls| sum.saturating_add(*calls));
        let counted = self.of_session(|name| name.counted != "attempts");
        let least = by_tool.max(counted).max(self.session.consecutive_failures);
        if self.session.calls == 0 {
            self.session.calls = least;
        }
        if self.session.attempts == 0 && self.session.calls > 0 {
            self.session.attempts = self.session.calls.saturating_add(1);
        }
    }

    /// The highest of the counters that have counted in this session alone.
    fn of_session(&self, wanted: impl Fn(&CounterName) -> bool) -> u64 {
        let mut own =
            self.counters.iter().filter(|(name, _)| wanted(name) && name.per.iter().any(|part| part == "session"));
        own.by_ref().map(|(_, standing)| *standing).max().unwrap_or_default()
    }

    /// Whether a session can stand like this.
    pub(crate) fn is_possible(&self) -> bool {
        let session = &self.session;
        let by_tool = session.calls_of.values().fold(0_u64, |sum, calls| sum.saturating_add(*calls));
        let counted = self.of_session(|name| name.counted != "attempts");
        let attempts = if session.attempts == 0 { session.calls.saturating_add(1) } else { session.attempts };
        by_tool <= session.calls
            && counted <= session.calls
            && session.consecutive_failures <= session.calls
            && attempts > session.calls
    }
}

fn decision(outcome: Outcome) -> Decision {
    match outcome {
        Outcome::Allow(permit) => permit.decision().clone(),
        Outcome::Ask(asked) => asked.decision().clone(),
        Outcome::Deny(decision) | Outcome::Dry(decision) => decision,
    }
}

impl CounterName {
    /// What a store's key counts.
    fn of(key: &CounterKey) -> Option<CounterName> {
        let Ok(Value::List(parts)) = parse_json(key.as_str().as_bytes()) else { return None };
        let mut words = parts.iter().filter_map(Value::as_str).map(str::to_owned);
        let (contract, counted, window) = (words.next()?, words.next()?, words.next()?);
        let per = words.step_by(2).collect();
        Some(CounterName { contract, counted, window, per })
    }
}

/// What both sides decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Flip {
    /// Before.
    pub old: Effect,
    /// Now.
    pub new: Effect,
}

impl Flip {
    /// Every pair that differs.
    pub const ALL: [Flip; 6] = [
        Flip { old: Effect::Deny, new: Effect::Allow },
        Flip { old: Effect::Ask, new: Effect::Allow },
        Flip { old: Effect::Deny, new: Effect::Ask },
        Flip { old: Effect::Allow, new: Effect::Ask },
        Flip { old: Effect::Allow, new: Effect::Deny },
        Flip { old: Effect::Ask, new: Effect::Deny },
    ];

    /// Whether the new decision is milder.
    pub fn loosens(self) -> bool {
        self.new < self.old
    }
}

impl std::fmt::Display for Flip {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} -> {}", self.old.as_str(), self.new.as_str())
    }
}
