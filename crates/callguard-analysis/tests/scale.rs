//! Two policies of a thousand contracts that differ in ten.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
#![allow(missing_docs, unreachable_pub, reason = "tests")]

mod common;

use callguard_analysis::proof::Verdict;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// A policy like those that platform teams write: each tool has a few contracts of its own, some are about all.
fn policy(contracts: usize, changed: usize) -> String {
    let mut text =
        String::from("apiVersion: callguard/v1\nkind: Policy\nmetadata: { name: large }\nspec:\n  preconditions:\n");
    for id in 0..contracts {
        let bound = if id < changed { 101 } else { 100 } + id;
        let tool = format!("team{}__tool{}", id % 20, id % 250);
        let (tools, when) = match id % 5 {
            0 => (tool, format!("{{ args.amount: {{ greater_than: {bound} }} }}")),
            1 => (tool, format!("{{ environment: production, args.size: {{ at_least: {bound} }} }}")),
            2 => (tool, format!("{{ args.name: {{ starts_with: \"x{bound}\" }} }}")),
            3 => (format!("\"team{}__*\"", id % 20), format!("{{ principal.claims.level: {{ less_than: {bound} }} }}")),
            _ => (tool, format!("{{ args.path: {{ matches: \"^/data/{bound}/\" }} }}")),
        };
        let action = if id % 3 == 0 { "ask" } else { "deny" };
        writeln!(text, "    - {{ id: c{id}, tools: {tools}, when: {when}, action: {action} }}").unwrap();
    }
    text
}

#[test]
fn of_ten_changes_in_a_thousand_contracts_those_are_shown_that_bear_on_a_call() {
    let (old, new) = (policy(1_000, 0), policy(1_000, 10));
    let (_, _, report) = common::compare(&old, &new);
    assert_eq!(report.meaning.policies[0].contracts.len(), 10);
    assert_eq!(report.proof.verdict(), Verdict::Different);
    assert_eq!(report.proof.unknown, []);
    let shown: BTreeSet<&String> = report.proof.witnesses.iter().flat_map(|witness| &witness.contracts).collect();
    // What the third and the eighth deny now, contracts with higher bounds have always denied.
    let changed: BTreeSet<String> =
        (0..10).filter(|id| ![3, 8].contains(id)).map(|id| format!("large/c{id}")).collect();
    assert_eq!(shown, changed.iter().collect());
}
