//! What a missing value means: where a restriction passes a call by, and where an excuse never holds.

use super::Finding;
use super::subject::Subject;
use callguard_engine::diagnostic::{Code, Diagnostic};
use callguard_engine::policy::model::{Condition, Leaf, Selector, Test};

pub(crate) fn findings(subject: &Subject<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    if subject.restricts() {
        found.extend(passes(subject));
        found.extend(subject.terms.unless.iter().flat_map(|condition| never_excuses(subject, condition)));
    } else if subject.allows() {
        found.extend(never_excuses(subject, &subject.contract.when));
    }
    found
}

/// Values of the host that must be there for the restriction to be about the call.
fn passes(subject: &Subject<'_>) -> Vec<Finding> {
    let asks = all_of(&subject.contract.when);
    let mut found = Vec::new();
    for leaf in asks {
        let is_host = matches!(leaf.selector, Selector::Environment | Selector::Principal(_) | Selector::Metadata(_));
        let positive = leaf.tests.iter().any(is_positive);
        if is_host && positive && !leaf.selector.is_many() && !is_settled(subject, leaf) {
            let selector = &leaf.selector;
            let message = format!("a call without `{selector}` passes `{}` by", subject.id());
            let diagnostic = Diagnostic::warning(Code::MissingPasses, leaf.span, message)
                .label("false where there is no value")
                .help(format!("write `requires: [{selector}]` beside the contracts, or ask what it is not"));
            found.push(Finding::plain(diagnostic));
        }
    }
    found
}

/// The leaves that must all hold.
fn all_of(condition: &Condition) -> Vec<&Leaf> {
    match condition {
        Condition::All(parts) => parts.iter().flat_map(all_of).collect(),
        Condition::Leaf(leaf) => vec![leaf],
        Condition::Any(_) | Condition::Not(_) => Vec::new(),
    }
}

/// Leaves that would hold of what is missing, in a condition where that counts for nothing.
fn never_excuses(subject: &Subject<'_>, condition: &Condition) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut open = vec![(condition, false)];
    while let Some((condition, beneath_not)) = open.pop() {
        match condition {
            Condition::All(parts) | Condition::Any(parts) => open.extend(parts.iter().map(|part| (part, beneath_not))),
            Condition::Not(inner) => open.push((inner, !beneath_not)),
            Condition::Leaf(leaf) => {
                let holds = leaf.tests.iter().all(|test| match beneath_not {
                    true => is_positive(test),
                    false => test.is_negated(),
                });
                if holds && may_be_missing(leaf) && !is_settled(subject, leaf) {
                    found.push(Finding::plain(never(subject, leaf)));
                }
            }
        }
    }
    found
}

fn never(subject: &Subject<'_>, leaf: &Leaf) -> Diagnostic {
    let selector = &leaf.selector;
    let what = if subject.allows() { "permit" } else { "excuse" };
    let message = format!("this does not {what} a call without `{selector}`");
    Diagnostic::note(Code::MissingNeverExcuses, leaf.span, message)
        .label("unknown where there is no value")
        .help(format!("say `{selector}: {{ exists: false }}` beside it if such a call is meant, or name what is meant"))
}

fn may_be_missing(leaf: &Leaf) -> bool {
    let given = matches!(
        leaf.selector,
        Selector::Tool
            | Selector::ToolSideEffect
            | Selector::ToolLabels
            | Selector::Time(_)
            | Selector::Session(_)
            | Selector::CallSideEffect
            | Selector::OutputText
            | Selector::OutputIsError
    );
    !given && !leaf.selector.is_many()
}

/// Whether the policy says elsewhere what a missing value means: it requires one, or asks whether there is one.
fn is_settled(subject: &Subject<'_>, leaf: &Leaf) -> bool {
    let asked = |other: &Leaf| {
        other.selector == leaf.selector && other.tests.iter().any(|test| matches!(test, Test::Exists(_)))
    };
    subject.policy.requires.contains(&leaf.selector) || subject.leaves().any(asked)
}

/// Whether the test is false of what is missing.
pub(crate) fn is_positive(test: &Test) -> bool {
    !test.is_negated() && !matches!(test, Test::Exists(_) | Test::Count(_) | Test::Custom(_))
}
