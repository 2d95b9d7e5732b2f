//! The oracle itself: it sees a difference, makes it small, and order is no difference.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use callguard_engine::policy::model::PolicyVersion;
use callguard_oracle::{Batch, Call, Case, Draw, Event, Node, Policies, Setup, bytes_of, compare, shrink, transcript};

fn batch(seed: u64) -> Batch {
    Batch::of(seed).unwrap_or_else(|said| panic!("{said}"))
}

/// The policies with a contract that speaks first everywhere.
fn with_one_more(policies: &Policies) -> Policies {
    let contract =
        [("id", Node::text("one-more")), ("action", Node::text("deny")), ("severity", Node::text("critical"))];
    let spec = Node::map([("preconditions", Node::List(vec![Node::map(contract)]))]);
    let document = Node::map([
        ("apiVersion", Node::text("callguard/v1")),
        ("kind", Node::text("Policy")),
        ("metadata", Node::map([("name", Node::text("a"))])),
        ("spec", spec),
    ]);
    let documents = policies.documents.iter().cloned().chain([document]).collect();
    Policies { documents, ..policies.clone() }
}

#[test]
fn an_engine_that_says_otherwise_is_found_out() {
    let batch = batch(1);
    let other = Setup::load(with_one_more(&batch.setup.policies), batch.setup.pool.clone(), false).unwrap();
    let mut wrong = batch.setup;
    wrong.planned = other.planned;
    let call = Call::draw(&wrong, &mut Draw::new(&bytes_of(3, 1_024)));
    let difference = compare(&wrong, &call).unwrap_err();
    assert!(difference.to_string().contains("- "), "{difference}");
    assert_ne!(difference.planned, difference.interpreted);
}

#[test]
fn a_case_becomes_as_small_as_what_it_shows() {
    let batch = batch(2);
    let policies = with_one_more(&batch.setup.policies);
    let setup = Setup::load(policies, batch.setup.pool.clone(), batch.setup.disk).unwrap();
    let shows = |case: &Case| {
        let Ok(setup) = Setup::load(case.policies.clone(), case.pool.clone(), case.disk) else { return false };
        transcript(&setup.planned, &case.call)
            .iter()
            .any(|event| matches!(event, Event::Decided(_, decision) if decision.decider.to_string() == "a/one-more"))
    };
    let numbers = 0..100;
    let call = numbers.map(|number| batch.call(number)).find(|call| shows(&Case::of(&setup, call))).unwrap();
    let small = shrink(Case::of(&setup, &call), 20_000, shows);
    assert_eq!(
        small.policies.to_string(),
        "---\napiVersion: callguard/v1\nkind: Policy\nmetadata: { name: a }\nspec:\n  preconditions:\n    - id: one-more\n      action: deny\n"
    );
    assert!(small.call.envelope.args.is_empty(), "{small}");
}

#[test]
fn the_same_bytes_make_the_same_case() {
    let (left, right) = (batch(5), batch(5));
    assert_eq!(left.setup.policies, right.setup.policies);
    assert_eq!(left.call(7).to_string(), right.call(7).to_string());
    assert_ne!(left.call(7).to_string(), left.call(8).to_string());
}

/// The same without what is of the files alone: their hash, and the order of requests and explanations.
fn unordered(event: Event, version: &PolicyVersion) -> Option<Event> {
    match event {
        Event::Decided(how, mut decision) => {
            decision.explanation = None;
            decision.policy_version = version.clone();
            Some(Event::Decided(how, decision))
        }
        Event::Attempt(mut asked) => {
            asked.counters.sort_by(|left, right| left.key.cmp(&right.key));
            Some(Event::Attempt(asked))
        }
        Event::Reserve(mut asked) => {
            asked.wants.sort_by_key(|want| format!("{want:?}"));
            Some(Event::Reserve(asked))
        }
        Event::Commit(_) | Event::Lost(_) => None,
        other => Some(other),
    }
}

#[test]
fn properties_order_does_not_matter() {
    for seed in 0..60 {
        let batch = batch(seed);
        let setup = &batch.setup;
        let turned = Setup::load(setup.policies.reversed(), setup.pool.clone(), setup.disk).unwrap();
        let version = &setup.planned.policies().version;
        for number in 0..25 {
            let call = batch.call(number);
            let said = |setup: &Setup| -> Vec<Event> {
                let events = transcript(&setup.planned, &call).into_iter();
                events.filter_map(|event| unordered(event, version)).collect()
            };
            assert_eq!(said(setup), said(&turned), "seed {seed}, call {number}\n{}\n{call}", setup.policies);
        }
    }
}
