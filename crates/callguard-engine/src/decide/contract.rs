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
        let observed = terms.mode == Mode::Observe;
        let (for_when, for_unless) = match restricts {
            true => (Direction::Restricting, Direction::Excusing),
            false => (Direction::Excusing, Direction::Restricting),
        };
        let when = self.evaluate(&contract.when, Reading::top(for_when, observed));
        let reading = Reading::top(for_unless, observed);
        let unless: Vec<Trace> = terms.unless.iter().map(|condition| self.evaluate(condition, reading)).collect();
        let excused = Truth::any(unless.iter().map(Trace::truth));
        let truth = match (restricts, excused) {
            (_, Truth::False) | (true, Truth::Unknown) => when.truth(),
            (_, Truth::True) => Truth::False,
            (false, Truth::Unknown) => when.truth().and(Truth::Unknown),
        };
        Judgement { truth, when, unless }
    }

    /// Whether an `ask` is true as an `allow` would be read.
    pub fn ask_permits(&self, contract: &Contract, terms: &Terms) -> bool {
        matches!(terms.action, Action::Ask(_)) && self.judge_as(contract, terms, false).truth == Truth::True
    }
}
