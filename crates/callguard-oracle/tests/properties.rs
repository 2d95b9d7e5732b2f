//! The plan decides as the interpreter does, on random policies and calls; and what those policies and calls are.
//!
//! A difference is printed as a small case with the seed it comes from: `Batch::of(seed)` makes the policies,
//! `.call(number)` the call.

#![allow(
    clippy::panic,
    clippy::print_stdout,
    reason = "a test stops at what it did not expect, and says what it measured"
)]

use callguard_oracle::{Batch, Coverage, Event, Shares};

/// Calls under each policy set.
const CALLS: u64 = 40;
/// Pairs of a property, if `PROPTEST_CASES` does not say.
const PAIRS: u64 = 12_000;

fn sets() -> u64 {
    let pairs = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(PAIRS);
    (pairs / CALLS).max(1)
}

fn batch(seed: u64) -> Batch {
    Batch::of(seed).unwrap_or_else(|said| panic!("{said}"))
}

fn hold(first: u64, sets: u64, mut look: impl FnMut(&[Event])) {
    for seed in 0..sets {
        batch(first.wrapping_add(seed)).run(CALLS, &mut look).unwrap_or_else(|said| panic!("{said}"));
    }
}

#[test]
fn properties_the_plan_is_the_interpreter_on_known_seeds() {
    hold(0, sets(), |_| ());
}

#[test]
fn properties_the_plan_is_the_interpreter_on_new_seeds() {
    hold(fastrand::u64(..), sets(), |_| ());
}

#[test]
fn nothing_of_the_language_is_left_out() {
    let mut coverage = Coverage::default();
    for seed in 0..4_000 {
        coverage.see(&batch(seed).setup);
    }
    assert_eq!(coverage.missing(), Vec::<String>::new());
}

#[test]
fn no_answer_is_rare() {
    let mut shares = Shares::default();
    hold(0, 150, |events| shares.see(events));
    for (what, counts) in [
        ("allow, ask, deny", shares.decisions),
        ("leaves true, false, unknown", shares.leaves),
        ("contracts true, false, unknown", shares.contracts),
        ("results passed, redacted, withheld", shares.results),
    ] {
        let percent = Shares::percent(counts);
        println!("{what}: {counts:?}, {percent:?} %");
        let least = if what.starts_with("contracts") || what.starts_with("results") { 5 } else { 10 };
        assert!(percent.iter().all(|share| *share >= least), "{what}: {percent:?} %");
    }
}
