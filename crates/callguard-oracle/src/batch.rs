//! Many pairs from one seed: a policy set and a number of calls under it.

use crate::call::Call;
use crate::run::{Difference, Event, compare};
use crate::setup::Setup;
use crate::shrink::{Case, shrink};
use crate::{Draw, bytes_of};

/// Bytes that a policy set is drawn from, and a call.
const POLICY_BYTES: usize = 1 << 13;
const CALL_BYTES: usize = 1 << 10;
/// How many candidates making a case small may cost.
const TRIES: usize = 20_000;

/// A policy set and calls under it, all from one seed.
pub struct Batch {
    /// The policy set.
    pub setup: Setup,
    seed: u64,
}

impl Batch {
    /// The policy set of a seed.
    ///
    /// # Errors
    /// It does not load: the generator or the loader is wrong.
    pub fn of(seed: u64) -> Result<Batch, String> {
        let bytes = bytes_of(seed, POLICY_BYTES);
        let setup = Setup::draw(&mut Draw::new(&bytes)).map_err(|said| format!("seed {seed} does not load\n{said}"))?;
        Ok(Batch { setup, seed })
    }

    /// The call of that number.
    pub fn call(&self, number: u64) -> Call {
        // Odd, so that neighbouring seeds share no call.
        let seed = self.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(number);
        Call::draw(&self.setup, &mut Draw::new(&bytes_of(seed, CALL_BYTES)))
    }

    /// Holds the plan to the interpreter on so many calls, and shows what was said of each.
    ///
    /// # Errors
    /// The first call on which they differ, made small, with its seed.
    pub fn run(&self, calls: u64, mut look: impl FnMut(&[Event])) -> Result<(), String> {
        for number in 0..calls {
            let call = self.call(number);
            match compare(&self.setup, &call) {
                Ok(events) => look(&events),
                Err(difference) => {
                    let case = report(&self.setup, &call, &difference);
                    return Err(format!("seed {}, call {number}: {case}", self.seed));
                }
            }
        }
        Ok(())
    }
}

/// A difference, made small.
pub fn report(setup: &Setup, call: &Call, difference: &Difference) -> String {
    let case = Case::of(setup, call);
    if case.difference().is_none() {
        return format!("the plan differs from the interpreter only after earlier calls\n{case}\n{difference}");
    }
    let small = shrink(case, TRIES, |case| case.difference().is_some());
    let said = small.difference().map_or_else(|| difference.to_string(), |small| small.to_string());
    format!("the plan differs from the interpreter\n{small}\n{said}")
}
