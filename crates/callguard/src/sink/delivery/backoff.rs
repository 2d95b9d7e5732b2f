//! How long to wait after a failure, and when to try with one event alone.

use super::meter::SinkState;
use std::time::Duration;

/// Failures in a row after which the circuit is open.
const OPEN_AFTER: u32 = 5;
/// How often somebody is asked who wants something changed first.
pub(super) const HALTED: Duration = Duration::from_secs(300);

/// Full jitter: at random between nothing and a bound that doubles with each failure.
#[derive(Debug)]
pub(super) struct Backoff {
    first: Duration,
    most: Duration,
    failures: u32,
    random: fastrand::Rng,
}

impl Backoff {
    pub(super) fn new(first: Duration, most: Duration, random: fastrand::Rng) -> Backoff {
        Backoff { first, most, failures: 0, random }
    }

    /// After one more failure; `floor` is what the receiver asked for.
    pub(super) fn fail(&mut self, floor: Option<Duration>) -> Duration {
        let doubled = 2_u32.saturating_pow(self.failures.min(16));
        let bound = self.first.saturating_mul(doubled).min(self.most);
        self.failures = self.failures.saturating_add(1);
        let waits = bound.mul_f64(self.random.f64());
        waits.max(floor.unwrap_or_default())
    }

    pub(super) fn succeed(&mut self) {
        self.failures = 0;
    }

    /// Whether one event alone is to be tried.
    pub(super) fn is_open(&self) -> bool {
        self.failures >= OPEN_AFTER
    }

    pub(super) fn state(&self) -> SinkState {
        match self.failures {
            0 => SinkState::Healthy,
            _ if self.is_open() => SinkState::Open,
            _ => SinkState::Retrying,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_spread_under_a_doubling_bound_and_never_below_the_floor() {
        let second = Duration::from_secs(1);
        let mut longest = [Duration::ZERO; 10];
        for seed in 0..500 {
            let mut backoff = Backoff::new(second, 60 * second, fastrand::Rng::with_seed(seed));
            for longest in &mut longest {
                *longest = backoff.fail(None).max(*longest);
            }
            assert!(backoff.is_open());
            assert!(backoff.fail(Some(90 * second)) >= 90 * second);
            backoff.succeed();
            assert_eq!((backoff.is_open(), backoff.state()), (false, SinkState::Healthy));
            assert!(backoff.fail(None) <= second);
        }
        for (failures, longest) in longest.iter().enumerate() {
            let bound = (second * 2_u32.pow(u32::try_from(failures).unwrap_or(0))).min(60 * second);
            assert!(*longest <= bound && *longest > bound.mul_f64(0.9), "{failures}: {longest:?} of {bound:?}");
        }
    }
}
