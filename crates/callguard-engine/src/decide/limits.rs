//! Limits: which counters a call comes under, and whether it goes beyond them.

use super::known::{Known, LimitsKnown};
use super::scene::{Item, Reading, Scene};
use super::{Direction, Truth};
use crate::policy::model::{Contract, ContractId, Counted, Limit, PerPart, Policy, Selector};
use crate::session::{Amount, AttemptCounter, CounterKey, SessionKey, Want};
use crate::value::{Decimal, Value};
use std::borrow::Cow;

/// A limit under the policy that decides: two policies may have the same contract of a base, each in its own terms.
#[derive(Clone, Debug)]
pub(super) struct LimitOf {
    pub(super) policy: String,
    pub(super) contract: ContractId,
}

impl LimitOf {
    pub(super) fn new(policy: &Policy, contract: &Contract) -> LimitOf {
        LimitOf { policy: policy.name.clone(), contract: contract.id.clone() }
    }

    pub(super) fn is(&self, policy: &Policy, contract: &Contract) -> bool {
        self.contract == contract.id && self.policy == policy.name
    }
}

/// What a limit wants, and for whom.
#[derive(Clone, Debug)]
pub(super) struct LimitWant {
    pub(super) limit: LimitOf,
    pub(super) want: Want,
    /// Where the true cost is found after the run.
    pub(super) cost_from: Option<Selector>,
}

/// Whether a limit goes beyond: true, false, or unknown with its reason.
pub(super) struct Beyond {
    pub(super) truth: Truth,
    pub(super) why: Option<String>,
}

impl Beyond {
    fn unknown(why: impl Into<String>) -> Beyond {
        Beyond { truth: Truth::Unknown, why: Some(why.into()) }
    }
}

impl Scene<'_> {
    /// Whether the call goes beyond the limit, as far as it is known.
    pub(super) fn beyond(&self, contract: &Contract, limit: &Limit, known: &Known) -> Beyond {
        if let Counted::Attempts { max } = limit.counted {
            let mut standing = known.attempts.iter().filter(|(limit, _)| limit.is(self.policy, contract));
            return match (standing.next(), &known.session) {
                (Some((_, count)), _) => Beyond { truth: (*count > max).into(), why: None },
                (None, Err(error)) => Beyond::unknown(error.reason()),
                (None, Ok(_)) => Beyond { truth: Truth::False, why: None },
            };
        }
        if let Err(why) = self.amount(limit) {
            return Beyond::unknown(why);
        }
        match &known.limits {
            LimitsKnown::NotYet => Beyond { truth: Truth::False, why: None },
            LimitsKnown::Exceeded(beyond) => {
                let beyond = beyond.iter().any(|limit| limit.is(self.policy, contract));
                Beyond { truth: beyond.into(), why: None }
            }
            LimitsKnown::Failed(error) => Beyond::unknown(error.reason()),
        }
    }

    /// What the limit wants reserved; none of a limit on attempts, nor of an amount that cannot be known.
    pub(super) fn want(&self, contract: &Contract, limit: &Limit, binding: bool) -> Option<LimitWant> {
        let amount = self.amount(limit).ok()??;
        let cost_from = match &limit.counted {
            Counted::Sum { of, reserve: Some(_), .. } => Some(of.clone()),
            _ => None,
        };
        let window_millis = limit.window.map(|window| window.millis);
        let want = Want { key: self.counter_key(contract, limit), amount, window_millis, binding };
        Some(LimitWant { limit: LimitOf::new(self.policy, contract), want, cost_from })
    }

    /// The counter of an attempt limit.
    pub(super) fn attempt_counter(&self, contract: &Contract, limit: &Limit) -> Option<AttemptCounter> {
        let window_millis = limit.window.map(|window| window.millis);
        matches!(limit.counted, Counted::Attempts { .. })
            .then(|| AttemptCounter { key: self.counter_key(contract, limit), window_millis })
    }

    fn amount(&self, limit: &Limit) -> Result<Option<Amount>, String> {
        Ok(match &limit.counted {
            Counted::Attempts { .. } => None,
            Counted::Calls { max } => Some(Amount::Call { max: *max }),
            Counted::ConsecutiveFailures { max } => Some(Amount::Failures { max: *max }),
            Counted::Sum { at_most, reserve: Some(held), .. } => Some(Amount::Sum { amount: *held, at_most: *at_most }),
            Counted::Sum { of, at_most, reserve: None } => {
                Some(Amount::Sum { amount: self.cost(of)?, at_most: *at_most })
            }
        })
    }

    /// What a run costs: a number that is not negative and can be summed exactly.
    pub(super) fn cost(&self, selector: &Selector) -> Result<Decimal, String> {
        let item = self.single(selector, Reading::top(Direction::Restricting, false));
        let Item::Json(value) = item else { return Err(format!("`{selector}` is missing, so its sum is unknown")) };
        let Value::Number(number) = value.as_ref() else {
            return Err(format!("`{selector}` is not a number, so its sum is unknown"));
        };
        if number.is_negative() {
            return Err(format!("`{selector}` is negative, so its sum is unknown"));
        }
        Decimal::try_from(number).map_err(|_| format!("`{selector}` has more digits than can be summed exactly"))
    }

    /// What is counted and its window are part of the key: an override that counts something else counts elsewhere.
    fn counter_key(&self, contract: &Contract, limit: &Limit) -> CounterKey {
        let counted = match &limit.counted {
            Counted::Calls { .. } => Cow::Borrowed("calls"),
            Counted::Attempts { .. } => Cow::Borrowed("attempts"),
            Counted::ConsecutiveFailures { .. } => Cow::Borrowed("consecutive_failures"),
            Counted::Sum { of, .. } => Cow::Owned(format!("sum {of}")),
        };
        let window = limit.window.map(|window| Cow::Owned(window.millis.to_string())).unwrap_or_default();
        let part = |part: &PerPart| match part {
            PerPart::Session => (Cow::Borrowed("session"), Cow::Owned(SessionKey::text_of(self.call))),
            PerPart::Tool => (Cow::Borrowed("tool"), Cow::Borrowed(self.call.tool.as_str())),
            PerPart::Field(selector) => {
                let item = self.single(selector, Reading::top(Direction::Restricting, false));
                (Cow::Owned(selector.to_string()), Cow::Owned(item.render()))
            }
        };
        let parts = std::iter::once((counted, window)).chain(limit.per.iter().map(part));
        CounterKey::new(&contract.id, parts)
    }
}
