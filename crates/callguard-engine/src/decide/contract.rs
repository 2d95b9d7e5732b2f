//! Whether one contract applies.

use super::scene::{Reading, Scene};
use super::trace::Trace;
use super::{Direction, Truth};
use crate::policy::model::{Action, Contract, Mode, Terms};

/// Whether a contract applies, and what was seen on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// True: it applies. Unknown: only by doubt, which restricts and never permits.
    pub truth: Truth,
    /// Its `when`.
    pub when: Trace,
    /// Its `unless`, overrides' included.
    pub unless: Vec<Trace>,
}

impl Judgement {
    /// Why it applies only by doubt.
    pub fn doubt(&self) -> Option<String> {
        if self.truth != Truth::Unknown {
            return None;
        }
        self.when.doubt().or_else(|| self.unless.iter().find_map(Trace::doubt))
    }
}

impl Scene<'_> {
    /// Whether the contract's tools are this one.
    pub fn tools_match(&self, contract: &Contract) -> bool {
        self.tool.matches(&contract.tools, self.call)
    }

    /// Judges a contract by its own action.
    pub fn judge(&self, contract: &Contract, terms: &Terms) -> Judgement {
        self.judge_as(contract, terms, terms.action.restricts())
    }

    /// Judges a contract as one that restricts, or as one that permits (an `ask` is read both ways).
    ///
    /// A restricting contract applies on true and unknown; its `unless` counts only when it is true. A permitting one
    /// applies only when its `when` is true and its `unless`, read as what restricts, is certainly false.
    pub fn judge_as(&self, contract: &Contract, terms: &Terms, restricts: bool) -> Judgement {
        let (for_when, for_unless) = readings(terms, restricts);
        let when = self.evaluate(&contract.when, for_when);
        let unless: Vec<Trace> = terms.unless.iter().map(|condition| self.evaluate(condition, for_unless)).collect();
        let excused = Truth::any(unless.iter().map(Trace::truth));
        Judgement { truth: unless_excused(when.truth(), excused, restricts), when, unless }
    }

    /// The truth alone: the same as of [`Scene::judge_as`].
    pub(super) fn truth_as(&self, contract: &Contract, terms: &Terms, restricts: bool) -> Truth {
        let (for_when, for_unless) = readings(terms, restricts);
        let when = self.truth(&contract.when, for_when);
        if when == Truth::False {
            return when;
        }
        let unless = terms.unless.iter().map(|condition| self.truth(condition, for_unless));
        unless_excused(when, Truth::any_until_settled(unless), restricts)
    }

    /// The truth, and why it is unknown if it is: the same as of [`Scene::judge`], with no more looked at than that takes.
    pub(super) fn truth_and_doubt(&self, contract: &Contract, terms: &Terms) -> (Truth, Option<String>) {
        let restricts = terms.action.restricts();
        let (for_when, for_unless) = readings(terms, restricts);
        let (when, doubt) = self.condition_and_doubt(&contract.when, for_when);
        if when == Truth::False {
            return (when, None);
        }
        let excused = Truth::any_until_settled(terms.unless.iter().map(|condition| self.truth(condition, for_unless)));
        let truth = unless_excused(when, excused, restricts);
        if truth != Truth::Unknown {
            return (truth, None);
        }
        let excuses = || terms.unless.iter().find_map(|condition| self.condition_and_doubt(condition, for_unless).1);
        (truth, doubt.or_else(excuses))
    }

    /// Whether an `ask` is true as an `allow` would be read.
    pub fn ask_permits(&self, contract: &Contract, terms: &Terms) -> bool {
        matches!(terms.action, Action::Ask(_)) && self.truth_as(contract, terms, false) == Truth::True
    }
}

fn readings(terms: &Terms, restricts: bool) -> (Reading, Reading) {
    let observed = terms.mode == Mode::Observe;
    let (when, unless) = match restricts {
        true => (Direction::Restricting, Direction::Excusing),
        false => (Direction::Excusing, Direction::Restricting),
    };
    (Reading::top(when, observed), Reading::top(unless, observed))
}

fn unless_excused(when: Truth, excused: Truth, restricts: bool) -> Truth {
    match (restricts, excused) {
        (_, Truth::False) | (true, Truth::Unknown) => when,
        (_, Truth::True) => Truth::False,
        (false, Truth::Unknown) => when.and(Truth::Unknown),
    }
}
